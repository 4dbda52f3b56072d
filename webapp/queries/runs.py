"""Questions about runs. A run about a shipment outside the scope does not exist."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from webapp.choices import Tone
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Export, Fulfillment, Run, User
from webapp.queries.scope import Scope
from webapp.schema import HIGHEST_ID, now
from webapp.statuses import UNFINISHED_RUN_STATES, Permission, RunKind, RunState

TRAY_SIZE = 5  # What a person remembers having started; the rest is on /runs.
Statement: TypeAlias = "sa.Select[*tuple[Any, ...]]"
NOTICEABLE_WAIT = timedelta(seconds=3)  # An idle worker takes a run within a fraction of this.
_PERMISSIONS = {RunKind.EXPORT: Permission.EXPORT, RunKind.PACKING_SLIPS: Permission.PRINT}
_UNFINISHED = tuple(state.value for state in UNFINISHED_RUN_STATES)


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """A run as lists, tray and status lines show it."""

    id: int
    kind: RunKind
    state: RunState
    message: str
    can_retry: bool
    total: int | None
    done: int
    attempts: int
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    fulfillment_id: int | None
    fulfillment_number: str | None
    requested_by: str | None
    is_waiting_for_worker: bool
    export_id: int | None = None

    @property
    def permission(self) -> Permission:
        """What it takes to cancel or to repeat it."""
        return _PERMISSIONS.get(self.kind, Permission.RESYNC)

    @property
    def file_words(self) -> str:
        """What to say when the file that the run made is there."""
        is_slips = self.kind is RunKind.PACKING_SLIPS
        return "Your packing slips are ready." if is_slips else "Your export is ready."

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED_RUN_STATES

    @property
    def went_wrong(self) -> bool:
        """Whether a person has to hear of it at once, because nothing or not all was done."""
        return self.can_retry or self.state.tone is Tone.BAD

    @property
    def can_cancel(self) -> bool:
        return self.state in {RunState.QUEUED, RunState.RUNNING}

    @property
    def explanation(self) -> str:
        """The one sentence to show beside the state."""
        if self.is_waiting_for_worker:
            return "Waiting for a worker. It starts as soon as one is back."
        seconds_to_start = round((self.due_at - now()).total_seconds())
        if self.state is RunState.QUEUED and seconds_to_start > 0:
            return f"{self.message} Next try in {seconds_to_start} s."
        return self.message

    @property
    def rate(self) -> float | None:
        """Rows a second, once there is something to measure."""
        seconds = ((self.finished_at or now()) - self.started_at).total_seconds() if self.started_at else 0
        return self.done / seconds if self.done and seconds else None

    @property
    def time_left(self) -> timedelta | None:
        """How long the rest will take at the present rate; None when nobody can say.

        Less than a second is nothing to say: what is left then are rows that wait for a provider.
        """
        if self.is_finished or not self.total or not self.rate:
            return None
        left = timedelta(seconds=(self.total - self.done) / self.rate)
        return left if left >= timedelta(seconds=1) else None

    @property
    def poll_seconds(self) -> int:
        """How long a page waits before it asks again: a second at first, longer for what takes long."""
        age = (now() - self.created_at).total_seconds()
        return 1 if age < 15 else 2 if age < 60 else 5


def find(run_id: int, scope: Scope, person_id: int | None) -> RunRow:
    """One run; raises NotFound when there is none this person may see."""
    found = rows(selecting(scope, person_id).where(Run.id == run_id)) if run_id <= HIGHEST_ID else []
    if not found:
        raise NotFound("There is no such run.")
    return found[0]


def latest_of(fulfillment_id: int, *kinds: RunKind) -> RunRow | None:
    """The newest run of these kinds about a shipment that the caller has checked to be in scope."""
    return next(iter(rows(_latest(kinds), fulfillment_id=fulfillment_id)), None)


def latest_id(kinds: Collection[RunKind]) -> sa.ScalarSelect[int]:
    """The id of what `latest_of` finds, as a column of a query over shipments."""
    of_kinds = Run.kind.in_([kind.value for kind in kinds])
    newest = sa.select(Run.id).where(Run.fulfillment_id == Fulfillment.id, of_kinds).order_by(Run.id.desc())
    return newest.limit(1).correlate(Fulfillment).scalar_subquery()


def known(run_id: int) -> RunRow:
    """A run whose id was read with what the caller was allowed to read."""
    [row] = rows(_KNOWN, run_id=run_id)
    return row


def tray(person_id: int, scope: Scope) -> list[RunRow]:
    """The person's own runs: all that are unfinished and the last few, newest first; one statement."""
    mine = Run.requested_by_id == person_id
    last = sa.select(Run.id).where(mine).order_by(Run.id.desc()).limit(TRAY_SIZE).subquery()
    unfinished = sa.select(Run.id).where(mine, Run.state.in_(_UNFINISHED))
    wanted = sa.union(sa.select(last.c.id), unfinished)
    return rows(selecting(scope, person_id).where(Run.id.in_(wanted)).order_by(Run.id.desc()))


def visible(scope: Scope, person_id: int | None) -> sa.ColumnElement[bool]:
    """The condition that keeps runs about other people's warehouses out; needs fulfillments joined to runs.

    A run over many shipments is seen by whoever asked for it, and by everyone without a limit.
    """
    if scope.warehouse_ids is None:
        return sa.true()
    over_many = sa.and_(Run.fulfillment_id.is_(None), Run.requested_by_id == person_id)
    return sa.or_(over_many, sa.and_(Run.fulfillment_id.is_not(None), scope.limit()))


def selecting(scope: Scope, person_id: int | None) -> Statement:
    """All that a RunRow holds; `export_id` where the run made a file for this person that is still there."""
    mine = sa.and_(Export.run_id == Run.id, Export.owner_id == person_id, Export.expires_at > now())
    found = _COLUMNS.add_columns(Export.id.label("export_id")).join(Export, mine, isouter=True)
    return found.where(visible(scope, person_id))


def rows(statement: Statement, **values: Any) -> list[RunRow]:
    """The runs that a statement over `selecting` finds."""
    values["noticed_before"] = now() - NOTICEABLE_WAIT
    found = db.session.connection().execute(statement, values).mappings()
    return [RunRow(**{**row, "kind": RunKind(row["kind"]), "state": RunState(row["state"])}) for row in found]


# Due for longer than an idle worker would need: Redis or every worker is away, or all are busy.
_WAITS_FOR_WORKER = sa.and_(Run.state == RunState.QUEUED.value, Run.due_at < sa.bindparam("noticed_before"))
_COLUMNS: Statement = (
    sa.select(
        Run.id,
        Run.kind,
        Run.state,
        Run.message,
        Run.can_retry,
        Run.total,
        Run.done,
        Run.attempts,
        Run.due_at,
        Run.created_at,
        Run.started_at,
        Run.finished_at,
        Run.fulfillment_id,
        Fulfillment.fulfillment_number,
        User.display_name.label("requested_by"),
        _WAITS_FOR_WORKER.label("is_waiting_for_worker"),
    )
    .join(Fulfillment, Fulfillment.id == Run.fulfillment_id, isouter=True)
    .join(User, User.id == Run.requested_by_id, isouter=True)
)
_KNOWN = _COLUMNS.where(Run.id == sa.bindparam("run_id"))


@lru_cache(maxsize=len(RunKind))
def _latest(kinds: tuple[RunKind, ...]) -> Statement:
    of_kinds = Run.kind.in_([kind.value for kind in kinds])
    found = _COLUMNS.where(Run.fulfillment_id == sa.bindparam("fulfillment_id"), of_kinds)
    return found.order_by(Run.id.desc()).limit(1)

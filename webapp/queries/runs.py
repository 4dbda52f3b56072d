"""Questions about runs. A run about a shipment outside the scope does not exist."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from webapp.choices import Tone
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Export, Fulfillment, Run, User
from webapp.queries.scope import Scope
from webapp.schema import now
from webapp.statuses import UNFINISHED_RUN_STATES, Permission, RunKind, RunState

HIGHEST_ID = 2**63 - 1  # What a key column holds; an address may carry more digits.
TRAY_SIZE = 5  # What a person remembers having started; the rest is on /runs.
Statement: TypeAlias = "sa.Select[*tuple[Any, ...]]"
NOTICEABLE_WAIT = timedelta(seconds=3)  # An idle worker takes a run within a fraction of this.
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
        return Permission.EXPORT if self.kind is RunKind.EXPORT else Permission.RESYNC

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
        """How long the rest will take at the present rate; None when nobody can say."""
        if self.is_finished or not self.total or not self.rate:
            return None
        return timedelta(seconds=(self.total - self.done) / self.rate)

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
    of_kinds = Run.kind.in_([kind.value for kind in kinds])
    statement = _columns().where(Run.fulfillment_id == fulfillment_id, of_kinds)
    return next(iter(rows(statement.order_by(Run.id.desc()).limit(1))), None)


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
    found = _columns().add_columns(Export.id.label("export_id")).join(Export, mine, isouter=True)
    return found.where(visible(scope, person_id))


def _columns() -> Statement:
    return (
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
            _waits_for_worker().label("is_waiting_for_worker"),
        )
        .join(Fulfillment, Fulfillment.id == Run.fulfillment_id, isouter=True)
        .join(User, User.id == Run.requested_by_id, isouter=True)
    )


def _waits_for_worker() -> sa.ColumnElement[bool]:
    """Due for longer than an idle worker would need: Redis or every worker is away, or all are busy."""
    return sa.and_(Run.state == RunState.QUEUED.value, Run.due_at < now() - NOTICEABLE_WAIT)


def rows(statement: Statement) -> list[RunRow]:
    found = db.session.execute(statement).mappings()
    return [RunRow(**{**row, "kind": RunKind(row["kind"]), "state": RunState(row["state"])}) for row in found]

"""Shipments that another bulk run has still to do at their provider or channel: they are left to that run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.models import Run, RunItem
from webapp.models.runs import IS_UNFINISHED
from webapp.services.bulk_verdicts import Verdict
from webapp.statuses import BulkBucket, RunKind

_AT_PROVIDERS = frozenset(
    {RunKind.BULK_VOID, RunKind.BULK_RESYNC_FROM, RunKind.BULK_RESYNC_TO, RunKind.BULK_CANCEL_ORDERS}
)
_AT_CHANNELS = frozenset({RunKind.BULK_SUBMIT_TO_CHANNEL})
# The rows of a run hold a share of its shipments, so two who ask at once would wait for each other to lock them.
_OF_VOIDED = frozenset({RunKind.BULK_RESTORE, RunKind.BULK_FULFIL})
_ONE_REQUEST_AT_A_TIME = 7_216_002  # Any number that nothing else of ours locks.


@dataclass(frozen=True)
class _Holder:
    run_id: int
    kind: RunKind

    @property
    def words(self) -> str:
        return f"Run {self.run_id} ({self.kind.label.lower()}) has it still to do. Try again when that is over."


def wait_for_turn(kind: RunKind) -> None:
    """Until the end of the transaction, nobody else asks for a run that goes outside, or about voided shipments.

    Their ids then say in which order they were committed: whoever works on one sees all that go before it. On
    SQLite every transaction that writes waits for its turn anyway.
    """
    if kind in _AT_PROVIDERS | _AT_CHANNELS | _OF_VOIDED and not settings().is_sqlite:
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_REQUEST_AT_A_TIME)))


def left_to_others(verdicts: Iterable[Verdict], kind: RunKind, *, run_id: int | None = None) -> list[Verdict]:
    """The same verdicts, but skipped where another run is about to ask the provider or channel.

    A run of a person that was asked for before `run_id` goes first; a poll of the clock holds nothing up, and
    waits for all. Without `run_id` every unfinished one counts, as a new run will be the last.
    """
    all_ = list(verdicts)
    held = _held([one.fulfillment_id for one in all_ if one.is_at_provider], kind, run_id)
    return [_skipped(one, held[one.fulfillment_id]) if one.fulfillment_id in held else one for one in all_]


def _skipped(verdict: Verdict, holder: _Holder) -> Verdict:
    return replace(verdict, bucket=BulkBucket.SKIPPED, reason=holder.words, is_at_provider=False)


def _held(ids: Collection[int], kind: RunKind, run_id: int | None) -> dict[int, _Holder]:
    if not ids:
        return {}
    kinds = _AT_CHANNELS if kind in _AT_CHANNELS else _AT_PROVIDERS
    first = sa.select(Run.id).where(IS_UNFINISHED, Run.kind.in_(kinds), Run.requested_by_id.is_not(None))
    if run_id is not None:
        first = first.where(Run.id < run_id)
    rows = db.session.execute(
        sa.select(RunItem.fulfillment_id, Run.id, Run.kind)
        .join(Run, Run.id == RunItem.run_id)
        .where(RunItem.run_id.in_(first), RunItem.fulfillment_id.in_(sorted(ids)), RunItem.bucket.is_(None))
        .order_by(Run.id.desc())
    )
    return {fulfillment_id: _Holder(id_, RunKind(kind_)) for fulfillment_id, id_, kind_ in rows}

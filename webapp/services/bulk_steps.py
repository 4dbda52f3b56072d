"""The steps of a bulk run: take rows that wait, change their shipments, write down what became of each.

Each step is one transaction of the caller's: shipments, rows and progress are committed together or not at all, so
that a worker that dies leaves no row done twice and none forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from webapp.errors import AppError
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.schema import now
from webapp.services import runs
from webapp.services.actors import Actor
from webapp.services.bulk_held import left_to_others
from webapp.services.bulk_kinds import KINDS, BulkKind, Terms, Verdict
from webapp.services.runs import Claim
from webapp.statuses import BulkBucket, RunState

CHUNK = 50  # Some tens of milliseconds: others wait no longer than that for a lock.
REASON_LENGTH = 500
ROW_ERRORS = (AppError, IntegrityError, DataError, OperationalError, ValueError, LookupError, ArithmeticError)
"""What one bad row can make a step raise; the others of the step are then tried without it."""

_CONFLICTS = {"40001", "40P01", "55P03"}  # PostgreSQL: could not serialize, deadlock, lock not available.
_APART = {"synchronize_session": False}
Counts = dict[BulkBucket, int]


def kind_of(claim: Claim) -> BulkKind:
    return KINDS[claim.kind]


def terms_of(claim: Claim) -> Terms:
    return Terms.from_json(claim.parameters)


def waiting(run_id: int, limit: int = CHUNK) -> list[int]:
    """The next shipments of the run that nothing became of yet."""
    rows = sa.select(RunItem.fulfillment_id).where(RunItem.run_id == run_id, RunItem.bucket.is_(None))
    return list(db.session.scalars(rows.order_by(RunItem.id).limit(limit)))


@dataclass(frozen=True)
class Worked:
    """Whether the run goes on, and the shipments whose provider has to be asked, of which nothing is recorded."""

    goes_on: bool
    at_provider: tuple[int, ...] = ()


def work(claim: Claim, ids: Collection[int], actor: Actor) -> Worked:
    """Change these shipments and record what became of them. Raises ClaimLost."""
    if runs.hold(claim) is RunState.CANCELLING:
        return Worked(goes_on=False)
    verdicts = kind_of(claim).operate(ids, terms_of(claim), actor, claim.run_id)
    verdicts = left_to_others(verdicts, claim.kind, run_id=claim.run_id)
    record(claim, [one for one in verdicts if not one.is_at_provider])
    return Worked(goes_on=True, at_provider=tuple(one.fulfillment_id for one in verdicts if one.is_at_provider))


def record_error(claim: Claim, fulfillment_id: int, error: Exception) -> None:
    """Record that this shipment could not be changed. Raises ClaimLost."""
    runs.hold(claim)
    reason = error.message if isinstance(error, AppError) else _in_words(error)
    record(claim, [Verdict(fulfillment_id, BulkBucket.ERRORS, reason)])


def is_conflict(error: BaseException) -> bool:
    """Whether others were in the way, so that the same step may go through when it is tried again."""
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.orig, "sqlstate", None) in _CONFLICTS or "locked" in str(error.orig)


def finish(claim: Claim) -> None:
    """End the run with what it came to, in words. Raises ClaimLost."""
    is_cancelled = runs.hold(claim) is RunState.CANCELLING
    total, counts = _total(claim), counts_of(claim.run_id)
    words = in_words(kind_of(claim), counts)
    if is_cancelled:
        rest = total - sum(counts.values())
        runs.finish(claim, RunState.CANCELLED, f"Cancelled. {words}. {rest:,} were not worked on.")
    else:
        runs.finish(claim, _end_state(counts, total), f"{words}.")


def counts_of(run_id: int) -> Counts:
    """How many shipments of the run are in each bucket, as its progress has it."""
    result = db.session.scalar(sa.select(Run.result).where(Run.id == run_id)) or {}
    stored = result.get("buckets", {})
    return {bucket: stored.get(bucket.value, 0) for bucket in BulkBucket}


def in_words(kind: BulkKind, counts: Counts) -> str:
    """The buckets that hold something: “48 voided, 2 need confirmation”."""
    told = [f"{count:,} {word_for(kind, bucket, count)}" for bucket, count in counts.items() if count]
    return ", ".join(told) or f"None {kind.done}"


def word_for(kind: BulkKind, bucket: BulkBucket, count: int) -> str:
    """What so many shipments of this bucket are: “voided”, “need confirmation”."""
    words = {
        BulkBucket.DONE: kind.done,
        BulkBucket.NEEDS_CONFIRMATION: "needs confirmation" if count == 1 else "need confirmation",
        BulkBucket.SKIPPED: "skipped",
        BulkBucket.ERRORS: "could not be changed",
    }
    return words[bucket]


def _end_state(counts: Counts, total: int) -> RunState:
    """Nothing done because there was nothing to do is no failure."""
    done, skipped = counts[BulkBucket.DONE], counts[BulkBucket.SKIPPED]
    if total in {done, skipped}:
        return RunState.SUCCEEDED
    return RunState.PARTLY_SUCCEEDED if done else RunState.FAILED


def _total(claim: Claim) -> int:
    return db.session.scalar(sa.select(Run.total).where(Run.id == claim.run_id)) or 0


def record(claim: Claim, verdicts: Iterable[Verdict]) -> None:
    """Write the buckets of rows that have none yet, and the progress that comes of it; the run is held."""
    written: Counter[BulkBucket] = Counter()
    for (bucket, reason), ids in _by_outcome(verdicts).items():
        result = db.session.execute(
            sa.update(RunItem)
            .where(RunItem.run_id == claim.run_id, RunItem.fulfillment_id.in_(ids), RunItem.bucket.is_(None))
            .values(bucket=bucket.value, reason=reason, finished_at=now())
            .returning(RunItem.id),
            execution_options=_APART,
        )
        written[bucket] += len(result.all())
    counts = counts_of(claim.run_id)
    buckets = {bucket.value: counts[bucket] + written[bucket] for bucket in BulkBucket}
    runs.advance(claim, written.total(), {"buckets": buckets})


def _by_outcome(verdicts: Iterable[Verdict]) -> dict[tuple[BulkBucket, str], list[int]]:
    """Most of a step have the same outcome, so that few statements write them all."""
    found: dict[tuple[BulkBucket, str], list[int]] = defaultdict(list)
    for verdict in verdicts:
        found[verdict.bucket, verdict.reason[:REASON_LENGTH]].append(verdict.fulfillment_id)
    return found


def _in_words(error: Exception) -> str:
    if is_conflict(error):
        return "Others were changing it at the same time, three times in a row. Try it again."
    return "Something broke on our side while it was changed, so it was left as it is. Tell an administrator."

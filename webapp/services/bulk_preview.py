"""What a bulk action will come to, worked out by the rules that then decide it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from webapp.queries import bulk_selections
from webapp.queries.bulk_selections import Selection
from webapp.queries.scope import Scope
from webapp.services.bulk import check_number
from webapp.services.bulk_held import left_to_others
from webapp.services.bulk_kinds import BulkKind, Terms
from webapp.services.bulk_steps import word_for
from webapp.statuses import BulkBucket, Permission

LOOKED_AT = 2_000  # Looked through in a few tenths of a second; of a larger set these tell enough.
SET = 500  # As many as one statement takes, see ledger.statements.LARGEST_SET.


@dataclass(frozen=True)
class Outcome:
    """So many shipments would end in this bucket for this reason; `words` say so after the number."""

    bucket: BulkBucket
    reason: str
    is_at_provider: bool
    count: int
    words: str


@dataclass(frozen=True)
class Preview:
    """The number of shipments, how many of them were looked at, and what would come of those."""

    ids: Sequence[int]
    looked_at: int
    outcomes: tuple[Outcome, ...]

    @property
    def count(self) -> int:
        return len(self.ids)


def preview(
    kind: BulkKind, selection: Selection, terms: Terms, scope: Scope, permissions: Collection[Permission]
) -> Preview:
    """Raises what services.bulk.check_number raises, FilterError, and TooSlow where a list is too broad."""
    ids = bulk_selections.ids(selection, scope)
    check_number(len(ids), selection, permissions)
    looked_at = ids[:LOOKED_AT]
    found: Counter[tuple[BulkBucket, str, bool]] = Counter()
    rest = iter(looked_at)
    while some := list(islice(rest, SET)):
        foreseen = left_to_others(kind.foresee(some, terms, scope), kind.run)
        found.update((one.bucket, one.reason, one.is_at_provider) for one in foreseen)
    order = list(BulkBucket)
    outcomes = [Outcome(*what, count, _words(kind, *what, count)) for what, count in found.most_common()]
    outcomes.sort(key=lambda one: (order.index(one.bucket), one.is_at_provider))
    return Preview(ids, len(looked_at), tuple(outcomes))


def _words(kind: BulkKind, bucket: BulkBucket, _reason: str, is_at_provider: bool, count: int) -> str:
    if is_at_provider:
        return kind.asks
    ahead = {BulkBucket.DONE: f"will be {kind.done}", BulkBucket.ERRORS: "cannot be changed"}
    return ahead.get(bucket) or word_for(kind, bucket, count)

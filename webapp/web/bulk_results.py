"""The outcome of a bulk run on its page: the buckets as links, the rows of one, and what can be done with each."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from webapp.choices import Tone
from webapp.queries import bulk_results, runs_history
from webapp.queries.accounts import Person
from webapp.queries.bulk_results import Tally
from webapp.queries.runs import RunRow
from webapp.queries.runs_history import WAITING, ItemRow
from webapp.services.bulk_again import Step
from webapp.services.bulk_kinds import KINDS, BulkKind
from webapp.statuses import BulkBucket, Permission
from webapp.web.query_string import unknown

MOST_LISTED = 100  # As many ids as an address carries comfortably.
_WAITING_LABEL = "Not yet"


@dataclass(frozen=True)
class BucketLink:
    """One bucket with its number, and whether its rows are those shown."""

    label: str
    tone: Tone
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class ResultRow:
    """One shipment of the run, its outcome in words."""

    item: ItemRow
    label: str
    tone: Tone


@dataclass(frozen=True)
class ResultStep:
    """A button below the buckets; `asks_first` ones lead to a dialog."""

    value: str
    label: str
    asks_first: bool = False


@dataclass(frozen=True)
class BulkResult:
    """Everything the page of a bulk run shows beside what every run does."""

    buckets: Sequence[BucketLink]
    rows: Sequence[ResultRow]
    next_url: str | None
    first_url: str | None
    here_url: str
    steps: Sequence[ResultStep]
    done_ids: Sequence[int]
    not_done_url: str | None


def bulk_result(run: RunRow, person: Person, chosen: str | None, after: int) -> BulkResult:
    """The outcome of a run the caller knows to be visible; `chosen` names the bucket shown, all without one."""
    kind, tally = KINDS[run.kind], bulk_results.tally(run.id)
    items = runs_history.items(run.id, person.scope, after, bucket=chosen)
    has_more = len(items) == runs_history.PAGE_SIZE
    is_few = run.is_finished and tally.total <= bulk_results.MOST_IDS
    return BulkResult(
        buckets=_links(run, kind, tally, chosen),
        rows=[_row(kind, item) for item in items],
        next_url=_url(run, chosen, items[-1].id) if has_more else None,
        first_url=_url(run, chosen) if after else None,
        here_url=_url(run, chosen, after),
        steps=_steps(kind, tally, person) if run.is_finished else (),
        done_ids=bulk_results.ids_of(run.id, person.scope, done=True) if is_few else (),
        not_done_url=_not_done_url(run, person, tally) if run.is_finished else None,
    )


def chosen_bucket(value: str) -> str | None:
    """The bucket that an address names; raises BadRequest for one that does not exist."""
    known = [bucket.value for bucket in BulkBucket] + [WAITING]
    if value and value not in known:
        raise unknown("bucket", value, known)
    return value or None


def _links(run: RunRow, kind: BulkKind, tally: Tally, chosen: str | None) -> list[BucketLink]:
    links = [BucketLink("All", Tone.NEUTRAL, tally.total, _url(run, None), chosen is None)]
    for bucket, count in tally.buckets.items():
        links.append(
            BucketLink(kind.label_of(bucket), bucket.tone, count, _url(run, bucket.value), chosen == bucket.value)
        )
    if tally.waiting:
        url = _url(run, WAITING)
        links.append(BucketLink(_WAITING_LABEL, Tone.NEUTRAL, tally.waiting, url, chosen == WAITING))
    return links


def _row(kind: BulkKind, item: ItemRow) -> ResultRow:
    if item.bucket is None:
        return ResultRow(item, _WAITING_LABEL, Tone.NEUTRAL)
    bucket = BulkBucket(item.bucket)
    return ResultRow(item, kind.label_of(bucket), bucket.tone)


def _steps(kind: BulkKind, tally: Tally, person: Person) -> list[ResultStep]:
    """What may be done with the buckets that hold something."""
    steps: list[ResultStep] = []
    if not person.can(kind.permission):
        return steps
    if tally.waiting:
        steps.append(ResultStep(Step.GO_ON.value, f"Go on with the {tally.waiting:,} left"))
    if count := tally.buckets[BulkBucket.ERRORS]:
        steps.append(ResultStep(Step.RETRY.value, f"Retry the {count:,} with errors"))
    count = tally.buckets[BulkBucket.NEEDS_CONFIRMATION]
    if count and kind.can_force and person.can(Permission.FORCE_VOID):
        steps.append(ResultStep(Step.FORCE.value, f"Force the {count:,} that need confirmation…", asks_first=True))
    undo = KINDS[kind.undo] if kind.undo else None
    if undo and person.can(undo.permission) and (count := tally.buckets[BulkBucket.DONE]):
        steps.append(ResultStep(Step.UNDO.value, f"{undo.verb} the {count:,} {kind.done}"))
    return steps


def _url(run: RunRow, bucket: str | None, after: int = 0) -> str:
    return url_for("runs.detail", run_id=run.id, bucket=bucket, items_after=after or None)


def _not_done_url(run: RunRow, person: Person, tally: Tally) -> str | None:
    """The list of those that were not done, where they fit into an address."""
    left = tally.total - tally.buckets[BulkBucket.DONE]
    if not 0 < left <= MOST_LISTED:
        return None
    ids = bulk_results.ids_of(run.id, person.scope, done=False, limit=MOST_LISTED)
    query = urlencode({"tab": "all", "filter[id.is_one_of]": ",".join(map(str, ids))}, safe=",")
    return f"{url_for('fulfillments.index')}?{query}"

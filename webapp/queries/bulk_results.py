"""The outcome of a bulk run: how many are in each bucket, and its rows, a page or all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.queries import runs_history
from webapp.queries.runs_history import ItemRow
from webapp.queries.scope import Scope
from webapp.statuses import BulkBucket

BATCH = 1_000  # Rows of a download that are in memory at a time.
MOST_IDS = 1_000  # A page names no more than so many shipments that leave the selection of a browser.


@dataclass(frozen=True)
class Tally:
    """How many shipments a run has and how many are in each bucket, as its own row has it."""

    total: int
    buckets: dict[BulkBucket, int]

    @property
    def waiting(self) -> int:
        return self.total - sum(self.buckets.values())


def tally(run_id: int) -> Tally:
    """One row by its key; the rows of the run are not counted."""
    row = db.session.execute(sa.select(Run.total, Run.result).where(Run.id == run_id)).one()
    stored = row.result.get("buckets", {})
    return Tally(row.total or 0, {bucket: stored.get(bucket.value, 0) for bucket in BulkBucket})


def ids_of(run_id: int, scope: Scope, *, done: bool, limit: int = MOST_IDS) -> list[int]:
    """The shipments that are done, or those that are not, up to `limit`."""
    is_done = RunItem.bucket == BulkBucket.DONE.value
    wanted = is_done if done else sa.or_(RunItem.bucket.is_(None), ~is_done)
    statement = runs_history.items_of(run_id, scope).with_only_columns(RunItem.fulfillment_id)
    return list(db.session.scalars(statement.where(wanted).order_by(RunItem.id).limit(limit)))


def every_item(run_id: int, scope: Scope) -> Iterator[ItemRow]:
    """All rows in the order they were asked for, a batch at a time."""
    after = 0
    while batch := runs_history.items(run_id, scope, after, limit=BATCH):
        yield from batch
        after = batch[-1].id

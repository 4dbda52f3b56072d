"""Which shipments a bulk action is about: chosen one by one, all that a list shows, or a bucket of an earlier run.

Each is a statement of ids, so that the database copies the set by itself and no list of ids travels in a form.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, RunItem
from webapp.queries.listing import everything, patience
from webapp.queries.listing.criteria import Criteria
from webapp.queries.scope import Scope
from webapp.statuses import BulkBucket

MOST = 50_000
"""Shipments in one run: more than a warehouse ships in a week, and stored within a second or two."""


@dataclass(frozen=True)
class Chosen:
    """The shipments with these ids; those outside the scope do not exist."""

    ids: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {"ids": sorted(set(self.ids))}


@dataclass(frozen=True)
class Matching:
    """All that this list shows at the moment of confirming; `address` is its query string."""

    criteria: Criteria
    address: str

    def as_json(self) -> dict[str, Any]:
        return {"list": self.address}


@dataclass(frozen=True)
class OfRun:
    """Those of an earlier run, which the caller knows to be visible, in this bucket or not worked on yet."""

    run_id: int
    bucket: BulkBucket | None

    def as_json(self) -> dict[str, Any]:
        return {"run": self.run_id, "bucket": self.bucket.value if self.bucket else None}


Selection: TypeAlias = Chosen | Matching | OfRun
Bound: TypeAlias = tuple[sa.Select[int], dict[str, Any]]


def statement_of(selection: Selection, scope: Scope) -> Bound:
    """The ids of a selection within the scope, one more than MOST at most, and the values bound to it."""
    match selection:
        case Matching(criteria):
            found, values = everything.ids(criteria)
        case Chosen(ids):
            listed = sa.select(Fulfillment.id).where(Fulfillment.id.in_(sorted(set(ids))), scope.limit())
            found, values = listed, {}
        case OfRun(run_id, bucket):
            found, values = _of_run(run_id, bucket).where(scope.limit()), {}
    return found.limit(MOST + 1), values


def ids(selection: Selection, scope: Scope) -> list[int]:
    """The ids as of now, newest first. Raises FilterError, and TooSlow where a list cannot be looked through."""
    if isinstance(selection, Matching):
        with patience.limited(selection.criteria):
            return _ids(selection, scope)
    return _ids(selection, scope)


def _ids(selection: Selection, scope: Scope) -> list[int]:
    statement, values = statement_of(selection, scope)
    return sorted(db.session.connection().execute(statement, values).scalars(), reverse=True)


def _of_run(run_id: int, bucket: BulkBucket | None) -> sa.Select[int]:
    in_bucket = RunItem.bucket.is_(None) if bucket is None else RunItem.bucket == bucket.value
    items = sa.select(RunItem.fulfillment_id).where(RunItem.run_id == run_id, in_bucket)
    return sa.select(Fulfillment.id).where(Fulfillment.id.in_(items))

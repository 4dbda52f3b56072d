"""Questions about many shipments: a page of the list, how many there are, what a scanned code means."""

from functools import lru_cache

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, Warehouse
from webapp.queries.listing import search
from webapp.queries.listing.counts import ATTENTION_LIMIT, Count, count, needing_attention
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Place, Sort
from webapp.queries.listing.pages import NO_PAGE, Page, row_of
from webapp.queries.listing.pages import page as list_page
from webapp.queries.listing.patience import TooSlow
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope

__all__ = [
    "ATTENTION_LIMIT",
    "NO_PAGE",
    "Count",
    "Criteria",
    "Page",
    "Place",
    "Sort",
    "TooSlow",
    "count",
    "exactly_one",
    "is_empty",
    "list_page",
    "needing_attention",
    "row_of",
    "warehouses",
]


def exactly_one(code: str, scope: Scope) -> int | None:
    """The id of the only shipment with exactly this number, order number or tracking number; None otherwise."""
    ids = search.exact_ids(code, scope)
    return ids[0] if len(ids) == 1 else None


def warehouses(scope: Scope) -> dict[int, str]:
    """The names of the warehouses in scope by id, in the order of their names."""
    return dict(_warehouses(scope).rows(db.session.connection()))


@lru_cache(maxsize=64)
def _warehouses(scope: Scope) -> Prepared:
    found = sa.select(Warehouse.id, Warehouse.name).where(scope.limit(Warehouse.id))
    return Prepared(found.order_by(Warehouse.name))


def is_empty(scope: Scope) -> bool:
    """Whether there is no shipment at all in scope."""
    return db.session.scalar(sa.select(Fulfillment.id).where(scope.limit()).limit(1)) is None

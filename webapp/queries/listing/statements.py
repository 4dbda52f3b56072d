"""The statements of the list, built once per shape and kept: the same question asked again costs no building.

A shape is everything but the values: tab, warehouses, sort, direction, size, way of searching. LIMIT is written
into the SQL, so that PostgreSQL plans a prepared statement for the few rows it is.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa

from webapp.models import (
    Fulfillment,
    FulfillmentSearchText,
    ProviderAccount,
    SalesChannel,
    SalesOrder,
    Store,
    Warehouse,
)
from webapp.queries.listing import attention, keyset, search, tabs
from webapp.queries.listing.keyset import Part, Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope

COUNT_LIMIT = 10_000
_COLUMNS: tuple[sa.SQLColumnExpression[Any], ...] = (
    Fulfillment.id,
    Fulfillment.fulfillment_number,
    Fulfillment.fulfillment_type,
    Fulfillment.status,
    Fulfillment.voided_at,
    Fulfillment.archived_at,
    Fulfillment.provider_state,
    Fulfillment.provider_problem,
    Fulfillment.carrier,
    Fulfillment.tracking_number,
    Fulfillment.requested_shipping_method,
    Fulfillment.requested_shipping_method_manual,
    Fulfillment.fulfilled_shipping_method,
    Fulfillment.fulfilled_shipping_method_manual,
    Fulfillment.item_count,
    Fulfillment.unit_count,
    Fulfillment.cost,
    Fulfillment.submitted_to_sales_channel_at,
    Fulfillment.channel_problem,
    Fulfillment.fulfilled_at,
    Fulfillment.packing_slip_printed_at,
    Fulfillment.created_at,
    Fulfillment.updated_at,
    SalesOrder.order_number,
    SalesOrder.name.label("customer"),
    SalesOrder.city,
    SalesOrder.country_code,
    Store.name.label("store"),
    SalesChannel.name.label("channel"),
    SalesChannel.takes_tracking,
    Warehouse.name.label("warehouse"),
    ProviderAccount.name.label("account"),
)
ROW_FIELDS = tuple(str(column.key) for column in sa.select(*_COLUMNS).selected_columns)
"""The names of what a row holds, in order; a row of the tab "needs attention" has attention.FIELDS after them."""

ManyColumns = sa.Select[*tuple[Any, ...]]
AnySelect = TypeVar("AnySelect", bound=sa.Select[*tuple[Any, ...]])
_SHAPES = 1024  # Some hundred are in daily use; the rest is for people with unlike warehouse limits.


class Way(Enum):
    """How a search is answered, see webapp.queries.listing.search."""

    NONE = "none"
    BY_WALKING = "by walking"
    BY_IDS = "by ids"
    BY_TRIGRAMS = "by trigrams"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which shipments: the part of a shape that rows and counts share."""

    scope: Scope
    tab: Tab = Tab.ACTIVE
    warehouse_ids: frozenset[int] = frozenset()
    way: Way = Way.NONE
    word_count: int = 0
    on_sqlite: bool = False

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What holds for each of them, but for the search."""
        return [self._warehouses(), tabs.RULES[self.tab]]

    def _warehouses(self) -> sa.ColumnElement[bool]:
        if not self.warehouse_ids:
            return self.scope.limit()
        allowed = self.scope.warehouse_ids
        wanted = self.warehouse_ids if allowed is None else self.warehouse_ids & allowed
        return Scope(wanted).limit()


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One range of rows: a part of the list in a direction, from its edge or from a place, so many of them."""

    sort: Sort
    part: Part
    backwards: bool
    from_place: bool
    limit: int


@lru_cache(maxsize=_SHAPES)
def rows(subject: Subject, stretch: Stretch, walked: int | None = None) -> ManyColumns:
    """The rows of a range with all that a list shows; `walked` bounds how many rows a walking search reads."""
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    statement = _columns(subject).order_by(*order).limit(_literal(stretch.limit))
    if walked:
        return statement.where(Fulfillment.id.in_(_walk(subject, stretch, walked)))
    return _searched(statement, subject).where(*subject.conditions(), *_range(stretch))


@lru_cache(maxsize=_SHAPES)
def counting(subject: Subject, limit: int | None = COUNT_LIMIT + 1) -> sa.Select[int]:
    """How many there are, counted no further than `limit`."""
    one = sa.select(sa.literal_column("1", sa.Integer)).select_from(Fulfillment)
    matching = _searched(one, subject).where(*subject.conditions())
    if limit is not None:
        matching = matching.limit(_literal(limit))
    return sa.select(sa.func.count()).select_from(matching.subquery())


def _searched(statement: AnySelect, subject: Subject) -> AnySelect:
    """The statement with the search of this shape added to it."""
    if subject.way is Way.BY_IDS:
        return statement.where(search.is_among_ids())
    if subject.way is Way.NONE:
        return statement
    if subject.way is Way.BY_TRIGRAMS:
        statement = statement.where(search.has_trigrams())
    texts = FulfillmentSearchText.fulfillment_id == Fulfillment.id
    return statement.join(FulfillmentSearchText, texts).where(search.text_matches(subject.word_count))


def _columns(subject: Subject) -> ManyColumns:
    statement: ManyColumns = (
        sa.select(*_COLUMNS)
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    )
    return statement.add_columns(*attention.SINCE_COLUMNS) if subject.tab is Tab.ATTENTION else statement


def _range(stretch: Stretch) -> list[sa.ColumnElement[bool]]:
    return keyset.conditions(
        stretch.sort, stretch.part, backwards=stretch.backwards, from_place=stretch.from_place
    )


def _walk(subject: Subject, stretch: Stretch, walked: int) -> sa.Select[int]:
    """The ids among the first `walked` rows of the range whose text matches."""
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    near = sa.select(Fulfillment.id).where(*subject.conditions(), *_range(stretch)).order_by(*order)
    ids = near.limit(_literal(walked)).subquery()
    found = sa.select(ids.c.id).join(FulfillmentSearchText, FulfillmentSearchText.fulfillment_id == ids.c.id)
    return found.where(search.text_matches(subject.word_count))


def _literal(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)

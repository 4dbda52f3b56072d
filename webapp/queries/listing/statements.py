"""The statements of the list, built once per shape and kept: the same question asked again costs no building.

A shape is everything but the values: tab, warehouses, sort, direction, size, way of searching. A filter is a part
of the shape with its values, and with the minute its relative dates are counted from. LIMIT is written into the
SQL, so that PostgreSQL plans a prepared statement for the few rows it is.
"""

from dataclasses import dataclass
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
from webapp.queries.channel import IS_OWED_CORRECTION
from webapp.queries.listing import attention, keyset, search, stored
from webapp.queries.listing.keyset import Part, Sort
from webapp.queries.listing.subjects import Subject, Way
from webapp.queries.listing.tabs import Tab
from webapp.queries.prepared import Prepared
from webapp.queries.void_runs import BULK_VOID_RUN_ID, VOID_RUN_ID
from webapp.schema import HIGHEST_ID

COUNT_LIMIT = 10_000
_DENSE = frozenset({Tab.ACTIVE, Tab.SHIPPED, Tab.ALL})
"""Tabs that hold most of the shipments, so that among so many ids there are about as many rows."""

_COLUMNS: stored.Columns = (
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
    SalesChannel.provider_account_id.label("channel_account_id"),
    IS_OWED_CORRECTION.label("is_owed_correction"),
    Warehouse.name.label("warehouse"),
    ProviderAccount.name.label("account"),
    Fulfillment.void_problem,
    VOID_RUN_ID.label("void_run_id"),
    BULK_VOID_RUN_ID.label("bulk_void_run_id"),
)
ROW_FIELDS = stored.names(_COLUMNS)
"""The names of what a row holds, in order; a row of the tab "needs attention" has attention.FIELDS after them."""

ManyColumns = sa.Select[*tuple[Any, ...]]
AnySelect = TypeVar("AnySelect", bound=sa.Select[*tuple[Any, ...]])
_SHAPES = 1024  # Some hundred are in daily use; the rest is for people with unlike warehouse limits.


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One range of rows: a part of the list in a direction, from its edge or from a place, so many of them."""

    sort: Sort
    part: Part
    backwards: bool
    from_place: bool
    limit: int


@lru_cache(maxsize=_SHAPES)
def rows(subject: Subject, stretch: Stretch) -> Prepared:
    """The stored rows of a range with all that a list shows; for lists without a filter and without a search."""
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    statement = _columns(subject.tab).where(*subject.conditions(), *_range(stretch))
    return Prepared(statement.order_by(*order).limit(_literal(stretch.limit)))


@lru_cache(maxsize=_SHAPES)
def rows_of(subject: Subject) -> Prepared:
    """All that a list shows of the shipments with the bound `ids`, as stored, in no order."""
    return Prepared(_columns(subject.tab).where(search.is_among_ids()))


def read(tab: Tab) -> stored.Reader:
    """Reads the stored rows of a tab."""
    return stored.reader(_columns_of(tab))


@lru_cache(maxsize=_SHAPES)
def ids(subject: Subject, stretch: Stretch, walked: int | None = None) -> sa.Select[int]:
    """The ids of a range; `walked` bounds how many rows a walk looks at.

    Finding them apart from their rows leaves the statement with the many joins the same for every filter.
    """
    if subject.way is Way.BY_TRIGRAMS and stretch.sort.key == "id":
        return _ids_from_trigrams(subject, stretch)
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    found = sa.select(Fulfillment.id).order_by(*order).limit(_literal(stretch.limit))
    if walked and stretch.sort.key != "id":
        return found.where(Fulfillment.id.in_(_walk(subject, stretch, walked)))
    if walked:
        found = found.where(_not_beyond(subject, stretch, walked, Fulfillment.id))
    if walked and subject.word_count:
        return found.where(*_texts_beside(subject, stretch, walked), *subject.conditions(), *_range(stretch))
    return _searched(found, subject).where(*subject.conditions(), *_range(stretch))


@lru_cache(maxsize=_SHAPES)
def counting(subject: Subject, limit: int | None = COUNT_LIMIT + 1) -> sa.Select[int]:
    """How many there are, counted no further than `limit`."""
    one = sa.select(sa.literal_column("1", sa.Integer)).select_from(Fulfillment)
    matching = _searched(one, subject).where(*subject.conditions())
    if limit is not None:
        matching = matching.limit(_literal(limit))
    return sa.select(sa.func.count()).select_from(matching.subquery())


@lru_cache(maxsize=_SHAPES)
def gathering(subject: Subject, limit: int) -> sa.Select[int]:
    """The ids of them, in no order, at most so many."""
    return sa.select(Fulfillment.id).where(*subject.conditions()).limit(_literal(limit))


@lru_cache(maxsize=_SHAPES)
def every(subject: Subject) -> sa.Select[int]:
    """The ids of all of them, in no order."""
    return narrowed(sa.select(Fulfillment.id), subject)


def narrowed(statement: AnySelect, subject: Subject) -> AnySelect:
    """A statement about shipments, about these alone."""
    return _searched(statement, subject).where(*subject.conditions())


@lru_cache(maxsize=_SHAPES)
def sampling(subject: Subject, walked: int) -> sa.Select[int]:
    """How many of the newest so many rows of the tab there are among them."""
    newest = Stretch(sort=Sort(), part=Part.FILLED, backwards=False, from_place=False, limit=walked)
    return sa.select(sa.func.count()).select_from(_walk(subject, newest, walked).subquery())


def _searched(statement: AnySelect, subject: Subject) -> AnySelect:
    """The statement with the search of this shape added to it."""
    if subject.way is Way.BY_IDS:
        return statement.where(search.is_among_ids())
    if subject.way is Way.NONE:
        return statement
    if subject.way is Way.BY_TRIGRAMS:
        statement = statement.where(search.has_trigrams())
    return statement.where(search.text_matches(subject.word_count, Fulfillment.id))


def _ids_from_trigrams(subject: Subject, stretch: Stretch) -> sa.Select[int]:
    """The ids of a range by id, in the order of SQLite's full-text index, which is read until there are enough."""
    id_, down = search.TRIGRAMS.c.rowid, stretch.sort.descending is not stretch.backwards
    found = sa.select(id_).where(search.is_from_trigrams(), *subject.conditions())
    if stretch.from_place:
        place = sa.bindparam("place_id", type_=sa.BigInteger)
        found = found.where(id_ < place if down else id_ > place)
    found = found.where(search.text_matches(subject.word_count, Fulfillment.id))
    return found.order_by(id_.desc() if down else id_.asc()).limit(_literal(stretch.limit))


def _columns(tab: Tab) -> ManyColumns:
    return (
        sa.select(*stored.as_stored(_columns_of(tab)))
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    )


def _columns_of(tab: Tab) -> stored.Columns:
    return (*_COLUMNS, *attention.COLUMNS) if tab is Tab.ATTENTION else _COLUMNS


def _range(stretch: Stretch) -> list[sa.ColumnElement[bool]]:
    return keyset.conditions(
        stretch.sort, stretch.part, backwards=stretch.backwards, from_place=stretch.from_place
    )


def end_of_walk(stretch: Stretch, walked: int, place_id: int) -> dict[str, int]:
    """The bound value of the last id of a walk that begins at a place; see `_not_beyond`."""
    down = stretch.sort.descending is not stretch.backwards
    return {"walk_end": max(0, place_id - walked) if down else min(HIGHEST_ID, place_id + walked)}


def _texts_beside(subject: Subject, stretch: Stretch, walked: int) -> list[sa.ColumnElement[bool]]:
    """The texts in the same range of ids, read beside the shipments: several times as quick as one by one."""
    id_, here = FulfillmentSearchText.fulfillment_id, sa.bindparam("place_id", type_=sa.BigInteger)
    down = stretch.sort.descending is not stretch.backwards
    from_place = [id_ < here if down else id_ > here] if stretch.from_place else []
    bound = _not_beyond(subject, stretch, walked, id_)
    return [id_ == Fulfillment.id, bound, *from_place, search.texts_match(subject.word_count)]


def _not_beyond(
    subject: Subject, stretch: Stretch, walked: int, id_: sa.SQLColumnExpression[int]
) -> sa.ColumnElement[bool]:
    """Within the first `walked` rows of a range that is sorted by id: up to the last of them, a mere bound.

    Where nearly every id is in the tab, that bound need not be looked for.
    """
    if subject.tab in _DENSE:
        return _within_ids(stretch, walked, id_)
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    near = sa.select(Fulfillment.id).where(*subject.without_filter(), *_range(stretch)).order_by(*order)
    last = near.offset(_literal(walked - 1)).limit(_literal(1)).correlate(None).scalar_subquery()
    if stretch.sort.descending is not stretch.backwards:
        return id_ >= sa.func.coalesce(last, _literal(0))
    return id_ <= sa.func.coalesce(last, _literal(HIGHEST_ID))


def _within_ids(stretch: Stretch, walked: int, id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    down = stretch.sort.descending is not stretch.backwards
    if stretch.from_place:
        end: sa.ColumnElement[Any] = sa.bindparam("walk_end", type_=sa.BigInteger)
    else:
        edge = sa.select(sa.func.max(Fulfillment.id) if down else sa.func.min(Fulfillment.id)).correlate(None)
        end = edge.scalar_subquery() + _literal(-walked if down else walked)
    return id_ >= end if down else id_ <= end


def _walk(subject: Subject, stretch: Stretch, walked: int) -> sa.Select[int]:
    """The ids among the first `walked` rows of the range that the filter and the words of the search match."""
    order = keyset.order(stretch.sort, stretch.part, backwards=stretch.backwards)
    near = sa.select(Fulfillment.id).where(*subject.without_filter(), *_range(stretch)).order_by(*order)
    ids = near.limit(_literal(walked)).subquery()
    found = sa.select(ids.c.id)
    if subject.word_count:
        found = found.where(search.text_matches(subject.word_count, ids.c.id))
    if subject.context:
        found = found.join(Fulfillment, Fulfillment.id == ids.c.id).where(*subject.filter_conditions())
    return found


def _literal(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)

"""The rows of an export: a list in its order, or a stored set, streamed from one moment of the database.

The caller begins the snapshot (webapp.database.begin_snapshot); count, search and rows then see the same moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.models import (
    Fulfillment,
    FulfillmentLine,
    Product,
    RunItem,
    SalesOrder,
    SalesOrderLine,
    Warehouse,
)
from webapp.queries.export_columns import Column, Joined
from webapp.queries.listing import everything, keyset, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Part, Sort
from webapp.queries.listing.subjects import Way
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope
from webapp.statuses import ExportMode

Row: TypeAlias = Sequence[Any]
Many: TypeAlias = "sa.Select[*tuple[Any, ...]]"
Bound: TypeAlias = tuple[Many, dict[str, Any]]
FETCHED = 500
"""Rows a server is asked for at once: with a hundred, a million took almost a fifth longer."""
BATCH = 100
"""Rows written at once: a millisecond or two of work, after which others may have the processor."""


@dataclass(frozen=True)
class Size:
    """How much there is: shipments, and lines of them."""

    shipments: int
    lines: int

    def rows(self, mode: ExportMode) -> int:
        return self.lines if mode is ExportMode.LINE_ITEMS else self.shipments


@dataclass(frozen=True)
class Listed:
    """All that a list shows."""

    criteria: Criteria

    def narrow(self, statement: Many) -> Bound:
        subject, values = everything.shape(self.criteria)
        return statements.narrowed(statement, subject), values


@dataclass(frozen=True)
class Stored:
    """The shipments stored as the rows of a run, as far as the scope goes."""

    run_id: int
    scope: Scope

    def narrow(self, statement: Many) -> Bound:
        items = sa.select(RunItem.fulfillment_id).where(RunItem.run_id == self.run_id)
        return statement.where(Fulfillment.id.in_(items), self.scope.limit()), {}


@dataclass(frozen=True)
class Given:
    """The shipments with these ids, as far as the scope goes."""

    ids: tuple[int, ...]
    scope: Scope

    def narrow(self, statement: Many) -> Bound:
        anything = Criteria(scope=self.scope, tab=Tab.ALL)
        subject = anything.subject(Way.BY_IDS)
        return statements.narrowed(statement, subject), anything.values(list(self.ids))


Which: TypeAlias = Listed | Stored | Given


def size(which: Which, limit: int | None = None) -> Size:
    """How many shipments and lines there are, looking no further than `limit` shipments. Raises FilterError."""
    statement, values = which.narrow(sa.select(Fulfillment.item_count).select_from(Fulfillment))
    found = statement.limit(limit).subquery()
    counting = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(found.c.item_count), 0))
    shipments, lines = db.session.connection().execute(counting, values).one()
    return Size(shipments, int(lines))


def stream(which: Which, sort: Sort, columns: Sequence[Column], mode: ExportMode) -> Iterator[list[Row]]:
    """The rows in the order of the list, a batch at a time. Raises FilterError."""
    connection, on_sqlite = db.session.connection(), settings().is_sqlite
    values_of = [column.value(on_sqlite=on_sqlite) for column in columns]
    for statement, values in statements_of(which, sort, columns, mode, values_of):
        options = {"stream_results": True, "yield_per": FETCHED}
        with connection.execute(statement, values, execution_options=options) as result:
            for fetched in result.partitions():
                for begin in range(0, len(fetched), BATCH):
                    yield list(fetched[begin : begin + BATCH])


def statements_of(
    which: Which, sort: Sort, columns: Sequence[Column], mode: ExportMode, values: Sequence[sa.ColumnElement[Any]]
) -> Iterator[Bound]:
    """What gives the rows in the order of the list, by a statement for each part; `values` are of the columns."""
    for part in sort.parts:
        yield _statement(
            which, sort, part, _joined(sa.select(*values).select_from(Fulfillment), columns, mode), mode
        )


def _statement(which: Which, sort: Sort, part: Part, statement: Many, mode: ExportMode) -> Bound:
    in_part = keyset.conditions(sort, part, backwards=False, from_place=False)
    order = keyset.order(sort, part, backwards=False)
    if mode is ExportMode.LINE_ITEMS:
        order.append(FulfillmentLine.id.asc())
    return which.narrow(statement.where(*in_part).order_by(*order))


def _joined(statement: Many, columns: Iterable[Column], mode: ExportMode) -> Many:
    needed = frozenset[Joined]().union(*(column.joined for column in columns))
    if Joined.ORDER in needed:
        statement = statement.join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    if Joined.WAREHOUSE in needed:
        statement = statement.join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
    if mode is ExportMode.LINE_ITEMS:
        statement = statement.join(FulfillmentLine, FulfillmentLine.fulfillment_id == Fulfillment.id)
    if Joined.PRODUCT in needed:
        statement = statement.join(Product, Product.id == FulfillmentLine.product_id)
    if Joined.ORDER_LINE in needed:
        statement = statement.join(SalesOrderLine, SalesOrderLine.id == FulfillmentLine.sales_order_line_id)
    return statement

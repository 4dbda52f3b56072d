"""The columns of exports, declared once: heading, kind of value, source; for files and for the dialog alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa

from webapp.choices import Choice
from webapp.models import Fulfillment, FulfillmentLine, Product, SalesOrder, SalesOrderLine, Warehouse
from webapp.schema import MONEY_PLACES
from webapp.statuses import ExportMode, FulfillmentStatus, FulfillmentType

MONEY_UNITS = 10**MONEY_PLACES


class Kind(Enum):
    """What the values of a column are, in the database's answer and so in a file.

    TEXT is text, also where it looks like a number. WHOLE is a whole number, MONEY an amount in ten-thousandths,
    INSTANT whole seconds since 1970 in UTC.
    """

    TEXT = auto()
    WHOLE = auto()
    MONEY = auto()
    INSTANT = auto()


class Joined(Enum):
    """What has to be read beside the shipment itself."""

    ORDER = auto()
    WAREHOUSE = auto()
    PRODUCT = auto()
    ORDER_LINE = auto()


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column; `words` says how stored values are written for people, `width` is in characters."""

    key: str
    heading: str
    source: Any
    kind: Kind = Kind.TEXT
    joined: frozenset[Joined] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    width: int = 16
    multiplied_by: Any = None
    is_of_line: bool = False

    def value(self, *, on_sqlite: bool) -> sa.ColumnElement[Any]:
        """The value as its kind promises."""
        found = _plain(self.source, self.kind, on_sqlite=on_sqlite)
        if self.multiplied_by is not None:
            found = found * self.multiplied_by
        return found.label(self.key)


def _plain(source: Any, kind: Kind, *, on_sqlite: bool) -> sa.ColumnElement[Any]:
    """Whole numbers are read and written several times quicker than decimals and dates."""
    if kind is Kind.MONEY:
        if on_sqlite:  # Stored so already.
            return sa.type_coerce(source, sa.BigInteger)
        return sa.cast(sa.type_coerce(source, sa.Numeric) * MONEY_UNITS, sa.BigInteger)
    if kind is Kind.INSTANT:
        if on_sqlite:  # Without the fraction, which SQLite would round.
            return sa.cast(
                sa.func.strftime("%s", sa.func.substr(sa.type_coerce(source, sa.Text), 1, 19)), sa.BigInteger
            )
        return sa.cast(sa.func.floor(sa.extract("epoch", source)), sa.BigInteger)
    return sa.type_coerce(source, sa.BigInteger if kind is Kind.WHOLE else sa.Text)


def _labels(choices: type[Choice]) -> dict[str, str]:
    return {choice.value: choice.label for choice in choices}


_ORDER = frozenset({Joined.ORDER})
_PRODUCT = frozenset({Joined.PRODUCT})
_PRICE = frozenset({Joined.ORDER_LINE})

SUMMARY = (
    Column(key="id", heading="ID", source=Fulfillment.id, kind=Kind.WHOLE, width=10),
    Column(key="number", heading="Fulfillment #", source=Fulfillment.fulfillment_number),
    Column(key="status", heading="Status", source=Fulfillment.status, words=_labels(FulfillmentStatus)),
    Column(key="type", heading="Type", source=Fulfillment.fulfillment_type, words=_labels(FulfillmentType)),
    Column(key="order", heading="Order #", source=SalesOrder.order_number, joined=_ORDER),
    Column(key="customer", heading="Customer", source=SalesOrder.name, joined=_ORDER, width=24),
    Column(
        key="warehouse", heading="Warehouse", source=Warehouse.name, joined=frozenset({Joined.WAREHOUSE}), width=20
    ),
    Column(key="tracking", heading="Tracking #", source=Fulfillment.tracking_number, width=26),
    Column(key="requested_method", heading="Req. Method", source=Fulfillment.requested_shipping_method, width=20),
    Column(
        key="requested_method_manual",
        heading="Req. Method (Manual)",
        source=Fulfillment.requested_shipping_method_manual,
        width=20,
    ),
    Column(key="fulfilled_method", heading="Ful. Method", source=Fulfillment.fulfilled_shipping_method, width=20),
    Column(
        key="fulfilled_method_manual",
        heading="Ful. Method (Manual)",
        source=Fulfillment.fulfilled_shipping_method_manual,
        width=20,
    ),
    Column(key="items", heading="Items", source=Fulfillment.item_count, kind=Kind.WHOLE, width=8),
    Column(key="quantity", heading="Qty", source=Fulfillment.unit_count, kind=Kind.WHOLE, width=8),
    Column(key="cost", heading="Cost", source=Fulfillment.cost, kind=Kind.MONEY, width=10),
    Column(
        key="fulfilled_at", heading="Fulfilled At", source=Fulfillment.fulfilled_at, kind=Kind.INSTANT, width=20
    ),
    Column(
        key="printed_at",
        heading="Packing Slip Printed At",
        source=Fulfillment.packing_slip_printed_at,
        kind=Kind.INSTANT,
        width=22,
    ),
    Column(key="created_at", heading="Created At", source=Fulfillment.created_at, kind=Kind.INSTANT, width=20),
    Column(key="updated_at", heading="Updated At", source=Fulfillment.updated_at, kind=Kind.INSTANT, width=20),
)
LINES = (
    Column(key="item_sku", heading="Item SKU", source=Product.sku, joined=_PRODUCT, is_of_line=True),
    Column(key="item_name", heading="Item Name", source=Product.name, joined=_PRODUCT, width=28, is_of_line=True),
    Column(
        key="item_description",
        heading="Item Description",
        source=Product.description,
        joined=_PRODUCT,
        width=32,
        is_of_line=True,
    ),
    Column(
        key="item_quantity",
        heading="Item Qty",
        source=FulfillmentLine.quantity,
        kind=Kind.WHOLE,
        width=10,
        is_of_line=True,
    ),
    Column(
        key="unit_price",
        heading="Unit Price",
        source=SalesOrderLine.unit_price,
        kind=Kind.MONEY,
        joined=_PRICE,
        width=12,
        is_of_line=True,
    ),
    Column(
        key="line_total",
        heading="Line Total",
        source=SalesOrderLine.unit_price,
        multiplied_by=FulfillmentLine.quantity,
        kind=Kind.MONEY,
        joined=_PRICE,
        width=12,
        is_of_line=True,
    ),
)
COLUMNS = (*SUMMARY, *LINES)
COLUMNS_BY_KEY = {column.key: column for column in COLUMNS}
ALL_KEYS = tuple(COLUMNS_BY_KEY)


def columns_of(mode: ExportMode, keys: Iterable[str]) -> tuple[Column, ...]:
    """The columns with these keys that a file in this mode has, in their order."""
    chosen = [COLUMNS_BY_KEY[key] for key in keys]
    return tuple(column for column in chosen if mode is ExportMode.LINE_ITEMS or not column.is_of_line)


def of_list(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys of the columns that a list with these columns shows, in its order, its number first."""
    named = ("number", *(_NAMED_OTHERWISE.get(key, key) for key in keys))
    return tuple(dict.fromkeys(key for key in named if key in COLUMNS_BY_KEY))


_NAMED_OTHERWISE = {"units": "quantity"}

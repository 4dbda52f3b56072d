"""Every column a filter may name, once: what it is called, what it holds, and how a shipment reaches it.

A column stands for all the values that a shipment reaches by it: one of its own, its order's, or those of any of
its lines. A condition holds when any of these values does; an opposite one (`is_not`, `does_not_contain` …) when
none does. Adding a column is one entry here, and an index for it if it is to be quick over a million rows.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.models import (
    Fulfillment,
    FulfillmentLine,
    Product,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    SalesOrderTag,
    Store,
    User,
    Warehouse,
)
from webapp.models.fulfillments import IS_VOIDED
from webapp.queries.listing import attention
from webapp.statuses import FulfillmentStatus, FulfillmentType, ProviderOrderState


class Type(StrEnum):
    """What a column holds; it decides the operators and how a value is read."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATETIME = "datetime"
    CHOICE = "choice"
    YES_NO = "yes/no"


class Section(StrEnum):
    """Where a column stands in the menu of columns; the value is its heading."""

    SHIPMENT = "Shipment"
    ORDER = "Order"
    CUSTOMER = "Customer"
    ITEMS = "Items (any line)"
    DATES = "Dates"
    OURS = "Provider and void"


class Trigrams(StrEnum):
    """Which trigram index finds the rows of a text column quickly; see webapp.queries.filters.trigrams."""

    NONE = "none"
    SHIPMENTS = "shipments"
    ORDERS = "orders"


@dataclass(frozen=True)
class Hop:
    """One step away from the shipment: rows of another table whose `to` equals the `start` of this one."""

    start: InstrumentedAttribute[Any]
    to: InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Option:
    """A value a choice column may have, and its name for people."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column. Each of its `parts` counts as a value; `within` holds for every shipment that has one."""

    key: str
    label: str
    type: Type
    section: Section
    parts: tuple[sa.SQLColumnExpression[Any], ...]
    path: tuple[Hop, ...] = ()
    options: tuple[Option, ...] = ()
    within: sa.ColumnElement[bool] | None = None
    trigrams: Trigrams = Trigrams.NONE
    sortable: bool = False


_ORDER = (Hop(Fulfillment.sales_order_id, SalesOrder.id),)
_STORE = (*_ORDER, Hop(SalesOrder.store_id, Store.id))
_CHANNEL = (*_STORE, Hop(Store.sales_channel_id, SalesChannel.id))
_TAGS = (Hop(Fulfillment.sales_order_id, SalesOrderTag.sales_order_id),)
_WAREHOUSE = (Hop(Fulfillment.warehouse_id, Warehouse.id),)
_LINES = (Hop(Fulfillment.id, FulfillmentLine.fulfillment_id),)
_PRODUCTS = (*_LINES, Hop(FulfillmentLine.product_id, Product.id))
_ORDER_LINES = (*_LINES, Hop(FulfillmentLine.sales_order_line_id, SalesOrderLine.id))
_VOIDER = (Hop(Fulfillment.voided_by_user_id, User.id),)


def _options(choices: type[FulfillmentStatus | FulfillmentType | ProviderOrderState]) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.label) for choice in choices)


def _shipment(key: str, label: str, type_: Type, *parts: sa.SQLColumnExpression[Any], **more: Any) -> Column:
    return Column(key=key, label=label, type=type_, section=Section.SHIPMENT, parts=parts, **more)


def _order(key: str, label: str, *parts: InstrumentedAttribute[Any], section: Section = Section.ORDER) -> Column:
    return Column(
        key=key, label=label, type=Type.TEXT, section=section, parts=parts, path=_ORDER, trigrams=Trigrams.ORDERS
    )


def _customer(key: str, label: str, *parts: InstrumentedAttribute[Any]) -> Column:
    return _order(f"customer_{key}", f"Customer {label}", *parts, section=Section.CUSTOMER)


def _item(key: str, label: str, type_: Type, part: InstrumentedAttribute[Any], path: tuple[Hop, ...]) -> Column:
    return Column(
        key=f"item_{key}", label=f"Item {label}", type=type_, section=Section.ITEMS, parts=(part,), path=path
    )


def _date(part: InstrumentedAttribute[Any], label: str, *, sortable: bool = False) -> Column:
    return Column(
        key=part.key, label=label, type=Type.DATETIME, section=Section.DATES, parts=(part,), sortable=sortable
    )


COLUMNS = (
    _shipment("id", "Shipment ID", Type.NUMBER, Fulfillment.id, sortable=True),
    _shipment(
        "fulfillment_number",
        "Shipment number",
        Type.TEXT,
        Fulfillment.fulfillment_number,
        trigrams=Trigrams.SHIPMENTS,
    ),
    _shipment("fulfillment_sequence", "Shipment sequence", Type.NUMBER, Fulfillment.sequence),
    _shipment(
        "tracking_number",
        "Tracking number",
        Type.TEXT,
        Fulfillment.tracking_number,
        trigrams=Trigrams.SHIPMENTS,
        sortable=True,
    ),
    _shipment(
        "status", "Status", Type.CHOICE, Fulfillment.status, options=_options(FulfillmentStatus), sortable=True
    ),
    _shipment(
        "fulfillment_type",
        "Type",
        Type.CHOICE,
        Fulfillment.fulfillment_type,
        options=_options(FulfillmentType),
        sortable=True,
    ),
    _shipment(
        "requested_shipping_method",
        "Method asked",
        Type.TEXT,
        Fulfillment.requested_shipping_method,
        Fulfillment.requested_shipping_method_manual,
    ),
    _shipment(
        "fulfilled_shipping_method",
        "Method used",
        Type.TEXT,
        Fulfillment.fulfilled_shipping_method,
        Fulfillment.fulfilled_shipping_method_manual,
    ),
    _shipment("backordered", "Backordered", Type.YES_NO, Fulfillment.backordered),
    _shipment("warehouse", "Warehouse", Type.TEXT, Warehouse.name, path=_WAREHOUSE),
    _shipment("cost", "Cost", Type.MONEY, Fulfillment.cost, sortable=True),
    _order("sales_order_number", "Order number", SalesOrder.order_number),
    _order("customer_reference", "Customer reference", SalesOrder.customer_reference),
    Column(key="store", label="Store", type=Type.TEXT, section=Section.ORDER, parts=(Store.name,), path=_STORE),
    Column(
        key="sales_channel_type_name",
        label="Sales channel type",
        type=Type.TEXT,
        section=Section.ORDER,
        parts=(SalesChannel.type,),
        path=_CHANNEL,
    ),
    _order("sales_order_shipping_method", "Order shipping method", SalesOrder.shipping_method),
    Column(
        key="sales_order_tags",
        label="Order tags",
        type=Type.TEXT,
        section=Section.ORDER,
        parts=(SalesOrderTag.tag,),
        path=_TAGS,
    ),
    _customer("name", "name", SalesOrder.name),
    _customer("email", "e-mail", SalesOrder.email),
    _customer("phone", "phone", SalesOrder.phone),
    _customer("company", "company", SalesOrder.company),
    _customer("address", "address", SalesOrder.address1, SalesOrder.address2),
    _customer("city", "city", SalesOrder.city),
    _customer("province", "province", SalesOrder.province),
    _customer("province_code", "province code", SalesOrder.province_code),
    _customer("zip", "ZIP", SalesOrder.zip),
    _customer("country", "country", SalesOrder.country),
    _customer("country_code", "country code", SalesOrder.country_code),
    _item("name", "name", Type.TEXT, Product.name, _PRODUCTS),
    _item("sku", "SKU", Type.TEXT, Product.sku, _PRODUCTS),
    _item("quantity", "quantity", Type.NUMBER, FulfillmentLine.quantity, _LINES),
    _item("price", "price", Type.MONEY, SalesOrderLine.unit_price, _ORDER_LINES),
    _item("nominal_code", "nominal code", Type.TEXT, Product.nominal_code, _PRODUCTS),
    _date(Fulfillment.fulfilled_at, "Shipped", sortable=True),
    _date(Fulfillment.packing_slip_printed_at, "Slip printed", sortable=True),
    _date(Fulfillment.created_at, "Created", sortable=True),
    _date(Fulfillment.updated_at, "Updated", sortable=True),
    _date(Fulfillment.archived_at, "Archived"),
    _date(Fulfillment.voided_at, "Voided on"),
    _date(Fulfillment.submitted_to_sales_channel_at, "Channel told"),
    Column(
        key="provider_state",
        label="Provider state",
        type=Type.CHOICE,
        section=Section.OURS,
        parts=(Fulfillment.provider_state,),
        options=_options(ProviderOrderState),
    ),
    Column(
        key="delivery_problem",
        label="Needs attention",
        type=Type.CHOICE,
        section=Section.OURS,
        parts=(),  # Worked out by the rules of the tab of that name, each of which counts as a value.
        options=tuple(Option(rule.key, rule.reason) for rule in attention.RULES),
    ),
    Column(key="voided", label="Voided", type=Type.YES_NO, section=Section.OURS, parts=(IS_VOIDED,)),
    Column(
        key="void_reason",
        label="Void reason",
        type=Type.TEXT,
        section=Section.OURS,
        parts=(Fulfillment.void_reason,),
        within=IS_VOIDED,
    ),
    Column(
        key="voided_by",
        label="Voided by",
        type=Type.TEXT,
        section=Section.OURS,
        parts=(User.display_name,),
        path=_VOIDER,
        within=IS_VOIDED,
    ),
)

COLUMNS_BY_KEY = {column.key: column for column in COLUMNS}

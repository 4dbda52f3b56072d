"""Every column a filter may name, once: what it is called, what it holds, and how a shipment reaches it.

A column stands for all the values that a shipment reaches by it: one of its own, its order's, or those of any of
its lines. A condition holds when any of these values does; an opposite one (`is_not`, `does_not_contain` …) when
none does. Adding a column is one entry here, and an index for it if it is to be quick over a million rows.
"""

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
from webapp.queries.filters.columns import Column, Hop, Option, Section, Trigrams, Type
from webapp.queries.listing import attention
from webapp.statuses import FulfillmentStatus, FulfillmentType, ProviderOrderState

TO_ORDER = Hop(Fulfillment.sales_order_id, SalesOrder.id)
_ORDER = (TO_ORDER,)
_STORE = (*_ORDER, Hop(SalesOrder.store_id, Store.id, is_small=True))
_CHANNEL = (*_STORE, Hop(Store.sales_channel_id, SalesChannel.id, is_small=True))
_TAGS = (Hop(Fulfillment.sales_order_id, SalesOrderTag.sales_order_id),)
_WAREHOUSE = (Hop(Fulfillment.warehouse_id, Warehouse.id, is_small=True),)
_LINES = (Hop(Fulfillment.id, FulfillmentLine.fulfillment_id),)
_PRODUCTS = (*_LINES, Hop(FulfillmentLine.product_id, Product.id, is_modest=True))
_ORDER_LINES = (*_LINES, Hop(FulfillmentLine.sales_order_line_id, SalesOrderLine.id))
_VOIDER = (Hop(Fulfillment.voided_by_user_id, User.id, is_small=True),)


def _options(choices: type[FulfillmentStatus | FulfillmentType | ProviderOrderState]) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.label) for choice in choices)


def _shipment(
    key: str, word: str, label: str, type_: Type, *parts: sa.SQLColumnExpression[Any], **more: Any
) -> Column:
    return Column(key=key, word=word, label=label, type=type_, section=Section.SHIPMENT, parts=parts, **more)


def _order(
    key: str, word: str, label: str, *parts: InstrumentedAttribute[Any], section: Section = Section.ORDER
) -> Column:
    return Column(
        key=key, word=word, label=label, type=Type.TEXT, section=section, parts=parts, path=_ORDER,
        trigrams=Trigrams.ORDERS,
    )  # fmt: skip


def _customer(key: str, label: str, *parts: InstrumentedAttribute[Any], word: str = "") -> Column:
    return _order(f"customer_{key}", word or key, f"Customer {label}", *parts, section=Section.CUSTOMER)


def _item(key: str, word: str, label: str, type_: Type, part: Any, *, path: tuple[Hop, ...]) -> Column:
    return Column(
        key=f"item_{key}", word=word, label=f"Item {label}", type=type_, section=Section.ITEMS, parts=(part,),
        path=path,
    )  # fmt: skip


def _date(part: InstrumentedAttribute[Any], word: str, label: str, *, sortable: bool = False) -> Column:
    return Column(
        key=part.key, word=word, label=label, type=Type.DATETIME, section=Section.DATES, parts=(part,),
        sortable=sortable,
    )  # fmt: skip


COLUMNS = (
    _shipment("id", "id", "Shipment ID", Type.NUMBER, Fulfillment.id, sortable=True),
    _shipment(
        "fulfillment_number",
        "number",
        "Shipment number",
        Type.TEXT,
        Fulfillment.fulfillment_number,
        trigrams=Trigrams.SHIPMENTS,
    ),
    _shipment("fulfillment_sequence", "sequence", "Shipment sequence", Type.NUMBER, Fulfillment.sequence),
    _shipment(
        "tracking_number",
        "tracking",
        "Tracking number",
        Type.TEXT,
        Fulfillment.tracking_number,
        trigrams=Trigrams.SHIPMENTS,
        sortable=True,
    ),
    _shipment(
        "status",
        "status",
        "Status",
        Type.CHOICE,
        Fulfillment.status,
        options=_options(FulfillmentStatus),
        sortable=True,
    ),
    _shipment(
        "fulfillment_type",
        "type",
        "Type",
        Type.CHOICE,
        Fulfillment.fulfillment_type,
        options=_options(FulfillmentType),
        sortable=True,
    ),
    _shipment(
        "requested_shipping_method",
        "method_asked",
        "Method asked",
        Type.TEXT,
        Fulfillment.requested_shipping_method,
        Fulfillment.requested_shipping_method_manual,
    ),
    _shipment(
        "fulfilled_shipping_method",
        "method_used",
        "Method used",
        Type.TEXT,
        Fulfillment.fulfilled_shipping_method,
        Fulfillment.fulfilled_shipping_method_manual,
    ),
    _shipment("backordered", "backordered", "Backordered", Type.YES_NO, Fulfillment.backordered),
    _shipment("warehouse", "warehouse", "Warehouse", Type.TEXT, Warehouse.name, path=_WAREHOUSE),
    _shipment("cost", "cost", "Cost", Type.MONEY, Fulfillment.cost, sortable=True),
    _order("sales_order_number", "order", "Order number", SalesOrder.order_number),
    _order("customer_reference", "reference", "Customer reference", SalesOrder.customer_reference),
    Column(
        key="store",
        word="store",
        label="Store",
        type=Type.TEXT,
        section=Section.ORDER,
        parts=(Store.name,),
        path=_STORE,
    ),
    Column(
        key="sales_channel_type_name",
        word="channel",
        label="Sales channel type",
        type=Type.TEXT,
        section=Section.ORDER,
        parts=(SalesChannel.type,),
        path=_CHANNEL,
    ),
    _order("sales_order_shipping_method", "order_method", "Order shipping method", SalesOrder.shipping_method),
    Column(
        key="sales_order_tags",
        word="tag",
        label="Order tags",
        type=Type.TEXT,
        section=Section.ORDER,
        parts=(SalesOrderTag.tag,),
        path=_TAGS,
    ),
    _customer("name", "name", SalesOrder.name, word="customer"),
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
    _item("name", "item", "name", Type.TEXT, Product.name, path=_PRODUCTS),
    _item("sku", "sku", "SKU", Type.TEXT, Product.sku, path=_PRODUCTS),
    _item("quantity", "quantity", "quantity", Type.NUMBER, FulfillmentLine.quantity, path=_LINES),
    _item("price", "price", "price", Type.MONEY, SalesOrderLine.unit_price, path=_ORDER_LINES),
    _item("nominal_code", "nominal_code", "nominal code", Type.TEXT, Product.nominal_code, path=_PRODUCTS),
    _date(Fulfillment.fulfilled_at, "shipped", "Shipped", sortable=True),
    _date(Fulfillment.packing_slip_printed_at, "printed", "Slip printed", sortable=True),
    _date(Fulfillment.created_at, "created", "Created", sortable=True),
    _date(Fulfillment.updated_at, "updated", "Updated", sortable=True),
    _date(Fulfillment.archived_at, "archived", "Archived"),
    _date(Fulfillment.voided_at, "voided_on", "Voided on"),
    _date(Fulfillment.submitted_to_sales_channel_at, "told", "Channel told"),
    Column(
        key="provider_state",
        word="provider_state",
        label="Provider state",
        type=Type.CHOICE,
        section=Section.OURS,
        parts=(Fulfillment.provider_state,),
        options=_options(ProviderOrderState),
    ),
    Column(
        key="delivery_problem",
        word="attention",
        label="Needs attention",
        type=Type.CHOICE,
        section=Section.OURS,
        parts=(),  # Worked out by the rules of the tab of that name, each of which counts as a value.
        options=tuple(Option(rule.key, rule.reason) for rule in attention.RULES),
    ),
    Column(
        key="voided", word="voided", label="Voided", type=Type.YES_NO, section=Section.OURS, parts=(IS_VOIDED,)
    ),
    Column(
        key="void_reason",
        word="void_reason",
        label="Void reason",
        type=Type.TEXT,
        section=Section.OURS,
        parts=(Fulfillment.void_reason,),
        within=IS_VOIDED,
    ),
    Column(
        key="voided_by",
        word="voided_by",
        label="Voided by",
        type=Type.TEXT,
        section=Section.OURS,
        parts=(User.display_name,),
        path=_VOIDER,
        within=IS_VOIDED,
    ),
)

COLUMNS_BY_KEY = {column.key: column for column in COLUMNS}
COLUMNS_BY_WORD = {column.word: column for column in COLUMNS}

"""The order of the columns in the tuples that seeding and importing hand to the loader, table by table.

A column that is left out takes its server default, or NULL. Values are given as both databases take them:
whole numbers, text, booleans, None, instants as `times.text_of` writes them, JSON as text, and amounts looked up
in `Loader.money`.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.models import (
    Activity,
    Allocation,
    Base,
    BillingAddress,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentSearchText,
    InventoryMovement,
    LineFinancials,
    Product,
    ProviderAccount,
    ProviderOrder,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    SalesOrderTag,
    Store,
    Warehouse,
)


@dataclass(frozen=True, eq=False)
class Layout:
    """One table and the columns that its tuples carry."""

    table: sa.Table
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.table.name


def _layout(model: type[Base], columns: str) -> Layout:
    table = model.metadata.tables[model.__tablename__]
    names = tuple(columns.split())
    missing = {column.name for column in table.columns if _must_be_given(column)} - set(names)
    if missing or not set(names) <= set(table.columns.keys()):
        raise TypeError(f"The layout of {table.name} does not fit its table: {sorted(missing) or names}.")
    return Layout(table, names)


def _must_be_given(column: sa.Column[object]) -> bool:
    return not column.nullable and column.server_default is None


ADDRESS = "name company email phone address1 address2 city province province_code zip country country_code"

WAREHOUSES = _layout(Warehouse, "id name")
PROVIDER_ACCOUNTS = _layout(
    ProviderAccount, "id kind name base_url credentials settings is_enabled created_at updated_at"
)
SALES_CHANNELS = _layout(SalesChannel, "id type name provider_account_id takes_tracking")
STORES = _layout(Store, "id sales_channel_id name")
PRODUCTS = _layout(Product, "id sku name description nominal_code")
SALES_ORDERS = _layout(
    SalesOrder,
    "id order_number store_id customer_reference status fulfillment_status shipping_method ordered_at created_at "
    f"updated_at {ADDRESS}",
)
BILLING_ADDRESSES = _layout(BillingAddress, f"sales_order_id {ADDRESS}")
SALES_ORDER_TAGS = _layout(SalesOrderTag, "sales_order_id tag")
SALES_ORDER_LINES = _layout(SalesOrderLine, "id sales_order_id product_id quantity unit_price")
LINE_FINANCIALS = _layout(LineFinancials, "sales_order_line_id cost_of_goods")
FULFILLMENT_ORDERS = _layout(
    FulfillmentOrder,
    "id sales_order_id warehouse_id status request_status created_at updated_at",
)
FULFILLMENT_ORDER_LINES = _layout(
    FulfillmentOrderLine, "id fulfillment_order_id sales_order_line_id quantity remaining"
)
COST_LAYERS = _layout(CostLayer, "id product_id warehouse_id quantity remaining unit_cost received_at")
FULFILLMENTS = _layout(
    Fulfillment,
    "id sales_order_id fulfillment_order_id warehouse_id provider_account_id sequence fulfillment_number "
    "fulfillment_type status status_before_void request_status_before_void newest_sibling_at_void "
    "item_count unit_count backordered "
    "requested_shipping_method requested_shipping_method_manual fulfilled_shipping_method "
    "fulfilled_shipping_method_manual carrier "
    "tracking_number tracking_key cost provider_state provider_problem cancel_by_hand channel_problem "
    "fulfilled_at packing_slip_printed_at submitted_to_sales_channel_at last_synced_from_provider_at "
    "last_synced_to_provider_at archived_at voided_at voided_by_user_id void_reason version created_at updated_at "
    "history_length history_head",
)
FULFILLMENT_LINES = _layout(
    FulfillmentLine, "id fulfillment_id fulfillment_order_line_id sales_order_line_id product_id quantity"
)
ALLOCATIONS = _layout(
    Allocation, "id sales_order_line_id fulfillment_order_line_id fulfillment_line_id status quantity"
)
INVENTORY_MOVEMENTS = _layout(
    InventoryMovement,
    "id type inventory_status product_id warehouse_id cost_layer_id quantity unit_cost fulfillment_id "
    "fulfillment_line_id reference reverses_id occurred_at",
)
PROVIDER_ORDERS = _layout(
    ProviderOrder,
    "id fulfillment_id provider_account_id external_id external_number raw_status state tracking_number carrier "
    "service cost shipped_at payload created_at updated_at",
)
ACTIVITIES = _layout(
    Activity,
    "id fulfillment_id fulfillment_order_id subject_type subject_id event actor_id changes note occurred_at "
    "chain_position hash",
)
SEARCH_TEXTS = _layout(FulfillmentSearchText, "fulfillment_id text")

# Parents before children, so that each row finds what it refers to when foreign keys are checked at once.
ALL = (
    WAREHOUSES,
    PROVIDER_ACCOUNTS,
    SALES_CHANNELS,
    STORES,
    PRODUCTS,
    SALES_ORDERS,
    BILLING_ADDRESSES,
    SALES_ORDER_TAGS,
    SALES_ORDER_LINES,
    LINE_FINANCIALS,
    FULFILLMENT_ORDERS,
    FULFILLMENT_ORDER_LINES,
    COST_LAYERS,
    FULFILLMENTS,
    FULFILLMENT_LINES,
    ALLOCATIONS,
    INVENTORY_MOVEMENTS,
    PROVIDER_ORDERS,
    ACTIVITIES,
    SEARCH_TEXTS,
)

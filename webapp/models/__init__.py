"""Every table, imported here so that the metadata is complete wherever one of them is used."""

from webapp.models.accounts import User, UserSession, UserWarehouse
from webapp.models.activity import Activity
from webapp.models.catalog import Product, SalesChannel, Store, Warehouse
from webapp.models.channel import ChannelFulfillment
from webapp.models.export_schedules import ExportSchedule, ExportScheduleRun
from webapp.models.exports import Export
from webapp.models.fulfillment_orders import FulfillmentOrder, FulfillmentOrderLine
from webapp.models.fulfillments import Fulfillment, FulfillmentLine, FulfillmentSearchText
from webapp.models.inventory import Allocation, CostLayer, InventoryMovement
from webapp.models.orders import BillingAddress, LineFinancials, SalesOrder, SalesOrderLine, SalesOrderTag
from webapp.models.providers import ProviderAccount, ProviderAccountChange, ProviderExchange, ProviderOrder
from webapp.models.runs import IdempotencyKey, Run, RunItem
from webapp.models.saved_views import DefaultView, SavedView
from webapp.models.webhooks import WebhookAddress, WebhookDelivery
from webapp.schema import Base

__all__ = [
    "Activity",
    "Allocation",
    "Base",
    "BillingAddress",
    "ChannelFulfillment",
    "CostLayer",
    "DefaultView",
    "Export",
    "ExportSchedule",
    "ExportScheduleRun",
    "Fulfillment",
    "FulfillmentLine",
    "FulfillmentOrder",
    "FulfillmentOrderLine",
    "FulfillmentSearchText",
    "IdempotencyKey",
    "InventoryMovement",
    "LineFinancials",
    "Product",
    "ProviderAccount",
    "ProviderAccountChange",
    "ProviderExchange",
    "ProviderOrder",
    "Run",
    "RunItem",
    "SalesChannel",
    "SalesOrder",
    "SalesOrderLine",
    "SalesOrderTag",
    "SavedView",
    "Store",
    "User",
    "UserSession",
    "UserWarehouse",
    "Warehouse",
    "WebhookAddress",
    "WebhookDelivery",
]

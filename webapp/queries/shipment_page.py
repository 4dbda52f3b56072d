"""What the shipment page shows at first sight: the shipment with its order, budgets and provider orders."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.errors import NotFound
from webapp.extensions import db, settings
from webapp.models import (
    BillingAddress,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    Product,
    ProviderAccount,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    SalesOrderTag,
    Store,
    User,
    Warehouse,
)
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.addresses import ADDRESS_PARTS, Address, address_columns
from webapp.queries.channel import IS_OWED_CORRECTION
from webapp.queries.channel_state import ChannelReport, channel_report, obstacle_at, was_long_ago
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope
from webapp.queries.void_runs import BULK_VOID_RUN_ID, VOID_RUN_ID
from webapp.schema import now
from webapp.statuses import (
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
)

NOT_HERE = "There is no such shipment, or it belongs to a warehouse you do not see."
_TAG_SEPARATOR = "\n"
_voider, _channel_account = aliased(User), aliased(ProviderAccount)


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """One shipment with everything of its order, warehouse and account that the page names.

    `void_run_id` is the unfinished run that is voiding it, `bulk_void_run_id` one that is to void it among others.
    """

    id: int
    fulfillment_number: str
    status: FulfillmentStatus
    status_before_void: FulfillmentStatus | None
    type: FulfillmentType
    version: int
    item_count: int
    unit_count: int
    backordered: bool
    warehouse: str
    provider_kind: str
    provider_account: str | None
    account_trouble: Trouble | None
    provider_problem: str | None
    cancel_by_hand: bool
    void_problem: str | None
    void_run_id: int | None
    bulk_void_run_id: int | None
    requested_shipping_method: str | None
    requested_shipping_method_manual: str | None
    fulfilled_shipping_method: str | None
    fulfilled_shipping_method_manual: str | None
    carrier: str | None
    tracking_number: str | None
    cost: Decimal | None
    order_number: str
    customer_reference: str
    ordered_at: datetime
    store: str
    channel: str
    channel_report: ChannelReport
    tags: tuple[str, ...]
    ship_to: Address
    bill_to: Address | None
    fulfillment_order_id: int
    fulfillment_order_status: FulfillmentOrderStatus
    fulfillment_order_request_status: FulfillmentOrderRequestStatus
    fulfilled_at: datetime | None
    packing_slip_printed_at: datetime | None
    submitted_to_sales_channel_at: datetime | None
    last_synced_from_provider_at: datetime | None
    last_synced_to_provider_at: datetime | None
    archived_at: datetime | None
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_voided(self) -> bool:
        return self.voided_at is not None

    @property
    def fulfillment_order_number(self) -> str:
        return f"FO-{self.fulfillment_order_id}"


@dataclass(frozen=True)
class Budget:
    """One line of the fulfillment order: how many units it allows, and how many are left to ship."""

    sku: str
    product_name: str
    quantity: int
    remaining: int

    @property
    def shipped(self) -> int:
        return self.quantity - self.remaining


_PLAIN = (
    Fulfillment.id,
    Fulfillment.fulfillment_number,
    Fulfillment.version,
    Fulfillment.item_count,
    Fulfillment.unit_count,
    Fulfillment.backordered,
    Fulfillment.provider_problem,
    Fulfillment.cancel_by_hand,
    Fulfillment.void_problem,
    Fulfillment.requested_shipping_method,
    Fulfillment.requested_shipping_method_manual,
    Fulfillment.fulfilled_shipping_method,
    Fulfillment.fulfilled_shipping_method_manual,
    Fulfillment.carrier,
    Fulfillment.tracking_number,
    Fulfillment.cost,
    Fulfillment.fulfilled_at,
    Fulfillment.packing_slip_printed_at,
    Fulfillment.submitted_to_sales_channel_at,
    Fulfillment.last_synced_from_provider_at,
    Fulfillment.last_synced_to_provider_at,
    Fulfillment.archived_at,
    Fulfillment.voided_at,
    Fulfillment.void_reason,
    Fulfillment.created_at,
    Fulfillment.updated_at,
    Fulfillment.fulfillment_order_id,
)
_TAGS = (
    sa.select(sa.func.aggregate_strings(SalesOrderTag.tag, _TAG_SEPARATOR))
    .where(SalesOrderTag.sales_order_id == SalesOrder.id)
    .correlate(SalesOrder)
    .scalar_subquery()
)
_SHIPMENT = (
    sa.select(
        *_PLAIN,
        Fulfillment.status,
        Fulfillment.status_before_void,
        Fulfillment.fulfillment_type,
        Fulfillment.channel_problem,
        IS_OWED_CORRECTION.label("is_owed_correction"),
        VOID_RUN_ID.label("void_run_id"),
        BULK_VOID_RUN_ID.label("bulk_void_run_id"),
        Warehouse.name.label("warehouse"),
        ProviderAccount.kind.label("account_kind"),
        ProviderAccount.name.label("account_name"),
        ProviderAccount.is_enabled.label("account_is_enabled"),
        ProviderAccount.circuit_open_until.label("account_paused_until"),
        SalesOrder.order_number,
        SalesOrder.customer_reference,
        SalesOrder.ordered_at,
        Store.name.label("store"),
        SalesChannel.name.label("channel"),
        SalesChannel.takes_tracking,
        _channel_account.kind.label("channel_account_kind"),
        _channel_account.is_enabled.label("channel_account_is_enabled"),
        FulfillmentOrder.status.label("order_status"),
        FulfillmentOrder.request_status.label("order_request_status"),
        _voider.display_name.label("voided_by"),
        _TAGS.label("tags"),
        BillingAddress.sales_order_id.label("has_billing_address"),
        *address_columns(SalesOrder, "ship"),
        *address_columns(BillingAddress, "bill"),
    )
    .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
    .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .join(FulfillmentOrder, FulfillmentOrder.id == Fulfillment.fulfillment_order_id)
    .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    .join(_channel_account, _channel_account.id == SalesChannel.provider_account_id, isouter=True)
    .join(BillingAddress, BillingAddress.sales_order_id == SalesOrder.id, isouter=True)
    .join(_voider, _voider.id == Fulfillment.voided_by_user_id, isouter=True)
)
_PLAIN_NAMES = tuple(column.key for column in _PLAIN)
_BUDGETS = Prepared(
    sa.select(Product.sku, Product.name, FulfillmentOrderLine.quantity, FulfillmentOrderLine.remaining)
    .join(SalesOrderLine, SalesOrderLine.id == FulfillmentOrderLine.sales_order_line_id)
    .join(Product, Product.id == SalesOrderLine.product_id)
    .where(FulfillmentOrderLine.fulfillment_order_id == sa.bindparam("fulfillment_order_id"))
    .order_by(FulfillmentOrderLine.id)
)


@lru_cache(maxsize=64)
def _shipment_in(scope: Scope) -> Prepared:
    """Put together once for each scope: building it costs as much as asking it."""
    return Prepared(_SHIPMENT.where(Fulfillment.id == sa.bindparam("fulfillment_id"), scope.limit()))


def shipment(fulfillment_id: int, scope: Scope) -> Shipment:
    """The shipment with this id; raises NotFound when there is none in the scope."""
    found = _shipment_in(scope).named(db.session.connection(), fulfillment_id=fulfillment_id)
    if not found:
        raise NotFound(NOT_HERE)
    return _shipment_from(found[0]._asdict())


def number_of(fulfillment_id: int, scope: Scope) -> str:
    """The number of a shipment, which proves that it is in the scope; raises NotFound when it is not."""
    number = db.session.scalar(
        sa.select(Fulfillment.fulfillment_number).where(Fulfillment.id == fulfillment_id, scope.limit())
    )
    if number is None:
        raise NotFound(NOT_HERE)
    return number


def budgets_of(fulfillment_order_id: int) -> list[Budget]:
    """The lines of a fulfillment order whose shipment the caller was allowed to read."""
    rows = _BUDGETS.rows(db.session.connection(), fulfillment_order_id=fulfillment_order_id)
    return [Budget(*row) for row in rows]


def _shipment_from(row: dict[str, Any]) -> Shipment:
    before_void, zone = row["status_before_void"], settings().business_time_zone
    return Shipment(
        **{name: row[name] for name in _PLAIN_NAMES},
        status=FulfillmentStatus(row["status"]),
        status_before_void=FulfillmentStatus(before_void) if before_void else None,
        type=FulfillmentType(row["fulfillment_type"]),
        warehouse=row["warehouse"],
        provider_kind=row["account_kind"] or row["fulfillment_type"],
        provider_account=row["account_name"],
        account_trouble=trouble_of(
            row["account_kind"],
            row["account_name"],
            is_enabled=row["account_is_enabled"],
            paused_until=row["account_paused_until"],
        ),
        order_number=row["order_number"],
        customer_reference=row["customer_reference"],
        ordered_at=row["ordered_at"],
        store=row["store"],
        channel=row["channel"],
        channel_report=channel_report(
            takes_tracking=row["takes_tracking"],
            status=row["status"],
            voided_at=row["voided_at"],
            tracking_number=row["tracking_number"],
            submitted_at=row["submitted_to_sales_channel_at"],
            problem=row["channel_problem"],
            obstacle=obstacle_at(
                row["channel"], row["channel_account_kind"], is_enabled=bool(row["channel_account_is_enabled"])
            ),
            is_old=not row["is_owed_correction"]
            and was_long_ago(row["fulfilled_at"], now().astimezone(zone).date(), zone),
        ),
        tags=tuple(sorted(row["tags"].split(_TAG_SEPARATOR))) if row["tags"] else (),
        ship_to=Address(*(row[f"ship_{part}"] for part in ADDRESS_PARTS)),
        bill_to=Address(*(row[f"bill_{part}"] for part in ADDRESS_PARTS)) if row["has_billing_address"] else None,
        fulfillment_order_status=FulfillmentOrderStatus(row["order_status"]),
        fulfillment_order_request_status=FulfillmentOrderRequestStatus(row["order_request_status"]),
        voided_by=row["voided_by"],
        void_run_id=row["void_run_id"],
        bulk_void_run_id=row["bulk_void_run_id"],
    )

"""One maker per model. A shipment comes with all that stands behind it: stock, order, budget, ledger."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
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
    Store,
    Warehouse,
)
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.credentials import encrypt
from webapp.services.search_text import search_text, tracking_key
from webapp.statuses import (
    OPEN_STATUSES,
    SHIPPED_STATUSES,
    ActivityEvent,
    ActivitySubject,
    AllocationStatus,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
    InventoryStatus,
    MovementType,
    ProviderOrderState,
    SalesOrderFulfillmentStatus,
    SalesOrderStatus,
)

NOON = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)  # Noon in the business time zone of the tests.


class Factory:
    """Rows with sensible values; name only what the test is about. Everything is committed."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._warehouses: dict[str, Warehouse] = {}
        self._products: dict[str, Product] = {}
        self._is_one_piece = False

    def warehouse(self, name: str = "Reno, NV") -> Warehouse:
        if name not in self._warehouses:
            self._warehouses[name] = self._save(Warehouse(name=name))
        return self._warehouses[name]

    def product(self, sku: str = "NWP-011", name: str = "Queso Cabrales") -> Product:
        if sku not in self._products:
            self._products[sku] = self._save(Product(sku=sku, name=name))
        return self._products[sku]

    def store(self, channel_type: str = "shopify", channel: str = "Shopify", name: str = "Northwind") -> Store:
        found = db.session.query(SalesChannel).filter_by(type=channel_type, name=channel).one_or_none()
        sales_channel = found or self._save(SalesChannel(type=channel_type, name=channel, takes_tracking=True))
        store = db.session.query(Store).filter_by(sales_channel_id=sales_channel.id, name=name).one_or_none()
        return store or self._save(Store(sales_channel_id=sales_channel.id, name=name))

    def channel_account(self, channel: str = "Shopify", **values: Any) -> ProviderAccount:
        """Connect a sales channel through an account of its own."""
        account = self.provider_account("shopify", **values)
        db.session.get_one(
            SalesChannel, self.store(channel=channel).sales_channel_id
        ).provider_account_id = account.id
        db.session.commit()
        return account

    def order(self, **values: Any) -> SalesOrder:
        number = next(self._numbers)
        defaults = {
            "order_number": f"SO-{10_000 + number}",
            "store_id": values.pop("store_id", None) or self.store().id,
            "status": SalesOrderStatus.OPEN.value,
            "fulfillment_status": SalesOrderFulfillmentStatus.FULFILLED.value,
            "name": "Rita Müller",
            "email": "rita@example.org",
            "phone": "0711-020361",
            "address1": "Adenauerallee 900",
            "zip": "70563",
            "city": "Stuttgart",
            "country": "Germany",
            "country_code": "DE",
            "ordered_at": NOON,
        }
        return self._save(SalesOrder(**(defaults | values)))

    def provider_account(self, kind: str = "shipstation", **values: Any) -> ProviderAccount:
        credentials = values.pop("credentials", {"api_key": "key", "api_secret": "secret"})
        defaults = {
            "kind": kind,
            "name": f"{kind} {next(self._numbers)}",
            "base_url": f"http://127.0.0.1:9/{kind}",
            "credentials": encrypt(credentials),
        }
        return self._save(ProviderAccount(**(defaults | values)))

    def shipment(
        self,
        *,
        order: SalesOrder | None = None,
        warehouse: str = "Reno, NV",
        lines: tuple[tuple[str, int, str | None], ...] = (("NWP-011", 2, "9.10"),),
        account: ProviderAccount | None = None,
        **values: Any,
    ) -> Fulfillment:
        """A shipment of `lines` (SKU, quantity, unit cost or None for no financial record)."""
        with self._one_piece():
            status = FulfillmentStatus(values.pop("status", FulfillmentStatus.PACKED))
            is_waiting = status in OPEN_STATUSES
            order = order or self.order(
                status=(SalesOrderStatus.OPEN if is_waiting else SalesOrderStatus.CLOSED).value
            )
            home = self.warehouse(warehouse)
            sequence = values.pop("sequence", None) or self._next_sequence(order)
            fulfillment_order = self._save(
                FulfillmentOrder(
                    sales_order_id=order.id,
                    warehouse_id=home.id,
                    status=FulfillmentOrderStatus.CLOSED.value,
                    request_status=FulfillmentOrderRequestStatus.SUBMITTED.value,
                )
            )
            tracking = values.get("tracking_number")
            created_at = values.pop("created_at", NOON + timedelta(minutes=next(self._numbers)))
            defaults = {
                "sales_order_id": order.id,
                "fulfillment_order_id": fulfillment_order.id,
                "warehouse_id": home.id,
                "provider_account_id": account.id if account else None,
                "sequence": sequence,
                "fulfillment_number": f"{order.order_number}.{sequence}",
                "fulfillment_type": (account.kind if account else FulfillmentType.MANUAL.value),
                "status": status.value,
                "tracking_key": tracking_key(tracking),
                "item_count": len(lines),
                "unit_count": sum(quantity for _, quantity, _ in lines),
                "requested_shipping_method": "Standard",
                "created_at": created_at,
                "updated_at": created_at,
                "fulfilled_at": created_at if status in SHIPPED_STATUSES else None,
            }
            shipment = self._save(Fulfillment(**(defaults | values)))
            for sku, quantity, unit_cost in lines:
                self._line(shipment, fulfillment_order, sku, quantity, unit_cost)
            self._save(
                FulfillmentSearchText(
                    fulfillment_id=shipment.id,
                    text=search_text(
                        fulfillment_number=shipment.fulfillment_number,
                        order_number=order.order_number,
                        tracking_number=shipment.tracking_number,
                        customer_reference=order.customer_reference or "",
                        customer_name=order.name,
                        customer_email=order.email,
                        skus=[sku for sku, _, _ in lines],
                    ),
                )
            )
            self.activity(shipment, ActivityEvent.CREATED, occurred_at=created_at)
        return shipment

    def provider_order(self, shipment: Fulfillment, **values: Any) -> ProviderOrder:
        defaults = {
            "fulfillment_id": shipment.id,
            "provider_account_id": shipment.provider_account_id,
            "external_id": str(500_000 + next(self._numbers)),
            "external_number": shipment.fulfillment_number,
            "raw_status": "awaiting_shipment",
            "state": ProviderOrderState.AWAITING.value,
        }
        return self._save(ProviderOrder(**(defaults | values)))

    def activity(
        self,
        shipment: Fulfillment,
        event: ActivityEvent,
        *,
        actor_id: int | None = None,
        request_id: str | None = None,
        **values: Any,
    ) -> Activity:
        """A history row of a shipment; `values` as services.history.record takes them."""
        if "subject_type" in values:
            values["subject_type"] = ActivitySubject(values["subject_type"])
        return self._save(history.record(shipment, event, Actor(actor_id, request_id=request_id), **values))

    def _line(
        self, shipment: Fulfillment, parent: FulfillmentOrder, sku: str, quantity: int, unit_cost: str | None
    ) -> FulfillmentLine:
        product = self.product(sku)
        cost = Decimal(unit_cost or 0)
        order_line = self._save(
            SalesOrderLine(
                sales_order_id=shipment.sales_order_id,
                product_id=product.id,
                quantity=quantity,
                unit_price=Decimal("14.00"),
            )
        )
        if unit_cost is not None:
            self._save(LineFinancials(sales_order_line_id=order_line.id, cost_of_goods=cost * quantity))
        budget = self._save(
            FulfillmentOrderLine(
                fulfillment_order_id=parent.id, sales_order_line_id=order_line.id, quantity=quantity, remaining=0
            )
        )
        line = self._save(
            FulfillmentLine(
                fulfillment_id=shipment.id,
                fulfillment_order_line_id=budget.id,
                sales_order_line_id=order_line.id,
                product_id=product.id,
                quantity=quantity,
            )
        )
        self._save(
            Allocation(
                sales_order_line_id=order_line.id,
                fulfillment_order_line_id=budget.id,
                fulfillment_line_id=line.id,
                status=AllocationStatus.FULFILLED.value,
                quantity=quantity,
            )
        )
        self._stock_movements(shipment, line, cost)
        return line

    def _stock_movements(self, shipment: Fulfillment, line: FulfillmentLine, cost: Decimal) -> None:
        received = shipment.created_at - timedelta(days=30)
        layer = self._save(
            CostLayer(
                product_id=line.product_id,
                warehouse_id=shipment.warehouse_id,
                quantity=line.quantity + 10,
                remaining=10,
                unit_cost=cost,
                received_at=received,
            )
        )
        common = {
            "inventory_status": InventoryStatus.AVAILABLE.value,
            "product_id": line.product_id,
            "warehouse_id": shipment.warehouse_id,
            "cost_layer_id": layer.id,
            "unit_cost": cost,
        }
        self._save(
            InventoryMovement(
                type=MovementType.PURCHASE.value, quantity=layer.quantity, occurred_at=received, **common
            )
        )
        self._save(
            InventoryMovement(
                type=MovementType.SALE.value,
                quantity=-line.quantity,
                fulfillment_id=shipment.id,
                fulfillment_line_id=line.id,
                reference=shipment.fulfillment_number,
                occurred_at=shipment.created_at,
                **common,
            )
        )

    @staticmethod
    def _next_sequence(order: SalesOrder) -> int:
        return db.session.query(Fulfillment).filter_by(sales_order_id=order.id).count() + 1

    @contextmanager
    def _one_piece(self) -> Iterator[None]:
        """Inside, rows are written as they come and committed together, many times quicker than one by one."""
        self._is_one_piece = True
        try:
            yield
            db.session.commit()
        finally:
            self._is_one_piece = False

    def _save(self, row: Any) -> Any:
        db.session.add(row)
        if self._is_one_piece:
            db.session.flush()
        else:
            db.session.commit()
        return row

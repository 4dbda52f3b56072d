"""The rows of one imported shipment: itself, lines, movements, the provider's copy, history, search text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.services.history import NOTE_LENGTH
from webapp.services.importing.file_orders import Values
from webapp.services.importing.planning import NewShipment, OrderPlan, Take
from webapp.services.importing.promises import Promises
from webapp.services.importing.references import References
from webapp.services.importing.stock import StockRoom
from webapp.services.loading import layouts
from webapp.services.loading.chains import EMPTY, Head, chained
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Batch, WrittenAmounts
from webapp.services.loading.times import text_of_datetime
from webapp.services.search_text import search_text, tracking_key
from webapp.statuses import (
    SHIPPED_STATUSES,
    ActivityEvent,
    ActivitySubject,
    AllocationStatus,
    FulfillmentStatus,
    InventoryStatus,
    MovementType,
    ProviderOrderState,
)

_SALE, _AVAILABLE = MovementType.SALE.value, InventoryStatus.AVAILABLE.value
_SHIPMENT = ActivitySubject.FULFILLMENT


@dataclass(frozen=True, kw_only=True)
class ShipmentRows:
    """Adds shipments of one batch to its rows; `written_at` is the moment of the import."""

    batch: Batch
    ids: Ids
    money: WrittenAmounts
    references: References
    accounts: Mapping[tuple[str, str], int]
    stock: StockRoom
    promises: Promises
    file_name: str
    written_at: str

    def add(self, plan: OrderPlan, new: NewShipment, order_id: int, unit_costs: Mapping[str, int]) -> None:
        """`unit_costs`: what a unit of each line costs by its financial record, in ten-thousandths."""
        number = self.ids.next(layouts.FULFILLMENTS)
        name = f"{plan.order.number}.{new.shipment.sequence}"
        created = text_of_datetime(plan.order.ordered_at)
        state = self._add_provider_order(number, name, new.shipment.values, created)
        told, head = chained(self.history(_SHIPMENT, number, ActivityEvent.IMPORTED, new.shipment.row), EMPTY)
        self.batch[layouts.ACTIVITIES].append(told)
        self._add_shipment(number, name, plan, new, order_id=order_id, provider_state=state, head=head)
        for take in new.takes:
            unit_cost = unit_costs[take.budget.line.sku]
            self._add_line(number, name, new, take, at=plan.order.ordered_at, unit_cost=unit_cost)
        self.batch[layouts.SEARCH_TEXTS].append((number, _search_text(name, plan, new)))

    def history(
        self, subject: ActivitySubject, number: int, event: ActivityEvent, row: int, changes: str = "{}"
    ) -> tuple[Any, ...]:
        """A history row that says which row of the file it was, still without its place in the chain.

        `changes` is canonical JSON as models.history_chain.changes_text writes it.
        """
        note = f"Imported from {self.file_name}, row {row}"[-NOTE_LENGTH:]
        of_shipment = subject is _SHIPMENT
        owner = (number, None) if of_shipment else (None, number)
        head = (self.ids.next(layouts.ACTIVITIES), *owner, subject.value, number)
        return (*head, event.value, None, changes, note, self.written_at)

    def _add_shipment(
        self,
        number: int,
        name: str,
        plan: OrderPlan,
        new: NewShipment,
        *,
        order_id: int,
        provider_state: str | None,
        head: Head,
    ) -> None:
        values = new.shipment.values
        tracking = values["tracking_number"] or None
        columns = {
            "id": number,
            "sales_order_id": order_id,
            "fulfillment_order_id": new.intent.id,
            "warehouse_id": self.references.warehouses[new.intent.warehouse],
            "provider_account_id": self._account(values),
            "sequence": new.shipment.sequence,
            "fulfillment_number": name,
            "fulfillment_type": values["fulfillment_type"],
            "status": values["status"],
            "item_count": len(new.takes),
            "unit_count": sum(take.quantity for take in new.takes),
            "backordered": False,
            "requested_shipping_method": values["requested_shipping_method"] or None,
            "fulfilled_shipping_method": values["fulfilled_shipping_method"] or None,
            "tracking_number": tracking,
            "tracking_key": tracking_key(tracking),
            "cost": self.money[values["shipping_cost"]],
            "provider_state": provider_state,
            "cancel_by_hand": False,
            "fulfilled_at": None if values["fulfilled_at"] is None else text_of_datetime(values["fulfilled_at"]),
            "version": 1,
            "created_at": text_of_datetime(plan.order.ordered_at),
            "updated_at": self.written_at,
            "history_length": head[0],
            "history_head": head[1],
        }
        self.batch[layouts.FULFILLMENTS].append(tuple(map(columns.get, layouts.FULFILLMENTS.columns)))

    def _account(self, values: Values) -> int | None:
        return self.accounts.get((values["fulfillment_type"], values["provider_account"]))

    def _add_line(
        self, number: int, name: str, new: NewShipment, take: Take, *, at: datetime, unit_cost: int
    ) -> None:
        line_id, line, budget = self.ids.next(layouts.FULFILLMENT_LINES), take.budget.line, take.budget
        self.batch[layouts.FULFILLMENT_LINES].append(
            (line_id, number, budget.id, line.id, line.product_id, take.quantity)
        )
        fulfilled = self.promises.fulfil(budget.id, line_id, take.from_open)
        to_add = fulfilled.to_add + take.quantity - take.from_open
        if to_add:
            self.batch[layouts.ALLOCATIONS].append(
                (
                    self.ids.next(layouts.ALLOCATIONS),
                    line.id,
                    budget.id,
                    line_id,
                    AllocationStatus.FULFILLED.value,
                    to_add,
                )
            )
        warehouse_id = self.references.warehouses[new.intent.warehouse]
        product_id = line.product_id or 0
        taken = self.stock.take(product_id, warehouse_id, fulfilled.backed) if fulfilled.backed else []
        lacking = take.quantity - sum(units.quantity for units in taken)
        if lacking:  # What stock was not promised for arrives with the import.
            taken.append(self.stock.receive(product_id, warehouse_id, unit_cost, lacking, at=at, leaves=True))
        for units in taken:
            head = (self.ids.next(layouts.INVENTORY_MOVEMENTS), _SALE, _AVAILABLE, product_id, warehouse_id)
            tail = (units.layer_id, -units.quantity, self.money[units.unit_cost], number, line_id, name, None)
            self.batch[layouts.INVENTORY_MOVEMENTS].append((*head, *tail, text_of_datetime(at)))

    def _add_provider_order(self, number: int, name: str, values: Values, created: str) -> str | None:
        """The provider's copy where the file names it, and its state."""
        account = self._account(values)
        if account is None or not values["provider_order_id"]:
            return None
        state = ProviderOrderState.AWAITING
        if values["status"] in SHIPPED_STATUSES:
            state = ProviderOrderState.SHIPPED
        elif values["status"] == FulfillmentStatus.CANCELED.value:
            state = ProviderOrderState.CANCELLED
        columns = {
            "id": self.ids.next(layouts.PROVIDER_ORDERS),
            "fulfillment_id": number,
            "provider_account_id": account,
            "external_id": values["provider_order_id"],
            "external_number": name,
            "raw_status": "",
            "state": state.value,
            "tracking_number": values["tracking_number"] or None,
            "cost": self.money[values["shipping_cost"]],
            "shipped_at": None if values["fulfilled_at"] is None else text_of_datetime(values["fulfilled_at"]),
            "payload": json.dumps({}),
            "created_at": created,
            "updated_at": self.written_at,
        }
        self.batch[layouts.PROVIDER_ORDERS].append(tuple(map(columns.get, layouts.PROVIDER_ORDERS.columns)))
        return state.value


def _search_text(name: str, plan: OrderPlan, new: NewShipment) -> str:
    """With the order's columns as they are known, which a file for a known order need not repeat."""
    values = plan.known.values if plan.known else plan.order.values
    return search_text(
        fulfillment_number=name,
        order_number=plan.order.number,
        tracking_number=new.shipment.values["tracking_number"] or None,
        customer_reference=values["customer_reference"],
        customer_name=values["customer_name"],
        customer_email=values["customer_email"],
        skus=[take.budget.line.sku for take in new.takes],
    )

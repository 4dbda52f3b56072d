"""Turns the plans of a batch into rows, and into changes of the rows that were there."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from webapp.models import FulfillmentOrder, FulfillmentOrderLine, SalesOrder
from webapp.models.history_chain import changes_text
from webapp.schema import now
from webapp.services.importing.columns import CUSTOMER_PARTS
from webapp.services.importing.planning import Budget, Intent, Line, OrderPlan
from webapp.services.importing.progress_of_orders import fulfillment_status_of, order_status_of
from webapp.services.importing.promises import Promises
from webapp.services.importing.references import References
from webapp.services.importing.shipment_rows import ShipmentRows
from webapp.services.importing.stock import Place, StockRoom
from webapp.services.loading import layouts
from webapp.services.loading.chains import chained, heads_of_orders, write_heads_of_orders
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Batch, Loader, Row
from webapp.services.loading.times import text_of_datetime
from webapp.statuses import (
    ActivityEvent,
    ActivitySubject,
    AllocationStatus,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
)


class OrderWriter:
    """Writes one batch of plans inside the transaction of its loader."""

    def __init__(
        self,
        loader: Loader,
        references: References,
        accounts: Mapping[tuple[str, str], int],
        file_name: str,
        *,
        alone: bool,
    ) -> None:
        """`alone`: nobody else can write meanwhile."""
        self._loader, self._references, self._accounts = loader, references, accounts
        self._file_name = file_name
        self._moment = now()
        self._batch, self._ids = Batch(), Ids(loader, alone=alone)
        self._stock = StockRoom(loader.connection, self._ids)
        self._changed_budgets: list[dict[str, Any]] = []
        self._changed_intents: list[dict[str, Any]] = []
        self._changed_orders: list[dict[str, Any]] = []
        self._told_of_intents: list[Row] = []

    def write(self, plans: Sequence[OrderPlan]) -> None:
        """Add everything these plans say; rows first, because changes may refer to them."""
        connection = self._loader.connection
        self._references.make_missing(connection, plans, self._batch, self._ids)
        promises = Promises(connection, _budgets_taken_from(plans))
        self._stock.lock(self._places_taken_from(plans))
        self._shipments = ShipmentRows(
            batch=self._batch,
            ids=self._ids,
            money=self._loader.money,
            references=self._references,
            accounts=self._accounts,
            stock=self._stock,
            promises=promises,
            file_name=self._file_name,
            written_at=text_of_datetime(self._moment),
        )
        for plan in plans:
            self._add(plan)
        self._stock.write(self._batch, self._loader.money)
        self._chain_history_of_intents()
        self._batch.write(self._loader)
        promises.write()
        self._change_known()

    def _places_taken_from(self, plans: Sequence[OrderPlan]) -> set[Place]:
        """Where new shipments take units that were promised to their orders before."""
        return {
            (take.budget.line.product_id or 0, self._references.warehouses[shipment.intent.warehouse])
            for plan in plans
            for shipment in plan.shipments
            for take in shipment.takes
            if take.from_open and take.budget.id is not None
        }

    def _add(self, plan: OrderPlan) -> None:
        order_id = plan.known.id if plan.known else self._add_order(plan)
        costs = {line.sku: line.cost_of_goods or 0 for line in plan.known.lines.values()} if plan.known else {}
        unit_costs = {sku: cost // plan.lines[sku].quantity for sku, cost in costs.items()}
        for line in plan.new_lines:
            unit_costs[line.sku] = self._add_line(line, order_id)
        for intent in plan.intents:
            self._add_intent(plan, intent, order_id)
        for shipment in plan.shipments:
            self._shipments.add(plan, shipment, order_id, unit_costs)
        for budget, quantity in plan.open_units:
            self._promise(plan, budget, quantity, unit_costs[budget.line.sku])
        if plan.known:
            self._changed_orders.append(
                {
                    "order": order_id,
                    "progress": fulfillment_status_of(plan).value,
                    "state": order_status_of(plan).value,
                }
            )

    def _add_order(self, plan: OrderPlan) -> int:
        order, values = plan.order, plan.order.values
        number, ordered = self._ids.next(layouts.SALES_ORDERS), text_of_datetime(plan.order.ordered_at)
        customer = tuple(values[f"customer_{part}"] for part in CUSTOMER_PARTS)
        self._batch[layouts.SALES_ORDERS].append(
            (
                number,
                order.number,
                self._references.store_of(values),
                values["customer_reference"],
                order_status_of(plan).value,
                fulfillment_status_of(plan).value,
                values["order_shipping_method"],
                ordered,
                ordered,
                text_of_datetime(self._moment),
                *customer,
                *order.shipping,
            )
        )
        if order.billing:
            self._batch[layouts.BILLING_ADDRESSES].append((number, *customer, *order.billing))
        self._batch[layouts.SALES_ORDER_TAGS].extend((number, tag) for tag in values["tags"])
        return number

    def _add_line(self, line: Line, order_id: int) -> int:
        """Write a new order line; returns what a unit of it costs, in ten-thousandths."""
        values = line.new.values if line.new else {}
        line.id = self._ids.next(layouts.SALES_ORDER_LINES)
        line.product_id = self._references.products[line.sku]
        price = self._loader.money[values["unit_price"]]
        self._batch[layouts.SALES_ORDER_LINES].append((line.id, order_id, line.product_id, line.quantity, price))
        unit_cost: int | None = values["unit_cost"]
        if unit_cost is not None:
            cost = self._loader.money[unit_cost * line.quantity]
            self._batch[layouts.LINE_FINANCIALS].append((line.id, cost))
        return unit_cost or 0

    def _add_intent(self, plan: OrderPlan, intent: Intent, order_id: int) -> None:
        """Write a new fulfillment order, or note what changes in a known one."""
        if intent.id is not None and intent.is_changed:
            self._change_intent(plan, intent)
        elif intent.id is None:
            intent.id = self._ids.next(layouts.FULFILLMENT_ORDERS)
            is_open = intent.remaining > 0
            status = FulfillmentOrderStatus.OPEN if is_open else FulfillmentOrderStatus.CLOSED
            request = FulfillmentOrderRequestStatus.ACCEPTED
            if is_open:
                request = FulfillmentOrderRequestStatus.UNSUBMITTED
            ordered = text_of_datetime(plan.order.ordered_at)
            warehouse_id = self._references.warehouses[intent.warehouse]
            head = (intent.id, order_id, warehouse_id, status.value, request.value)
            self._batch[layouts.FULFILLMENT_ORDERS].append((*head, ordered, text_of_datetime(self._moment)))
        for budget in intent.budgets.values():
            self._add_budget(budget, intent.id)

    def _add_budget(self, budget: Budget, intent_id: int) -> None:
        if budget.id is None:
            budget.id = self._ids.next(layouts.FULFILLMENT_ORDER_LINES)
            self._batch[layouts.FULFILLMENT_ORDER_LINES].append(
                (budget.id, intent_id, budget.line.id, budget.quantity, budget.remaining)
            )
        elif budget.is_changed:
            self._changed_budgets.append({"budget": budget.id, "units": budget.quantity, "left": budget.remaining})

    def _change_intent(self, plan: OrderPlan, intent: Intent) -> None:
        status = FulfillmentOrderStatus.OPEN if intent.remaining else FulfillmentOrderStatus.CLOSED
        self._changed_intents.append({"intent": intent.id, "state": status.value, "at": self._moment})
        changes = changes_text({"remaining": [str(intent.remaining_before), str(intent.remaining)]})
        subject = ActivitySubject.FULFILLMENT_ORDER
        self._told_of_intents.append(
            self._shipments.history(subject, intent.id or 0, ActivityEvent.UPDATED, plan.order.row, changes)
        )

    def _chain_history_of_intents(self) -> None:
        """The history of known fulfillment orders goes on from where it is; they were locked when read."""
        if not self._told_of_intents:
            return
        heads = heads_of_orders(self._loader, (change["intent"] for change in self._changed_intents))
        for row, change in zip(self._told_of_intents, self._changed_intents, strict=True):
            told, heads[change["intent"]] = chained(row, heads[change["intent"]])
            self._batch[layouts.ACTIVITIES].append(told)
        write_heads_of_orders(self._loader, heads)

    def _promise(self, plan: OrderPlan, budget: Budget, quantity: int, unit_cost: int) -> None:
        """Receive the units of a line that stay open, and allocate them to it."""
        line = budget.line
        warehouse = next(i.warehouse for i in plan.intents if i.budgets.get(line.sku) is budget)
        warehouse_id = self._references.warehouses[warehouse]
        self._stock.receive(
            line.product_id or 0, warehouse_id, unit_cost, quantity, at=plan.order.ordered_at, leaves=False
        )
        number = self._ids.next(layouts.ALLOCATIONS)
        self._batch[layouts.ALLOCATIONS].append(
            (number, line.id, budget.id, None, AllocationStatus.ALLOCATED.value, quantity)
        )

    def _change_known(self) -> None:
        connection = self._loader.connection
        if self._changed_budgets:
            connection.execute(
                sa.update(FulfillmentOrderLine)
                .where(FulfillmentOrderLine.id == sa.bindparam("budget"))
                .values(quantity=sa.bindparam("units"), remaining=sa.bindparam("left")),
                self._changed_budgets,
            )
        if self._changed_intents:
            connection.execute(
                sa.update(FulfillmentOrder)
                .where(FulfillmentOrder.id == sa.bindparam("intent"))
                .values(
                    status=sa.bindparam("state"),
                    updated_at=sa.bindparam("at"),
                    version=FulfillmentOrder.version + 1,
                ),
                self._changed_intents,
            )
        if self._changed_orders:
            # The last locks of all; by id, since they are taken one after the other.
            connection.execute(
                sa.update(SalesOrder)
                .where(SalesOrder.id == sa.bindparam("order"))
                .values(
                    fulfillment_status=sa.bindparam("progress"),
                    status=sa.bindparam("state"),
                    updated_at=self._moment,
                ),
                sorted(self._changed_orders, key=itemgetter("order")),
            )


def _budgets_taken_from(plans: Sequence[OrderPlan]) -> list[int]:
    """Known budgets that new shipments take open units of."""
    takes = [take for plan in plans for shipment in plan.shipments for take in shipment.takes]
    return sorted({take.budget.id for take in takes if take.from_open and take.budget.id is not None})

"""Practice sales orders: planned whole when they come in, so that every budget and total is right at once."""

from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from webapp.services.loading import layouts
from webapp.services.loading.loader import Batch, WrittenAmounts
from webapp.services.loading.times import HOUR, text_of
from webapp.services.seeding.catalog import Catalog, Good, Shop
from webapp.services.seeding.chance import Wheel
from webapp.services.seeding.customers import Customers
from webapp.services.seeding.goods import SHIPPING_METHODS, TAGS
from webapp.services.seeding.stock import Stock, Taken
from webapp.statuses import (
    AllocationStatus,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    SalesOrderFulfillmentStatus,
    SalesOrderStatus,
)

FIRST_ORDER_NUMBER = 10_001
_QUANTITIES = {1: 52, 2: 22, 3: 9, 4: 6, 5: 3, 6: 4, 10: 2, 12: 2}
_TYPES = {
    "shipstation": 600,
    "manual": 150,
    "shiphero": 70,
    "starshipit": 40,
    "fba": 40,
    "pickup": 40,
    "veracore": 10,
    "shipfusion": 10,
    "trackstar": 10,
    "shipmyorders": 8,
    "walmart_wfs": 8,
    "sales_channel": 8,
    "d3": 6,
}


class Portion:
    """Units of one order line that one shipment takes, with the layers they come from."""

    __slots__ = ("budget_id", "good", "line_id", "quantity", "taken")

    def __init__(self, line_id: int, budget_id: int, good: Good, quantity: int, taken: Taken) -> None:
        self.line_id = line_id
        self.budget_id = budget_id
        self.good = good
        self.quantity = quantity
        self.taken = taken


class Line:
    """An order line while its order is being planned; `cost` is None for a line without financial record."""

    __slots__ = ("cost", "good", "id", "live", "quantity")

    def __init__(self, number: int, good: Good, *, has_financials: bool) -> None:
        self.id = number
        self.good = good
        self.quantity = self.live = 0
        self.cost: int | None = 0 if has_financials else None


class Intent:
    """A fulfillment order while its order is being planned: line id to [budget id, quantity, remaining].

    `places` are those of its shipments in the row of all shipments.
    """

    __slots__ = ("budgets", "id", "places", "warehouse_id")

    def __init__(self, number: int, warehouse_id: int) -> None:
        self.id = number
        self.warehouse_id = warehouse_id
        self.budgets: dict[int, list[int]] = {}
        self.places: list[int] = []


class Order:
    """What the shipments of an order need to know of it, and its plan until it is written."""

    __slots__ = (
        "customer",
        "id",
        "intents",
        "kind",
        "lines",
        "method",
        "number",
        "ordered_at",
        "reference",
        "shop",
        "start",
    )

    id: int
    number: str
    kind: str
    method: str
    reference: str
    shop: Shop
    customer: tuple[str, ...]
    ordered_at: int
    start: int
    lines: list[Line]
    intents: list[Intent]


class OrderBook:
    """Opens orders, puts lines and budgets into them, and writes them down."""

    def __init__(
        self, batch: Batch, money: WrittenAmounts, catalog: Catalog, stock: Stock, random: Random
    ) -> None:
        self._batch = batch
        self._money = money
        self._goods = catalog.goods
        self._stride = next(step for step in (37, 41, 43, 47) if len(catalog.goods) % step)
        self._warehouses = Wheel(dict(zip(catalog.warehouse_ids, (42, 26, 16, 10, 6), strict=True)), random)
        self._shops = Wheel({shop: shop.share for shop in catalog.shops}, random)
        self._kinds = Wheel(_TYPES, random)
        self._quantities = Wheel(_QUANTITIES, random)
        self._methods = Wheel(dict(zip(SHIPPING_METHODS, (55, 16, 10, 4, 10, 5), strict=True)), random)
        self._customers = Customers(random)
        self._stock = stock
        self._random = random.random
        self._order_ids, self._line_ids, self._intent_ids = count(1), count(1), count(1)
        self._budget_ids = count(1)
        self.allocation_ids: Iterator[int] = count(1)

    def open(self, at: int) -> Order:
        """A new order that will be shipped from this moment on."""
        random = self._random
        order = Order()
        order.id = next(self._order_ids)
        order.number = f"SO-{FIRST_ORDER_NUMBER - 1 + order.id}"
        order.ordered_at = at - int((0.1 + 30 * random() ** 3) * HOUR)
        order.shop = self._shops.turn()
        order.kind = self._kinds.turn()
        order.method = self._methods.turn()
        order.customer = self._customers.draw()
        order.reference = _reference(order.shop, order.id, random)
        order.start = int(random() ** 1.6 * len(self._goods))
        order.lines = []
        order.intents = [Intent(next(self._intent_ids), self._warehouses.turn())]
        return order

    def split(self, order: Order) -> None:
        """What follows is shipped by a further warehouse."""
        order.intents.append(Intent(next(self._intent_ids), self._warehouses.turn()))

    def portion(self, order: Order, *, live: bool, in_stock: bool = True) -> Portion:
        """One more line of the order's last fulfillment order; `live`: a shipment that is not voided has it."""
        good = self._goods[(order.start + len(order.lines) * self._stride) % len(self._goods)]
        line = Line(next(self._line_ids), good, has_financials=in_stock and self._random() < 0.9)
        order.lines.append(line)
        order.intents[-1].budgets[line.id] = [next(self._budget_ids), 0, 0]
        return self._take(order, line, live=live, in_stock=in_stock)

    def unpromised_line(self, order: Order) -> None:
        """A line that nobody is to ship yet: no budget, no stock."""
        line = Line(next(self._line_ids), self._goods[order.start], has_financials=False)
        line.quantity = self._quantities.turn()
        order.lines.append(line)

    def further_portion(self, order: Order, *, live: bool) -> Portion | None:
        """More units of a line that the same fulfillment order has already; None when it has none."""
        if not order.intents[-1].budgets:
            return None
        return self._take(order, order.lines[-1], live=live, in_stock=True)

    def _take(self, order: Order, line: Line, *, live: bool, in_stock: bool) -> Portion:
        intent = order.intents[-1]
        budget = intent.budgets[line.id]
        quantity = self._quantities.turn()
        line.quantity += quantity
        budget[1] += quantity
        taken: Taken = []
        if in_stock:
            taken = self._stock.promise(line.good, intent.warehouse_id, quantity, order.ordered_at)
        if line.cost is not None:
            line.cost += sum(units * layer.unit_cost for layer, units in taken)
        if live:
            line.live += quantity
        else:
            budget[2] += quantity
            status = AllocationStatus.ALLOCATED if in_stock else AllocationStatus.AWAITING_RECEIPT
            self._batch[layouts.ALLOCATIONS].append(
                (next(self.allocation_ids), line.id, budget[0], None, status.value, quantity)
            )
        return Portion(line.id, budget[0], line.good, quantity, taken)

    def write(
        self,
        order: Order,
        *,
        is_recent: bool,
        is_on_its_way: bool = False,
        status: SalesOrderStatus | None = None,
    ) -> None:
        """Add the order with its lines and budgets to the batch; after that it does not change any more.

        `is_on_its_way`: some live shipment of it is still to leave.
        """
        self._write_order(order, is_on_its_way=is_on_its_way, status=status)
        money, random = self._money, self._random
        lines, financials = self._batch[layouts.SALES_ORDER_LINES], self._batch[layouts.LINE_FINANCIALS]
        for line in order.lines:
            lines.append((line.id, order.id, line.good.id, line.quantity, money[line.good.price]))
            if line.cost is not None:
                financials.append((line.id, money[line.cost]))
        if status is None:
            if random() < 0.008:
                self._write_cancelled_intent(order)
            for intent in order.intents:
                self._write_intent(order, intent, is_recent=is_recent)

    def _write_order(self, order: Order, *, is_on_its_way: bool, status: SalesOrderStatus | None) -> None:
        random = self._random
        live = sum(line.live for line in order.lines)
        if live == sum(line.quantity for line in order.lines):
            progress = SalesOrderFulfillmentStatus.FULFILLED
        else:
            progress = (
                SalesOrderFulfillmentStatus.PARTIALLY_FULFILLED
                if live
                else SalesOrderFulfillmentStatus.UNFULFILLED
            )
        is_done = progress is SalesOrderFulfillmentStatus.FULFILLED and not is_on_its_way
        status = status or (SalesOrderStatus.CLOSED if is_done else SalesOrderStatus.OPEN)
        written = text_of(order.ordered_at)
        head = (order.id, order.number, order.shop.id, order.reference, status.value, progress.value)
        self._batch[layouts.SALES_ORDERS].append((*head, order.method, written, written, written, *order.customer))
        if random() < 0.15:
            billing = self._customers.elsewhere(order.customer)  # type: ignore[arg-type]
            self._batch[layouts.BILLING_ADDRESSES].append((order.id, *billing))
        if random() < 0.22:
            first = int(random() * len(TAGS))
            tags = {TAGS[first], TAGS[first if random() < 0.7 else int(random() * len(TAGS))]}
            self._batch[layouts.SALES_ORDER_TAGS].extend((order.id, tag) for tag in sorted(tags))

    def _write_intent(self, order: Order, intent: Intent, *, is_recent: bool) -> None:
        remaining = sum(budget[2] for budget in intent.budgets.values())
        status = FulfillmentOrderStatus.OPEN if remaining else FulfillmentOrderStatus.CLOSED
        request = FulfillmentOrderRequestStatus.ACCEPTED
        if remaining:
            request = FulfillmentOrderRequestStatus.UNSUBMITTED
        elif is_recent:
            request = FulfillmentOrderRequestStatus.SUBMITTED
        self._append_intent(order, intent, status, request)
        self._batch[layouts.FULFILLMENT_ORDER_LINES].extend(
            (number, intent.id, line_id, quantity, left)
            for line_id, (number, quantity, left) in intent.budgets.items()
        )

    def _write_cancelled_intent(self, order: Order) -> None:
        """A first try at the same lines that was called off before anything left."""
        first = order.intents[0]
        called_off = Intent(next(self._intent_ids), self._warehouses.turn())
        cancelled = FulfillmentOrderStatus.CANCELLED
        self._append_intent(order, called_off, cancelled, FulfillmentOrderRequestStatus.REJECTED)
        for line_id, (_, quantity, _) in first.budgets.items():
            number = next(self._budget_ids)
            self._batch[layouts.FULFILLMENT_ORDER_LINES].append(
                (number, called_off.id, line_id, quantity, quantity)
            )
            self._batch[layouts.ALLOCATIONS].append(
                (next(self.allocation_ids), line_id, number, None, AllocationStatus.CANCELLED.value, quantity)
            )

    def _append_intent(
        self,
        order: Order,
        intent: Intent,
        status: FulfillmentOrderStatus,
        request: FulfillmentOrderRequestStatus,
    ) -> None:
        written = text_of(order.ordered_at)
        row = (intent.id, order.id, intent.warehouse_id, status.value, request.value, written, written)
        self._batch[layouts.FULFILLMENT_ORDERS].append(row)


def _reference(shop: Shop, number: int, random: Callable[[], float]) -> str:
    """What the channel, or the customer, calls the order."""
    if shop.channel_type == "amazon":
        return f"{111 + number % 3}-{int(random() * 10_000_000):07}-{int(random() * 10_000_000):07}"
    if shop.channel_type == "shopify":
        return f"#{1_000 + number}"
    return f"PO {int(random() * 90_000) + 10_000}" if random() < 0.3 else ""

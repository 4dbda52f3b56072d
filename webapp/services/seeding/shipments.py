"""Practice shipments: how far each has come, and every row that tells of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from random import Random

from webapp.services.loading import layouts
from webapp.services.loading.loader import Batch, Loader, Row, WrittenAmounts
from webapp.services.loading.times import text_of
from webapp.services.search_text import search_text
from webapp.services.seeding import provider_copies
from webapp.services.seeding.fates import Fate, Fates
from webapp.services.seeding.history import REQUEST_STATUS_BEFORE_VOID, HistoryWriter
from webapp.services.seeding.plan import PlannedShipment
from webapp.services.seeding.stock import Taken
from webapp.statuses import AllocationStatus, FulfillmentStatus, InventoryStatus, MovementType

_SALE, _AVAILABLE = MovementType.SALE.value, InventoryStatus.AVAILABLE.value
_FULFILLED = AllocationStatus.FULFILLED.value


class ShipmentWriter:
    """Adds one shipment after another to the batch; ids ascend with the moment of creation."""

    def __init__(
        self,
        *,
        batch: Batch,
        money: WrittenAmounts,
        accounts: Mapping[str, int],
        people: Sequence[int],
        fates: Fates,
        allocation_ids: Iterator[int],
        movement_ids: Iterator[int],
        random: Random,
    ) -> None:
        self._batch = batch
        self._money = money
        self._accounts = accounts
        self._people = people
        self._fates = fates
        self._random = random.random
        self._allocation_ids, self._movement_ids = allocation_ids, movement_ids
        self._line_ids, self._provider_order_ids = count(1), count(1)
        self._history = HistoryWriter(batch)

    def write(self, number: int, place: int, shipment: PlannedShipment, created_at: int) -> None:
        """Add every row of this shipment; `number` is its id."""
        fate = self._fates.of(place, shipment, created_at)
        order = shipment.order
        name = f"{order.number}.{shipment.sequence}"
        account = self._accounts.get(order.kind)
        row = self._fulfillment(number, name, shipment, fate, account)
        self._write_lines(number, name, shipment, fate)
        if account is not None:
            self._batch[layouts.PROVIDER_ORDERS].append(
                provider_copies.row(
                    number=next(self._provider_order_ids),
                    fulfillment_id=number,
                    account=account,
                    name=name,
                    shipment=shipment,
                    fate=fate,
                    money=self._money,
                )
            )
        head = self._history.write(number, shipment, fate, self._person())
        self._batch[layouts.FULFILLMENTS].append((*row, *head))
        self._batch[layouts.SEARCH_TEXTS].append(
            (
                number,
                search_text(
                    fulfillment_number=name,
                    order_number=order.number,
                    tracking_number=fate.tracking,
                    customer_reference=order.reference,
                    customer_name=order.customer[0],
                    customer_email=order.customer[2],
                    skus=[portion.good.sku for portion in shipment.portions],
                ),
            )
        )

    def _person(self) -> int | None:
        return self._people[int(self._random() * len(self._people))] if self._people else None

    def write_heads(self, loader: Loader) -> None:
        """Let fulfillment orders that were written long ago know of their history."""
        self._history.write_heads(loader)

    def _fulfillment(
        self, number: int, name: str, shipment: PlannedShipment, fate: Fate, account: int | None
    ) -> Row:
        """The shipment's own row, still without the head of its history."""
        order, intent, portions = shipment.order, shipment.intent, shipment.portions
        voided = fate.voided_at is not None
        tracking = fate.tracking
        by_hand = account is None
        method = fate.service.method if fate.service else None
        return (
            number,
            order.id,
            intent.id,
            intent.warehouse_id,
            account,
            shipment.sequence,
            name,
            order.kind,
            FulfillmentStatus.CANCELED.value if voided else fate.status,
            fate.status if voided else None,
            REQUEST_STATUS_BEFORE_VOID if voided else None,
            fate.newest_sibling,
            len(portions),
            sum([portion.quantity for portion in portions]),
            shipment.has_backorder,
            order.method,
            None,
            None if by_hand else method,
            method if by_hand else None,
            fate.service.carrier if fate.service else None,
            tracking,
            tracking,  # Ours are written as scanners read them.
            self._money[fate.cost],
            fate.provider_state,
            fate.provider_problem,
            fate.cancel_by_hand,
            fate.channel_problem,
            _written(fate.fulfilled_at),
            _written(fate.printed_at),
            _written(fate.told_at),
            _written(fate.synced_from_at),
            None if by_hand else text_of(fate.created_at),
            _written(fate.archived_at),
            _written(fate.voided_at),
            self._person() if voided else None,
            fate.void_reason,
            fate.changes + 1,
            text_of(fate.created_at),
            text_of(fate.updated_at),
        )

    def _write_lines(self, number: int, name: str, shipment: PlannedShipment, fate: Fate) -> None:
        lines, allocations = self._batch[layouts.FULFILLMENT_LINES], self._batch[layouts.ALLOCATIONS]
        for portion in shipment.portions:
            line_id = next(self._line_ids)
            lines.append((line_id, number, portion.budget_id, portion.line_id, portion.good.id, portion.quantity))
            self._write_movements(number, name, line_id, portion.taken, fate)
            if fate.voided_at is None:
                allocations.append(
                    (
                        next(self._allocation_ids),
                        portion.line_id,
                        portion.budget_id,
                        line_id,
                        _FULFILLED,
                        portion.quantity,
                    )
                )

    def _write_movements(self, number: int, name: str, line_id: int, taken: Taken, fate: Fate) -> None:
        """Sales from each layer; for a voided shipment their reversals, which leave the layers as they were."""
        movements, ids, money = self._batch[layouts.INVENTORY_MOVEMENTS], self._movement_ids, self._money
        for layer, quantity in taken:
            sale = next(ids)
            head = (_SALE, _AVAILABLE, layer.product_id, layer.warehouse_id, layer.id)
            cost = money[layer.unit_cost]
            tail = (cost, number, line_id, name)
            movements.append((sale, *head, -quantity, *tail, None, text_of(fate.created_at)))
            if fate.voided_at is None:
                layer.remaining -= quantity
            else:
                movements.append((next(ids), *head, quantity, *tail, sale, text_of(fate.voided_at)))


def _written(seconds: int | None) -> str | None:
    return None if seconds is None else text_of(seconds)

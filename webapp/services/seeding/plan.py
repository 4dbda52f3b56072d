"""Which shipment comes when: every moment belongs to one shipment, of an order under way or of a new one.

An order's later shipments keep moments of their own. Those that lie beyond the last moment are never made: their
units stay open on the fulfillment order, as in a real warehouse on any evening.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from webapp.services.seeding.chance import Wheel
from webapp.services.seeding.orders import Intent, Order, OrderBook, Portion
from webapp.services.seeding.stages import Stages, is_on_its_way
from webapp.services.seeding.working_hours import SPAN
from webapp.statuses import SalesOrderStatus

_SHIPMENTS_OF_AN_ORDER = {1: 56, 2: 29, 3: 10, 4: 4, 6: 1}
_LINES_OF_A_SHIPMENT = {1: 31, 2: 27, 3: 19, 4: 11, 5: 6, 6: 4, 9: 2}
LONGEST_GAP_DAYS = 6
VOIDED, REPLACED = 0.037, 0.6
SPLIT, FURTHER, BACKORDERED, UNSHIPPED, UNCONFIRMED = 0.08, 0.3, 0.12, 0.2, 0.003


@dataclass(slots=True, eq=False)
class PlannedShipment:
    """`status` is that before a void; `replaced_by` the place of the shipment that then took over its units."""

    order: Order
    intent: Intent
    sequence: int
    portions: list[Portion]
    status: str
    is_voided: bool
    replaced_by: int | None
    has_backorder: bool = False


class Plan:
    """Hands out one shipment for every place in the row of moments; ask for the places in order, once each."""

    def __init__(self, moments: Sequence[int], stages: Stages, book: OrderBook, random: Random) -> None:
        self._moments = moments
        self._count = len(moments)
        self._stages = stages
        self._book = book
        self._random = random.random
        self._shipments = Wheel(_SHIPMENTS_OF_AN_ORDER, random)
        self._lines = Wheel(_LINES_OF_A_SHIPMENT, random)
        self._longest_gap = LONGEST_GAP_DAYS * self._count / SPAN.days
        self._waiting: dict[int, PlannedShipment] = {}

    def shipment_at(self, place: int) -> PlannedShipment:
        waiting = self._waiting.pop(place, None)
        if waiting is not None:
            return waiting
        self._open_without_shipment(place)
        return self._new_order(place)

    def is_recent(self, place: int) -> bool:
        return place >= self._stages.recent_from

    def _new_order(self, place: int) -> PlannedShipment:
        """Plan an order to its end, write it, and return its first shipment."""
        order = self._book.open(self._moments[place])
        planned: list[PlannedShipment] = []
        is_recent, following = self.is_recent(place), place
        for _ in range(self._shipments.turn()):
            if planned and len(order.intents) == 1 and self._random() < SPLIT:
                self._book.split(order)
            following = self._plan_one(order, following, planned)
            if following >= self._count and not is_recent:
                is_recent = True
        if self.is_recent(place) and self._random() < BACKORDERED:
            self._book.portion(order, live=False, in_stock=self._random() < 0.5)
            planned[0].has_backorder = True
        on_its_way = any(is_on_its_way(one.status) for one in planned if not one.is_voided)
        self._book.write(order, is_recent=is_recent, is_on_its_way=on_its_way)
        return planned[0]

    def _plan_one(self, order: Order, place: int, planned: list[PlannedShipment]) -> int:
        """Plan the shipment of this place with a possible replacement; returns the place of the next one."""
        if place >= self._count:
            self._portions(order, live=False)
            return place
        is_voided = self._random() < VOIDED
        replaced_by = self._free_place(place) if is_voided and self._random() < REPLACED else None
        if replaced_by is not None and replaced_by >= self._count:
            replaced_by = None
        portions = self._portions(order, live=not is_voided or replaced_by is not None)
        self._add(order, place, planned, portions, is_voided=is_voided, replaced_by=replaced_by)
        if replaced_by is not None:
            self._add(order, replaced_by, planned, portions, is_voided=False, replaced_by=None)
        return self._free_place(replaced_by or place)

    def _add(
        self,
        order: Order,
        place: int,
        planned: list[PlannedShipment],
        portions: list[Portion],
        *,
        is_voided: bool,
        replaced_by: int | None,
    ) -> None:
        intent, sequence = order.intents[-1], len(planned) + 1
        status = self._stages.status_of(place, order.kind, is_voided=is_voided)
        shipment = PlannedShipment(order, intent, sequence, portions, status, is_voided, replaced_by)
        intent.places.append(place)
        if planned:
            self._waiting[place] = shipment
        planned.append(shipment)

    def _portions(self, order: Order, *, live: bool) -> list[Portion]:
        portions: list[Portion] = []
        if order.lines and self._random() < FURTHER:
            further = self._book.further_portion(order, live=live)
            portions += [further] if further else []
        lines = self._lines.turn() - len(portions)
        portions += [self._book.portion(order, live=live) for _ in range(max(lines, 1 - len(portions)))]
        return portions

    def _free_place(self, after: int) -> int:
        """A place some days later that no other shipment has."""
        place = after + 1 + int(self._random() ** 2 * self._longest_gap)
        while place in self._waiting:
            place += 1
        return place

    def _open_without_shipment(self, place: int) -> None:
        """Now and then an order comes in of which nothing is shipped yet, or which is not confirmed."""
        drawn = self._random()
        if self.is_recent(place) and drawn < UNSHIPPED:
            order = self._book.open(self._moments[place])
            self._portions(order, live=False)
            self._book.write(order, is_recent=True)
        elif drawn < UNCONFIRMED:
            self._write_unconfirmed(place)

    def _write_unconfirmed(self, place: int) -> None:
        order = self._book.open(self._moments[place])
        status = SalesOrderStatus.DRAFT if self._random() < 0.5 else SalesOrderStatus.RESERVED
        self._book.unpromised_line(order)
        self._book.write(order, is_recent=True, status=status)

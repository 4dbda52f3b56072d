"""How far a practice shipment has come: decided when its order is planned, whose own status depends on it."""

from random import Random

from webapp.services.seeding.chance import Wheel
from webapp.statuses import OPEN_STATUSES, FulfillmentStatus

PICKUP = "pickup"
RECENT_SHARE = 0.05  # The last shipments, which are still being worked on.
_STUCK, _CANCELED_THERE, _WITHOUT_INFO, _VOIDED_WHILE_OPEN = 0.004, 0.005, 0.021, 0.8
_OPEN = {"submitted": 40, "acknowledged": 18, "picked": 16, "packed": 18, "awaiting_pickup": 8}
_OPEN_PICKUP = {"picked": 20, "packed": 20, "awaiting_pickup": 60}
_ON_ITS_WAY = frozenset(status.value for status in OPEN_STATUSES)


class Stages:
    """Decides for one shipment after another, by its age, its kind and whether it is voided."""

    def __init__(self, count_of_all: int, random: Random) -> None:
        self._count = count_of_all
        self.recent_from = count_of_all - max(int(count_of_all * RECENT_SHARE), 3)
        self._random = random.random
        self._open = Wheel(_OPEN, random)
        self._open_pickup = Wheel(_OPEN_PICKUP, random)

    def status_of(self, place: int, kind: str, *, is_voided: bool) -> str:
        """The status of the shipment at this place; of a voided one, that before the void."""
        drawn = self._random()
        is_open = drawn < _STUCK
        if place >= self.recent_from:
            newness = (place - self.recent_from) / max(self._count - self.recent_from, 1)
            is_open = drawn < 0.15 + 0.8 * newness
        if is_open or (is_voided and drawn < _VOIDED_WHILE_OPEN):
            return (self._open_pickup if kind == PICKUP else self._open).turn()
        drawn = self._random()
        if drawn < _CANCELED_THERE and not is_voided:
            return FulfillmentStatus.CANCELED.value
        if drawn < _CANCELED_THERE + _WITHOUT_INFO and kind != PICKUP:
            return FulfillmentStatus.FULFILLED_AWAITING_INFO.value
        return FulfillmentStatus.FULFILLED.value


def is_on_its_way(status: str) -> bool:
    """Whether a shipment of this status is still to leave, which keeps its order open."""
    return status in _ON_ITS_WAY

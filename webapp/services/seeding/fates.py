"""What became of a practice shipment: its status, dates, tracking, cost, and what the outside knows of it."""

from collections.abc import Callable
from itertools import count
from random import Random

from webapp.services.loading.times import DAY, HOUR
from webapp.services.seeding.carriers import SERVICES, Service, tracking_number
from webapp.services.seeding.catalog import ACCOUNT_NAMES
from webapp.services.seeding.chance import Wheel
from webapp.services.seeding.goods import VOID_REASONS
from webapp.services.seeding.plan import PlannedShipment
from webapp.services.seeding.stages import PICKUP
from webapp.statuses import FulfillmentStatus, ProviderOrderState

_SHIPPED = FulfillmentStatus.FULFILLED.value
_NO_INFO = FulfillmentStatus.FULFILLED_AWAITING_INFO.value
_CANCELED = FulfillmentStatus.CANCELED.value
_SUBMITTED = FulfillmentStatus.SUBMITTED.value
_CANNOT_CANCEL = {"shipstation", "starshipit"}
_CHANNEL_SAYS = (
    "Shopify: the order was archived and cannot be changed.",
    "Amazon: the carrier name is not one of the allowed values.",
    "The channel answered 503 three times; it will be tried again.",
)
_PROVIDER_SAYS = (
    "The address could not be verified: missing apartment number.",
    "No carrier account is set up for the service asked for.",
    "Two items have no customs value.",
)
_NOT_STARTED = {_SUBMITTED, "acknowledged"}


class Fate:
    """Seconds since 1970, amounts in ten-thousandths; None where something has not happened."""

    __slots__ = (
        "archived_at",
        "cancel_by_hand",
        "changes",
        "channel_problem",
        "cost",
        "created_at",
        "fulfilled_at",
        "newest_sibling",
        "printed_at",
        "provider_problem",
        "provider_state",
        "service",
        "status",
        "synced_from_at",
        "told_at",
        "tracking",
        "updated_at",
        "void_reason",
        "voided_at",
    )

    def __init__(self, created_at: int, status: str) -> None:
        self.created_at = self.updated_at = created_at
        self.status = status
        self.changes = 0
        self.cancel_by_hand = False
        self.cost: int | None = None
        self.service: Service | None = None
        self.tracking: str | None = None
        self.provider_state: str | None = None
        self.provider_problem: str | None = None
        self.channel_problem: str | None = None
        self.void_reason: str | None = None
        self.fulfilled_at: int | None = None
        self.printed_at: int | None = None
        self.told_at: int | None = None
        self.synced_from_at: int | None = None
        self.archived_at: int | None = None
        self.voided_at: int | None = None
        self.newest_sibling: int | None = None

    @property
    def has_shipped(self) -> bool:
        return self.status in {_SHIPPED, _NO_INFO}

    def changed(self, at: int) -> int:
        """Count one change and remember the latest."""
        self.changes += 1
        self.updated_at = max(self.updated_at, at)
        return at


class Fates:
    """Decides, one shipment after another, by its age and its kind."""

    def __init__(
        self, count_of_all: int, until: int, recent_from: int, moment_of: Callable[[int], int], random: Random
    ) -> None:
        self._count = count_of_all
        self._until = until
        self._recent_from = recent_from
        self._moment_of = moment_of
        self._random = random.random
        self._services = Wheel(SERVICES, random)
        self._labels = count(20_481)

    def of(self, place: int, shipment: PlannedShipment, created_at: int) -> Fate:
        fate = Fate(created_at, shipment.status)
        kind = shipment.order.kind
        end = self._until if shipment.replaced_by is None else self._moment_of(shipment.replaced_by)
        self._ship(fate, kind, end)
        self._print(fate)
        if kind in ACCOUNT_NAMES:
            self._ask_provider(fate)
        if shipment.order.shop.takes_tracking and fate.tracking and fate.fulfilled_at is not None:
            self._tell_channel(fate, place)
        if shipment.is_voided:
            self._void(fate, kind, end)
            fate.newest_sibling = self._newest_sibling(shipment, fate.updated_at)
        if self._random() < 0.075 and place < self._count * 0.85:
            fate.archived_at = fate.changed(self._between(fate.updated_at, self._until, 60 * DAY))
        return fate

    def _between(self, start: int, end: int, longest: int) -> int:
        """An instant after `start`, at most `longest` seconds later and never after `end`."""
        return start + int(self._random() * max(min(end - start, longest), 0))

    def _ship(self, fate: Fate, kind: str, end: int) -> None:
        random = self._random
        if fate.has_shipped:
            fate.fulfilled_at = fate.changed(self._between(fate.created_at, end, 40 * HOUR))
        has_label = fate.status == _SHIPPED or (fate.status == "packed" and random() < 0.3)
        if kind == PICKUP or not (has_label or fate.status == _NO_INFO):
            return
        fate.service = service = self._services.turn()
        if kind != "manual" or random() < 0.6:
            fate.cost = service.price + int(random() * 2 * service.price) // 100 * 100
        if has_label and (kind != "manual" or random() < 0.85):
            fate.tracking = tracking_number(service.carrier, next(self._labels), random)

    def _print(self, fate: Fate) -> None:
        if fate.status not in _NOT_STARTED and self._random() < 0.93:
            end = fate.fulfilled_at if fate.fulfilled_at is not None else self._until
            fate.printed_at = self._between(fate.created_at, end, 8 * HOUR)

    def _ask_provider(self, fate: Fate) -> None:
        """What the provider's copy says, and when it was last read; a silent provider was never heard from."""
        drawn = self._random()
        if fate.has_shipped:
            fate.provider_state = ProviderOrderState.SHIPPED.value
            fate.synced_from_at = fate.fulfilled_at
        elif fate.status == _CANCELED:
            fate.provider_state = ProviderOrderState.CANCELLED.value
            fate.synced_from_at = fate.changed(self._between(fate.created_at, self._until, 3 * DAY))
        elif drawn < 0.03:
            fate.provider_state = ProviderOrderState.EXCEPTION.value
            fate.provider_problem = _PROVIDER_SAYS[int(self._random() * len(_PROVIDER_SAYS))]
            fate.synced_from_at = self._between(fate.created_at, self._until, DAY)
        elif fate.status == _SUBMITTED:
            fate.provider_state = ProviderOrderState.AWAITING.value
        else:
            fate.provider_state = ProviderOrderState.PROCESSING.value
            fate.synced_from_at = self._between(fate.created_at, self._until, DAY)

    def _tell_channel(self, fate: Fate, place: int) -> None:
        drawn = self._random()
        if drawn < 0.012:
            fate.channel_problem = _CHANNEL_SAYS[int(self._random() * len(_CHANNEL_SAYS))]
        elif drawn > 0.03 or place < self._recent_from:
            fate.told_at = fate.changed(self._between(fate.fulfilled_at or 0, self._until, HOUR))

    def _newest_sibling(self, shipment: PlannedShipment, voided_at: int) -> int:
        """The id of the last shipment of its fulfillment order that was there when it was voided."""
        end = self._count if shipment.replaced_by is None else shipment.replaced_by
        places = (place for place in shipment.intent.places if place < end and self._moment_of(place) <= voided_at)
        return max(places) + 1

    def _void(self, fate: Fate, kind: str, end: int) -> None:
        fate.voided_at = fate.changed(self._between(fate.updated_at, end, 3 * DAY))
        fate.void_reason = VOID_REASONS[int(self._random() * len(VOID_REASONS))]
        if fate.provider_state is None or fate.has_shipped:
            return
        fate.provider_problem = None
        if kind in _CANNOT_CANCEL and self._random() < 0.12:
            fate.cancel_by_hand = True
        else:
            fate.provider_state = ProviderOrderState.CANCELLED.value
            fate.synced_from_at = fate.voided_at

"""History rows of practice shipments: one for each change that the shipment's own row tells of."""

from itertools import count

from webapp.services.loading import layouts
from webapp.services.loading.chains import EMPTY, Head, chained, write_heads_of_orders
from webapp.services.loading.loader import Batch, Loader
from webapp.services.loading.times import text_of
from webapp.services.seeding.fates import Fate
from webapp.services.seeding.plan import PlannedShipment
from webapp.statuses import ActivityEvent, ActivitySubject, FulfillmentOrderRequestStatus, FulfillmentStatus

_SHIPMENT, _INTENT = ActivitySubject.FULFILLMENT.value, ActivitySubject.FULFILLMENT_ORDER.value
_CREATED, _UPDATED = ActivityEvent.CREATED.value, ActivityEvent.UPDATED.value
_RESYNCED, _TOLD = ActivityEvent.RESYNCED.value, ActivityEvent.SUBMITTED_TO_CHANNEL.value
_VOIDED, _ARCHIVED = ActivityEvent.VOIDED.value, ActivityEvent.ARCHIVED.value
_SUBMITTED, _CANCELED = FulfillmentStatus.SUBMITTED.value, FulfillmentStatus.CANCELED.value
REQUEST_STATUS_BEFORE_VOID = FulfillmentOrderRequestStatus.ACCEPTED.value


class HistoryWriter:
    """Adds the history of one shipment after another to the batch."""

    def __init__(self, batch: Batch) -> None:
        self._rows = batch[layouts.ACTIVITIES]
        self._ids = count(1)
        self._head = EMPTY
        self._heads_of_orders: dict[int, Head] = {}

    def write(self, number: int, shipment: PlannedShipment, fate: Fate, person: int | None) -> Head:
        """Returns the head of the shipment's chain.

        `person` did what no provider and no schedule did; None when there are no people yet.
        """
        self._head = EMPTY
        self._add(number, _CREATED, fate.created_at)
        if fate.fulfilled_at is not None:
            by_provider = fate.synced_from_at is not None
            event, actor = (_RESYNCED, None) if by_provider else (_UPDATED, person)
            self._add(number, event, fate.fulfilled_at, actor=actor, changes=_shipped(fate))
        elif fate.status == _CANCELED and fate.synced_from_at is not None:
            changes = f'{{"status":["{_SUBMITTED}","{_CANCELED}"]}}'
            self._add(number, _RESYNCED, fate.synced_from_at, changes=changes)
        if fate.told_at is not None:
            changes = f'{{"submitted_to_sales_channel_at":[null,"{text_of(fate.told_at)}"]}}'
            self._add(number, _TOLD, fate.told_at, changes=changes)
        if fate.voided_at is not None:
            changes = f'{{"status":["{fate.status}","{_CANCELED}"]}}'
            note = fate.void_reason or ""
            self._add(number, _VOIDED, fate.voided_at, actor=person, changes=changes, note=note)
            self._add_reopened(shipment, person, fate.voided_at)
        if fate.archived_at is not None:
            self._add(number, _ARCHIVED, fate.archived_at, actor=person)
        return self._head

    def write_heads(self, loader: Loader) -> None:
        """Let fulfillment orders remember where their chains end: they were written before their history."""
        write_heads_of_orders(loader, self._heads_of_orders)

    def _add(
        self, number: int, event: str, at: int, *, actor: int | None = None, changes: str = "{}", note: str = ""
    ) -> None:
        """`changes` is canonical JSON: keys sorted, no spaces, ASCII."""
        row = (next(self._ids), number, None, _SHIPMENT, number, event, actor, changes, note, text_of(at))
        written, self._head = chained(row, self._head)
        self._rows.append(written)

    def _add_reopened(self, shipment: PlannedShipment, person: int | None, at: int) -> None:
        """The void as the fulfillment order saw it: open again, to be submitted anew."""
        intent = shipment.intent.id
        request = f'"request_status":["{REQUEST_STATUS_BEFORE_VOID}","unsubmitted"]'
        changes = f'{{{request},"status":["closed","open"]}}'
        note = f"{shipment.order.number}.{shipment.sequence} was voided"
        row = (next(self._ids), None, intent, _INTENT, intent, _UPDATED, person, changes, note, text_of(at))
        written, self._heads_of_orders[intent] = chained(row, self._heads_of_orders.get(intent, EMPTY))
        self._rows.append(written)


def _shipped(fate: Fate) -> str:
    """What changed when it shipped."""
    changes = [f'"cost":[null,"{fate.cost / 10_000:.2f}"]'] if fate.cost is not None else []
    changes.append(f'"status":["{_SUBMITTED}","{fate.status}"]')
    if fate.tracking:
        changes.append(f'"tracking_number":[null,"{fate.tracking}"]')
    return "{" + ",".join(changes) + "}"

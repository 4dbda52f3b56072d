"""Shipfusion as a provider: reads, creates, replaces and cancels shipments, and looks at what came of it."""

from dataclasses import replace
from typing import ClassVar

from webapp.providers.account_kinds import AccountKind
from webapp.providers.base import (
    AlreadyShipped,
    Capability,
    NewOrder,
    NotCancellable,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    ProviderOrderSnapshot,
    Record,
    Rejected,
    Unsupported,
)
from webapp.providers.http import Door, DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import seen_after, write_and_read_back
from webapp.providers.shapes import as_object
from webapp.providers.shipfusion import mapping, writing
from webapp.providers.shipfusion.account import ACCOUNT
from webapp.providers.shipfusion.client import ShipfusionClient
from webapp.providers.shipfusion.mapping import Order
from webapp.providers.shipfusion.settings import ShipfusionSettings, read_settings
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.traits import ProviderTraits
from webapp.statuses import ProviderOrderState

# Beside the fields that every provider's redaction knows.
PERSONAL = frozenset({"companyname", "zippostalcode", "state", "country"})


class ShipfusionAdapter:
    """Reads the settings that `settings.py` describes, and `order_url` (a link with `{id}` in it)."""

    kind: ClassVar[str] = "shipfusion"
    label: ClassVar[str] = "Shipfusion"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CANCEL, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._link = link_template(account.settings)
        self._settings = read_settings(account.settings)
        limit = RateLimit(calls=self._settings.calls_per_minute, seconds=60)
        traits = ProviderTraits(self.kind, self.label, limit, mapping.explain, personal=PERSONAL)
        credentials = (account.credentials.get("username", ""), account.credentials.get("password", ""))
        self._door = Door(account, traits, options, record, auth=credentials)
        self._client = ShipfusionClient(self._door, self._settings)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Lists one entry of the inventory, which needs a good address and good credentials."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; no address is public, so none is the default."""
        is_plain = external_id.isascii() and external_id.replace("-", "").isalnum()
        return self._link.replace("{id}", external_id) if self._link and is_plain else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the shipment by id, else look for our number, with its items and tracking; no price is shown.

        One call by id, two by number. Raises NotFound when a list shows none under the number, Rejected when it
        means several or the id another's.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:
        """Look, cancel, look again; one that is gone afterwards was cancelled. Raises what the protocol says."""
        order = self._order(reference)
        if order.is_cancelled or order.has_left:
            return self._cancelled(order)
        if not self._may_change(order):
            raise NotCancellable(_in_work(order, "cancelled"))
        try:
            after = write_and_read_back(
                lambda: self._client.cancel(order.order_id, reason), lambda _: self._after_cancelling(order)
            )
        except (Rejected, NotFound, Unsupported) as refusal:
            return self._after_refused_cancellation(order, refusal)
        return self._cancelled(after)

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, replace the whole shipment, look again. Raises what the protocol says."""
        known = self._order(reference)
        self._refuse_when_locked(known)
        if mapping.shows_lines(known, order.lines):
            return self._told(known)
        body = writing.shipment_body(order, self._with_warehouse())
        try:
            after, was_accepted = write_and_read_back(
                lambda: self._client.update(known.order_id, body),
                lambda written: (self._again(known), written is not None),
            )
        except (Rejected, NotFound, Unsupported) as refusal:
            with seen_after(refusal):
                after = self._again(known)
            return self._updated(after, order, refusal)
        return self._updated(after, order, was_accepted=was_accepted)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Look for our number; else create the shipment and read it back."""
        body = writing.shipment_body(order, self._with_warehouse())
        standing = self._standing(order.number)
        if standing:
            return self._told(self._only(order.number, standing))
        try:
            return write_and_read_back(
                lambda: self._client.create(body), lambda order_id: self._created(order.number, order_id)
            )
        except Rejected as refusal:
            # The word for success is a setting: what was made under another word is found.
            with seen_after(refusal):
                standing = self._standing(order.number)
            if not standing:
                raise
            return self._told(self._only(order.number, standing))

    def _created(self, number: str, order_id: str | None) -> ProviderOrderSnapshot:
        """The shipment just created; without an answer only one that stands can be it."""
        created = self._client.order(order_id) if order_id else None
        return self._told(created or self._only(number, self._standing(number)))

    def _updated(
        self, after: Order, order: NewOrder, refusal: ProviderError | None = None, *, was_accepted: bool = False
    ) -> ProviderOrderSnapshot:
        """The shipment with the lines it was to have. Raises why it has others, or that nobody can tell."""
        has_lines = mapping.shows_lines(after, order.lines)
        if has_lines or (has_lines is None and was_accepted):
            return self._told(after)
        self._refuse_when_locked(after)
        if isinstance(refusal, NotFound):  # Of an order that it shows.
            raise NotUpdatable(f"Shipfusion did not change order {after.number}. {refusal.message}") from refusal
        if refusal:
            raise refusal
        raise OutcomeUnknown(
            f"Shipfusion was asked to replace shipment {after.number}, which does not show the new lines. "
            "Asking again does no harm.",
            retryable=True,
        )

    def _with_warehouse(self) -> ShipfusionSettings:
        """The settings, once it is sure that they name what Shipfusion demands."""
        if not self._settings.warehouse:
            raise Rejected(
                f"{self._door.who} names no warehouse, without which Shipfusion takes nothing. "
                "Set “warehouse” in the account, for instance to “IL”."
            )
        return self._settings

    def _refuse_when_locked(self, order: Order) -> None:
        """The guard before a change. Raises AlreadyShipped or NotUpdatable."""
        if order.has_left:
            raise AlreadyShipped(f"Shipfusion has shipped order {order.number} or has a label for it.")
        if order.is_cancelled or not self._may_change(order):
            raise NotUpdatable(_in_work(order, "changed"))

    def _may_change(self, order: Order) -> bool:
        is_allowed = order.status == mapping.PROCESSING and self._settings.processing_may_change
        return is_allowed or order.status in mapping.WAITING

    def _after_cancelling(self, order: Order) -> Order:
        """The shipment as it stands; it was there a moment ago, so where it is gone it was taken away."""
        return self._client.order(order.order_id) or replace(order, raw_status="cancelled")

    def _after_refused_cancellation(self, order: Order, refusal: ProviderError) -> ProviderOrderSnapshot:
        """Why Shipfusion said no is seen from the shipment: shipped, cancelled meanwhile, or neither."""
        with seen_after(refusal):
            after = self._after_cancelling(order)
        if after.is_cancelled or after.has_left:
            return self._cancelled(after)
        if isinstance(refusal, Unsupported):
            raise refusal
        raise NotCancellable(f"Shipfusion did not cancel order {after.number}. {refusal.message}")

    def _cancelled(self, order: Order) -> ProviderOrderSnapshot:
        """The cancelled shipment. Raises AlreadyShipped when it left, OutcomeUnknown when it still stands."""
        if order.has_left:
            raise AlreadyShipped(f"Shipfusion has shipped order {order.number} or has a label for it.")
        if not order.is_cancelled:
            raise OutcomeUnknown(
                f"Shipfusion was asked to cancel order {order.number}, which still stands there as "
                f"“{order.raw_status}”. Asking again does no harm.",
                retryable=True,
            )
        return self._told(order)

    def _again(self, known: Order) -> Order:
        order = self._client.order(known.order_id)
        if order is None:
            raise NotFound(f"Shipfusion does not show order {known.number} any more.")
        return order

    def _order(self, reference: OrderReference) -> Order:
        """By id; one that is gone may have another id by now. Raises Rejected for somebody else's."""
        known = self._client.order(reference.external_id) if reference.external_id else None
        if known is None:
            found = self._found(reference.number)
            return self._only(reference.number, [order for order in found if self._stands(order)] or found[-1:])
        refuse_other(self.label, known.order_id, known.number, reference.number)
        return known

    def _found(self, number: str) -> list[Order]:
        """Every shipment with exactly this number; an empty one would list all of the account."""
        asked = number.strip()
        return [self._shown(number, hit.order_id) for hit in self._client.hits(asked)] if asked else []

    def _shown(self, number: str, order_id: str) -> Order:
        """What a list shows is not taken as absent because it cannot be read: a second one would be made."""
        order = self._client.order(order_id)
        if order is None:
            raise Rejected(f"Shipfusion lists shipment {order_id} with the number {number} and does not show it.")
        return order

    def _standing(self, number: str) -> list[Order]:
        return [order for order in self._found(number) if self._stands(order)]

    def _stands(self, order: Order) -> bool:
        return self._state(order) is not ProviderOrderState.CANCELLED

    def _only(self, number: str, orders: list[Order]) -> Order:
        if not orders:
            raise NotFound(f"Shipfusion has no shipment with the number {number}.")
        if len(orders) > 1:
            ids = ", ".join(order.order_id for order in orders)
            raise Rejected(
                f"Shipfusion has several shipments with the number {number} ({ids}). Cancel the wrong one there."
            )
        return orders[0]

    def _state(self, order: Order) -> ProviderOrderState:
        return mapping.state_of(order, back_order_is_exception=self._settings.back_order_is_exception)

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        tracking_number = order.tracking_numbers[0] if order.tracking_numbers else None
        state = self._state(order)
        return ProviderOrderSnapshot(
            external_id=order.order_id,
            number=order.number,
            raw_status=order.raw_status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=order.carrier,
            service=order.service,
            cost=None,
            shipped_at=order.shipped_at,
            url=self.order_url(order.order_id),
            payload=as_object(self._door.redactor.json({"shipment": order.raw}), "payload"),
        )


def _in_work(order: Order, what: str) -> str:
    return f"Shipfusion's order {order.number} stands as “{order.raw_status}”, in which it cannot be {what}."

"""Trackstar as a provider: writes reach the warehouse system at once, reads come from a copy up to an hour old."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar

from webapp.providers.account_kinds import AccountKind
from webapp.providers.account_settings import optional_text
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
from webapp.providers.reading_back import after_looking
from webapp.providers.shapes import JsonObject, as_object
from webapp.providers.stale_copy import StaleCopy
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.trackstar import mapping, writing
from webapp.providers.trackstar.account import ACCOUNT
from webapp.providers.trackstar.client import TrackstarClient
from webapp.providers.trackstar.mapping import Order
from webapp.providers.traits import ProviderTraits

# Trackstar's guides, rate limits: 10 reads a second for each access token. Writes may be five times as many.
RATE_LIMIT = RateLimit(calls=10, seconds=1)
# A fresh copy takes minutes; asking earlier would find the old one.
WAIT_FOR_COPY = 300.0
# Two machines' clocks are never this far apart, so a copy this much newer really is.
CLOCKS_DIFFER = timedelta(minutes=1)


class TrackstarAdapter:
    """Settings it reads: `connection_id` (to see how old the copy is), `warehouse_customer_id` (only that
    customer's orders), `order_fields` and `line_fields` (fixed values for new orders and their lines),
    `address_fields` (for what an address lacks), `shipping_method_field` (which field carries our shipping
    method), `order_url` (a link with `{id}` in it).
    """

    kind: ClassVar[str] = "trackstar"
    label: ClassVar[str] = "Trackstar"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CANCEL, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        traits = ProviderTraits(self.kind, self.label, RATE_LIMIT, mapping.explain)
        keys = {
            "x-trackstar-api-key": account.credentials.get("api_key", ""),
            "x-trackstar-access-token": account.credentials.get("access_token", ""),
        }
        self._door = Door(account, traits, options, record, headers=keys)
        self._client = TrackstarClient(self._door)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Lists one order, which needs a good address and both keys. Raises any ProviderError."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; without one, the warehouse system's own is in the order."""
        template = link_template(self._settings)
        return template.replace("{id}", external_id) if template else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number, as Trackstar's copy has it: up to an hour old.

        Raises NotFound only when the copy is newer than what we sent, else StaleCopy; Rejected when the number
        means several orders.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:  # noqa: ARG002 - no field for it
        """Look, then let the warehouse system decide, whose answer counts and not the copy. A 501 is Unsupported.

        OutcomeUnknown is retryable: asking again does no harm.
        """
        try:
            order = self._order(reference)
        except (NotFound, StaleCopy) as unseen:
            return self._cancel_unseen(reference, unseen)
        if order.is_cancelled or order.has_left:
            return self._cancelled(order)
        with _shown_by_copy(NotCancellable):
            return self._cancel(order.order_id, reference.number)

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, then send the lines as a whole to the warehouse system, whose answer counts and not the copy.

        Raises Unsupported where the connection takes no changes of lines.
        """
        before = self._order(reference)
        self._refuse_update(before)
        wanted = self._client.wanted("PUT")
        if "line_items" not in wanted.order.known:
            raise Unsupported("The warehouse system behind Trackstar takes no changes of an order's lines.")
        body = writing.update_body(order, wanted, self._settings)
        with _shown_by_copy(NotUpdatable):
            after = self._written(
                before.order_id, NotUpdatable, lambda: self._client.update(before.order_id, before.number, body)
            )
        self._refuse_update(after)
        return self._told(after)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Search by our number, then `POST /wms/orders`, whose answer is the order.

        The search sees only the copy. What may have been sent before is sent again only once the copy is newer
        than that and still lacks it; until then StaleCopy.
        """
        standing = self._standing(order.number)
        if not standing and order.sent_at:
            self._make_sure_of_copy(order.number, order.sent_at)
            standing = self._standing(order.number)
        if standing:
            return self._told(self._only(order.number, standing))
        body = writing.create_body(order, self._client.wanted("POST"), self._settings)
        with after_looking():
            return self._told(self._client.create(order.number, body))

    def _cancel_unseen(self, reference: OrderReference, unseen: ProviderError) -> ProviderOrderSnapshot:
        """The copy does not show the order, but the warehouse system can be told its id."""
        if reference.external_id is None:
            raise unseen
        try:
            return self._cancel(reference.external_id, reference.number)
        except NotFound:
            raise unseen from None

    def _cancel(self, order_id: str, number: str) -> ProviderOrderSnapshot:
        return self._cancelled(
            self._written(order_id, NotCancellable, lambda: self._client.cancel(order_id, number))
        )

    def _written(self, order_id: str, refused: type[ProviderError], write: Callable[[], Order]) -> Order:
        """What the warehouse system made of it; refusals and silence are looked into, as far as the copy goes."""
        try:
            return write()
        except Rejected as refusal:
            after = self._seen(order_id)
            if after is not None and (after.is_cancelled or after.has_left):
                return after
            raise refused(f"{refusal.message} The order was not changed.") from refusal
        except OutcomeUnknown as silence:
            after = self._seen(order_id)
            if after is not None and (after.is_cancelled or after.has_left):
                return after
            raise OutcomeUnknown(
                f"{silence.message} Trackstar's copy, up to an hour old, does not show it. Asking again is safe.",
                retryable=True,
            ) from silence

    def _seen(self, order_id: str) -> Order | None:
        """What the copy shows; it proves what has happened, never what has not."""
        try:
            return self._client.order(order_id)
        except ProviderError:
            return None

    def _cancelled(self, order: Order) -> ProviderOrderSnapshot:
        """The cancelled order. Raises AlreadyShipped when it left, OutcomeUnknown when it still stands."""
        if order.has_left:
            raise AlreadyShipped(f"Trackstar says that order {order.number} was shipped, in whole or in part.")
        if not order.is_cancelled:
            raise OutcomeUnknown(
                f"The warehouse system behind Trackstar was asked to cancel order {order.number} and answered "
                f"that it is “{order.raw_status}”. Asking again does no harm.",
                retryable=True,
            )
        return self._told(order)

    def _refuse_update(self, order: Order) -> None:
        if order.has_left:
            raise AlreadyShipped(f"Trackstar says that order {order.number} was shipped, in whole or in part.")
        if order.is_cancelled:
            raise NotUpdatable(f"Order {order.number} is cancelled at Trackstar, so its lines are not changed.")

    def _order(self, reference: OrderReference) -> Order:
        """The order in the copy. Raises NotFound, or StaleCopy when the copy cannot know yet."""
        try:
            return self._in_copy(reference)
        except NotFound:
            if reference.sent_at is None:
                raise
        self._make_sure_of_copy(reference.number, reference.sent_at)
        return self._in_copy(reference)

    def _in_copy(self, reference: OrderReference) -> Order:
        if reference.external_id:
            try:
                known = self._client.order(reference.external_id)
                refuse_other(self.label, known.order_id, known.number, reference.number)
                return known
            except NotFound:
                pass  # An id that is gone: our number may have another by now.
        hits = self._hits(reference.number)
        return self._only(reference.number, [hit for hit in hits if not hit.is_cancelled] or hits[-1:])

    def _make_sure_of_copy(self, number: str, sent_at: datetime) -> None:
        """Return when the copy was filled after we sent the order, else ask for a fresh one and raise."""
        connection = optional_text(self._settings, "connection_id")
        try:
            if connection and self._client.crawl(connection).is_newer_than(sent_at + CLOCKS_DIFFER):
                return
            self._client.ask_for_fresh_copy()
        except ProviderError as error:
            raise StaleCopy(
                f"Order {number} may have reached Trackstar, whose copy of the orders does not show it. How old "
                f"the copy is could not be found out: {error.message}",
                retry_after=error.retry_after,
            ) from error
        advice = "" if connection else " Put “connection_id” into the account, so that the copy's age can be seen."
        raise StaleCopy(
            f"Order {number} may have reached Trackstar, whose copy of the orders is older than that. A fresh "
            f"copy was asked for, which takes some minutes.{advice}",
            retry_after=WAIT_FOR_COPY,
        )

    def _hits(self, number: str) -> list[Order]:
        asked = number.strip()
        if not asked:  # No condition at all: it would find every order of the connection.
            return []
        return self._client.orders_numbered(asked, optional_text(self._settings, "warehouse_customer_id"))

    def _standing(self, number: str) -> list[Order]:
        return [hit for hit in self._hits(number) if not hit.is_cancelled]

    def _only(self, number: str, hits: list[Order]) -> Order:
        if not hits:
            raise NotFound(f"Trackstar has no order with the number {number}.")
        if len(hits) > 1:
            ids = ", ".join(hit.order_id for hit in hits)
            raise Rejected(
                f"Trackstar has several orders with the number {number} ({ids}). Cancel the wrong one there, or "
                "name the “warehouse_customer_id” in the provider account."
            )
        return hits[0]

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        left = [parcel for parcel in order.parcels if parcel.has_left] or list(order.parcels)
        tracked = next((parcel for parcel in left if parcel.tracking_number), None)
        shown = tracked or (left[0] if left else None)
        tracking_number = tracked.tracking_number if tracked else None
        state = mapping.state_of(order)
        dates = [parcel.shipped_at for parcel in left if parcel.shipped_at]
        return ProviderOrderSnapshot(
            external_id=order.order_id,
            number=order.number,
            raw_status=order.raw_status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number) or mapping.progress_of(order),
            tracking_number=tracking_number,
            carrier=(shown.carrier if shown else None) or order.carrier,
            service=(shown.service if shown else None) or order.service,
            cost=mapping.cost_of(left),
            shipped_at=max(dates) if dates else None,
            url=self.order_url(order.order_id) or _link(order.url),
            payload=self._payload(order),
        )

    def _payload(self, order: Order) -> JsonObject:
        return as_object(self._door.redactor.json({"order": order.raw}), "payload")


@contextmanager
def _shown_by_copy(refused: type[ProviderError]) -> Iterator[None]:
    """A 404 about an order that the copy shows is a refusal: only a copy without it may say that it is gone."""
    try:
        yield
    except NotFound as unknown:
        raise refused(
            f"{unknown.message} Trackstar's copy, up to an hour old, shows the order all the same. Nothing was "
            "changed."
        ) from unknown


def _link(address: str | None) -> str | None:
    """The warehouse system's own page, where it is an address that may be put into a page."""
    return address if address and address.startswith("https://") else None

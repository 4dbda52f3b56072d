"""Amazon MCF as a provider: orders under ids of ours, each of which can be used once."""

from typing import ClassVar
from urllib.parse import quote

from webapp.providers.account_kinds import AccountKind
from webapp.providers.amazon_mcf import mapping, writing
from webapp.providers.amazon_mcf.account import ACCOUNT
from webapp.providers.amazon_mcf.client import AmazonMcfClient
from webapp.providers.amazon_mcf.mapping import Order
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
    ProviderOrderSnapshot,
    Record,
    Rejected,
)
from webapp.providers.http import DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import write_and_read_back
from webapp.providers.shapes import JsonObject, as_object
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.traits import ProviderTraits

# Two a second and a burst of 30 for each operation: 30 in any 15 seconds never asks for more than that.
RATE_LIMIT = RateLimit(calls=30, seconds=15)
# An order that was cancelled eight times is nobody's plan, and every one costs a call.
MOST_IDS = 9


class AmazonMcfAdapter:
    """Settings it reads: those of writing.create_body, `order_url` (a link with `{id}`), `api_version` and
    `sign_in_url` (for another address than Amazon's own).
    """

    kind: ClassVar[str] = "fba"
    label: ClassVar[str] = "Amazon MCF"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.CANCEL, Capability.CREATE})

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        traits = ProviderTraits(self.kind, self.label, RATE_LIMIT, mapping.explain, mapping.says_missing)
        self._client = AmazonMcfClient(account, traits, options, record)

    def close(self) -> None:
        self._client.close()

    def test_connection(self) -> None:
        """Lists what changed since now, which needs good address and credentials. Raises any ProviderError."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; Amazon documents no address, so none is the default."""
        template = link_template(self._settings)
        return template.replace("{id}", quote(external_id, safe="")) if template else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number and, while what stands there is cancelled, the ids after it.

        One call by id. `cost` is None: Amazon tells the fees in its settlement reports only. Raises NotFound.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:  # noqa: ARG002 - the protocol's
        """Look, cancel, look again; Amazon asks for no reason. Raises what the protocol says.

        OutcomeUnknown is retryable when the order still stands there: asking again does no harm.
        """
        order = self._order(reference)
        if order.is_cancelled or order.has_left:
            return self._cancelled(order)
        if order.word not in mapping.CANCELLABLE:
            raise _not_cancellable(order)
        try:
            after = write_and_read_back(
                lambda: self._client.cancel(order.order_id), lambda _: self._client.order(order.order_id)
            )
        except (Rejected, NotFound) as refusal:
            return self._after_refusal(order.order_id, refusal.message)
        return self._cancelled(after)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Look at our number; else `createFulfillmentOrder`, and read back.

        A cancelled order's id is spent, so the next one is `<number>-R2`. Raises Rejected with everything that
        Amazon would refuse, before anything is sent.
        """
        order_id, last = self._walk(order.number)
        if last is not None and not last.is_cancelled:
            return self._told(last)
        writing.checked(order, order_id)
        body = writing.create_body(order, order_id, self._settings)
        try:
            created = write_and_read_back(
                lambda: self._client.create(body), lambda _: self._client.order(order_id)
            )
        except Rejected as refusal:
            return self._told(self._made_meanwhile(order_id, refusal))
        return self._told(created)

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Change the lines, which Amazon allows only while an order is on hold, as one made there by hand may be.

        Orders that this adapter makes are not held, so it is no capability of it. Raises NotUpdatable for those.
        """
        before = self._order(reference)
        if before.has_left:
            raise AlreadyShipped(f"Amazon has shipped order {before.order_id}.")
        if not before.is_on_hold:
            raise NotUpdatable(
                f"Amazon changes an order only while it is on hold, and {before.order_id} is “{before.status}”. "
                "Cancel it there and send the shipment again."
            )
        writing.checked(order, before.order_id)
        body = writing.update_body(order, frozenset(line.key for line in before.lines))
        after = write_and_read_back(
            lambda: self._client.update(before.order_id, body), lambda _: self._client.order(before.order_id)
        )
        if _units(after) != {line.key: line.quantity for line in order.lines}:
            raise OutcomeUnknown(
                f"Amazon was asked to change order {before.order_id}, whose lines are still others. "
                "Asking again does no harm.",
                retryable=True,
            )
        return self._told(after)

    def _walk(self, number: str) -> tuple[str, Order | None]:
        """The first id under our number that is free or stands, with the last order found on the way."""
        asked = number.strip()
        last: Order | None = None
        for place in range(1, MOST_IDS + 1):
            order_id = asked if place == 1 else f"{asked}-R{place}"
            found = self._client.found(order_id)
            if found is None or not found.is_cancelled:
                return order_id, found or last
            last = found
        raise Rejected(f"Amazon has {MOST_IDS} cancelled orders with the number {asked}. Use another number.")

    def _order(self, reference: OrderReference) -> Order:
        if reference.external_id and (known := self._client.found(reference.external_id)):
            if not known.order_id.startswith(f"{reference.number}-R"):  # The number itself, or one after it.
                refuse_other(self.label, known.order_id, known.number, reference.number)
            return known
        _, found = self._walk(reference.number)
        if found is None:
            raise NotFound(f"Amazon has no order with the number {reference.number}.")
        return found

    def _made_meanwhile(self, order_id: str, refusal: Rejected) -> Order:
        """An id that is taken is refused; whether it was taken by us a moment ago is seen from the order."""
        found = self._client.found(order_id)
        if found is None or found.is_cancelled:
            raise refusal
        return found

    def _after_refusal(self, order_id: str, words: str) -> ProviderOrderSnapshot:
        """Why Amazon said no is seen from the order: it shipped or was cancelled meanwhile, or neither."""
        after = self._client.order(order_id)
        if after.is_cancelled or after.has_left:
            return self._cancelled(after)
        raise NotCancellable(f"Amazon did not cancel order {after.order_id}. {words}")

    def _cancelled(self, order: Order) -> ProviderOrderSnapshot:
        """The cancelled order. Raises AlreadyShipped when it left, OutcomeUnknown when it still stands."""
        if order.has_left:
            raise AlreadyShipped(f"Amazon has shipped order {order.order_id}, or part of it.")
        if not order.is_cancelled:
            raise OutcomeUnknown(
                f"Amazon was asked to cancel order {order.order_id}, which still stands there as "
                f"“{order.status}”. Asking again does no harm.",
                retryable=True,
            )
        return self._told(order)

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        parcels = mapping.in_dispatch_order(order)
        tracked = next((parcel for parcel in parcels if parcel.tracking_number), None)
        shown = tracked or (parcels[0] if parcels else None)
        tracking_number = tracked.tracking_number if tracked else None
        state = mapping.state_of(order)
        dates = [date for date in order.shipped_dates if date]
        return ProviderOrderSnapshot(
            external_id=order.order_id,
            number=order.number,
            raw_status=order.status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=shown.carrier if shown else None,
            service=order.service,
            cost=None,
            shipped_at=max(dates) if dates else None,
            url=self.order_url(order.order_id),
            payload=self._payload(order),
        )

    def _payload(self, order: Order) -> JsonObject:
        return as_object(self._client.redactor.json({"order": order.raw}), "payload")


def _units(order: Order) -> dict[str, int]:
    return {line.key: line.quantity for line in order.lines if line.quantity}


def _not_cancellable(order: Order) -> NotCancellable:
    if order.word == mapping.NEW:
        return NotCancellable(
            f"Amazon is still taking order {order.order_id} in and cancels it only after that. "
            "Try again in a few minutes.",
            retryable=True,
        )
    return NotCancellable(
        f"Amazon cancels an order only before it is picked, and {order.order_id} is “{order.status}” there."
    )

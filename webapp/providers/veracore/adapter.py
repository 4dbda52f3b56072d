"""VeraCore as a provider: orders under ids of ours, each of which can be used once."""

from dataclasses import replace
from functools import partial
from typing import ClassVar
from urllib.parse import quote

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
from webapp.providers.http import DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import seen_after, write_and_read_back
from webapp.providers.shapes import JsonObject, JsonValue, as_object, text
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.traits import ProviderTraits
from webapp.providers.veracore import mapping, refusals, writing
from webapp.providers.veracore.account import ACCOUNT
from webapp.providers.veracore.client import VeraCoreClient
from webapp.providers.veracore.mapping import Order
from webapp.providers.veracore.settings import read_settings

# Beside the fields that every provider's redaction knows.
PERSONAL = frozenset({"orderedby", "shiptoinfo", "billtoinfo", "companyname", "state", "country"})
# An order that was cancelled eight times is nobody's plan, and every one costs a call.
MOST_IDS = 9


class VeraCoreAdapter:
    """Reads the settings that `settings.py` describes, and `order_url` (a link with `{id}` in it)."""

    kind: ClassVar[str] = "veracore"
    label: ClassVar[str] = "VeraCore"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CANCEL, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._link = link_template(account.settings)
        self._settings = read_settings(account.settings)
        traits = ProviderTraits(
            self.kind,
            self.label,
            RateLimit(calls=self._settings.calls_per_minute, seconds=60),
            refusals.explain,
            refusal=partial(refusals.refusal_in, self._settings),
            personal=PERSONAL,
        )
        self._client = VeraCoreClient(account, self._settings, traits, options, record)

    def close(self) -> None:
        self._client.close()

    def test_connection(self) -> None:
        """Asks for this minute's shipping activity and, where the account has a system id, signs in at REST."""
        self._client.check()
        if self._client.has_rest:
            self._client.sign_in()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; no address is public, so none is the default."""
        return self._link.replace("{id}", quote(external_id, safe="")) if self._link else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number and, while what stands there is cancelled, the ids after it.

        One call by id. Before it raises NotFound it proves that the account's credentials are good.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:  # noqa: ARG002 - the protocol's
        """Look, cancel, look again; VeraCore asks for no reason. Raises what the protocol says.

        OutcomeUnknown is retryable when the order still stands there: asking again does no harm.
        """
        order = self._order(reference)
        if order.is_cancelled or order.has_left:
            return self._cancelled(order)
        if not self._may_change(order):
            raise NotCancellable(_in_work(order, "cancelled"))
        try:
            after = write_and_read_back(
                lambda: self._client.cancel(order.order_id), lambda _: self._client.order(order.order_id)
            )
        except (Rejected, NotFound, Unsupported) as refusal:
            return self._after_refused_cancellation(order, refusal)
        return self._cancelled(after)

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, add the units that are missing, look again. Raises what the protocol says.

        Only adding is known of VeraCore's interface, so NotUpdatable where units would have to be taken away.
        """
        known = self._order(reference)
        self._refuse_when_locked(known)
        wanted = writing.units_of(order)
        if too_many := known.units - wanted:
            raise NotUpdatable(
                f"VeraCore's order {known.order_id} has {_listed(too_many)} more than it should, and VeraCore can "
                "only be told to add. Change it there, or cancel it and send the shipment again."
            )
        if not wanted - known.units:
            return self._told(known)
        offers = writing.add_offers(known.order_id, order, wanted - known.units)
        try:
            after = write_and_read_back(
                lambda: self._client.add_offers(offers), lambda _: self._client.order(known.order_id)
            )
        except (Rejected, NotFound, Unsupported) as refusal:
            with seen_after(refusal):
                after = self._client.order(known.order_id)
            return self._updated(after, order, refusal)
        return self._updated(after, order)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Look at our number; else `AddOrder`, and read back.

        A cancelled order's id is spent, so the next one is `<number>-2`. Raises Rejected with everything that is
        known to be refused, before anything is sent.
        """
        order_id, last = self._walk(order.number)
        if last is not None and not last.is_cancelled:
            return self._told(last)
        writing.checked(order, order_id)
        body = writing.add_order(order, order_id, self._settings)
        try:
            created = write_and_read_back(
                lambda: self._client.create(body), lambda given: self._client.order(given or order_id)
            )
        except (Rejected, NotFound) as refusal:
            return self._told(self._made_meanwhile(order_id, refusal))
        return self._told(created)

    def _walk(self, number: str) -> tuple[str, Order | None]:
        """The first id under our number that is free or stands, with the last order found on the way."""
        asked = number.strip()
        last: Order | None = None
        for place in range(1, MOST_IDS + 1):
            order_id = asked if place == 1 else f"{asked}-{place}"
            found = self._client.found(order_id) if order_id else None
            if found is None or not found.is_cancelled:
                return order_id, found or last
            last = found
        raise Rejected(f"VeraCore has {MOST_IDS} cancelled orders with the number {asked}. Use another number.")

    def _order(self, reference: OrderReference) -> Order:
        if reference.external_id and (known := self._client.found(reference.external_id)):
            if not known.order_id.startswith(f"{reference.number}-"):  # The number itself, or one after it.
                refuse_other(self.label, known.order_id, known.number, reference.number)
            return known
        _, found = self._walk(reference.number)
        if found is None:
            # How VeraCore answers strangers is not known: an empty record proves something to the right ones only.
            self._client.check()
            raise NotFound(f"VeraCore has no order with the number {reference.number}.")
        return found

    def _made_meanwhile(self, order_id: str, refusal: ProviderError) -> Order:
        """An id that is taken is refused; whether it was taken by us a moment ago is seen from the order."""
        with seen_after(refusal):
            found = self._client.found(order_id)
        if found is None or found.is_cancelled:
            raise refusal
        return found

    def _updated(
        self, after: Order, order: NewOrder, refusal: ProviderError | None = None
    ) -> ProviderOrderSnapshot:
        """The order with the lines it was to have. Raises why it has others, or that nobody can tell."""
        if after.units == writing.units_of(order):
            return self._told(after)
        self._refuse_when_locked(after)
        if refusal:
            raise refusal
        raise OutcomeUnknown(
            f"VeraCore was asked to add lines to order {after.order_id}, which does not show them. "
            "Asking again does no harm.",
            retryable=True,
        )

    def _refuse_when_locked(self, order: Order) -> None:
        """The guard before a change. Raises AlreadyShipped or NotUpdatable."""
        if order.has_left:
            raise _already_shipped(order)
        if order.is_cancelled or not self._may_change(order):
            raise NotUpdatable(_in_work(order, "changed"))

    def _may_change(self, order: Order) -> bool:
        """Up to when VeraCore takes a change is not known, so by default until it has processed the order."""
        return bool(order.flags) and (self._settings.processed_may_change or not order.flags & mapping.AT_WORK)

    def _after_refused_cancellation(self, order: Order, refusal: ProviderError) -> ProviderOrderSnapshot:
        """Why VeraCore said no is seen from the order: shipped, cancelled meanwhile, or neither."""
        with seen_after(refusal):
            after = self._client.order(order.order_id)
        if after.is_cancelled or after.has_left:
            return self._cancelled(after)
        if isinstance(refusal, Unsupported):
            raise refusal
        raise NotCancellable(f"VeraCore did not cancel order {after.order_id}. {refusal.message}") from refusal

    def _cancelled(self, order: Order) -> ProviderOrderSnapshot:
        """The cancelled order. Raises AlreadyShipped when it left, OutcomeUnknown when it still stands."""
        if order.has_left:
            raise _already_shipped(order)
        if not order.is_cancelled:
            raise OutcomeUnknown(
                f"VeraCore was asked to cancel order {order.order_id}, which still stands there as "
                f"“{order.raw_status}”. Asking again does no harm.",
                retryable=True,
            )
        return self._told(order)

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        state = mapping.state_of(order)
        packages = order.packages
        tracked = next((package for package in packages if package.tracking_number), None)
        shown = tracked or (packages[0] if packages else None)
        tracking_number = tracked.tracking_number if tracked else None
        payload: JsonObject = {"order": order.raw}
        snapshot = ProviderOrderSnapshot(
            external_id=order.order_id,
            number=order.number,
            raw_status=order.raw_status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=(shown.carrier if shown else None) or order.carrier,
            service=(shown.service if shown else None) or order.service,
            cost=sum((package.cost for package in packages[1:]), packages[0].cost) if packages else None,
            shipped_at=max((each.shipped_at for each in packages if each.shipped_at), default=None),
            url=self.order_url(order.order_id),
            payload=self._redacted(payload),
        )
        return self._with_tracking(snapshot, payload) if order.has_left and not tracking_number else snapshot

    def _with_tracking(self, snapshot: ProviderOrderSnapshot, payload: JsonObject) -> ProviderOrderSnapshot:
        """What the REST service knows of the packages, where the account can sign in there."""
        if not self._client.has_rest:
            return snapshot
        packages = self._client.packages(snapshot.external_id)
        tracked = next((each for each in packages if text(each, self._settings.tracking_field)), {})
        shown = tracked or (packages[0] if packages else {})
        tracking_number = text(tracked, self._settings.tracking_field)
        listed: list[JsonValue] = list(packages)
        return replace(
            snapshot,
            tracking_number=tracking_number,
            fulfillment_status=fulfillment_status_of(snapshot.state, tracking_number),
            carrier=text(shown, "FreightCarrier") or snapshot.carrier,
            payload=self._redacted({**payload, "packages": listed}),
        )

    def _redacted(self, payload: JsonObject) -> JsonObject:
        return as_object(self._client.redactor.json(payload), "payload")


def _already_shipped(order: Order) -> AlreadyShipped:
    return AlreadyShipped(f"VeraCore has shipped order {order.order_id}, or has a label for it.")


def _in_work(order: Order, what: str) -> str:
    return f"VeraCore's order {order.order_id} stands as “{order.raw_status}”, in which it cannot be {what}."


def _listed(units: dict[str, int]) -> str:
    return ", ".join(f"{count} of {sku}" for sku, count in sorted(units.items()))

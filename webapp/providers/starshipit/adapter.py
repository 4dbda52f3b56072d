"""Starshipit as a provider: reads orders, creates them, changes their lines while nothing is printed."""

from typing import ClassVar

from webapp.providers.account_kinds import AccountKind
from webapp.providers.account_settings import count_setting, flag_setting
from webapp.providers.base import (
    AlreadyShipped,
    Capability,
    NewOrder,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Record,
    Rejected,
    Unsupported,
)
from webapp.providers.http import Door, DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import seen_after, write_and_read_back
from webapp.providers.shapes import as_object
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.starshipit import mapping, writing
from webapp.providers.starshipit.account import ACCOUNT, CALLS_PER_SECOND, MOST_CALLS_PER_SECOND
from webapp.providers.starshipit.client import StarshipitClient
from webapp.providers.starshipit.mapping import Order
from webapp.providers.traits import ProviderTraits
from webapp.statuses import ProviderOrderState

# Beside the fields that every provider's redaction knows: a search shows the receiver as “name”.
PERSONAL = frozenset({"name", "suburb", "building", "deliveryinstructions", "state", "country"})


class StarshipitAdapter:
    """Settings it reads: `calls_per_second` (2), `printed_is_shipped` (true), `order_url` (a link with `{id}`)."""

    kind: ClassVar[str] = "starshipit"
    label: ClassVar[str] = "Starshipit"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        self._printed_is_shipped = flag_setting(account.settings, "printed_is_shipped", default=True)
        calls = count_setting(
            account.settings, "calls_per_second", default=CALLS_PER_SECOND, most=MOST_CALLS_PER_SECOND
        )
        traits = ProviderTraits(
            self.kind,
            self.label,
            RateLimit(calls=calls, seconds=1),
            mapping.explain,
            said_no=mapping.said_no,
            personal=PERSONAL,
        )
        headers = {
            "StarShipIT-Api-Key": account.credentials.get("api_key", ""),
            "Ocp-Apim-Subscription-Key": account.credentials.get("subscription_key", ""),
        }
        self._door = Door(account, traits, options, record, headers=headers)
        self._client = StarshipitClient(self._door)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Lists one unshipped order, which needs a good address and good keys. Raises any ProviderError."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; Starshipit documents no address, so none is the default."""
        template = link_template(self._settings)
        return template.replace("{id}", external_id) if template and _is_id(external_id) else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else search our number, with its items and parcels.

        One call by id, two by number. Raises NotFound when a search finds nothing, Rejected when the number
        means several orders or the id another's.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:  # noqa: ARG002 - the protocol's
        """Raises Unsupported: the API deletes or archives, and neither of them tells the carrier."""
        raise Unsupported(
            f"Starshipit offers no call that cancels an order. Delete or archive {reference.number} there by hand."
        )

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, send the lines that differ, look again. Raises what the protocol says."""
        known = self._order(reference)
        self._refuse_when_locked(known)
        body = writing.update_body(known, order.lines)
        if body is None:
            return self._told(known)
        try:
            after = write_and_read_back(lambda: self._client.update(body), lambda _: self._again(known))
        except Rejected as refusal:
            with seen_after(refusal):
                after = self._again(known)
            return self._updated(after, order, refusal)
        return self._updated(after, order)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Search by our number; else `POST /api/orders` and read back."""
        standing = self._standing(order.number)
        if standing:
            return self._told(self._only(order.number, standing))
        body = writing.create_body(order)
        try:
            return write_and_read_back(
                lambda: self._client.create(body), lambda order_id: self._created(order.number, order_id)
            )
        except Rejected as refusal:
            with seen_after(refusal):
                standing = self._standing(order.number)
            if not standing:
                raise
            return self._told(self._only(order.number, standing))

    def _created(self, number: str, order_id: int | None) -> ProviderOrderSnapshot:
        """The order just created; without an answer only one that stands can be it."""
        created = self._client.order(order_id) if order_id is not None else None
        return self._told(created or self._only(number, self._standing(number)))

    def _updated(self, after: Order, order: NewOrder, refusal: Rejected | None = None) -> ProviderOrderSnapshot:
        """The order with the lines it was to have. Raises why it has others."""
        if writing.update_body(after, order.lines) is None:
            return self._told(after)
        self._refuse_when_locked(after)
        if refusal:
            raise refusal
        raise OutcomeUnknown(
            f"Starshipit was asked to change the lines of order {after.number}, which still shows other ones. "
            "Asking again does no harm.",
            retryable=True,
        )

    def _refuse_when_locked(self, order: Order) -> None:
        """The guard before a change. Raises AlreadyShipped or NotUpdatable."""
        state = self._state(order)
        if state in (ProviderOrderState.SHIPPED, ProviderOrderState.PARTIALLY_SHIPPED):
            raise AlreadyShipped(f"Starshipit has shipped order {order.number}, so its lines are final.")
        if state in (ProviderOrderState.CANCELLED, ProviderOrderState.EXCEPTION) or mapping.is_locked(order):
            raise NotUpdatable(
                f"Starshipit's order {order.number} stands as “{order.raw_status}”"
                f"{' and is archived' if order.is_archived else ''}, in which its lines cannot be changed."
            )

    def _again(self, known: Order) -> Order:
        order = self._client.order(known.order_id)
        if order is None:
            raise NotFound(f"Starshipit does not show order {known.number} any more.")
        return order

    def _order(self, reference: OrderReference) -> Order:
        """By id; one that is gone may have another id by now. Raises Rejected for somebody else's order."""
        known = self._known(reference.external_id)
        if known is None:
            found = self._found(reference.number)
            return self._only(reference.number, [order for order in found if self._stands(order)] or found[-1:])
        refuse_other(self.label, known.order_id, known.number, reference.number)
        return known

    def _known(self, external_id: str | None) -> Order | None:
        return self._client.order(int(external_id)) if external_id and _is_id(external_id) else None

    def _found(self, number: str) -> list[Order]:
        """Every order with exactly this number; an empty one would match every order of the account."""
        asked = number.strip()
        hits = self._client.hits(asked) if asked else []
        return [self._shown(number, hit.order_id) for hit in hits]

    def _shown(self, number: str, order_id: int) -> Order:
        """What a search has found is not taken as absent because it cannot be read: a second one would be made."""
        order = self._client.order(order_id)
        if order is None:
            raise Rejected(f"Starshipit lists order {order_id} with the number {number} and does not show it.")
        return order

    def _standing(self, number: str) -> list[Order]:
        return [order for order in self._found(number) if self._stands(order)]

    def _stands(self, order: Order) -> bool:
        return self._state(order) is not ProviderOrderState.CANCELLED

    def _only(self, number: str, orders: list[Order]) -> Order:
        if not orders:
            raise NotFound(f"Starshipit has no order with the number {number}.")
        if len(orders) > 1:
            ids = ", ".join(str(order.order_id) for order in orders)
            raise Rejected(
                f"Starshipit has several orders with the number {number} ({ids}). Archive the wrong one there."
            )
        return orders[0]

    def _state(self, order: Order) -> ProviderOrderState:
        return mapping.state_of(order, printed_is_shipped=self._printed_is_shipped)

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        parcels = mapping.in_dispatch_order(parcel for parcel in order.live_parcels if parcel.has_label)
        tracked = next((parcel for parcel in parcels if parcel.tracking_number), None)
        shown = tracked or (parcels[0] if parcels else None)
        tracking_number = tracked.tracking_number if tracked else None
        state = self._state(order)
        dates = [parcel.labelled_at for parcel in parcels if parcel.labelled_at]
        return ProviderOrderSnapshot(
            external_id=str(order.order_id),
            number=order.number,
            raw_status=order.raw_status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=order.carrier,
            service=(shown.service if shown else None) or order.service,
            cost=order.cost,
            shipped_at=max(dates) if dates else None,
            url=self.order_url(str(order.order_id)),
            payload=as_object(self._door.redactor.json({"order": order.raw}), "payload"),
        )


def _is_id(external_id: str) -> bool:
    """Starshipit's ids are whole numbers; longer than a database's BIGINT they are none."""
    return external_id.isascii() and external_id.isdigit() and len(external_id) < 19

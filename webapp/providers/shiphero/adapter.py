"""ShipHero as a provider: reads, cancels, creates and changes orders, and never trusts a refusal's words."""

from typing import ClassVar

from webapp.providers.account_kinds import AccountKind
from webapp.providers.account_settings import optional_text
from webapp.providers.base import (
    AlreadyShipped,
    Capability,
    NewOrder,
    NotCancellable,
    NotFound,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Record,
    Rejected,
)
from webapp.providers.http import Door, DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import write_and_read_back
from webapp.providers.shapes import JsonObject, as_object
from webapp.providers.shiphero import mapping, refusals, writing
from webapp.providers.shiphero.account import ACCOUNT
from webapp.providers.shiphero.client import ShipHeroClient
from webapp.providers.shiphero.mapping import Hit, Order
from webapp.providers.shiphero.updating import LineUpdate
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.traits import ProviderTraits

# developer.shiphero.com, GraphQL primer: 4,004 credits, of which 60 come back in a second. That many within the
# time in which all of them come back never asks for more.
RATE_LIMIT = RateLimit(calls=4_004, seconds=4_004 / 60)


class ShipHeroAdapter:
    """Settings it reads: `shop_name` and `customer_account_id` (only orders of that shop, of that customer of a
    3PL), `warehouse_id` (for new orders), `order_url` (a link with `{id}`, ShipHero's old number, in it).
    """

    kind: ClassVar[str] = "shiphero"
    label: ClassVar[str] = "ShipHero"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CANCEL, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        traits = ProviderTraits(self.kind, self.label, RATE_LIMIT, refusals.explain)
        self._door = Door(account, traits, options, record)
        self._client = ShipHeroClient(self._door, account, options.clock)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Reads the quota, which needs a good address and good credentials. Raises any ProviderError."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the order's number in ShipHero's own pages put in, None without one."""
        template = link_template(self._settings)
        number = mapping.legacy_number(external_id)
        return template.replace("{id}", number) if template and number else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number, with its lines, holds and labels.

        One call by id, two by number, more for more than fifty lines. `cost` is the sum of the live labels.
        Raises NotFound when neither id nor number exists, Rejected when the number means several orders.
        """
        return self._told(self._order(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:
        """Look, cancel, look again. Raises what the protocol says.

        OutcomeUnknown is retryable when the order still stands there: asking again does no harm.
        """
        order = self._order(reference)
        if order.is_cancelled or order.has_left:
            return self._cancelled(order)
        data = writing.cancel_data(order.order_id, reason, self._settings)
        try:
            after = write_and_read_back(
                lambda: self._client.cancel(data), lambda _: self._client.order(order.order_id)
            )
        except (Rejected, NotFound) as refusal:
            return self._after_refusal(order.order_id, refusal.message)
        return self._cancelled(after)

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Search by our number; else `order_create`, which ShipHero would repeat, and read back."""
        standing = self._standing(order.number)
        if standing:
            return self._told(self._only(order.number, standing))
        data = writing.create_data(order, self._settings)
        return write_and_read_back(
            lambda: self._client.create(data), lambda created: self._created(order.number, created)
        )

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, send what differs in the lines, look again. Raises what the protocol says."""
        update = LineUpdate(self._client, order.lines, self._settings)
        return self._told(update.apply_to(self._order(reference)))

    def _created(self, number: str, order_id: str | None) -> ProviderOrderSnapshot:
        """The order just created; without an answer only one that stands can be it."""
        if order_id:
            return self._told(self._client.order(order_id))
        return self._told(self._only(number, self._standing(number)))

    def _after_refusal(self, order_id: str, words: str) -> ProviderOrderSnapshot:
        """Why ShipHero said no is seen from the order: it shipped or was cancelled meanwhile, or neither."""
        after = self._client.order(order_id)
        if after.is_cancelled or after.has_left:
            return self._cancelled(after)
        raise NotCancellable(f"ShipHero did not cancel order {after.number}. {words}")

    def _cancelled(self, order: Order) -> ProviderOrderSnapshot:
        """The cancelled order. Raises AlreadyShipped when it left, OutcomeUnknown when it still stands."""
        if order.has_left:
            raise AlreadyShipped(f"ShipHero has shipped order {order.number} or has a valid label for it.")
        if not order.is_cancelled:
            raise OutcomeUnknown(
                f"ShipHero was asked to cancel order {order.number}, which still stands there as "
                f"“{order.status}”. Asking again does no harm.",
                retryable=True,
            )
        return self._told(order)

    def _order(self, reference: OrderReference) -> Order:
        if reference.external_id:
            try:
                known = self._client.order(reference.external_id)
                refuse_other(self.label, known.order_id, known.number, reference.number)
                return known
            except NotFound:
                pass  # An id that is gone: our number may have another by now.
        hits = self._hits(reference.number)
        return self._only(reference.number, [hit for hit in hits if not hit.is_cancelled] or hits[-1:])

    def _hits(self, number: str) -> list[Hit]:
        asked = number.strip()
        if not asked:  # No condition at all: it would find every order of the account.
            return []
        shop, customer = (optional_text(self._settings, name) for name in ("shop_name", "customer_account_id"))
        return self._client.orders_numbered(asked, shop=shop, customer=customer)

    def _standing(self, number: str) -> list[Hit]:
        return [hit for hit in self._hits(number) if not hit.is_cancelled]

    def _only(self, number: str, hits: list[Hit]) -> Order:
        if not hits:
            raise NotFound(f"ShipHero has no order with the number {number}.")
        if len(hits) > 1:
            ids = ", ".join(hit.order_id for hit in hits)
            raise Rejected(
                f"ShipHero has several orders with the number {number} ({ids}). Cancel the wrong one there, or "
                "name the shop in the provider account."
            )
        return self._client.order(hits[0].order_id)

    def _told(self, order: Order) -> ProviderOrderSnapshot:
        tracked = next((parcel for parcel in order.parcels if parcel.tracking_number), None)
        shown = tracked or (order.parcels[0] if order.parcels else None)
        tracking_number = tracked.tracking_number if tracked else None
        state = mapping.state_of(order)
        dates = [parcel.shipped_at for parcel in order.parcels if parcel.shipped_at]
        return ProviderOrderSnapshot(
            external_id=order.order_id,
            number=order.number,
            raw_status=order.status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=shown.carrier if shown else order.carrier,
            service=shown.service if shown else order.service,
            cost=mapping.cost_of(order.parcels),
            shipped_at=max(dates) if dates else None,
            url=self.order_url(order.order_id),
            payload=self._payload(order),
        )

    def _payload(self, order: Order) -> JsonObject:
        return as_object(self._door.redactor.json({"order": order.raw}), "payload")

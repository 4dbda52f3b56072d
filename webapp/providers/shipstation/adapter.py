"""ShipStation as a provider: finds an order, its split parts and its parcels, and tells them as one snapshot."""

from collections.abc import Sequence
from typing import ClassVar

from webapp.providers import notices
from webapp.providers.account_kinds import AccountKind
from webapp.providers.base import (
    Capability,
    NewOrder,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Record,
    Rejected,
    Unsupported,
)
from webapp.providers.http import Door, DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import write_and_read_back
from webapp.providers.shapes import JsonObject, as_object
from webapp.providers.shipstation import mapping, writing
from webapp.providers.shipstation.account import ACCOUNT
from webapp.providers.shipstation.client import ShipStationClient
from webapp.providers.shipstation.mapping import Order, Part
from webapp.providers.shipstation.updating import replace_lines
from webapp.providers.standing import fulfillment_status_of, link_template, refuse_other
from webapp.providers.traits import ProviderTraits

# docs.shipstation.com, ShipStation V1 API requirements: 40 requests a minute for each key and secret.
RATE_LIMIT = RateLimit(calls=40, seconds=60)


class ShipStationAdapter:
    """Settings it reads: `store_id` (only orders of that store), `order_url` (a link with `{id}` in it)."""

    kind: ClassVar[str] = "shipstation"
    label: ClassVar[str] = "ShipStation"
    account_kind: ClassVar[AccountKind] = ACCOUNT
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CREATE}
    )

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        self._base_url = account.base_url
        credentials = (account.credentials.get("api_key", ""), account.credentials.get("api_secret", ""))
        traits = ProviderTraits(self.kind, self.label, RATE_LIMIT, mapping.explain)
        self._door = Door(account, traits, options, record, auth=credentials)
        self._client = ShipStationClient(self._door)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Lists the stores, which needs a good address and good credentials. Raises any ProviderError."""
        self._client.check()

    def order_url(self, external_id: str) -> str | None:
        """The account's link with the id put in; ShipStation documents no address, so none is the default."""
        template = link_template(self._settings)
        return template.replace("{id}", external_id) if template and _is_id(external_id) else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number, with all parts of a split and every parcel.

        Three calls for a simple order, each page another one. `cost` is the sum of the live labels. Raises
        NotFound when neither id nor number exists, Rejected when the number means several unrelated orders.
        """
        return self._told(self._orders(reference))

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:  # noqa: ARG002 - the protocol's
        """Raises Unsupported: the API has no call that cancels, and deleting would leave nothing to read."""
        raise Unsupported(
            f"ShipStation offers no call that cancels an order. Cancel {reference.number} there by hand."
        )

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Search by our number; else `createorder`, an upsert by `orderKey`, and read back.

        Raises Rejected with ShipStation's words for an order it does not take, OutcomeUnknown when the call
        went unanswered and the order is not to be found.
        """
        hits = self._in_store(self._client.orders_numbered(order.number))
        if any(hit.status != mapping.CANCELLED for hit in hits):
            return self._told(self._one_order(order.number, hits))
        body = writing.create_body(order, self._settings.get("store_id"), cancelled_before=len(hits))
        return write_and_read_back(
            lambda: self._client.create(body),
            lambda created: self._created(order.number, created),
        )

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Look, write the whole order anew with our lines, look again. Raises what the protocol says.

        NotUpdatable for what was split or merged there: nobody can tell which part a line belongs to.
        """
        changed = replace_lines(self._client, self._orders(reference), order.lines)
        return self._told([changed])

    def numbers_told_at(self, resource_url: str) -> list[str]:
        """The order numbers behind a notice's `resource_url`, which must lie within the account's own address."""
        return self._client.numbers_at(*notices.place_within(self._base_url, resource_url))

    def _created(self, number: str, created: Order | None) -> ProviderOrderSnapshot:
        """The order just created; without an answer only one that stands can be it."""
        if created:
            return self._told([created])
        hits = self._in_store(self._client.orders_numbered(number))
        standing = [hit for hit in hits if hit.status != mapping.CANCELLED]
        return self._told(self._one_order(number, standing))

    def _told(self, orders: Sequence[Order]) -> ProviderOrderSnapshot:
        parts = [Part(order, self._client.live_parcels(order.order_id)) for order in orders]
        return self._snapshot(orders[0], parts)

    def _orders(self, reference: OrderReference) -> Sequence[Order]:
        """The order first, then the parts split from it."""
        known = self._known(reference.external_id)
        if known and not known.is_merged_or_split:
            refuse_other(self.label, known.order_id, known.number, reference.number)
            return [known]
        number = known.number if known else reference.number.strip()
        # An empty number would match every order of the account.
        found = self._client.orders_numbered(number) if number else []
        if known:
            return [known, *(o for o in found if o.is_merged_or_split and o.order_id != known.order_id)]
        return self._one_order(number, self._in_store(found))

    def _known(self, external_id: str | None) -> Order | None:
        return self._client.order(int(external_id)) if external_id and _is_id(external_id) else None

    def _in_store(self, found: Sequence[Order]) -> list[Order]:
        store = self._settings.get("store_id")
        return [order for order in found if store is None or str(order.store_id) == str(store)]

    def _one_order(self, number: str, hits: Sequence[Order]) -> Sequence[Order]:
        """The hits of a search that are together one order; one that was cancelled gives way to a live one."""
        if not hits:
            raise NotFound(f"ShipStation has no order with the number {number}.")
        standing = [order for order in hits if order.status != mapping.CANCELLED] or hits[-1:]
        if len(standing) > 1 and not all(order.is_merged_or_split for order in standing):
            ids = ", ".join(str(order.order_id) for order in standing)
            raise Rejected(
                f"ShipStation has several orders with the number {number} that are not parts of one ({ids}). "
                "Cancel the wrong one there, or name the store in the provider account."
            )
        return sorted(standing, key=lambda order: (order.is_part, order.order_id))

    def _snapshot(self, main: Order, parts: Sequence[Part]) -> ProviderOrderSnapshot:
        parcels = mapping.in_dispatch_order(parcel for part in parts for parcel in part.parcels)
        tracked = next((parcel for parcel in parcels if parcel.tracking_number), None)
        shown = tracked or (parcels[0] if parcels else None)
        state = mapping.state_of(parts)
        tracking_number = tracked.tracking_number if tracked else None
        dates = [parcel.shipped_at for parcel in parcels if parcel.shipped_at]
        return ProviderOrderSnapshot(
            external_id=str(main.order_id),
            number=main.number,
            raw_status=main.status,
            state=state,
            fulfillment_status=fulfillment_status_of(state, tracking_number),
            tracking_number=tracking_number,
            carrier=shown.carrier if shown else main.carrier,
            service=shown.service if shown else main.service,
            cost=mapping.cost_of(parcels),
            shipped_at=max(dates) if dates else main.shipped_at,
            url=self.order_url(str(main.order_id)),
            payload=self._payload(parts),
        )

    def _payload(self, parts: Sequence[Part]) -> JsonObject:
        raw: JsonObject = {
            "orders": [part.order.raw for part in parts],
            "parcels": [parcel.raw for part in parts for parcel in part.parcels],
        }
        return as_object(self._door.redactor.json(raw), "payload")


def _is_id(external_id: str) -> bool:
    """ShipStation's ids are whole numbers; anything else would be another path on its server."""
    return external_id.isascii() and external_id.isdigit()

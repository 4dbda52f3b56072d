"""ShipStation as a provider: finds an order, its split parts and its parcels, and tells them as one snapshot."""

from collections.abc import Sequence
from typing import ClassVar

from webapp.providers.base import (
    Capability,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Record,
    Rejected,
)
from webapp.providers.http import Door, DoorOptions, ProviderTraits
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shapes import JsonObject, as_object
from webapp.providers.shipstation import mapping
from webapp.providers.shipstation.client import ShipStationClient
from webapp.providers.shipstation.mapping import Order, Part

# docs.shipstation.com, ShipStation V1 API requirements: 40 requests a minute for each key and secret.
RATE_LIMIT = RateLimit(calls=40, seconds=60)


class ShipStationAdapter:
    """Settings it reads: `store_id` (only orders of that store), `order_url` (a link with `{id}` in it)."""

    kind: ClassVar[str] = "shipstation"
    label: ClassVar[str] = "ShipStation"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.RESYNC_FROM})

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
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
        template = self._settings.get("order_url")
        if not isinstance(template, str) or not template.startswith(("https://", "http://127.0.0.1:")):
            return None
        return template.replace("{id}", external_id) if _is_id(external_id) else None

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order by id, else by our number, with all parts of a split and every parcel.

        Three calls for a simple order, each page another one. `cost` is the sum of the live labels. Raises
        NotFound when neither id nor number exists, Rejected when the number means several unrelated orders.
        """
        orders = self._orders(reference)
        parts = [Part(order, self._client.live_parcels(order.order_id)) for order in orders]
        return self._snapshot(orders[0], parts)

    def _orders(self, reference: OrderReference) -> Sequence[Order]:
        """The order first, then the parts split from it."""
        known = self._known(reference.external_id)
        if known and not known.is_merged_or_split:
            return [known]
        number = known.number if known else reference.number.strip()
        # An empty number would match every order of the account.
        found = self._client.orders_numbered(number) if number else []
        if known:
            return [known, *(o for o in found if o.is_merged_or_split and o.order_id != known.order_id)]
        return self._one_order(number, found)

    def _known(self, external_id: str | None) -> Order | None:
        return self._client.order(int(external_id)) if external_id and _is_id(external_id) else None

    def _one_order(self, number: str, found: Sequence[Order]) -> Sequence[Order]:
        """The hits of a search that are together one order; one that was cancelled gives way to a live one."""
        store = self._settings.get("store_id")
        hits = [order for order in found if store is None or str(order.store_id) == str(store)]
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
            fulfillment_status=mapping.fulfillment_status_of(state, tracking_number),
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

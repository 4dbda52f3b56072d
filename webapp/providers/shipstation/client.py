"""The calls to ShipStation's V1 API that this product makes. Source: docs.shipstation.com, ShipStation V1 API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from webapp.providers.base import NotFound, Rejected
from webapp.providers.http import Call, Door
from webapp.providers.shapes import JsonObject, JsonValue, as_object, as_objects, required_integer, text
from webapp.providers.shipstation.mapping import Order, Parcel, read_fulfillment, read_order, read_shipment

T = TypeVar("T")

# The largest page the documentation allows; one call then answers almost every question.
PAGE_SIZE = 500
# Ten thousand orders whose number begins alike: the number is not one of ours, and reading on would not help.
MAX_PAGES = 20


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list and how many there are."""

    entries: list[T]
    pages: int


class ShipStationClient:
    """The calls to one ShipStation account; every method raises a ProviderError for anything but success."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def order(self, order_id: int) -> Order | None:
        """`GET /orders/{orderId}`; None when ShipStation has no such order."""
        try:
            return self._door.call(Call("Fetch order", f"/orders/{order_id}"), read_order)
        except NotFound:
            return None

    def orders_numbered(self, number: str) -> list[Order]:
        """`GET /orders?orderNumber=`; the search matches beginnings, only exact matches are returned."""
        found = self._all("Find order by number", "orders", {"orderNumber": number}, read_order)
        return [order for order in found if order.number == number]

    def create(self, body: JsonObject) -> Order:
        """`POST /orders/createorder`, which creates, or replaces the open order that has the same `orderKey`.

        Not declared repeatable although it is: ShipStation answers 500 to input it cannot digest.
        """
        call = Call("Create order", "/orders/createorder", method="POST", body=body, names_nothing=True)
        return self._door.call(call, read_order)

    def replace(self, body: JsonObject) -> Order:
        """`POST /orders/createorder` for an open order, which its `orderKey` and `orderId` name."""
        return self._door.call(
            Call("Change order", "/orders/createorder", method="POST", body=body, names_nothing=True), read_order
        )

    def live_parcels(self, order_id: int) -> tuple[Parcel, ...]:
        """What has left for an order: labels and orders marked as shipped, without voids and returns."""
        asked: Mapping[str, str | int] = {"orderId": order_id}
        with_items = {**asked, "includeShipmentItems": "true"}
        labels = self._all("Fetch shipments", "shipments", with_items, read_shipment)
        marked = self._all("Fetch fulfillments", "fulfillments", asked, read_fulfillment)
        # A filter that was not understood must not put a stranger's tracking number on our shipment.
        return tuple(p for p in (*labels, *marked) if p.is_live and p.order_id == order_id)

    def numbers_at(self, path: str, params: Mapping[str, str]) -> list[str]:
        """The order numbers of a list that a notice points to, of its first page: orders, labels, or marks."""
        asked: dict[str, str | int] = {**params, "page": 1, "pageSize": PAGE_SIZE}
        return self._door.call(Call("Read notice", path, params=asked), _read_numbers)

    def check(self) -> None:
        """`GET /stores`: small, harmless, and answered only to good credentials."""
        self._door.call(
            Call("Test connection", "/stores", names_nothing=True), lambda data: as_objects(data, "stores")
        )

    def _all(
        self,
        operation: str,
        what: str,
        params: Mapping[str, str | int],
        read_one: Callable[[JsonValue], T],
    ) -> list[T]:
        """Every entry of a paged list; pages count from 1."""
        entries: list[T] = []
        number = pages = 1
        while number <= pages:
            paged = {**params, "page": number, "pageSize": PAGE_SIZE}
            call = Call(operation, f"/{what}", params=paged, names_nothing=True)
            page = self._door.call(call, lambda data: _read_page(data, what, read_one))
            if page.pages > MAX_PAGES:
                raise Rejected(f"ShipStation has more than {MAX_PAGES * PAGE_SIZE:,} {what} that match.")
            entries += page.entries
            number, pages = number + 1, page.pages
        return entries


def _read_numbers(data: JsonValue) -> list[str]:
    answer = as_object(data, "list")
    listed = next((answer[what] for what in ("orders", "shipments", "fulfillments") if what in answer), [])
    return [number for entry in as_objects(listed, "entries") if (number := text(entry, "orderNumber"))]


def _read_page(data: JsonValue, what: str, read_one: Callable[[JsonValue], T]) -> Page[T]:
    answer = as_object(data, "page")
    entries = [read_one(entry) for entry in as_objects(answer.get(what), what)]
    return Page(entries, required_integer(answer, "pages"))

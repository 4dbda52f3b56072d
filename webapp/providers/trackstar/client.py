"""The calls to Trackstar's API that this product makes. Source: its OpenAPI specification and its guides."""

from urllib.parse import quote

from webapp.providers.base import NotFound, Rejected
from webapp.providers.http import Call, Door
from webapp.providers.shapes import JsonObject, as_object, as_objects
from webapp.providers.trackstar import mapping
from webapp.providers.trackstar.mapping import Crawl, Order
from webapp.providers.trackstar.wanted import Wanted, read_wanted

# More than a thousand orders of one number are not ours, and reading on would not help.
PAGE_SIZE = 100
MAX_PAGES = 10


class TrackstarClient:
    """The calls to one connection; every method raises a ProviderError for anything but success.

    Reads are answered from a copy that Trackstar fills about once an hour, writes by the warehouse system itself.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    def order(self, order_id: str) -> Order:
        """`GET /wms/orders/{order_id}`, from the copy. Raises NotFound when the copy has no such order."""
        return self._door.call(Call("Fetch order", f"/wms/orders/{_part(order_id)}"), mapping.read_answer)

    def orders_numbered(self, number: str, customer: str | None) -> list[Order]:
        """`GET /wms/orders?order_number=`, from the copy; only exact matches, of one customer when named."""
        asked: dict[str, str | int] = {"order_number": number, "limit": PAGE_SIZE}
        if customer:
            asked["warehouse_customer_id"] = customer
        found: list[Order] = []
        for _ in range(MAX_PAGES):
            call = Call("Find order by number", "/wms/orders", params=asked, names_nothing=True)
            page = self._door.call(call, mapping.read_page)
            found += page.orders
            if page.next_token is None:
                return [each for each in found if each.number == number and customer in (None, each.customer)]
            asked["page_token"] = page.next_token
        raise Rejected(f"Trackstar has too many orders with the number {number}.")

    def wanted(self, method: str) -> Wanted:
        """`GET /wms/orders/meta?method=`: what this connection takes in a new order (POST) or a change (PUT).

        Raises Unsupported when it takes none.
        """
        words = "Ask what a new order needs" if method == "POST" else "Ask what can be changed"
        call = Call(words, "/wms/orders/meta", params={"method": method}, names_nothing=True)
        return self._door.call(call, read_wanted)

    def create(self, number: str, body: JsonObject) -> Order:
        """`POST /wms/orders`. Whether the same number twice makes two orders is the warehouse system's affair."""
        call = Call("Create order", "/wms/orders", method="POST", body=body, names_nothing=True)
        return self._door.call(call, lambda data: mapping.read_written(data, number, mapping.OPEN))

    def update(self, order_id: str, number: str, body: JsonObject) -> Order:
        """`PUT /wms/orders/{order_id}`; the lines sent become the order's lines, so twice is the same as once."""
        call = Call("Update order", f"/wms/orders/{_part(order_id)}", method="PUT", body=body)
        return self._door.call(call, lambda data: mapping.read_written(data, number))

    def cancel(self, order_id: str, number: str) -> Order:
        """`PUT /wms/orders/{order_id}/cancel`, answered by the warehouse system at once."""
        call = Call("Cancel order", f"/wms/orders/{_part(order_id)}/cancel", method="PUT")
        return self._door.call(call, lambda data: mapping.read_written(data, number))

    def ask_for_fresh_copy(self) -> None:
        """`POST /connections/sync`, which takes minutes; asking twice does no harm."""
        body: JsonObject = {"functions_to_sync": ["get_orders"]}
        call = Call(
            "Ask for a fresh copy",
            "/connections/sync",
            method="POST",
            body=body,
            is_repeatable=True,
            names_nothing=True,
        )
        self._door.call(call, lambda data: as_object(data, "answer"))

    def crawl(self, connection_id: str) -> Crawl:
        """`GET /connections/{connection_id}`: when the copy of the orders was last filled."""
        call = Call("Ask how old the copy is", f"/connections/{_part(connection_id)}", names_nothing=True)
        return self._door.call(call, lambda data: mapping.read_crawl(data, connection_id))

    def check(self) -> None:
        """`GET /wms/orders?limit=1`: needs both keys, and answers little."""
        call = Call("Test connection", "/wms/orders", params={"limit": 1}, names_nothing=True)
        self._door.call(call, lambda data: as_objects(as_object(data, "page").get("data"), "orders"))


def _part(value: str) -> str:
    """An id as one part of a path; neither a slash nor dots in it lead to another address."""
    if not value.strip("."):
        raise NotFound(f"Trackstar has nothing under the id “{value}”.")
    return quote(value, safe="")

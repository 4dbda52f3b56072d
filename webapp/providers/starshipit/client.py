"""The calls to Starshipit's API that this product makes. Source: api-docs.starshipit.com, orders."""

from webapp.providers.base import NotFound, Rejected
from webapp.providers.http import Call, Door
from webapp.providers.shapes import JsonObject, as_objects
from webapp.providers.starshipit import mapping
from webapp.providers.starshipit.mapping import Hit, Order

# The largest page that lists allow; one call then answers almost every question.
PAGE_SIZE = 250
# Five thousand orders whose number contains the phrase: it is not one of ours, and reading on would not help.
MAX_PAGES = 20
# The parts of an order that are not in the answer unless they are asked for.
PARTS = ("Items", "Packages", "Shipping_Price")


class StarshipitClient:
    """The calls to one Starshipit account; every method raises a ProviderError for anything but success."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def order(self, order_id: int) -> Order | None:
        """`GET /api/orders?order_id=`; None when Starshipit shows no such order."""
        call = Call("Fetch order", "/api/orders", params={"order_id": order_id, "include": PARTS})
        try:
            return self._door.call(call, mapping.read_found)
        except NotFound:
            return None

    def hits(self, number: str) -> list[Hit]:
        """`GET /api/orders/search` among the numbers of all orders; only exact matches are returned."""
        everywhere = {"phrase": number, "fields": "Order_Number", "status": "All", "limit": str(PAGE_SIZE)}
        hits: list[Hit] = []
        page = pages = 1
        while page <= pages:
            call = Call(
                "Find order by number",
                "/api/orders/search",
                params={**everywhere, "page": page},
                names_nothing=True,
            )
            found = self._door.call(call, mapping.read_hits)
            if found.pages > MAX_PAGES:
                raise Rejected(f"Starshipit has more than {MAX_PAGES * PAGE_SIZE:,} orders that match {number}.")
            hits += found.hits
            page, pages = page + 1, found.pages
        return [hit for hit in hits if hit.number == number]

    def create(self, order: JsonObject) -> int:
        """`POST /api/orders`; returns Starshipit's id. Nothing says that the same number twice is one order."""
        call = Call("Create order", "/api/orders", method="POST", body={"order": order}, names_nothing=True)
        return self._door.call(call, mapping.read_written_id)

    def update(self, order: JsonObject) -> int:
        """`PUT /api/orders` with the lines to change, add and drop; allowed while the order is unshipped."""
        call = Call("Update order", "/api/orders", method="PUT", body={"order": order}, names_nothing=True)
        return self._door.call(call, mapping.read_written_id)

    def check(self) -> None:
        """`GET /api/orders/unshipped`, one id of it: harmless, and answered only to good keys."""
        call = Call(
            "Test connection", "/api/orders/unshipped", params={"ids_only": "true", "limit": 1}, names_nothing=True
        )
        self._door.call(call, lambda data: as_objects(mapping.opened(data).get("orders"), "orders"))

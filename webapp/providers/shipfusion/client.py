"""The calls to Shipfusion's API that this product makes, at the addresses that the account's settings name."""

from webapp.providers.base import NotFound, Rejected, Unsupported
from webapp.providers.http import Call, Door
from webapp.providers.shapes import JsonObject, JsonValue, as_object, as_objects, required_text
from webapp.providers.shipfusion import mapping
from webapp.providers.shipfusion.mapping import Hit, HitPage, Order
from webapp.providers.shipfusion.settings import ShipfusionSettings, filled

# What the inventory list is known to take.
PAGE_SIZE = 100
# Two thousand shipments: the number does not narrow the list, and reading on would not help.
MAX_PAGES = 20


class ShipfusionClient:
    """The calls to one Shipfusion account; every method raises a ProviderError for anything but success."""

    def __init__(self, door: Door, settings: ShipfusionSettings) -> None:
        self._door = door
        self._settings = settings

    def order(self, order_id: str) -> Order | None:
        """The shipment with this id; None when Shipfusion has none."""
        if not order_id.strip("."):
            return None  # In a path, dots alone lead to another address.
        path = filled(self._settings.shipment_path, order_id)
        try:
            return self._door.call(Call("Fetch shipment", path), mapping.read_order)
        except NotFound:
            return None

    def hits(self, number: str) -> list[Hit]:
        """The shipments that a list shows under our number; only exact matches are returned."""
        hits: list[Hit] = []
        page = pages = 1
        while page <= pages:
            found = self._page(number, page)
            if found.pages > MAX_PAGES:
                raise Rejected(
                    f"Shipfusion lists more than {MAX_PAGES * PAGE_SIZE:,} shipments under {number}, so it does "
                    f"not search by “{self._settings.number_parameter}”. Correct the setting “number_parameter”."
                )
            hits += found.hits
            page, pages = page + 1, found.pages
        return [hit for hit in hits if hit.number == number]

    def _page(self, number: str, page: int) -> HitPage:
        settings = self._settings
        asked = {settings.number_parameter: number, "page": str(page), "perPage": str(PAGE_SIZE)}
        call = Call("Find shipment by number", settings.list_path, params=asked, names_nothing=True)
        try:
            return self._door.call(call, lambda data: mapping.read_hits(data, settings.list_field))
        except Unsupported as error:
            # Not being able to look is no answer to whether the shipment is there.
            raise Rejected(f"{error.message} Correct the setting “list_path” in the account.") from error

    def create(self, body: JsonObject) -> str:
        """Create a shipment; returns Shipfusion's id. Whether the same number twice makes two is not known."""
        call = self._settings.create_call
        return self._door.call(
            Call("Create shipment", call.path, method=call.method, body=body, names_nothing=True), self._read_id
        )

    def update(self, order_id: str, body: JsonObject) -> str:
        """Replace a shipment that waits; returns its id."""
        call = self._settings.update_call
        path = filled(call.path, order_id)
        self._door.call(Call("Update shipment", path, method=call.method, body=body), self._read_success)
        return order_id

    def cancel(self, order_id: str, reason: str) -> str:
        """Cancel a shipment; returns its id."""
        call = self._settings.cancel_call
        body: JsonObject | None = None if call.method == "DELETE" else {"reason": reason}
        path = filled(call.path, order_id)
        self._door.call(Call("Cancel shipment", path, method=call.method, body=body), self._read_success)
        return order_id

    def check(self) -> None:
        """One entry of the inventory: harmless, and answered only to good credentials."""
        asked = {"page": "1", "perPage": "1"}
        if self._settings.warehouse:
            asked["warehouse"] = self._settings.warehouse
        call = Call("Test connection", self._settings.check_path, params=asked, names_nothing=True)
        self._door.call(call, lambda data: as_objects(as_object(data, "page").get("items"), "items"))

    def _read_id(self, data: JsonValue) -> str:
        return required_text(self._read_success(data), "shipmentId")

    def _read_success(self, data: JsonValue) -> JsonObject:
        return mapping.opened(data, self._settings.accepted_word)

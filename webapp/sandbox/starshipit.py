"""Plays Starshipit's API: orders behind two keys and two calls a second, refusals inside an envelope.

Source of addresses, pages and limits: api-docs.starshipit.com. Assumed, because nothing public says it: that an
order that is not there is a refusal under status 200. Refusals of writes come with status 500, as one client saw.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from threading import RLock
from typing import ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.rate_window import RateWindow
from webapp.sandbox.starshipit_orders import (
    DISPATCHED,
    OPEN,
    ShipitOrder,
    apply,
    order_from,
    show_hit,
    show_order,
)
from webapp.sandbox.starshipit_writing import entry_from, problem_of, update
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic

# Good for nothing but this sandbox.
API_KEY = "sandbox-starshipit-key"
SUBSCRIPTION_KEY = "sandbox-starshipit-subscription"
CALLS_PER_SECOND = 2
DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 50, 250
# What an answer holds only when it was asked for, and under which name.
_PARTS = {"Items": "items", "Packages": "packages", "Shipping_Price": "total_shipping_price"}


class StarshipitSandbox:
    """The orders of one Starshipit account, kept in memory."""

    name = "starshipit"
    steps: ClassVar[Mapping[str, Json]] = {
        "Saved": {"status": "Saved"},
        "Archived": {"archived": True},
        "Out of the archive": {"archived": False},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._window = RateWindow(CALLS_PER_SECOND, 1)
        self.traffic = Traffic(self._window)
        self._clock = clock
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[int, ShipitOrder] = {}
            self._ids_by_number: dict[str, int] = {}
            self._order_ids = count(400_001)

    def operation_of(self, path: str) -> str:
        """One address reads, creates and updates, so the method is put behind it: `/api/orders/POST`."""
        return f"{path}/{request.method}" if path == "/api/orders" else path

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = list(self._settled())
        return [Standing(str(each.order_id), each.number, each.status) for each in reversed(found)]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace; an entry without “external_id” replaces the order that has its number."""
        with self._lock:
            return [self._load_one(entry) for entry in orders]

    def _load_one(self, entry: Json) -> Json:
        known = self._ids_by_number.get(str(entry.get("number", "")))
        order = self._keep(entry, int(entry.get("external_id") or known or self._free_id()))
        return {"number": order.number, "external_id": str(order.order_id)}

    def _keep(self, entry: Json, order_id: int) -> ShipitOrder:
        order = order_from(entry, order_id, self._clock.now())
        self._orders[order.order_id] = order
        self._ids_by_number.setdefault(order.number, order.order_id)
        return order

    def _free_id(self) -> int:
        return next(order_id for order_id in self._order_ids if order_id not in self._orders)

    def change(self, key: str, changes: Json) -> Json:
        """Set “status” and “archived”, add “shipments”, “void_labels”, or take the order away with “deleted”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            if changes.get("deleted"):
                del self._orders[order.order_id]
                if self._ids_by_number.get(order.number) == order.order_id:
                    del self._ids_by_number[order.number]
            return show_order(order)

    def ship(self, key: str) -> None:
        parcel = {"tracking_number": f"STAR{key}", "carrier": "AusPost", "service": "Parcel Post", "cost": 9.9}
        self.change(key, {"shipments": [parcel | {"status": DISPATCHED}]})

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> ShipitOrder:
        order_id = int(key) if key.isdigit() and int(key) in self._orders else self._ids_by_number.get(key)
        if order_id is None:
            raise ControlError(f"Starshipit's sandbox has no order {key}.")
        order = self._orders[order_id]
        order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        """What the gateway in front of the application answers."""
        words = {
            401: "Access denied due to missing subscription key.",
            403: "Access denied due to invalid API key.",
            404: "Resource not found",
            429: "Rate limit is exceeded. Try again in 1 seconds.",
            500: "Internal server error",
        }
        response = jsonify({"statusCode": status, "message": words.get(status, "Bad request")})
        response.status_code = status
        return response

    def error_under_200(self) -> Response:
        return _refusal("The account is being moved.", status=200)

    def routes(self) -> Blueprint:
        """`/api/orders` to read, create and update, `/api/orders/search` and `/api/orders/unshipped`."""
        routes = Blueprint("starshipit", __name__)
        routes.before_request(self._admit)
        routes.get("/api/orders", endpoint="order")(self._order)
        routes.post("/api/orders", endpoint="create")(self._create)
        routes.put("/api/orders", endpoint="update")(self._update)
        routes.get("/api/orders/search", endpoint="search")(self._search)
        routes.get("/api/orders/unshipped", endpoint="unshipped")(self._list_unshipped)
        return routes

    def _admit(self) -> Response | None:
        keys = (
            request.headers.get("StarShipIT-Api-Key"),
            request.headers.get("Ocp-Apim-Subscription-Key"),
        )
        if keys != (API_KEY, SUBSCRIPTION_KEY):
            return self.error(403)
        return None if self._window.count(self._clock.now()).is_allowed else self.error(429)

    def _order(self) -> Response:
        key = request.args.get("order_id") or request.args.get("order_number", "")
        with self._lock:
            order = self._asked(key)
            if order is None:
                return _refusal("The order was not found.", status=200)
            wanted = request.args.getlist("include")
            hidden = {field for part, field in _PARTS.items() if part not in wanted}
            shown = {name: value for name, value in show_order(order).items() if name not in hidden}
        return jsonify({"success": True, "order": shown})

    def _asked(self, key: str) -> ShipitOrder | None:
        try:
            return self._found(key)
        except ControlError:
            return None

    def _create(self) -> Response:
        """Nothing is unique here: the same number twice makes two orders."""
        given: Json = (request.get_json() or {}).get("order") or {}
        if problem := problem_of(given):
            return _refusal(problem)
        with self._lock:
            order = self._keep(entry_from(given), self._free_id())
            return jsonify({"success": True, "order": show_order(order)})

    def _update(self) -> Response:
        """Lines change while the order is unshipped."""
        given = (request.get_json() or {}).get("order") or {}
        with self._lock:
            order = self._asked(str(given.get("order_id", "")))
            if order is None:
                return _refusal("The order was not found.")
            if not order.is_open:
                return _refusal("Only unshipped orders can be updated.")
            if problem := update(order, given.get("items", [])):
                return _refusal(problem)
            return jsonify({"success": True, "order": show_order(order)})

    def _search(self) -> Response:
        """Orders whose number contains the phrase."""
        phrase = request.args.get("phrase", "").lower()
        with self._lock:
            found = [show_hit(order) for order in self._settled() if phrase in order.number.lower()]
        return _page(found)

    def _list_unshipped(self) -> Response:
        with self._lock:
            found = [
                {"order_id": order.order_id, "order_number": order.number}
                for order in self._settled()
                if order.status in OPEN
            ]
        return _page(found)

    def _settled(self) -> Iterable[ShipitOrder]:
        now = self._clock.now()
        for order in self._orders.values():
            order.settle(now)
        return self._orders.values()


def _page(entries: list[Json]) -> Response:
    size = min(request.args.get("limit", DEFAULT_PAGE_SIZE, type=int), LARGEST_PAGE_SIZE)
    page = max(request.args.get("page", 1, type=int), 1)
    shown = entries[(page - 1) * size : page * size]
    return jsonify({"success": True, "orders": shown, "total_pages": -(-len(entries) // size)})


def _refusal(details: str, *, status: int = 500) -> Response:
    """What the application says no with."""
    response = jsonify({"success": False, "errors": [{"message": "General Exception", "details": details}]})
    response.status_code = status
    return response

"""Plays ShipStation's V1 API: orders, shipments and fulfillments behind Basic authentication and a rate limit.

Source of addresses, pages, headers and limits: docs.shipstation.com, ShipStation V1 API.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from threading import RLock
from typing import ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.rate_window import Allowance, RateWindow
from webapp.sandbox.shipstation_orders import (
    SandboxOrder,
    add_parcels,
    checked_status,
    order_from,
    show_fulfillment,
    show_order,
    show_shipment,
)
from webapp.sandbox.shipstation_writing import OPEN_STATUSES, entry_from, problems_of
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic

# Good for nothing but this sandbox.
API_KEY = "sandbox-shipstation-key"
API_SECRET = "sandbox-shipstation-secret"  # noqa: S105 - opens only the sandbox on this machine
CALLS_PER_MINUTE = 40
DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE_SIZE = 500


class ShipStationSandbox:
    """The orders of one ShipStation account, kept in memory."""

    name = "shipstation"
    steps: ClassVar[Mapping[str, Json]] = {
        "With the warehouse": {"status": "pending_fulfillment"},
        "On hold": {"status": "on_hold"},
        "Off hold": {"status": "awaiting_shipment"},
        "Cancelled": {"status": "cancelled"},
        "Refused by the warehouse": {"status": "rejected_fulfillment"},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._window = RateWindow(CALLS_PER_MINUTE, 60)
        self.traffic = Traffic(self._window)
        self._clock = clock
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[int, SandboxOrder] = {}
            self._ids_by_number: dict[str, int] = {}
            self._order_ids = count(100_001)
            self._line_ids = count(900_001)

    def operation_of(self, path: str) -> str:
        return path

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = self._settled(reversed(self._orders.values()))
        return [Standing(str(each.order_id), each.number, each.status) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace; an entry without “external_id” replaces the order that has its number."""
        with self._lock:
            return [self._load_one(entry) for entry in orders]

    def _load_one(self, entry: Json) -> Json:
        number = str(entry.get("number", ""))
        order_id = int(entry.get("external_id") or self._ids_by_number.get(number) or self._free_id())
        line_ids = [next(self._line_ids) for _ in entry.get("lines", [])]
        order = order_from(entry, order_id, line_ids, self._clock.now())
        self._orders[order_id] = order
        self._ids_by_number.setdefault(order.number, order_id)
        return {"number": order.number, "external_id": str(order_id)}

    def _free_id(self) -> int:
        return next(order_id for order_id in self._order_ids if order_id not in self._orders)

    def change(self, key: str, changes: Json) -> Json:
        """Set “status”, add “shipments” and “fulfillments”, or void every label with “void_labels”."""
        with self._lock:
            order = self._found(key)
            order.status = checked_status(changes.get("status", order.status))
            if changes.get("void_labels"):
                for parcel in order.parcels:
                    parcel.is_voided = True
            add_parcels(order, changes, self._clock.now())
            return show_order(order)

    def ship(self, key: str) -> None:
        parcel = {
            "tracking_number": f"9400{key}",
            "carrier": "stamps_com",
            "service": "usps_ground_advantage",
            "cost": 9.9,
        }
        self.change(key, {"status": "shipped", "shipments": [parcel]})

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> SandboxOrder:
        order_id = int(key) if key.isdigit() and int(key) in self._orders else self._ids_by_number.get(key)
        if order_id is None:
            raise ControlError(f"ShipStation's sandbox has no order {key}.")
        order = self._orders[order_id]
        order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        """ShipStation's two spellings: “message” from its gateway, “Message” from its application."""
        bodies: dict[int, Json] = {
            401: {"Message": "Authorization has been denied for this request."},
            404: {"Message": "The requested resource could not be found."},
            429: {"message": "Too Many Requests"},
            500: {
                "Message": "An error has occurred.",
                "ExceptionMessage": "Object reference not set to an instance of an object.",
                "ExceptionType": "System.NullReferenceException",
            },
        }
        response = jsonify(bodies.get(status, {"Message": "The request is invalid."}))
        response.status_code = status
        return response

    def error_under_200(self) -> Response:
        return jsonify({"Message": "An error has occurred.", "ExceptionMessage": "The store is being moved."})

    def routes(self) -> Blueprint:
        """`/orders`, `/orders/{orderId}`, `/orders/createorder`, `/shipments`, `/fulfillments` and `/stores`."""
        routes = Blueprint("shipstation", __name__)
        routes.before_request(self._admit)
        routes.after_request(self._show_allowance)
        routes.get("/orders/<int:order_id>")(self._order)
        routes.get("/orders", endpoint="orders")(self._list_orders)
        routes.post("/orders/createorder", endpoint="create")(self._create_order)
        routes.get("/shipments", endpoint="shipments")(self._list_shipments)
        routes.get("/fulfillments", endpoint="fulfillments")(self._list_fulfillments)
        routes.get("/stores", endpoint="stores")(self._list_stores)
        return routes

    def _admit(self) -> Response | None:
        given = request.authorization
        if given is None or (given.username, given.password) != (API_KEY, API_SECRET):
            return self.error(401)
        allowance = self._window.count(self._clock.now())
        request.environ["sandbox.allowance"] = allowance
        return None if allowance.is_allowed else self.error(429)

    def _show_allowance(self, response: Response) -> Response:
        allowance: Allowance | None = request.environ.get("sandbox.allowance")
        if allowance:
            response.headers["X-Rate-Limit-Limit"] = str(allowance.limit)
            response.headers["X-Rate-Limit-Remaining"] = str(allowance.remaining)
            response.headers["X-Rate-Limit-Reset"] = str(allowance.reset_seconds)
        return response

    def _settled(self, orders: Iterable[SandboxOrder]) -> list[SandboxOrder]:
        now = self._clock.now()
        settled = list(orders)
        for order in settled:
            order.settle(now)
        return settled

    def _order(self, order_id: int) -> Response:
        with self._lock:
            return jsonify(show_order(self._found(str(order_id)))) if order_id in self._orders else self.error(404)

    def _list_orders(self) -> Response:
        """Numbers are matched by their beginning, as ShipStation does."""
        asked = request.args.get("orderNumber", "").lower()
        with self._lock:
            found = [order for order in self._orders.values() if order.number.lower().startswith(asked)]
            return _page("orders", [show_order(order) for order in self._settled(found)])

    def _create_order(self) -> tuple[Response, int] | Response:
        """An upsert by `orderKey`: the whole order is replaced, while it is open."""
        body = request.get_json()
        if problems := problems_of(body):
            return jsonify({"Message": "The request is invalid.", "ModelState": problems}), 400
        entry = entry_from(body)
        with self._lock:
            before = self._order_keyed(entry["key"])
            if before and before.status not in OPEN_STATUSES:
                return jsonify({"Message": f"An order that is {before.status} cannot be updated."}), 400
            loaded = self._load_one({**entry, "external_id": before.order_id if before else self._free_id()})
            order = self._orders[int(loaded["external_id"])]
            # Written anew, the order still ships when it was to ship.
            order.plan = before.plan if before else None
            return jsonify(show_order(order))

    def _order_keyed(self, key: str) -> SandboxOrder | None:
        found = (order for order in self._settled(self._orders.values()) if order.key == key)
        return next(found, None)

    def _list_shipments(self) -> Response:
        with_items = request.args.get("includeShipmentItems", "").lower() == "true"
        with self._lock:
            shown = [
                show_shipment(order, parcel, with_items=with_items)
                for order in self._asked_orders()
                for parcel in order.parcels
                if not parcel.is_marked
            ]
            return _page("shipments", shown)

    def _list_fulfillments(self) -> Response:
        with self._lock:
            shown = [
                show_fulfillment(order, parcel)
                for order in self._asked_orders()
                for parcel in order.parcels
                if parcel.is_marked
            ]
            return _page("fulfillments", shown)

    def _list_stores(self) -> Response:
        return jsonify([{"storeId": 1, "storeName": "Sandbox store", "active": True}])

    def _asked_orders(self) -> list[SandboxOrder]:
        order_id = request.args.get("orderId", type=int)
        if order_id is None:
            return self._settled(self._orders.values())
        return self._settled([self._orders[order_id]] if order_id in self._orders else [])


def _page(name: str, entries: Sequence[Json]) -> Response:
    """One page with the three counters that ShipStation puts beside every list."""
    size = min(request.args.get("pageSize", DEFAULT_PAGE_SIZE, type=int), LARGEST_PAGE_SIZE)
    page = max(request.args.get("page", 1, type=int), 1)
    shown = entries[(page - 1) * size : page * size]
    pages = -(-len(entries) // size)
    return jsonify({name: shown, "total": len(entries), "page": page, "pages": pages})

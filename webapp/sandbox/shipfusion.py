"""Plays Shipfusion's API: shipments behind Basic authentication, answers that say in words whether they succeeded.

Known from public clients: reading and creating a shipment, the inventory, the statuses. Assumed, because the
vendor shows its reference to customers only: looking up by number, replacing, cancelling, refusals, the limit,
that cancelling twice is refused, and that one number may be used twice.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from threading import RLock
from typing import Any, ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.rate_window import RateWindow
from webapp.sandbox.shipfusion_orders import (
    CANCELLED,
    FusionOrder,
    apply,
    order_from,
    show_order,
    units_from,
)
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic

# Good for nothing but this sandbox.
USERNAME = "sandbox-shipfusion-user"
PASSWORD = "sandbox-shipfusion-password"  # noqa: S105 - opens only the sandbox on this machine
CALLS_PER_MINUTE = 120
DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 50, 100
_REQUIRED = ("orderNumber", "warehouse", "items", "toAddress")


class ShipfusionSandbox:
    """The shipments of one Shipfusion account, kept in memory."""

    name = "shipfusion"
    steps: ClassVar[Mapping[str, Json]] = {
        "Picked": {"status": "processing"},
        "On hold": {"status": "onHold"},
        "Cancelled": {"status": "cancelled"},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._window = RateWindow(CALLS_PER_MINUTE, 60)
        self.traffic = Traffic(self._window)
        self._clock = clock
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, FusionOrder] = {}
            self._ids_by_number: dict[str, str] = {}
            self._order_ids = count(700_001)

    def operation_of(self, path: str) -> str:
        """One address lists and creates, one reads and replaces, so the method is put behind them."""
        return path if path == "/inventory" else f"{path}/{request.method}"

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = list(self._settled())
        return [Standing(str(each.order_id), each.number, each.status) for each in reversed(found)]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace; an entry without “external_id” replaces the shipment that has its number."""
        with self._lock:
            return [self._load_one(entry) for entry in orders]

    def _load_one(self, entry: Json) -> Json:
        known = self._ids_by_number.get(str(entry.get("number", "")))
        order = self._keep(entry, str(entry.get("external_id") or known or next(self._order_ids)))
        return {"number": order.number, "external_id": order.order_id}

    def _keep(self, entry: Json, order_id: str) -> FusionOrder:
        order = order_from(entry, order_id, self._clock.now())
        self._orders[order.order_id] = order
        self._ids_by_number.setdefault(order.number, order.order_id)
        return order

    def change(self, key: str, changes: Json) -> Json:
        """Set “status”, add “shipments”, take tracking back with “void_labels”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            return show_order(order)

    def ship(self, key: str) -> None:
        with self._lock:
            self._found(key).ship(f"FUSION{key}", "USPS", "First", self._clock.now())

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> FusionOrder:
        order = self._orders.get(key) or self._orders.get(self._ids_by_number.get(key, ""))
        if order is None:
            raise ControlError(f"Shipfusion's sandbox has no order {key}.")
        order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        """A refusal as the creating client read it: a word and a message."""
        words = {401: "Unauthorized", 404: "Shipment not found", 429: "Too many requests", 500: "Server error"}
        response = jsonify(responseStatus="error", message=words.get(status, "Bad request"))
        response.status_code = status
        return response

    def error_under_200(self) -> Response:
        return jsonify(responseStatus="error", message="The warehouse is being moved.")

    def routes(self) -> Blueprint:
        """`/shipments`, `/shipments/{id}`, `/shipments/{id}/cancel` and `/inventory`; an id may hold a slash."""
        routes = Blueprint("shipfusion", __name__)
        routes.before_request(self._admit)
        routes.get("/shipments", endpoint="list")(self._list)
        routes.post("/shipments", endpoint="create")(self._create)
        routes.put("/shipments/<path:order_id>/cancel", endpoint="cancel")(self._cancel)
        routes.get("/shipments/<path:order_id>", endpoint="shipment")(self._read)
        routes.put("/shipments/<path:order_id>", endpoint="update")(self._update)
        routes.delete("/shipments/<path:order_id>", endpoint="delete")(self._delete)
        routes.get("/inventory", endpoint="inventory")(self._list_inventory)
        return routes

    def _admit(self) -> Response | None:
        given = request.authorization
        if given is None or (given.username, given.password) != (USERNAME, PASSWORD):
            return self.error(401)
        allowance = self._window.count(self._clock.now())
        if allowance.is_allowed:
            return None
        refusal = self.error(429)
        refusal.headers["Retry-After"] = str(allowance.reset_seconds)
        return refusal

    def _read(self, order_id: str) -> Response:
        with self._lock:
            order = self._asked(order_id)
            return jsonify(show_order(order)) if order else self.error(404)

    def _asked(self, order_id: str) -> FusionOrder | None:
        return self._found(order_id) if order_id in self._orders else None

    def _list(self) -> Response:
        """Every shipment, or those with exactly the number asked for."""
        number = request.args.get("orderNumber")
        with self._lock:
            found = [show_order(order) for order in self._settled() if number in (None, order.number)]
        return _page("shipments", found)

    def _settled(self) -> Iterable[FusionOrder]:
        for order in self._orders.values():
            order.settle(self._clock.now())
        return self._orders.values()

    def _create(self) -> Response:
        """Nothing is unique here: the same number twice makes two shipments."""
        body = request.get_json()
        if problem := _problem_of(body):
            return _refusal(problem)
        with self._lock:
            order = self._keep(_entry_from(body), str(next(self._order_ids)))
        return _success(order, "Shipment created.")

    def _update(self, order_id: str) -> Response:
        """The whole shipment is replaced while it waits."""
        body = request.get_json()
        with self._lock:
            order = self._asked(order_id)
            if order is None:
                return self.error(404)
            if not order.is_waiting:
                return _refusal(f"A shipment that is {order.status} cannot be updated.")
            if problem := _problem_of(body):
                return _refusal(problem)
            entry = _entry_from(body)
            order.units = units_from(entry["lines"])
            order.receiver = {**order.receiver, **entry["customer"]}
            return _success(order, "Shipment updated.")

    def _cancel(self, order_id: str) -> Response:
        with self._lock:
            order = self._asked(order_id)
            if order is None:
                return self.error(404)
            if not order.is_waiting:
                return _refusal(f"A shipment that is {order.status} cannot be cancelled.")
            order.status = CANCELLED
            return _success(order, "Shipment cancelled.")

    def _delete(self, order_id: str) -> Response:
        """The other way in which an account may be told to cancel: the shipment is gone afterwards."""
        answer = self._cancel(order_id)
        with self._lock:
            if answer.status_code == 200:
                order = self._orders.pop(order_id)
                self._ids_by_number.pop(order.number, None)
        return answer

    def _list_inventory(self) -> Response:
        return _page("items", [{"SKU": "MUG", "warehouse": request.args.get("warehouse", "IL"), "available": 12}])


def _page(name: str, entries: list[Json]) -> Response:
    size = min(request.args.get("perPage", DEFAULT_PAGE_SIZE, type=int), LARGEST_PAGE_SIZE)
    page = max(request.args.get("page", 1, type=int), 1)
    shown = entries[(page - 1) * size : page * size]
    return jsonify({name: shown, "totalPages": -(-len(entries) // size)})


def _problem_of(body: Any) -> str | None:
    missing = [name for name in _REQUIRED if not (isinstance(body, dict) and body.get(name))]
    return f"Missing: {', '.join(missing)}." if missing else None


def _entry_from(body: Json) -> Json:
    """The shipment as the control door would describe it."""
    return {
        "number": body["orderNumber"],
        "warehouse": body["warehouse"],
        "customer": body["toAddress"],
        "lines": [{"sku": item["SKU"], "quantity": item["qty"]} for item in body["items"]],
    }


def _success(order: FusionOrder, message: str) -> Response:
    return jsonify(responseStatus="success", shipmentId=order.order_id, message=message)


def _refusal(message: str) -> Response:
    response = jsonify(responseStatus="error", message=message)
    response.status_code = 400
    return response

"""Plays Trackstar's API in front of one warehouse system: reads from a copy, writes that are answered at once.

Sources: Trackstar's OpenAPI specification and guides. Assumed, because nothing public says it: status and words
for wrong keys, the words of a warehouse system that refuses, and that cancelling twice is no error.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from threading import RLock
from typing import Any, ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.rate_window import ReadsAndWrites
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic
from webapp.sandbox.trackstar_copy import Copy, show_connection
from webapp.sandbox.trackstar_orders import StarOrder, apply, lines_from, order_from, show_order
from webapp.sandbox.trackstar_writing import description, entry_from, problems_of

# Good for nothing but this sandbox.
API_KEY = "sandbox-trackstar-organisation-key"
ACCESS_TOKEN = "sandbox-trackstar-connection-token"  # noqa: S105 - opens only the sandbox on this machine
# The same orders seen through a connection that takes no changes and no cancellations.
READ_ONLY_TOKEN = "sandbox-trackstar-read-only-token"  # noqa: S105 - the same
CONNECTION_ID = "07b344db-0304-4866-9ae1-sandbox00001"
READS_PER_SECOND, WRITES_PER_SECOND = 10, 50
DEFAULT_PAGE_SIZE = 1_000


class TrackstarSandbox:
    """The orders of one connection, kept in memory twice: as they are, and as the copy has them."""

    name = "trackstar"
    steps: ClassVar[Mapping[str, Json]] = {
        "Processing": {"status": "processing"},
        "Picked": {"status": "picked"},
        "Packed": {"status": "packed"},
        "Backordered": {"status": "backordered"},
        "Cancelled": {"status": "cancelled"},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._windows = ReadsAndWrites(READS_PER_SECOND, WRITES_PER_SECOND, 1)
        self.traffic = Traffic(self._windows)
        self._clock = clock
        self._lock = RLock()
        self._requests = count(1)
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, StarOrder] = {}
            self._ids_by_number: dict[str, str] = {}
            self._numbers = count(600_001)
            self._copy = Copy(self._shown, self._clock.now())

    def operation_of(self, path: str) -> str:
        return path

    def _shown(self) -> Iterator[Json]:
        now = self._clock.now()
        for order in self._orders.values():
            order.settle(now)
            yield show_order(order)

    def overview(self) -> Iterable[Standing]:
        """As they are, not as the copy has them."""
        with self._lock:
            found = [self._found(key) for key in reversed(self._orders)]
        return [Standing(each.order_id, each.number, each.status) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace, in the copy too; one without “external_id” replaces the order that has its number."""
        with self._lock:
            loaded = [self._load_one(entry) for entry in orders]
            for order in loaded:
                self._copy.put(show_order(order))
            return [{"number": order.number, "external_id": order.order_id} for order in loaded]

    def _load_one(self, entry: Json) -> StarOrder:
        known = self._ids_by_number.get(str(entry.get("number", "")))
        order_id = str(entry.get("external_id") or known or next(self._numbers))
        return self._keep(order_from(entry, order_id, self._clock.now()))

    def _keep(self, order: StarOrder) -> StarOrder:
        self._orders[order.order_id] = order
        self._ids_by_number.setdefault(order.number, order.order_id)
        return order

    def change(self, key: str, changes: Json) -> Json:
        """Set “status” and “raw_status”, add “shipments”; reads see it after the next fill, or with “seen” now."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            if changes.get("seen"):
                self._copy.put(show_order(order))
            return show_order(order)

    def ship(self, key: str) -> None:
        with self._lock:
            order = self._found(key)
            label = {"tracking_number": f"1ZSTAR{key}", "carrier": "UPS", "service": "UPS Ground", "cost": 9.9}
            apply(order, {"shipments": [label]}, self._clock.now())

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> StarOrder:
        order = self._orders.get(key) or self._orders.get(self._ids_by_number.get(key, ""))
        if order is None:
            raise ControlError(f"Trackstar's sandbox has no order {key}.")
        order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        words = {
            401: "Invalid or missing API key.",
            404: "Order not found.",
            429: "Rate limit exceeded.",
            500: "Internal server error.",
        }
        return self._refusal(status, words.get(status, "Bad request."))

    def error_under_200(self) -> Response:
        return self._refusal(200, "The warehouse is being moved.", origin="integration")

    def _refusal(self, status: int, words: str, *, origin: str = "trackstar", **more: Any) -> Response:
        response = jsonify({"error": words, "origin": origin, **more})
        response.status_code = status
        return response

    def routes(self) -> Blueprint:
        """`/wms/orders` and what is below it, `/connections/sync` and `/connections/{connection_id}`."""
        routes = Blueprint("trackstar", __name__)
        routes.before_request(self._admit)
        routes.after_request(self._sign)
        routes.get("/wms/orders", endpoint="orders")(self._list)
        routes.post("/wms/orders", endpoint="create")(self._create)
        routes.get("/wms/orders/meta", endpoint="meta")(self._meta)
        routes.get("/wms/orders/<path:order_id>", endpoint="order")(self._order)
        routes.put("/wms/orders/<path:order_id>", endpoint="update")(self._update)
        routes.put("/wms/orders/<path:order_id>/cancel", endpoint="cancel")(self._cancel)
        routes.post("/connections/sync", endpoint="sync")(self._sync)
        routes.get("/connections/<connection_id>", endpoint="connection")(self._connection)
        return routes

    def _admit(self) -> Response | None:
        headers = request.headers
        if headers.get("x-trackstar-api-key") != API_KEY:
            return self.error(401)
        if headers.get("x-trackstar-access-token") not in (ACCESS_TOKEN, READ_ONLY_TOKEN):
            return self._refusal(401, "Invalid or missing access token.")
        now = self._clock.now()
        allowance = self._windows.count(now, is_read=request.method == "GET")
        request.environ["sandbox.allowance"] = allowance
        if not allowance.is_allowed:
            return self.error(429)
        with self._lock:
            self._copy.catch_up(now)
        return None

    def _sign(self, response: Response) -> Response:
        response.headers["X-Request-Id"] = f"{next(self._requests):032x}"
        allowance = request.environ.get("sandbox.allowance")
        if allowance:
            response.headers["x-ratelimit-limit"] = str(allowance.limit)
            response.headers["x-ratelimit-remaining"] = str(allowance.remaining)
            epoch = int(self._clock.now().timestamp()) + allowance.reset_seconds
            response.headers["x-ratelimit-reset"] = str(epoch)
            if not allowance.is_allowed:
                response.headers["Retry-After"] = str(max(allowance.reset_seconds, 1))
        return response

    def _lacks(self, what: str) -> Response | None:
        if request.headers.get("x-trackstar-access-token") != READ_ONLY_TOKEN:
            return None
        return self._refusal(501, f"Endpoint {request.method} {what} is not implemented for Read-only WMS.")

    def _list(self) -> Response:
        """From the copy; every condition narrows the search, and a page's token is where the next one begins."""
        fields = ("order_number", "reference_id", "status", "warehouse_customer_id")
        asked = {name: request.args[name] for name in fields if name in request.args}
        with self._lock:
            found = [
                order
                for order in self._copy.orders()
                if all(order[name] == value for name, value in asked.items())
            ]
        start = request.args.get("page_token", 0, type=int)
        end = start + request.args.get("limit", DEFAULT_PAGE_SIZE, type=int)
        next_token = str(end) if end < len(found) else None
        return jsonify({"data": found[start:end], "next_token": next_token, "total_count": len(found)})

    def _order(self, order_id: str) -> Response:
        with self._lock:
            order = self._copy.order(order_id)
            return jsonify({"data": order}) if order else self._unknown(order_id)

    def _unknown(self, order_id: str) -> Response:
        response = jsonify({"error": "Order not found.", "id": order_id})
        response.status_code = 404
        return response

    def _meta(self) -> Response:
        method = request.args.get("method", "")
        if method not in ("POST", "PUT"):
            return self._invalid({"method": ["Must be one of: POST, PUT."]}, "query")
        lacking = self._lacks("/wms/orders/meta") if method == "PUT" else None
        return lacking or jsonify(description(method))

    def _invalid(self, problems: dict[str, Any], location: str = "json") -> Response:
        response = jsonify({"error": "Validation error.", "detail": {location: problems}})
        response.status_code = 422
        return response

    def _create(self) -> Response:
        """Nothing is unique here: the same number twice makes two orders, as at some warehouse systems."""
        body: Any = request.get_json(silent=True)
        if problems := problems_of(body, "POST"):
            return self._invalid(problems)
        with self._lock:
            order = order_from(entry_from(body), str(next(self._numbers)), self._clock.now())
            return self._done(self._keep(order))

    def _update(self, order_id: str) -> Response:
        """The lines that were sent take the place of the order's."""
        if lacking := self._lacks("/wms/orders/{order_id}"):
            return lacking
        body: Any = request.get_json(silent=True)
        if problems := problems_of(body, "PUT"):
            return self._invalid(problems)
        with self._lock:
            order = self._orders.get(order_id)
            if order is None:
                return self._unknown(order_id)
            if refusal := self._too_late(order, "changed", also=("cancelled",)):
                return refusal
            order.lines = lines_from(body["line_items"]) if "line_items" in body else order.lines
            return self._done(order)

    def _cancel(self, order_id: str) -> Response:
        if lacking := self._lacks("/wms/orders/{order_id}/cancel"):
            return lacking
        with self._lock:
            order = self._orders.get(order_id)
            if order is None:
                return self._unknown(order_id)
            if refusal := self._too_late(order, "cancelled"):
                return refusal
            order.status, order.raw_status = "cancelled", "Voided"
            return self._done(order)

    def _too_late(self, order: StarOrder, what: str, *, also: tuple[str, ...] = ()) -> Response | None:
        order.settle(self._clock.now())
        if not order.has_left and order.status not in also:
            return None
        return self._refusal(400, f"Order {order.number} can no longer be {what}.", origin="integration")

    def _done(self, order: StarOrder) -> Response:
        order.updated_at = self._clock.now()
        return jsonify({"data": show_order(order), "id": order.order_id, "unused_fields": []})

    def _sync(self) -> Response:
        functions = (request.get_json(silent=True) or {}).get("functions_to_sync", [])
        with self._lock:
            self._copy.ask(self._clock.now())
        return jsonify({"id": CONNECTION_ID, "syncing": True, "functions_to_sync": functions})

    def _connection(self, connection_id: str) -> Response:
        if connection_id != CONNECTION_ID:
            return self._refusal(404, "Connection not found.")
        with self._lock:
            return jsonify(
                {"data": [show_connection(self._copy, CONNECTION_ID)], "next_token": None, "total_count": 1}
            )

"""Plays Amazon's Fulfillment Outbound API: orders under the seller's ids, behind tokens and a limit per operation.

Source: Selling Partner API, Fulfillment Outbound 2020-07-01, usage plans, Connect to the SP-API. Assumed, because
nothing public says it: the words for a cancellation that comes too late and for an id that is taken.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import RLock
from typing import Any, ClassVar
from zlib import crc32

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.amazon_mcf_access import TOKEN_PATH, Access
from webapp.sandbox.amazon_mcf_orders import (
    CANCELLABLE,
    STATUSES,
    AmazonOrder,
    apply,
    order_from,
    show_head,
    show_order,
)
from webapp.sandbox.amazon_mcf_writing import change_lines, entry_from, problem_of
from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic
from webapp.sandbox.token_buckets import TokenBuckets

ROOT = "/fba/outbound/2020-07-01/fulfillmentOrders"
CALLS_PER_SECOND, BURST = 2, 30
PAGE_SIZE = 50
_OPERATIONS = {
    ("GET", False): "getFulfillmentOrder",
    ("PUT", False): "updateFulfillmentOrder",
    ("GET", True): "listAllFulfillmentOrders",
    ("POST", True): "createFulfillmentOrder",
}


class AmazonMcfSandbox:
    """The orders of one Amazon seller, kept in memory."""

    name = "fba"
    steps: ClassVar[Mapping[str, Json]] = {
        "Planned": {"status": "Planning"},
        "Picked": {"status": "Processing"},
        "Cancelled": {"status": "Cancelled"},
        "Cannot be sent": {"status": "Unfulfillable"},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._buckets = TokenBuckets(BURST, CALLS_PER_SECOND)
        self.traffic = Traffic(self._buckets)
        self._clock = clock
        self._access = Access()
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, AmazonOrder] = {}
            self._access.reset()

    def operation_of(self, path: str) -> str:
        """Amazon's own name for the operation, since one address has several: `/getFulfillmentOrder`."""
        if not path.startswith(ROOT):
            return path
        if path.endswith("/cancel"):
            return "/cancelFulfillmentOrder"
        if path.endswith("/status"):
            return "/submitFulfillmentOrderStatusUpdate"
        return f"/{_OPERATIONS.get((request.method, path == ROOT), 'unknown')}"

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = [self._found(key) for key in reversed(self._orders)]
        return [Standing(each.order_id, each.number, each.status) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace by “external_id”, which is the number where none is given."""
        with self._lock:
            return [self._keep(order_from(entry, self._clock.now())) for entry in orders]

    def _keep(self, order: AmazonOrder) -> Json:
        self._orders[order.order_id] = order
        return {"number": order.number, "external_id": order.order_id}

    def change(self, key: str, changes: Json) -> Json:
        """Set “status” and “action”, add “shipments”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            return show_order(order)

    def ship(self, key: str) -> None:
        with self._lock:
            self._found(key).ship(f"TBA{crc32(key.encode()):012d}", "Amazon", self._clock.now())

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> AmazonOrder:
        order = self._standing(key)
        if order is None:
            raise ControlError(f"Amazon's sandbox has no order {key}.")
        return order

    def _standing(self, key: str) -> AmazonOrder | None:
        order = self._orders.get(key)
        if order:
            order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        known = {
            401: ("Unauthorized", "Access to requested resource is denied."),
            403: ("Unauthorized", "Access to requested resource is denied."),
            404: ("NotFound", "The requested resource could not be found."),
            429: ("QuotaExceeded", "You exceeded your quota for the requested resource."),
            500: ("InternalFailure", "We encountered an internal error. Please try again."),
        }
        return _errors(status, *known.get(status, ("InvalidInput", "The request is invalid.")))

    def error_under_200(self) -> Response:
        return _errors(200, "InternalFailure", "The fulfillment center is being moved.")

    def routes(self) -> Blueprint:
        """The token endpoint, and Amazon's addresses for listing, creating, reading, changing and cancelling."""
        routes = Blueprint("fba", __name__)
        routes.before_request(self._admit)
        routes.after_request(_show_limit)
        routes.post(TOKEN_PATH, endpoint="token")(self._sign_in)
        routes.get(ROOT, endpoint="list")(self._list_orders)
        routes.post(ROOT, endpoint="create")(self._create)
        routes.get(f"{ROOT}/<path:order_id>", endpoint="order")(self._order)
        routes.put(f"{ROOT}/<path:order_id>", endpoint="update")(self._update)
        routes.put(f"{ROOT}/<path:order_id>/cancel", endpoint="cancel")(self._cancel)
        routes.put(f"{ROOT}/<path:order_id>/status", endpoint="status")(self._set_status)
        return routes

    def _sign_in(self) -> Response:
        body, status = self._access.answer(request.form, self._clock.now())
        response = jsonify(body)
        response.status_code = status
        return response

    def _admit(self) -> Response | None:
        path = request.path.removeprefix(f"/{self.name}")
        if path == TOKEN_PATH:
            return None
        now = self._clock.now()
        if not self._access.allows(request.headers.get("x-amz-access-token", ""), now):
            return self.error(403)
        if not request.headers.get("x-amz-date") or not request.headers.get("User-Agent"):
            return _errors(400, "InvalidInput", "The headers x-amz-date and user-agent are required.")
        return None if self._buckets.take(self.operation_of(path), now) else self.error(429)

    def _order(self, order_id: str) -> Response:
        return self._about(order_id, lambda order: jsonify(payload=show_order(order)))

    def _list_orders(self) -> Response:
        """Orders whose status changed since the date, heads only; the token says where the next page begins."""
        since = request.args.get("queryStartDate")
        try:
            earliest = datetime.fromisoformat(since) if since else None
            start = int(request.args.get("nextToken", "0"))
        except ValueError:
            return _errors(400, "InvalidInput", "queryStartDate or nextToken cannot be read.")
        with self._lock:
            standing = [self._found(key) for key in self._orders]
            found = [order for order in standing if earliest is None or order.updated_at >= earliest]
        payload: Json = {"fulfillmentOrders": [show_head(each) for each in found[start : start + PAGE_SIZE]]}
        if len(found) > start + PAGE_SIZE:
            payload["nextToken"] = str(start + PAGE_SIZE)
        return jsonify(payload=payload)

    def _create(self) -> Response:
        """An id can be used once, also after the order was cancelled."""
        body: Any = request.get_json(silent=True)
        if problem := problem_of(body):
            return _errors(400, "InvalidInput", problem)
        entry = entry_from(body)
        with self._lock:
            if entry["external_id"] in self._orders:
                words = f"Fulfillment order with id {entry['external_id']} already exists."
                return _errors(400, "InvalidInput", words)
            self._keep(order_from(entry, self._clock.now()))
        return jsonify({})

    def _update(self, order_id: str) -> Response:
        body = request.get_json(silent=True) or {}

        def change(order: AmazonOrder) -> Response:
            if order.action != "Hold" or order.status not in CANCELLABLE:
                return _errors(400, "InvalidInput", "Only an order on hold can be updated.")
            change_lines(order, body.get("items", []))
            order.action = body.get("fulfillmentAction", order.action)
            return jsonify({})

        return self._about(order_id, change)

    def _cancel(self, order_id: str) -> Response:
        def cancel(order: AmazonOrder) -> Response:
            if order.status not in CANCELLABLE:
                words = f"Order {order_id} is in status {order.status} and cannot be cancelled."
                return _errors(400, "InvalidInput", words)
            order.move("Cancelled", self._clock.now())
            return jsonify({})

        return self._about(order_id, cancel)

    def _set_status(self, order_id: str) -> Response:
        """Amazon's own sandbox has this address too, so that its callers can move an order along."""
        status = (request.get_json(silent=True) or {}).get("fulfillmentOrderStatus")
        if status not in STATUSES:
            return _errors(400, "InvalidInput", "fulfillmentOrderStatus is invalid.")

        def move(order: AmazonOrder) -> Response:
            order.move(status, self._clock.now())
            return jsonify({})

        return self._about(order_id, move)

    def _about(self, order_id: str, answer: Callable[[AmazonOrder], Response]) -> Response:
        """The service behind Amazon's API answers 400 for an order that it does not know."""
        with self._lock:
            order = self._standing(order_id)
            if order is None:
                return _errors(400, "InvalidInput", f"Requested order '{order_id}' not found")
            return answer(order)


def _errors(status: int, code: str, message: str) -> Response:
    response = jsonify(errors=[{"code": code, "message": message, "details": ""}])
    response.status_code = status
    return response


def _show_limit(response: Response) -> Response:
    """Amazon announces the rate only, not what is left of it."""
    response.headers["x-amzn-RateLimit-Limit"] = f"{CALLS_PER_SECOND}.0"
    return response

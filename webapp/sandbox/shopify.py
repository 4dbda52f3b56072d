"""Plays Shopify's Admin GraphQL API: orders behind expiring tokens and a bucket of points, refusals in userErrors.

Sources: shopify.dev (authentication, API limits, response codes), the Admin schema 2026-07. The words of the user
errors are those recorded from Shopify. What a query costs is an estimate: its own formula is not public.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import Any, ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.credits import CreditBucket
from webapp.sandbox.graphql import GraphQLError, Operation, cost_of, objects_in, parse, select
from webapp.sandbox.shopify_access import SCOPES, Access
from webapp.sandbox.shopify_orders import CANCELLED, Shipped, ShopOrder, apply, order_from, tracking_from
from webapp.sandbox.shopify_writing import Problem, parts_of
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic

POINTS, POINTS_PER_SECOND = 2_000, 100
DEAREST_QUERY = 1_000
# Recorded: a cancellation costs 10, an update of tracking 50; creating is taken for the same as the latter.
MUTATIONS = {"fulfillmentCreate": 50, "fulfillmentTrackingInfoUpdate": 50, "fulfillmentCancel": 10}
_NAME_QUERY = re.compile(r'name:(?:"((?:[^"\\]|\\.)*)"|(\S+))')


class ShopifySandbox:
    """The orders of one shop, kept in memory."""

    name = "shopify"
    steps: ClassVar[Mapping[str, Json]] = {
        "On hold": {"holds": ["OTHER"]},
        "Off hold": {"holds": [], "status": "OPEN"},
        "Cancelled": {"cancelled": True},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._points = CreditBucket(POINTS, POINTS_PER_SECOND)
        self.traffic = Traffic(self._points)
        self._clock = clock
        self._access = Access()
        self._lock = RLock()
        self._resolvers: dict[str, Callable[[Json], Any]] = {
            "order": lambda asked: self._shown_order(asked.get("id")),
            "orders": self._search,
            "fulfillment": lambda asked: self._shipped_under(asked.get("id"), "Invalid id").show(),
            "fulfillmentOrder": self._fulfillment_order,
            "currentAppInstallation": lambda _: {"accessScopes": [{"handle": scope} for scope in SCOPES]},
            "fulfillmentCreate": self._create,
            "fulfillmentTrackingInfoUpdate": self._track,
            "fulfillmentCancel": self._cancel,
        }
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, ShopOrder] = {}
            self._ids_by_name: dict[str, str] = {}
            self._access.reset()

    def operation_of(self, path: str) -> str:
        """Every question goes to one address, so the operation's name stands in for it: `/graphql/Order`."""
        body = request.get_json(silent=True)
        name = body.get("operationName") if isinstance(body, dict) else None
        return f"/graphql/{name}" if path.endswith("/graphql.json") and isinstance(name, str) else path

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = list(reversed(self._orders.values()))
        return [Standing(each.order_id, each.name, str(each.show()["displayFulfillmentStatus"])) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace; an entry without “external_id” replaces the order that has its name."""
        with self._lock:
            return [self._load_one(entry) for entry in orders]

    def _load_one(self, entry: Json) -> Json:
        known = self._ids_by_name.get(str(entry.get("number", "")))
        order = order_from({"external_id": known, **entry}, self._clock.now())
        self._orders[order.order_id] = order
        self._ids_by_name[order.name] = order.order_id
        return {"number": order.name, "external_id": order.order_id}

    def change(self, key: str, changes: Json) -> Json:
        """Ship “fulfillments”, put “holds” on what is open, set its “status”, or cancel with “cancelled”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            return order.show()

    def ship(self, key: str) -> None:
        with self._lock:
            apply(self._found(key), {"fulfillments": [{"tracking_number": "1ZSHOPIFY"}]}, self._clock.now())

    def show(self, key: str) -> Json:
        with self._lock:
            return self._found(key).show()

    def _found(self, key: str) -> ShopOrder:
        order = self._orders.get(key) or self._orders.get(self._ids_by_name.get(key, ""))
        if order is None:
            raise ControlError(f"Shopify's sandbox has no order {key}.")
        return order

    def error(self, status: int) -> Response:
        """What answers before GraphQL does."""
        words = {
            401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
            404: "Not Found",
            429: "Exceeded 2 calls per second for api client. Reduce request rates.",
            500: "Internal Server Error",
        }
        response = jsonify({"errors": words.get(status, "Bad Request")})
        response.status_code = status
        return response

    def error_under_200(self) -> Response:
        words = "Internal error. Looks like something went wrong on our end."
        return jsonify({"errors": [{"message": words, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]})

    def routes(self) -> Blueprint:
        """`/admin/api/<version>/graphql.json` and `/admin/oauth/access_token`."""
        routes = Blueprint("shopify", __name__)
        routes.post("/admin/oauth/access_token", endpoint="token")(self._token)
        routes.post("/admin/api/<version>/graphql.json", endpoint="graphql")(self._answer)
        return routes

    def _token(self) -> Response:
        granted = self._access.grant(request.form, self._clock.now())
        if granted is None:
            response = jsonify({"error": "invalid_client", "error_description": "Client authentication failed"})
            response.status_code = 401
            return response
        return jsonify(granted)

    def _answer(self, version: str) -> Response:
        if not re.fullmatch(r"20\d\d-(01|04|07|10)|unstable", version):
            return self.error(404)
        if not self._access.allows(request.headers.get("X-Shopify-Access-Token", ""), self._clock.now()):
            return self.error(401)
        body = request.get_json()
        try:
            return self._resolve(parse(str(body.get("query", "")), body.get("variables") or {}))
        except GraphQLError as error:
            return jsonify({"errors": [{"message": str(error)}]})

    def _resolve(self, operation: Operation) -> Response:
        root = operation.root
        if root.name not in self._resolvers or (operation.kind == "mutation") != (root.name in MUTATIONS):
            raise GraphQLError(f"Field '{root.name}' doesn't exist on type '{operation.kind.title()}'")
        price = MUTATIONS.get(root.name) or cost_of((root,)) + 1
        if price > DEAREST_QUERY:
            words = f"Query cost is {price}, which exceeds the single query max cost limit ({DEAREST_QUERY})."
            return jsonify({"errors": [{"message": words, "extensions": {"code": "MAX_COST_EXCEEDED"}}]})
        if self._points.spend(price, self._clock.now()):
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return jsonify({"errors": [error], "extensions": self._cost(price, None)})
        with self._lock:
            found = self._found_or_refused(root.name, root.arguments)
            data = select({root.name: found}, (root,), operation.kind)
        used = price if root.name in MUTATIONS else min(price, objects_in(data))
        self._points.give_back(price - used)
        return jsonify({"data": data, "extensions": self._cost(price, used)})

    def _found_or_refused(self, name: str, asked: Json) -> Any:
        """A mutation says what is wrong beside the nothing that it did."""
        try:
            found = self._resolvers[name](asked)
        except Problem as problem:
            if name not in MUTATIONS:
                raise GraphQLError(str(problem)) from None
            return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": str(problem)}]}
        return {"fulfillment": found, "userErrors": []} if name in MUTATIONS else found

    def _cost(self, price: int, used: int | None) -> Json:
        left = {
            "maximumAvailable": float(POINTS),
            "currentlyAvailable": self._points.left(self._clock.now()),
            "restoreRate": float(POINTS_PER_SECOND),
        }
        return {"cost": {"requestedQueryCost": price, "actualQueryCost": used, "throttleStatus": left}}

    def _shown_order(self, order_id: Any) -> Json | None:
        order = self._orders.get(str(order_id))
        return order.show() if order else None

    def _search(self, asked: Json) -> list[Json]:
        """`name:#1001` finds what begins with the name, as a search does; nothing else is understood."""
        found = _NAME_QUERY.fullmatch(str(asked.get("query") or ""))
        if found is None:
            raise GraphQLError("The sandbox searches orders by name only.")
        name = re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2]
        exact = self._orders.get(self._ids_by_name.get(name, ""))
        others = [one for one in self._orders.values() if one.name.startswith(name) and one is not exact]
        return [one.show() for one in ([exact] if exact else []) + others[:5]]

    def _fulfillment_order(self, asked: Json) -> Json:
        for order in self._orders.values():
            for one in order.placed:
                if one.order_id == asked.get("id"):
                    return one.show()
        raise Problem("Invalid id")

    def _shipped_under(self, fulfillment_id: Any, words: str) -> Shipped:
        return self._with_order(fulfillment_id, words)[1]

    def _with_order(self, fulfillment_id: Any, words: str) -> tuple[ShopOrder, Shipped]:
        for order in self._orders.values():
            for one in order.shipped:
                if one.fulfillment_id == fulfillment_id:
                    return order, one
        raise Problem(words)

    def _create(self, asked: Json) -> Json:
        data = asked.get("fulfillment") or {}
        order, parts, location = parts_of(data, self._orders.values())
        return order.ship(parts, location, tracking_from(data.get("trackingInfo")), self._clock.now()).show()

    def _track(self, asked: Json) -> Json:
        """Accepted on a cancelled fulfillment too, as at Shopify."""
        shipped = self._shipped_under(asked.get("fulfillmentId"), "Fulfillment does not exist.")
        shipped.tracking = tracking_from(asked.get("trackingInfoInput"))
        return shipped.show()

    def _cancel(self, asked: Json) -> Json:
        order, shipped = self._with_order(asked.get("id"), "Fulfillment not found.")
        order.take_back(shipped)
        return shipped.show() | {"status": CANCELLED}

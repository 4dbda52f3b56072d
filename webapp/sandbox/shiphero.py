"""Plays ShipHero's public GraphQL API: orders behind expiring tokens and credits, refusals under status 200.

Sources: developer.shiphero.com (primer, error glossary), the public schema. Assumed, because nothing public says
it: the answer to a bad token, and code and words of a refused cancellation or change of lines.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count
from threading import RLock
from typing import Any, ClassVar

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.credits import CreditBucket, Shortage
from webapp.sandbox.graphql import GraphQLError, Operation, cost_of, parse, select
from webapp.sandbox.shiphero_access import PASSWORD, REFRESH_TOKEN, USERNAME, Access
from webapp.sandbox.shiphero_orders import CANCELED, HeroLabel, HeroOrder, apply, order_from, show_order
from webapp.sandbox.shiphero_writing import (
    add_lines,
    change_lines,
    entry_from,
    problem_of,
    problem_of_lines,
    remove_lines,
)
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic

CREDITS, CREDITS_PER_SECOND = 4_004, 60
LINE_MUTATIONS = {
    "order_add_line_items": add_lines,
    "order_update_line_items": change_lines,
    "order_remove_line_items": remove_lines,
}
MUTATIONS = frozenset({"order_create", "order_cancel", *LINE_MUTATIONS})
NOT_FOUND, NO_CREDITS, REFUSED = 5, 30, 4


class Refusal(Exception):
    """What ShipHero puts into `errors`, with the field it concerns left null."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class ShipHeroSandbox:
    """The orders of one ShipHero account, kept in memory."""

    name = "shiphero"
    steps: ClassVar[Mapping[str, Json]] = {
        "Picked": {"status": "Picked"},
        "Packed": {"status": "Packed"},
        "On hold": {"holds": ["operator_hold"]},
        "Off hold": {"holds": []},
        "Cancelled": {"status": "canceled"},
        "Labels taken back": {"void_labels": True},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._credits = CreditBucket(CREDITS, CREDITS_PER_SECOND)
        self.traffic = Traffic(self._credits)
        self._clock = clock
        self._access = Access()
        self._lock = RLock()
        self._resolvers: dict[str, Callable[[Json], Json]] = {
            "order": self._order,
            "orders": self._list_orders,
            "order_create": self._create,
            "order_cancel": self._cancel,
            "user_quota": self._quota,
            **{name: partial(self._change_lines, change) for name, change in LINE_MUTATIONS.items()},
        }
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, HeroOrder] = {}
            self._ids_by_number: dict[str, str] = {}
            self._numbers = count(200_001)
            self._requests = count(1)
            self._access.reset()

    def operation_of(self, path: str) -> str:
        """Every question goes to one address, so the operation's name stands in for a path: `/graphql/Order`."""
        body = request.get_json(silent=True)
        name = body.get("operationName") if isinstance(body, dict) else None
        return f"{path}/{name}" if path == "/graphql" and isinstance(name, str) else path

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = [self._found(key) for key in reversed(self._orders)]
        return [Standing(each.order_id, each.number, each.status) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace; an entry without “external_id” replaces the order that has its number."""
        with self._lock:
            return [self._load_one(entry) for entry in orders]

    def _load_one(self, entry: Json) -> Json:
        known = self._ids_by_number.get(str(entry.get("number", "")))
        order = self._keep(order_from({"external_id": known, **entry}, next(self._numbers), self._clock.now()))
        return {"number": order.number, "external_id": order.order_id}

    def _keep(self, order: HeroOrder) -> HeroOrder:
        self._orders[order.order_id] = order
        self._ids_by_number.setdefault(order.number, order.order_id)
        return order

    def change(self, key: str, changes: Json) -> Json:
        """Set “status” and “holds”, add “shipments”, or take every label back with “void_labels”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            return show_order(order)

    def ship(self, key: str) -> None:
        with self._lock:
            order = self._found(key)
            order.ship(HeroLabel(f"1ZHERO{order.legacy_id}", "ups", "UPS Ground", "9.90", self._clock.now()))

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> HeroOrder:
        order = self._orders.get(key) or self._orders.get(self._ids_by_number.get(key, ""))
        if order is None:
            raise ControlError(f"ShipHero's sandbox has no order {key}.")
        order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        """What answers before GraphQL does: the gateway and the sign-in."""
        words = {401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}
        response = jsonify({"message": words.get(status, "Bad Request")})
        response.status_code = status
        return response

    def error_under_200(self) -> Response:
        return self._refusal("order", Refusal(1, "The warehouse is being moved."))

    def routes(self) -> Blueprint:
        """`/graphql`, `/auth/token` and `/auth/refresh`."""
        routes = Blueprint("shiphero", __name__)
        routes.post("/auth/token", endpoint="token")(self._sign_in)
        routes.post("/auth/refresh", endpoint="refresh")(self._refresh)
        routes.post("/graphql", endpoint="graphql")(self._answer)
        return routes

    def _sign_in(self) -> Response:
        given = request.get_json()
        if (given.get("username"), given.get("password")) != (USERNAME, PASSWORD):
            return self.error(401)
        return jsonify(self._access.grant(self._clock.now()) | {"refresh_token": REFRESH_TOKEN})

    def _refresh(self) -> Response:
        if request.get_json().get("refresh_token") != REFRESH_TOKEN:
            return self.error(401)
        return jsonify(self._access.grant(self._clock.now()))

    def _answer(self) -> Response:
        if not self._access.allows(request.headers.get("Authorization", ""), self._clock.now()):
            return self.error(401)
        body = request.get_json()
        try:
            operation = parse(str(body.get("query", "")), body.get("variables") or {})
            return self._resolve(operation)
        except GraphQLError as error:
            return jsonify({"errors": [{"message": str(error)}], "data": None})

    def _resolve(self, operation: Operation) -> Response:
        root = operation.root
        if root.name not in self._resolvers or (operation.kind == "mutation") != (root.name in MUTATIONS):
            raise GraphQLError(f'Cannot query field "{root.name}" on "{operation.kind.title()}".')
        price = cost_of((root,)) + 1
        if shortage := self._credits.spend(price, self._clock.now()):
            return self._refusal(root.name, Refusal(NO_CREDITS, _too_dear(shortage)))
        try:
            with self._lock:
                found = self._resolvers[root.name](root.arguments)
                whole = {"request_id": self._request_id(), "complexity": price, **found}
                return jsonify({"data": {root.name: select(whole, root.fields, root.name)}})
        except Refusal as refusal:
            return self._refusal(root.name, refusal)

    def _refusal(self, field: str, refusal: Refusal) -> Response:
        error = {
            "message": str(refusal),
            "operation": field,
            "field": "root",
            "request_id": self._request_id(),
            "code": refusal.code,
        }
        return jsonify({"errors": [error], "data": {field: None}})

    def _request_id(self) -> str:
        return f"{next(self._requests):024x}"

    def _asked(self, order_id: Any) -> HeroOrder:
        order = self._orders.get(str(order_id))
        if order is None:
            raise Refusal(NOT_FOUND, "Order not found")
        order.settle(self._clock.now())
        return order

    def _order(self, asked: Json) -> Json:
        return {"data": show_order(self._asked(asked.get("id")))}

    def _list_orders(self, asked: Json) -> Json:
        """Every argument that was given narrows the search."""
        fields = {
            "order_number": "number",
            "partner_order_id": "partner_order_id",
            "shop_name": "shop_name",
            "customer_account_id": "customer_account_id",
        }
        conditions = {fields[name]: value for name, value in asked.items() if name in fields}
        found = [
            self._asked(order.order_id)
            for order in self._orders.values()
            if all(getattr(order, name) == value for name, value in conditions.items())
        ]
        return {"data": [show_order(order) for order in found]}

    def _create(self, asked: Json) -> Json:
        """Nothing is unique here: the same number twice makes two orders, as at ShipHero."""
        data = asked.get("data") or {}
        if problem := problem_of(data):
            raise GraphQLError(problem)
        return {
            "order": show_order(self._keep(order_from(entry_from(data), next(self._numbers), self._clock.now())))
        }

    def _cancel(self, asked: Json) -> Json:
        """Refused once anything has left, unless forced; quiet about an order that is cancelled already."""
        data = asked.get("data") or {}
        order = self._asked(data.get("order_id"))
        if order.has_left and not data.get("force"):
            raise Refusal(REFUSED, "This order has labels or completed shipments and cannot be canceled.")
        order.status = CANCELED
        return {"order": show_order(order)}

    def _change_lines(self, change: Callable[[HeroOrder, Json], None], asked: Json) -> Json:
        """Refused once the order is canceled or anything of it has left."""
        data = asked.get("data") or {}
        order = self._asked(data.get("order_id"))
        if order.has_left or order.status == CANCELED:
            raise Refusal(REFUSED, "This order can no longer be edited.")
        if change is add_lines and (problem := problem_of_lines(data.get("line_items") or [])):
            raise GraphQLError(problem)
        change(order, data)
        return {"order": show_order(order)}

    def _quota(self, _asked: Json) -> Json:
        left = self._credits.left(self._clock.now())
        return {"credits_remaining": left, "max_available": CREDITS, "increment_rate": CREDITS_PER_SECOND}


def _too_dear(shortage: Shortage) -> str:
    return (
        f"There are not enough credits to perform the requested operation, which requires {shortage.required} "
        f"credits, but there are only {shortage.left} left. In {shortage.seconds} seconds you will have enough "
        "credits to perform the operation"
    )

"""Plays one VeraCore tenant: SOAP signed in its header, adjustments signed in their body, REST behind tokens.

Known from public clients: the paths, the operations' names and fields, faults and the words for a taken id.
Assumed, because every tenant describes its service to nobody else: an empty record for an unknown order, the words
for wrong credentials, up to when an order can be changed, how an adjustment is answered, the limit.
"""

from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import Any, ClassVar
from zlib import crc32

from flask import Blueprint, Response, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.rate_window import RateWindow
from webapp.sandbox.systems import ControlError, Json, Standing, Traffic
from webapp.sandbox.veracore_access import REFUSAL, Access, knows
from webapp.sandbox.veracore_messages import Asked, answer, as_list, fault, read_request
from webapp.sandbox.veracore_orders import CoreOrder, add_units, apply, order_from, show_order, show_packages

OMS = "/pmomsws/oms.asmx"
ADJUSTMENTS = "/pmomsws/orderadjustment.svc"
REST = "/VeraCore/Public.Api/api"
CALLS_PER_MINUTE = 120
LONGEST_ID = 20
_WORDS = {403: "Forbidden", 404: "Not found", 429: "Too many requests", 500: "Timeout expired"}


class VeraCoreSandbox:
    """The orders of one VeraCore tenant, kept in memory."""

    name = "veracore"
    steps: ClassVar[Mapping[str, Json]] = {
        "Processed": {"status": "Processed"},
        "On hold": {"status": "Hold"},
        "Back order": {"status": "Unprocessed, Backordered"},
        "Cancelled": {"status": "Canceled"},
    }

    def __init__(self, clock: SandboxClock) -> None:
        self._window = RateWindow(CALLS_PER_MINUTE, 60)
        self.traffic = Traffic(self._window)
        self._clock = clock
        self._access = Access()
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._orders: dict[str, CoreOrder] = {}
            self._access.reset()

    def operation_of(self, path: str) -> str:
        """The operation's own name on every surface, since SOAP has one address for all: `/GetOrderInfo`."""
        if path == OMS:
            action = request.headers.get("SOAPAction", "").strip('"')
            return f"/{action.rpartition('/')[2]}"
        for surface in (ADJUSTMENTS, REST):
            if path.startswith(f"{surface}/"):
                return path.removeprefix(surface)
        return path

    def overview(self) -> Iterable[Standing]:
        with self._lock:
            found = [self._found(key) for key in reversed(self._orders)]
        return [Standing(each.order_id, each.number, ", ".join(sorted(each.flags))) for each in found]

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace by “external_id”, which is the number where none is given."""
        with self._lock:
            return [self._keep(order_from(entry, self._clock.now())) for entry in orders]

    def _keep(self, order: CoreOrder) -> Json:
        self._orders[order.order_id] = order
        return {"number": order.number, "external_id": order.order_id}

    def change(self, key: str, changes: Json) -> Json:
        """Set “status”, add “shipments”, void packages with “void_labels”."""
        with self._lock:
            order = self._found(key)
            apply(order, changes, self._clock.now())
            return show_order(order)

    def ship(self, key: str) -> None:
        with self._lock:
            tracking = f"CORE{crc32(key.encode()):010d}"
            self._found(key).ship(tracking, "UPS", "Ground", 7.5, self._clock.now())

    def show(self, key: str) -> Json:
        with self._lock:
            return show_order(self._found(key))

    def _found(self, key: str) -> CoreOrder:
        order = self._standing(key) or next((each for each in self._orders.values() if each.number == key), None)
        if order is None:
            raise ControlError(f"VeraCore's sandbox has no order {key}.")
        return order

    def _standing(self, key: str) -> CoreOrder | None:
        order = self._orders.get(key)
        if order:
            order.settle(self._clock.now())
        return order

    def error(self, status: int) -> Response:
        """A fault where SOAP is spoken, which has wrong credentials under 500 too; else `Error`."""
        words = REFUSAL if status == 401 else _WORDS.get(status, "Bad request")
        if request.path.endswith(OMS):
            return fault(words, is_breakdown=status == 500, status=500 if status == 401 else status)
        return _refusal(words, status)

    def error_under_200(self) -> Response:
        if request.path.endswith(OMS):
            return fault("The warehouse is being moved.", status=200)
        return _refusal("The warehouse is being moved.", 200)

    def routes(self) -> Blueprint:
        """The three surfaces of a tenant, under the paths that clients know."""
        routes = Blueprint("veracore", __name__)
        routes.before_request(self._admit)
        routes.post(OMS, endpoint="oms")(self._answer_soap)
        routes.post(f"{ADJUSTMENTS}/<operation>", endpoint="adjust")(self._adjust)
        routes.post(f"{REST}/Login", endpoint="login")(self._login)
        routes.get(f"{REST}/GetPackages", endpoint="packages")(self._list_packages)
        return routes

    def _admit(self) -> Response | None:
        allowance = self._window.count(self._clock.now())
        if allowance.is_allowed:
            return None
        refusal = self.error(429)
        refusal.headers["Retry-After"] = str(allowance.reset_seconds)
        return refusal

    def _answer_soap(self) -> Response:
        asked = read_request(request.get_data())
        operations: dict[str, Callable[[Asked], Response]] = {
            "GetOrderInfo": self._tell,
            "AddOrder": self._create,
            "GetShippingActivity": lambda asked: answer(asked.operation, {"ShippingActivity": []}),
        }
        if asked is None or f"/{asked.operation}" != self.operation_of(OMS):
            return fault("Server did not recognize the value of HTTP Header SOAPAction.")
        if not knows(asked.username, asked.password):
            return fault(REFUSAL)
        if asked.operation not in operations:
            return fault(f"There is no operation {asked.operation}.")
        with self._lock:
            return operations[asked.operation](asked)

    def _tell(self, asked: Asked) -> Response:
        order = self._standing(str(asked.fields.get("orderId", "")))
        return answer(asked.operation, show_order(order) if order else None)

    def _create(self, asked: Asked) -> Response:
        """An id can be used once, also after the order was cancelled."""
        order: Any = asked.fields.get("order")
        if problem := _problem_of(order):
            return fault(problem)
        entry = _entry_from(order)
        if entry["external_id"] in self._orders:
            return fault(f"Order ID {entry['external_id']} already exists.")
        kept = self._keep(order_from(entry, self._clock.now()))
        return answer(asked.operation, {"OrderSeqID": len(self._orders), "OrderID": kept["external_id"]})

    def _adjust(self, operation: str) -> Response:
        body: Any = request.get_json(silent=True) or {}
        signed = body.get("AuthenticationHeader") or {}
        if not knows(signed.get("Username"), signed.get("Password")):
            return _refusal(REFUSAL, 200)
        wanted = body.get(f"{operation}WSObject") or {}
        with self._lock:
            order = self._standing(str(wanted.get("OrderID", "")))
            if order is None:
                return _refusal(f"Order not found: {wanted.get('OrderID')}", 400)
            if not order.may_change:
                return _refusal(f"Order {order.order_id} cannot be adjusted any more.", 400)
            if operation == "CancelOrder":
                order.flags = {"Canceled"}
            elif operation == "AddOffer":
                add_units(order, as_list(wanted.get("Offers")))
            else:
                return self.error(404)
        return jsonify(OrderID=order.order_id, Success=True, Error=None)

    def _login(self) -> Response:
        return jsonify(self._access.login(request.get_json(silent=True) or {}, self._clock.now()))

    def _list_packages(self) -> Response:
        if not self._access.allows(request.headers.get("Authorization", ""), self._clock.now()):
            return self.error(403)
        with self._lock:
            order = self._standing(request.args.get("request.ordersIds", ""))
        return jsonify(show_packages(order) if order else {"ShippingUnits": None, "Error": None})


def _problem_of(order: Any) -> str | None:
    header = order.get("Header") if isinstance(order, dict) else None
    order_id = header.get("ID") if isinstance(header, dict) else None
    if not order_id or len(order_id) > LONGEST_ID:
        return f"An order needs an ID of at most {LONGEST_ID} characters."
    missing = [name for name in ("OrderedBy", "ShipTo", "Offers") if not order.get(name)]
    return f"Missing: {', '.join(missing)}." if missing else None


def _entry_from(order: Json) -> Json:
    """The order as the control door would describe it."""
    header, shipping, person = order["Header"], order.get("Shipping") or {}, order["OrderedBy"]
    names = [person.get(name, "") for name in ("FirstName", "LastName")]
    told = {"Contact": " ".join(filter(None, names)), "Company": person.get("CompanyName", "")}
    same = ("Address1", "City", "State", "PostalCode", "Country", "Phone", "Email")
    return {
        "number": header.get("ReferenceNumber") or header["ID"],
        "external_id": header["ID"],
        "customer": told | {name: person.get(name, "") for name in same},
        "carrier": (shipping.get("FreightCarrier") or {}).get("Name"),
        "service": (shipping.get("FreightService") or {}).get("Description") or shipping.get("FreightCode"),
        "lines": [
            {"sku": offer["Offer"]["Header"]["ID"], "quantity": offer["Quantity"]}
            for offer in as_list(order["Offers"]["OfferOrdered"])
        ],
    }


def _refusal(words: str, status: int) -> Response:
    response = jsonify(Error=words)
    response.status_code = status
    return response

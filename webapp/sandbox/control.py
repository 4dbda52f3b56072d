"""The control door, `/_control`: how tests and practice mode load orders, pass time and make things go wrong."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, jsonify, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.faults import Fault, PlannedFault
from webapp.sandbox.systems import ControlError, Json, System

# As many orders and requests as a person looks through; a search finds the others.
SHOWN = 25
# The step that every system knows.
SHIPPED = "Shipped"
SystemNamed = Callable[[str], System]


def control_routes(systems: Mapping[str, System], clock: SandboxClock) -> Blueprint:
    """The door's addresses; bodies and answers are JSON, a wrong one is answered with 400 and the reason."""
    control = Blueprint("control", __name__, url_prefix="/_control")

    def system(name: str) -> System:
        return systems[name] if name in systems else abort(404, f"The sandbox plays no system called {name}.")

    @control.errorhandler(ValueError)
    def refuse(error: ValueError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @control.post("/reset")
    def reset() -> Response:
        clock.reset()
        for each in systems.values():
            each.reset()
            each.traffic.reset()
        return jsonify(systems=sorted(systems))

    @control.post("/clock")
    def advance() -> Response:
        return jsonify(now=clock.advance(_number(_body(), "advance_seconds")).isoformat())

    @control.get("/clock")
    def read_clock() -> Response:
        return jsonify(now=clock.now().isoformat())

    @control.get("/")
    def played() -> Response:
        return jsonify(systems=sorted(systems), now=clock.now().isoformat())

    _add_order_routes(control, system)
    _add_traffic_routes(control, system)
    return control


def _add_order_routes(control: Blueprint, system: SystemNamed) -> None:
    @control.post("/<name>/orders")
    def load(name: str) -> Response:
        orders = _body().get("orders")
        if not isinstance(orders, list) or not all(isinstance(order, dict) for order in orders):
            raise ControlError("Send {“orders”: [{…}, …]}.")
        return jsonify(orders=system(name).load(orders))

    @control.get("/<name>/orders/<path:key>")
    def show(name: str, key: str) -> Response:
        return jsonify(system(name).show(key))

    @control.patch("/<name>/orders/<path:key>")
    def change(name: str, key: str) -> Response:
        return jsonify(system(name).change(key, _body()))

    @control.post("/<name>/orders/<path:key>/advance")
    def move(name: str, key: str) -> Response:
        step = str(_body().get("step"))
        if step == SHIPPED:
            system(name).ship(key)
            return jsonify(system(name).show(key))
        if step not in system(name).steps:
            raise ControlError(f"“step” must be one of {', '.join([*system(name).steps, SHIPPED])}.")
        return jsonify(system(name).change(key, system(name).steps[step]))

    @control.get("/<name>/overview")
    def overview(name: str) -> Response:
        asked = request.args.get("search", "").strip().lower()
        found = [each for each in system(name).overview() if asked in f"{each.number}\n{each.external_id}".lower()]
        traffic = system(name).traffic
        return jsonify(
            orders=found[:SHOWN],
            total=len(found),
            steps=[*system(name).steps, SHIPPED],
            faults=traffic.faults.planned(),
            requests=traffic.seen[: -SHOWN - 1 : -1],
            has_limit=traffic.limit.is_on,
        )


def _add_traffic_routes(control: Blueprint, system: SystemNamed) -> None:
    @control.post("/<name>/faults")
    def plan_fault(name: str) -> Response:
        planned = _planned_fault(_body())
        system(name).traffic.faults.add(planned)
        return jsonify(planned)

    @control.delete("/<name>/faults")
    def clear_faults(name: str) -> Response:
        system(name).traffic.faults.clear()
        return jsonify(cleared=True)

    @control.put("/<name>/rate-limit")
    def switch_rate_limit(name: str) -> Response:
        limit = system(name).traffic.limit
        limit.is_on = bool(_body().get("enabled", True))
        limit.clear()
        return jsonify(enabled=limit.is_on)

    @control.get("/<name>/requests")
    def seen(name: str) -> Response:
        return jsonify(requests=system(name).traffic.seen)


def _body() -> Json:
    body = request.get_json()
    if not isinstance(body, dict):
        raise ControlError("Send a JSON object.")
    return body


def _number(body: Json, key: str) -> float:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ControlError(f"“{key}” must be a number that is not negative.")
    return float(value)


def _planned_fault(body: Json) -> PlannedFault:
    try:
        fault = Fault(body.get("fault", ""))
    except ValueError:
        raise ControlError(f"“fault” must be one of {', '.join(Fault)}.") from None
    count = body.get("count", 1)
    if count is not None and not (isinstance(count, int) and count > 0):
        raise ControlError("“count” must be a whole number above 0, or null for always.")
    seconds, skip = (_number({"seconds": 1, "skip": 0, **body}, name) for name in ("seconds", "skip"))
    order = body.get("order")
    if fault is Fault.SHIPS_AFTERWARDS and not order:
        raise ControlError("Say under “order” which one ships.")
    return PlannedFault(fault, count, seconds, body.get("method"), body.get("path"), order, int(skip))

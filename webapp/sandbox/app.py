"""Puts the systems and the control door together into one web application."""

from flask import Flask, Response, g, request

from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.control import control_routes
from webapp.sandbox.mischief import answer_instead, spoil
from webapp.sandbox.shipstation import ShipStationSandbox
from webapp.sandbox.systems import SeenRequest, System


def create_sandbox(*, rate_limits: bool = True) -> Flask:
    """A fresh sandbox with every system and no orders; `rate_limits=False` lets callers go as fast as they like.

    Each system answers under its name (`/shipstation/orders`), the control door under `/_control`.
    """
    app = Flask("sandbox")
    # Only this machine may ask, also when a web page in a browser on this machine tries to.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    clock = SandboxClock()
    systems: dict[str, System] = {system.name: system for system in (ShipStationSandbox(clock),)}
    for system in systems.values():
        system.traffic.rate_window.is_on = rate_limits
        app.register_blueprint(system.routes(), url_prefix=f"/{system.name}")
    app.register_blueprint(control_routes(systems, clock))
    _add_mischief(app, systems)
    return app


def _add_mischief(app: Flask, systems: dict[str, System]) -> None:
    @app.before_request
    def go_wrong_before() -> Response | None:
        name, _, path = request.path.lstrip("/").partition("/")
        if name not in systems:
            return None
        traffic = systems[name].traffic
        traffic.seen.append(SeenRequest(request.method, f"/{path}", request.query_string.decode()))
        planned = traffic.faults.take(request.method, f"/{path}")
        if planned is None:
            return None
        if planned.fault.comes_after_the_work:
            g.planned, g.faults = planned, traffic.faults
            return None
        return answer_instead(planned, systems[name])

    @app.after_request
    def go_wrong_after(response: Response) -> Response:
        return spoil(g.planned, g.faults, response) if "planned" in g else response

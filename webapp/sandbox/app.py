"""Puts the systems and the control door together into one web application."""

from flask import Flask, Response, g, request

from webapp.sandbox.amazon_mcf import AmazonMcfSandbox
from webapp.sandbox.clock import SandboxClock
from webapp.sandbox.control import control_routes
from webapp.sandbox.mischief import answer_instead, spoil
from webapp.sandbox.shipfusion import ShipfusionSandbox
from webapp.sandbox.shiphero import ShipHeroSandbox
from webapp.sandbox.shipstation import ShipStationSandbox
from webapp.sandbox.shopify import ShopifySandbox
from webapp.sandbox.starshipit import StarshipitSandbox
from webapp.sandbox.systems import SeenRequest, System
from webapp.sandbox.trackstar import TrackstarSandbox
from webapp.sandbox.veracore import VeraCoreSandbox


def create_sandbox(*, rate_limits: bool = True, speed: float = 1) -> Flask:
    """A fresh sandbox with every system and no orders; `rate_limits=False` lets callers go as fast as they like.

    Its time runs `speed` times as fast as ours.
    Each system answers under its name (`/shipstation/orders`), the control door under `/_control`.
    """
    app = Flask("sandbox")
    # Only this machine may ask, also when a web page in a browser on this machine tries to.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    clock = SandboxClock(speed)
    played: tuple[System, ...] = (
        ShipStationSandbox(clock),
        ShipHeroSandbox(clock),
        TrackstarSandbox(clock),
        AmazonMcfSandbox(clock),
        StarshipitSandbox(clock),
        ShipfusionSandbox(clock),
        VeraCoreSandbox(clock),
        ShopifySandbox(clock),
    )
    systems = {system.name: system for system in played}
    for system in systems.values():
        system.traffic.limit.is_on = rate_limits
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
        system = systems[name]
        operation = system.operation_of(f"/{path}")
        system.traffic.seen.append(SeenRequest(request.method, operation, request.query_string.decode()))
        planned = system.traffic.faults.take(request.method, operation)
        if planned is None:
            return None
        if planned.fault.comes_after_the_work:
            g.planned, g.system = planned, system
            return None
        return answer_instead(planned, system)

    @app.after_request
    def go_wrong_after(response: Response) -> Response:
        return spoil(g.planned, g.system, response) if "planned" in g else response

"""The panel of the practice providers: administrators look, move orders along and make things go wrong."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.cast import Cast
from tests.page import Page
from webapp import create_app
from webapp.config import Mode
from webapp.sandbox import SandboxControl, running
from webapp.sandbox.faults import Fault
from webapp.statuses import Role


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running(rate_limits=False) as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxControl]:
    settings = replace(app.extensions["settings"], sandbox_url=sandbox_url)
    monkeypatch.setitem(app.extensions, "settings", settings)
    with SandboxControl(sandbox_url) as control:
        control.reset()
        yield control
        control.reset()


@pytest.fixture
def panel(app: Flask, cast: Cast, sandbox: SandboxControl) -> Page:
    return Page(app).sign_in(cast.of_role(Role.ADMIN))


def form(action: str) -> str:
    """The selector of the first form that is sent there."""
    return f"form[action='/sandbox/{action}']"


def test_it_lists_every_system_and_the_orders_of_one(panel: Page, sandbox: SandboxControl) -> None:
    sandbox.load("fba", [{"number": "SO-1.1"}, {"number": "SO-2.1", "status": "Planning"}])

    panel.get("/sandbox?system=fba")

    assert {"Amazon MCF", "ShipHero", "ShipStation"} <= set(panel.texts(".tabs a"))
    assert panel.texts(".tabs [aria-current]") == ["Amazon MCF"]
    assert panel.texts("#sandbox-orders tbody th") == ["SO-2.1", "SO-1.1"]
    assert panel.texts("#sandbox-orders td[data-label='Stands there as']") == ["Planning", "Received"]


def test_it_finds_orders_by_number_and_id_and_shows_the_newest_only(panel: Page, sandbox: SandboxControl) -> None:
    sandbox.load("shiphero", [{"number": f"SO-{each}.1", "external_id": f"hero-{each}"} for each in range(40)])

    panel.get("/sandbox?system=shiphero")
    assert len(panel.all("#sandbox-orders tbody tr")) == 25
    assert "the newest 25 of 40" in panel.text
    panel.get("/sandbox?system=shiphero&q=HERO-3")
    assert len(panel.all("#sandbox-orders tbody tr")) == 11
    assert "No order has this" in panel.get("/sandbox?system=shiphero&q=nothing").text


@pytest.mark.parametrize(
    ("system", "number", "step", "status"),
    [
        ("shipstation", "SO-1.1", "With the warehouse", "pending_fulfillment"),
        ("shipstation", "SO-1.1", "Shipped", "shipped"),
        ("shiphero", "SO-1.1", "Packed", "Packed"),
        ("shiphero", "SO-1.1", "Shipped", "fulfilled"),
        ("fba", "SO/1 ä.1", "Picked", "Processing"),
        ("fba", "SO?1#1", "Shipped", "Complete"),
    ],
)
def test_it_moves_an_order_along(
    system: str, number: str, step: str, status: str, panel: Page, sandbox: SandboxControl
) -> None:
    sandbox.load(system, [{"number": number, "lines": [{"sku": "MUG"}]}])

    panel.get(f"/sandbox?system={system}&q=SO").submit("#sandbox-orders form[method=post]", step=step).follow()

    assert panel.texts("#sandbox-orders td[data-label='Stands there as']") == [status]
    assert panel.one("#order-search")["value"] == "SO"
    assert f"{step.lower()}." in panel.text


def test_every_step_that_is_offered_can_be_taken(panel: Page, sandbox: SandboxControl) -> None:
    for system in sandbox.played()["systems"]:
        for step in sandbox.overview(system, "")["steps"]:
            number = f"SO-{step}"
            sandbox.load(system, [{"number": number, "lines": [{"sku": "MUG"}]}])
            panel.get(f"/sandbox?system={system}&q={number}").submit(
                "#sandbox-orders tr:first-child form[method=post]", step=step
            )


def test_it_lets_time_pass(panel: Page, sandbox: SandboxControl) -> None:
    plan = {"plan": {"ships_after_seconds": 3_000, "tracking_number": "1Z"}}
    sandbox.load("fba", [{"number": "SO-1.1", **plan}])

    panel.get("/sandbox?system=fba").submit(form("clock"), seconds="3600").follow()

    assert "1 hour passed" in panel.text
    assert panel.texts("#sandbox-orders td[data-label='Stands there as']") == ["Complete"]


def test_it_makes_things_go_wrong_and_well_again(panel: Page, sandbox: SandboxControl) -> None:
    typed = {"fault": Fault.THROTTLED.value, "count": "2", "path": "/orders", "seconds": "3"}
    panel.get("/sandbox?system=shipstation").submit(form("faults"), **typed).follow()

    assert panel.texts(".planned-troubles li") == [
        "Says that there were too many calls (429): the next 2 requests, where the path begins with /orders"
    ]
    panel.submit(form("faults/clear")).follow()
    assert "Nothing goes wrong at ShipStation now." in panel.text


def test_trouble_without_a_number_lasts_until_it_is_cleared(panel: Page) -> None:
    panel.get("/sandbox?system=fba").submit(form("faults"), fault=Fault.RESET.value, count="").follow()

    assert panel.texts(".planned-troubles li") == ["Does its work and hangs up: until it is cleared"]


@pytest.mark.parametrize("typed", [{"count": "0"}, {"seconds": "61"}, {"count": "many"}, {"fault": "earthquake"}])
def test_it_says_what_is_wrong_with_trouble_and_keeps_what_was_typed(typed: dict[str, str], panel: Page) -> None:
    values = {"fault": Fault.RESET.value, "path": "/orders"} | typed

    panel.get("/sandbox?system=fba").submit(form("faults"), status=422, **values)

    assert panel.all(".error-summary")
    assert panel.one("#path")["value"] == "/orders"
    assert panel.texts(".tabs [aria-current]") == ["Amazon MCF"]


def test_it_says_no_in_the_sandboxs_words(panel: Page, sandbox: SandboxControl) -> None:
    ships = {"fault": Fault.SHIPS_AFTERWARDS.value, "order": ""}
    panel.get("/sandbox?system=fba").submit(form("faults"), status=422, **ships)
    assert "Say under “order” which one ships." in panel.text

    gone = {"system": "fba", "key": "gone", "step": "Shipped"}
    panel.post("/sandbox/orders", gone, status=422)
    assert "no order gone" in panel.text
    panel.post("/sandbox/orders", gone | {"step": "Vanished"}, status=422)
    assert "“step” must be one of" in panel.text


def test_it_switches_the_rate_limit(panel: Page, sandbox: SandboxControl) -> None:
    sandbox.limit_rate("fba", enabled=False)

    panel.get("/sandbox?system=fba").submit(form("rate-limit")).follow()

    assert "The rate limit is on." in panel.text


def test_it_shows_the_recent_requests_newest_first(panel: Page, sandbox_url: str, sandbox: SandboxControl) -> None:
    with SandboxControl(sandbox_url) as caller:
        for path in ("orders?orderNumber=SO-1", "stores"):
            caller._client.get(f"{sandbox_url}/shipstation/{path}")

    panel.get("/sandbox?system=shipstation")

    assert panel.texts("#sandbox-calls td[data-label='Path']") == ["/stores", "/orders"]
    assert panel.texts("#sandbox-calls td[data-label='Parameters']") == ["None", "orderNumber=SO-1"]


def test_a_system_that_is_not_played_is_not_there(panel: Page) -> None:
    panel.get("/sandbox?system=carrier-pigeon", status=404)


def test_it_says_so_when_the_practice_providers_do_not_run(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.extensions["settings"], sandbox_url="http://127.0.0.1:9")
    monkeypatch.setitem(app.extensions, "settings", settings)

    page = Page(app).sign_in(cast.of_role(Role.ADMIN)).get("/sandbox", status=503)

    assert "start it again" in page.text


@pytest.mark.parametrize(("role", "is_offered"), [(Role.ADMIN, True), (Role.SUPERVISOR, False)])
def test_only_administrators_are_led_there(role: Role, is_offered: bool, app: Flask, cast: Cast) -> None:
    page = Page(app).sign_in(cast.of_role(role)).get("/runs")

    assert ("Practice" in page.texts(".app-nav a")) is is_offered


def test_in_production_there_is_no_such_page_and_no_way_to_it(app: Flask, cast: Cast) -> None:
    settings = replace(app.extensions["settings"], mode=Mode.PRODUCTION)
    production = create_app(settings)
    with production.app_context():
        page = Page(production).sign_in(cast.of_role(Role.ADMIN))
        page.get("/runs")
        assert "Practice" not in page.texts(".app-nav a")
        page.get("/sandbox", status=404)
        page.post("/sandbox/clock", {"system": "fba", "seconds": "3600"}, status=404)

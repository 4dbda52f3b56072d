"""Every request to Trackstar and every answer of its sandbox fit Trackstar's own specification.

The specification is the vendor's and not kept here; PROVIDER_SPECS names the folder that has `trackstar/*.json`.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.providers.new_orders import NEW_ORDER
from tests.providers.specifications import Specification, needs_specs, specification
from tests.providers.specifications import problems as found_problems
from webapp.providers.answers import Answer
from webapp.providers.base import (
    AuthFailed,
    NewOrderLine,
    NotFound,
    OrderReference,
    PostalAddress,
    Rejected,
)
from webapp.providers.http import Door
from webapp.providers.shapes import parse_json
from webapp.providers.stale_copy import StaleCopy
from webapp.providers.trackstar import writing
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.providers.trackstar.wanted import Wanted, read_wanted
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY
from webapp.sandbox.trackstar_writing import description

FILE = ("trackstar", "openapi_from_docs_repo_2025-10-13.json")
CREATE, UPDATE = "CreatewmsOrderInputSchema", "UpdatewmsOrderInputSchema"
LABEL = {"tracking_number": "1Z1", "carrier": "UPS", "service": "Ground", "cost": 7.25}
pytestmark = needs_specs


@dataclass(frozen=True)
class Spoken:
    """One request as it was sent, and its answer as it was received."""

    method: str
    path: str
    query: str
    body: Any
    status: int
    answer: Any


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """What goes through the door, before anything is redacted."""
    heard: list[Spoken] = []
    send = Door._send

    def listen(door: Door, request: httpx.Request, *, is_safe: bool) -> Answer:
        answer = send(door, request, is_safe=is_safe)
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/trackstar")
        body = parse_json(request.content) if request.content else None
        query = request.url.query.decode()
        heard.append(Spoken(request.method, path, query, body, answer.status, parse_json(answer.body)))
        return answer

    monkeypatch.setattr(Door, "_send", listen)
    return heard


def plain(value: Any) -> Any:
    """Fractions as JSON Schema knows them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def problems(told: Spoken) -> list[str]:
    """Bodies of orders are held to the fields of ShipHero, which the sandbox plays.

    The specification's own choice among the warehouse systems allows nothing at all.
    """
    published = specification(*FILE)
    operation = published.operation(told.method, told.path)
    is_order = told.path.startswith("/wms/orders") and told.method in ("POST", "PUT")
    variant = published.variant(CREATE if told.method == "POST" else UPDATE, "shiphero") if is_order else None
    sent = operation.problems_of_request(plain(told.body), told.query, schema=variant)
    return sent + operation.problems_of_answer(told.status, plain(told.answer))


def test_everything_that_is_said_fits(
    sandbox: SandboxControl, star: TrackstarAdapter, spoken: list[Spoken]
) -> None:
    sandbox.load("trackstar", [{"number": "SO-1/ü", "external_id": "a/b", "lines": [{"sku": "MUG"}]}])
    sandbox.load("trackstar", [{"number": "SO-2", "external_id": "gone", "shipments": [LABEL]}])
    here = OrderReference("a/b", "SO-1/ü")

    star.test_connection()
    star.fetch_order(here)
    star.fetch_order(OrderReference(None, "SO-2"))
    star.update_order(here, NEW_ORDER)
    star.cancel_order(here, "Ordered twice")
    created = star.create_order(NEW_ORDER)
    with pytest.raises(StaleCopy):
        star.fetch_order(OrderReference("nowhere", "SO-7", sent_at=datetime.now(UTC)))
    with pytest.raises(NotFound):
        star.cancel_order(OrderReference("nowhere", "SO-7"), "Ordered twice")
    sandbox.advance(60)
    star.fetch_order(OrderReference(created.external_id, NEW_ORDER.number))

    asked = {(told.method, told.path.partition("/connections/07")[0]) for told in spoken}
    assert len(asked) == 11
    assert {told.status for told in spoken} == {200, 404}
    assert {(told.method, told.path): found for told in spoken if (found := problems(told))} == {}


def test_orders_of_every_status_fit(sandbox: SandboxControl, star: TrackstarAdapter, spoken: list[Spoken]) -> None:
    statuses = specification(*FILE).whole["components"]["schemas"]["OrderSchema"]["properties"]["status"]["enum"]
    for status in statuses:
        entry = {"number": "SO-1", "external_id": "here", "lines": [{"sku": "MUG"}], "shipments": [LABEL]}
        sandbox.load("trackstar", [{**entry, "status": status}])
        star.fetch_order(OrderReference("here", "SO-1"))

    assert [problems(told) for told in spoken] == [[]] * len(statuses)


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.THROTTLED, Fault.SERVER_ERROR])
def test_its_errors_have_the_shape_of_errors(
    fault: Fault, sandbox: SandboxControl, star: TrackstarAdapter, spoken: list[Spoken]
) -> None:
    sandbox.fault("trackstar", fault)

    with suppress(AuthFailed):
        star.test_connection()

    published = specification(*FILE)
    assert found_problems(published.whole, published.schema("HTTPError"), spoken[0].answer) == []


def test_a_body_that_is_refused_is_refused_in_the_specifications_shape(sandbox_url: str) -> None:
    keys = {"x-trackstar-api-key": API_KEY, "x-trackstar-access-token": ACCESS_TOKEN}
    with httpx.Client(base_url=f"{sandbox_url}/trackstar", headers=keys, trust_env=False) as client:
        answer = client.post("/wms/orders", json={"order_number": None, "ship_to_address": {"city": ""}, "x": 1})

    assert answer.status_code == 422
    assert specification(*FILE).operation("POST", "/wms/orders").problems_of_answer(422, answer.json()) == []


def described(published: Specification, name: str, value: str) -> Wanted:
    """What `/wms/orders/meta` says of one warehouse system, made from the specification."""
    wanted = published.variant(name, value)["$ref"].rpartition("/")[2]
    schemas = as_definitions(published.whole["components"]["schemas"])
    return read_wanted({"definitions": schemas, "$ref": f"#/definitions/{wanted}"})


def as_definitions(value: Any) -> Any:
    """The same schemas, with references as a description has them."""
    if isinstance(value, dict):
        renamed = {key: as_definitions(item) for key, item in value.items()}
        if isinstance(renamed.get("$ref"), str):
            renamed["$ref"] = renamed["$ref"].replace("#/components/schemas/", "#/definitions/")
        return renamed
    return [as_definitions(item) for item in value] if isinstance(value, list) else value


SYSTEMS = (
    "shiphero",
    "shipfusion",
    "veracore",
    "shipstation",
    "sandbox",
    "fba",
    "extensiv-3pl-central",
    "shipbob",
)
KNOWN = replace(
    NEW_ORDER,
    shipping_method="Standard",
    ship_to=replace(NEW_ORDER.ship_to, phone="555-555-0199", address2="Floor 2"),
)
ADDED = {
    "order_fields": {"warehouse_id": "w1", "displayable_order_comment": "Thank you"},
    "line_fields": {"product_id": "p1"},
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_new_order_fits_whichever_warehouse_system_is_connected(system: str) -> None:
    published = specification(*FILE)
    body = writing.create_body(KNOWN, described(published, CREATE, system), ADDED)

    operation = published.operation("POST", "/wms/orders")
    assert operation.problems_of_request(plain(body), schema=published.variant(CREATE, system)) == []
    assert [line["quantity"] for line in plain(body)["line_items"]] == [2, 1]


@pytest.mark.parametrize("system", ["shiphero", "shipfusion", "veracore", "shipstation", "sandbox"])
def test_changed_lines_fit_whichever_warehouse_system_is_connected(system: str) -> None:
    published = specification(*FILE)
    order = replace(KNOWN, lines=(NewOrderLine("1", "BOWL", "Bowl", 3, Decimal(2)),))
    body = writing.update_body(order, described(published, UPDATE, system), ADDED)

    operation = published.operation("PUT", "/wms/orders/1")
    assert operation.problems_of_request(plain(body), schema=published.variant(UPDATE, system)) == []
    assert ("ship_to_address" in body) is (system == "shipfusion")


def test_a_warehouse_system_that_wants_more_than_we_know_is_told_nothing() -> None:
    wanted = described(specification(*FILE), CREATE, "shipfusion")

    with pytest.raises(Rejected, match=r"warehouse_id, .*email_address, .*phone_number"):
        writing.create_body(replace(KNOWN, ship_to=PostalAddress(name="Cher")), wanted, {})


@pytest.mark.parametrize(("method", "name"), [("POST", CREATE), ("PUT", UPDATE)])
def test_the_sandbox_describes_what_the_specification_says_of_shiphero(method: str, name: str) -> None:
    published = described(specification(*FILE), name, "shiphero")
    played = read_wanted(description(method))

    for mine, theirs in ((played.order, published.order), (played.address, published.address)):
        assert mine.known <= theirs.known
        assert mine.required == theirs.required
    assert played.line == published.line

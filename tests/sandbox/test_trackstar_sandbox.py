"""The sandbox plays Trackstar as it is documented: two keys, an old copy, pages, limits, its own errors."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY, CONNECTION_ID, READ_ONLY_TOKEN
from webapp.sandbox.trackstar_copy import FILLED_EVERY, TAKES

KEYS = {"x-trackstar-api-key": API_KEY, "x-trackstar-access-token": ACCESS_TOKEN}
ADDRESS = {
    "full_name": "Ada",
    "address1": "1 Way",
    "city": "Eugene",
    "state": "OR",
    "postal_code": "97401",
    "country": "US",
}
ORDER = {
    "order_number": "SO-9",
    "ship_to_address": ADDRESS,
    "line_items": [{"sku": "MUG", "quantity": 1, "unit_price": 2.5}],
}
HERE = "/wms/orders/here"


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("trackstar", enabled=True)
    lines = [{"sku": "MUG", "quantity": 2}]
    plan = {"ships_after_seconds": 3600, "tracking_number": "1Z", "cost": 4}
    sandbox.load("trackstar", [{"number": "SO-1", "external_id": "here", "lines": lines, "plan": plan}])


@pytest.fixture
def caller(sandbox_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox_url}/trackstar", headers=KEYS, trust_env=False) as client:
        yield client


def status(caller: httpx.Client) -> Any:
    return caller.get(HERE).json()["data"]["status"]


@pytest.mark.parametrize("lacking", [*KEYS])
def test_it_wants_both_keys(lacking: str, caller: httpx.Client) -> None:
    del caller.headers[lacking]

    answer = caller.get(HERE)

    assert (answer.status_code, answer.json()["origin"]) == (401, "trackstar")
    assert answer.headers["X-Request-Id"]


def test_its_plans_ship_orders_and_the_copy_learns_of_it(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.advance(3600)

    data = caller.get(HERE).json()["data"]

    assert data["status"] == "fulfilled"
    assert data["shipments"][0]["packages"][0]["tracking_number"] == "1Z"
    assert data["line_items"][0]["is_picked"] is True


def test_reads_are_old_and_writes_are_not(sandbox: SandboxControl, caller: httpx.Client) -> None:
    answer = caller.put(f"{HERE}/cancel").json()

    assert (answer["id"], answer["data"]["status"], answer["unused_fields"]) == ("here", "cancelled", [])
    assert status(caller) == "open"
    sandbox.advance(FILLED_EVERY.total_seconds())
    assert status(caller) == "cancelled"


def test_a_fresh_copy_can_be_asked_for_and_takes_its_time(sandbox: SandboxControl, caller: httpx.Client) -> None:
    caller.put(f"{HERE}/cancel")

    asked = caller.post("/connections/sync", json={"functions_to_sync": ["get_orders"]}).json()

    assert asked == {"id": CONNECTION_ID, "syncing": True, "functions_to_sync": ["get_orders"]}
    (connection,) = caller.get(f"/connections/{CONNECTION_ID}").json()["data"]
    assert connection["sync_schedules"][0]["in_progress"] is True
    sandbox.advance(TAKES.total_seconds())
    (connection,) = caller.get(f"/connections/{CONNECTION_ID}").json()["data"]
    assert connection["sync_schedules"][0]["in_progress"] is False
    assert status(caller) == "cancelled"
    assert caller.get("/connections/another").status_code == 404


def test_it_turns_pages(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.load("trackstar", [{"number": f"SO-{place}"} for place in range(2, 6)])

    first = caller.get("/wms/orders", params={"limit": 3}).json()
    second = caller.get("/wms/orders", params={"limit": 3, "page_token": first["next_token"]}).json()

    assert [len(page["data"]) for page in (first, second)] == [3, 2]
    assert (first["total_count"], second["next_token"]) == (5, None)
    assert [order["id"] for order in caller.get("/wms/orders?order_number=SO-1").json()["data"]] == ["here"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**ORDER, "x": 1}, "x"),
        ({**ORDER, "order_number": None}, "order_number"),
        ({**ORDER, "reference_id": ""}, "reference_id"),
        ({**ORDER, "ship_to_address": {**ADDRESS, "city": 1}}, "city"),
        ({**ORDER, "line_items": [{"sku": "MUG"}]}, "quantity"),
        ({}, "line_items"),
        ([], "body"),
    ],
)
def test_it_refuses_what_the_system_behind_it_does_not_take(
    body: object, field: str, caller: httpx.Client
) -> None:
    answer = caller.post("/wms/orders", json=body)

    assert answer.status_code == 422
    assert field in answer.json()["detail"]["json"]


def test_the_same_number_twice_makes_two_orders(caller: httpx.Client) -> None:
    ids = {caller.post("/wms/orders", json=ORDER).json()["id"] for _ in range(2)}

    assert len(ids) == 2


def test_it_changes_lines_until_the_order_is_over(sandbox: SandboxControl, caller: httpx.Client) -> None:
    bowl = {"line_items": [{"sku": "BOWL", "quantity": 3, "unit_price": 1}]}

    assert caller.put(HERE, json=bowl).json()["data"]["line_items"][0]["sku"] == "BOWL"
    sandbox.change("trackstar", "here", status="cancelled")
    assert caller.put(HERE, json=bowl).json() == {
        "error": "Order SO-1 can no longer be changed.",
        "origin": "integration",
    }
    assert caller.put(HERE, json={"x": 1}).status_code == 422
    assert caller.put("/wms/orders/nowhere", json=bowl).json() == {"error": "Order not found.", "id": "nowhere"}


def test_it_cancels_nothing_that_has_left(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.change("trackstar", "SO-1", shipments=[{"lines": [{"sku": "MUG", "quantity": 1}]}])

    assert sandbox.show("trackstar", "here")["status"] == "partially_fulfilled"
    assert caller.put(f"{HERE}/cancel").status_code == 400
    assert caller.put("/wms/orders/nowhere/cancel").status_code == 404


def test_a_connection_may_lack_calls(caller: httpx.Client) -> None:
    caller.headers["x-trackstar-access-token"] = READ_ONLY_TOKEN

    assert [caller.put(path).status_code for path in (HERE, f"{HERE}/cancel")] == [501, 501]
    assert caller.get("/wms/orders/meta?method=PUT").status_code == 501
    assert caller.get("/wms/orders/meta?method=POST").status_code == 200
    assert caller.get("/wms/orders/meta?method=GET").status_code == 422


def test_reads_and_writes_have_limits_of_their_own(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.limit_rate("trackstar", enabled=True)
    answers = [caller.get(HERE) for _ in range(40)]

    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.headers["Retry-After"], refused.headers["x-ratelimit-limit"]) == ("1", "10")
    assert caller.put(f"{HERE}/cancel").status_code == 200


def test_its_faults_have_its_own_shape(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.fault("trackstar", Fault.ERRORS_IN_BODY)
    sandbox.fault("trackstar", Fault.SHIPS_AFTERWARDS, order="SO-1")

    assert caller.get(HERE).json() == {"error": "The warehouse is being moved.", "origin": "integration"}
    assert status(caller) == "open"
    assert sandbox.show("trackstar", "here")["status"] == "fulfilled"


@pytest.mark.parametrize(
    ("step", "stands"),
    [
        ("Processing", "processing"),
        ("Picked", "picked"),
        ("Packed", "packed"),
        ("Backordered", "backordered"),
        ("Cancelled", "cancelled"),
        ("Shipped", "fulfilled"),
    ],
)
def test_a_person_moves_an_order_along_and_sees_how_it_stands(
    step: str, stands: str, sandbox: SandboxControl
) -> None:
    sandbox.load("trackstar", [{"number": "SO-2", "external_id": "newer", "lines": [{"sku": "MUG"}]}])

    assert step in sandbox.overview("trackstar", "")["steps"]
    sandbox.move("trackstar", "SO-1", step)

    found = sandbox.overview("trackstar", "SO-")["orders"]
    assert [(one["number"], one["status"]) for one in found] == [("SO-2", "open"), ("SO-1", stands)]


@pytest.mark.parametrize(
    "entry", [{}, {"number": "SO-1", "status": "lost"}, {"number": "SO-1", "shipments": [{"status": "lost"}]}]
)
def test_the_control_door_refuses_nonsense(entry: dict[str, object], sandbox: SandboxControl) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.load("trackstar", [entry])
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.show("trackstar", "nowhere")

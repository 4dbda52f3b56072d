"""The sandbox plays Starshipit as it is documented: keys, an envelope, parts only on demand, locked lines."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.starshipit import API_KEY, CALLS_PER_SECOND, SUBSCRIPTION_KEY

ORDERS = "/api/orders"
KEYS = {"StarShipIT-Api-Key": API_KEY, "Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY}
DESTINATION = {"name": "Ada", "street": "1 Way", "suburb": "Perth", "country": "Australia"}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("starshipit", enabled=False)
    sandbox.load("starshipit", [{"number": "SO-1", "external_id": 42, "lines": [{"sku": "MUG", "quantity": 2}]}])


@pytest.fixture
def caller(sandbox_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox_url}/starshipit", headers=KEYS, trust_env=False) as client:
        yield client


def order(caller: httpx.Client, **asked: Any) -> Any:
    return caller.get(
        ORDERS, params={"order_id": 42, "include": ["Items", "Packages", "Shipping_Price"], **asked}
    ).json()


@pytest.mark.parametrize("key", KEYS)
def test_it_lets_nobody_in_without_both_keys(key: str, caller: httpx.Client) -> None:
    answer = caller.get(f"{ORDERS}/unshipped", headers={key: "guess"})

    assert (answer.status_code, answer.json()["statusCode"]) == (403, 403)


def test_its_two_calls_a_second_bite(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.limit_rate("starshipit", enabled=True)
    statuses = [caller.get(f"{ORDERS}/unshipped").status_code for _ in range(40 * CALLS_PER_SECOND)]
    sandbox.advance(1)

    assert 429 in statuses
    assert caller.get(f"{ORDERS}/unshipped").status_code == 200


def test_it_shows_only_the_parts_that_were_asked_for(caller: httpx.Client) -> None:
    bare = order(caller, include=[])["order"]
    whole = order(caller)["order"]

    assert (bare["order_number"], "items" in bare, "packages" in bare) == ("SO-1", False, False)
    assert whole["items"][0] | {"item_id": 0, "value": 0} == {
        "item_id": 0,
        "sku": "MUG",
        "description": "MUG",
        "quantity": 2,
        "quantity_to_ship": 2,
        "value": 0,
        "weight": 0.5,
    }
    assert "total_shipping_price" not in whole


def test_it_reads_by_number_and_says_no_inside_the_envelope(caller: httpx.Client) -> None:
    found = caller.get(ORDERS, params={"order_number": "SO-1"})
    missing = caller.get(ORDERS, params={"order_number": "SO-2"})

    assert found.json()["order"]["order_id"] == 42
    assert (missing.status_code, missing.json()["success"]) == (200, False)


def test_it_searches_parts_of_numbers_page_by_page(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.load("starshipit", [{"number": f"SO-1.{place}"} for place in range(4)])

    pages = [
        caller.get(f"{ORDERS}/search", params={"phrase": "so-1", "limit": 2, "page": page}).json()
        for page in (1, 2, 3, 4)
    ]

    assert [len(page["orders"]) for page in pages] == [2, 2, 1, 0]
    assert {page["total_pages"] for page in pages} == {3}
    assert pages[0]["orders"][0]["name"]


def test_it_keeps_no_number_unique_and_refuses_with_status_500(caller: httpx.Client) -> None:
    given = {
        "order": {"order_number": "SO-1", "destination": DESTINATION, "items": [{"sku": "MUG", "quantity": 1}]}
    }
    ids = [caller.post(ORDERS, json=given).json()["order"]["order_id"] for _ in range(2)]
    refused = caller.post(ORDERS, json={"order": {"order_number": "SO-1", "destination": {}}})
    empty = caller.post(ORDERS, json={})

    assert len({42, *ids}) == 3
    assert (refused.status_code, empty.status_code) == (500, 500)
    assert refused.json()["errors"][0]["details"] == "destination needs name, street, country, suburb."
    assert empty.json()["errors"][0]["details"] == "order_number is required."


def test_lines_change_while_the_order_is_unshipped_and_then_no_more(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    first = order(caller)["order"]["items"][0]["item_id"]
    items = [
        {"item_id": first, "delete": True},
        {"sku": "PLATE", "description": "Plate", "quantity": 3, "value": 2},
    ]
    changed = caller.put(ORDERS, json={"order": {"order_id": 42, "items": items}}).json()
    stranger = caller.put(ORDERS, json={"order": {"order_id": 42, "items": [{"item_id": 1}]}}).json()
    nowhere = caller.put(ORDERS, json={"order": {"order_id": 1, "items": []}}).json()
    sandbox.change("starshipit", "SO-1", status="Printed")
    locked = caller.put(ORDERS, json={"order": {"order_id": 42, "items": []}})

    assert [(item["sku"], item["quantity"]) for item in changed["order"]["items"]] == [("PLATE", 3)]
    assert "not of this order" in stranger["errors"][0]["details"]
    assert "not found" in nowhere["errors"][0]["details"]
    assert (locked.status_code, locked.json()["success"]) == (500, False)


def test_a_planned_shipment_is_dispatched_and_priced_when_its_time_has_come(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    plan = {"ships_after_seconds": 30, "tracking_number": "STAR1", "carrier": "AusPost", "cost": "7.50"}
    sandbox.load(
        "starshipit", [{"number": "SO-1", "plan": plan}, {"number": "SO-2", "archived": True, "plan": plan}]
    )
    before = order(caller)["order"]
    sandbox.advance(31)
    after = order(caller)["order"]

    assert (before["status"], before["packages"]) == ("Unshipped", [])
    assert (after["status"], after["packages"][0]["delivery_status"]) == ("Printed", "Dispatched")
    assert after["total_shipping_price"] == 7.5
    assert sandbox.show("starshipit", "SO-2")["status"] == "Unshipped"


def test_labels_can_be_cancelled_and_orders_taken_away(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.change("starshipit", "SO-1", shipments=[{"tracking_number": "STAR1"}])
    sandbox.change("starshipit", "SO-1", void_labels=True)
    assert order(caller)["order"]["packages"][0]["delivery_status"] == "Cancelled"

    sandbox.change("starshipit", "SO-1", deleted=True)
    assert order(caller)["success"] is False


def test_its_control_door_says_what_it_cannot_do(sandbox_url: str) -> None:
    answers = [
        httpx.post(f"{sandbox_url}/_control/starshipit/orders", json={"orders": [{}]}, trust_env=False),
        httpx.patch(f"{sandbox_url}/_control/starshipit/orders/none", json={}, trust_env=False),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]

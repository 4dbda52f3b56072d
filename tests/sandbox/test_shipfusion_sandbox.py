"""The sandbox plays Shipfusion: what clients showed of it, and the guesses with which accounts begin."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.shipfusion import CALLS_PER_MINUTE, PASSWORD, USERNAME

NEW = {
    "orderNumber": "SO-1",
    "warehouse": "IL",
    "toAddress": {"firstName": "Ada"},
    "items": [{"SKU": "MUG", "qty": 2}],
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("shipfusion", enabled=False)
    sandbox.load(
        "shipfusion", [{"number": "SO-1", "external_id": "a/b", "lines": [{"sku": "MUG", "quantity": 2}]}]
    )


@pytest.fixture
def caller(sandbox_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox_url}/shipfusion", auth=(USERNAME, PASSWORD), trust_env=False) as client:
        yield client


def shipment(caller: httpx.Client) -> Any:
    return caller.get("/shipments/a%2Fb").json()


def test_it_lets_nobody_in_without_credentials(caller: httpx.Client) -> None:
    assert caller.get("/inventory", auth=(USERNAME, "guess")).status_code == 401


def test_its_limit_bites_and_says_for_how_long(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.limit_rate("shipfusion", enabled=True)
    answers = [caller.get("/inventory") for _ in range(CALLS_PER_MINUTE + 1)]

    assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
    sandbox.advance(float(answers[-1].headers["Retry-After"]))
    assert caller.get("/inventory").status_code == 200


def test_it_shows_every_unit_by_itself_and_no_quantity(caller: httpx.Client) -> None:
    shown = shipment(caller)

    assert (shown["shipmentId"], shown["shipmentStatus"]) == ("a/b", "inQueue")
    assert [(item["SKU"], item["status"]) for item in shown["shipmentItems"]] == [("MUG", "inQueue")] * 2


def test_it_lists_by_number_page_by_page(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.load("shipfusion", [{"number": f"SO-1.{place}"} for place in range(4)])

    one = caller.get("/shipments", params={"orderNumber": "SO-1"}).json()
    last = caller.get("/shipments", params={"perPage": 2, "page": 3}).json()

    assert [entry["shipmentId"] for entry in one["shipments"]] == ["a/b"]
    assert (len(last["shipments"]), last["totalPages"]) == (1, 3)


def test_it_keeps_no_number_unique_and_refuses_what_is_not_whole(caller: httpx.Client) -> None:
    made = [caller.post("/shipments", json=NEW).json() for _ in range(2)]
    refused = caller.post("/shipments", json={**NEW, "items": []})

    assert {answer["responseStatus"] for answer in made} == {"success"}
    assert len({answer["shipmentId"] for answer in made}) == 2
    assert (refused.status_code, refused.json()["message"]) == (400, "Missing: items.")


@pytest.mark.parametrize("status", ["processing", "shipped", "cancelled"])
def test_only_what_waits_is_replaced_or_cancelled(
    status: str, sandbox: SandboxControl, caller: httpx.Client
) -> None:
    sandbox.change("shipfusion", "SO-1", status=status)

    answers = [
        caller.put("/shipments/a%2Fb", json=NEW),
        caller.put("/shipments/a%2Fb/cancel", json={}),
        caller.delete("/shipments/a%2Fb"),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert shipment(caller)["shipmentStatus"] == status


def test_a_planned_shipment_leaves_when_its_time_has_come_unless_it_is_on_hold(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    plan = {"ships_after_seconds": 30, "tracking_number": "FUSION1", "carrier": "USPS"}
    sandbox.load(
        "shipfusion", [{"number": "SO-1", "plan": plan}, {"number": "SO-2", "status": "onHold", "plan": plan}]
    )
    before = shipment(caller)
    sandbox.advance(31)
    after = shipment(caller)

    assert (before["shipmentStatus"], after["shipmentStatus"]) == ("inQueue", "shipped")
    assert after["tracking"]["trackingNumbers"] == ["FUSION1"]
    assert sandbox.show("shipfusion", "SO-2")["shipmentStatus"] == "onHold"


@pytest.mark.parametrize("order", [{}, {"number": "SO-1", "status": "napping"}])
def test_its_control_door_says_what_it_cannot_do(order: dict[str, str], sandbox_url: str) -> None:
    answer = httpx.post(f"{sandbox_url}/_control/shipfusion/orders", json={"orders": [order]}, trust_env=False)

    assert answer.status_code == 400

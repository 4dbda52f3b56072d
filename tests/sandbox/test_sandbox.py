"""The sandbox behaves as its providers document, and does what its control door is told."""

import subprocess
import sys

import httpx
import pytest

from webapp.sandbox import SandboxControl, running
from webapp.sandbox.faults import Fault


def test_it_lets_nobody_in_without_credentials(sandbox: SandboxControl, sandbox_url: str) -> None:
    answer = httpx.get(f"{sandbox_url}/shipstation/stores", trust_env=False)

    assert answer.status_code == 401
    assert answer.json()["Message"].startswith("Authorization has been denied")


def test_its_rate_limit_bites_after_forty_calls_and_passes_with_time(
    sandbox: SandboxControl, shipstation: httpx.Client
) -> None:
    answers = [shipstation.get("/stores") for _ in range(41)]

    assert [answer.status_code for answer in answers] == [200] * 40 + [429]
    assert answers[0].headers["X-Rate-Limit-Remaining"] == "39"
    assert int(answers[40].headers["X-Rate-Limit-Reset"]) <= 60
    assert answers[40].json() == {"message": "Too Many Requests"}
    sandbox.advance(60)
    assert shipstation.get("/stores").status_code == 200


def test_its_rate_limit_can_be_switched_off(sandbox: SandboxControl, shipstation: httpx.Client) -> None:
    sandbox.limit_rate("shipstation", enabled=False)

    assert {shipstation.get("/stores").status_code for _ in range(41)} == {200}


def test_it_pages_as_asked(sandbox: SandboxControl, shipstation: httpx.Client) -> None:
    sandbox.load("shipstation", [{"number": f"SO-{each}"} for each in range(5)])

    page = shipstation.get("/orders", params={"pageSize": 2, "page": 3}).json()

    assert (page["total"], page["page"], page["pages"], len(page["orders"])) == (5, 3, 3, 1)


def test_loading_the_same_number_again_replaces_the_order(sandbox: SandboxControl) -> None:
    first = sandbox.load("shipstation", [{"number": "SO-1"}])
    second = sandbox.load("shipstation", [{"number": "SO-1", "status": "on_hold"}])

    assert first == second


def test_an_id_given_by_hand_is_never_given_to_another_order(sandbox: SandboxControl) -> None:
    ids = sandbox.load("shipstation", [{"number": "A", "external_id": 100001}, {"number": "B"}])

    assert ids["A"] != ids["B"]


def test_a_planned_order_ships_by_itself(sandbox: SandboxControl, shipstation: httpx.Client) -> None:
    plan = {"ships_after_seconds": 30, "tracking_number": "1Z", "carrier": "ups", "cost": 5}
    ids = sandbox.load("shipstation", [{"number": "SO-1", "lines": [{"sku": "MUG"}], "plan": plan}])
    before = shipstation.get(f"/orders/{ids['SO-1']}").json()
    sandbox.advance(31)
    after = shipstation.get(f"/orders/{ids['SO-1']}").json()
    label = shipstation.get("/shipments", params={"orderId": ids["SO-1"]}).json()["shipments"][0]

    assert (before["orderStatus"], after["orderStatus"]) == ("awaiting_shipment", "shipped")
    assert (label["trackingNumber"], label["shipmentCost"], label["shipmentItems"]) == ("1Z", 5, None)


def test_a_cancelled_order_does_not_ship_as_planned(sandbox: SandboxControl, shipstation: httpx.Client) -> None:
    ids = sandbox.load("shipstation", [{"number": "SO-1", "plan": {"ships_after_seconds": 30}}])
    sandbox.change("shipstation", "SO-1", status="cancelled")
    sandbox.advance(31)

    assert shipstation.get(f"/orders/{ids['SO-1']}").json()["orderStatus"] == "cancelled"


def test_an_order_can_be_moved_along_and_its_labels_voided(
    sandbox: SandboxControl, shipstation: httpx.Client
) -> None:
    sandbox.load("shipstation", [{"number": "SO-1", "lines": [{"sku": "MUG"}]}])
    sandbox.change("shipstation", "SO-1", status="shipped", shipments=[{"tracking_number": "1Z"}])
    sandbox.change("shipstation", "SO-1", status="awaiting_shipment", void_labels=True)

    labels = shipstation.get("/shipments").json()["shipments"]
    assert [(label["trackingNumber"], label["voided"]) for label in labels] == [("1Z", True)]


def test_a_fault_strikes_as_often_as_asked_and_only_on_its_path(
    sandbox: SandboxControl, shipstation: httpx.Client
) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, count=2, path="/stores")

    assert shipstation.get("/orders").status_code == 200
    assert [shipstation.get("/stores").status_code for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/shipstation/orders", {"orders": [{}]}),
        ("/shipstation/orders", {"orders": "all"}),
        ("/shipstation/orders", {"orders": [{"number": "SO-1", "status": "lost"}]}),
        ("/shipstation/faults", {"fault": "earthquake"}),
        ("/shipstation/faults", {"fault": "reset", "count": 0}),
        ("/clock", {"advance_seconds": -1}),
        ("/clock", []),
    ],
)
def test_its_control_door_says_what_it_cannot_do(
    path: str, body: object, sandbox: SandboxControl, sandbox_url: str
) -> None:
    answer = httpx.post(f"{sandbox_url}/_control{path}", json=body, trust_env=False)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_it_answers_only_to_this_machines_own_names(sandbox: SandboxControl, sandbox_url: str) -> None:
    answer = httpx.post(f"{sandbox_url}/_control/reset", headers={"Host": "attacker.example.com"}, trust_env=False)

    assert answer.status_code == 400


def test_it_says_in_one_sentence_that_its_port_is_taken() -> None:
    with running() as url:
        port = url.rpartition(":")[2]
        ended = subprocess.run(
            [sys.executable, "-m", "webapp.sandbox", "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == f"The sandbox cannot listen on port {port}: Address already in use.\n"

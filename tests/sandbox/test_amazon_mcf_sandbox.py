"""The sandbox plays Amazon as it is documented: tokens, headers, ids used once, a limit for each operation."""

from collections.abc import Iterator

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.amazon_mcf import BURST, PAGE_SIZE, ROOT
from webapp.sandbox.amazon_mcf_access import CREDENTIALS, LIFETIME
from webapp.sandbox.faults import Fault

BODY = {
    "sellerFulfillmentOrderId": "SO-2",
    "displayableOrderId": "SO-2",
    "displayableOrderDate": "2026-03-02T12:00:00Z",
    "displayableOrderComment": "Thank you",
    "shippingSpeedCategory": "Standard",
    "destinationAddress": {"name": "A", "addressLine1": "B", "postalCode": "97401", "countryCode": "US"},
    "items": [{"sellerSku": "MUG", "sellerFulfillmentOrderItemId": "1", "quantity": 1}],
}
FORM = {"grant_type": "refresh_token", **CREDENTIALS}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("fba", enabled=True)
    sandbox.load("fba", [{"number": "SO-1", "lines": [{"sku": "MUG"}]}])


@pytest.fixture
def caller(sandbox_url: str, _one_order: None) -> Iterator[httpx.Client]:
    """Amazon as any caller with good credentials sees it."""
    with httpx.Client(base_url=f"{sandbox_url}/fba", trust_env=False) as client:
        token = client.post("/auth/o2/token", data=FORM).json()["access_token"]
        client.headers.update({"x-amz-access-token": token, "x-amz-date": "20260302T120000Z"})
        yield client


def status_of(caller: httpx.Client, order: str) -> str:
    word: str = caller.get(f"{ROOT}/{order}").json()["payload"]["fulfillmentOrder"]["fulfillmentOrderStatus"]
    return word


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"refresh_token": "guess"}, 400, "invalid_grant"),
    ],
)
def test_it_gives_tokens_to_whoever_signs_in_and_nobody_else(
    wrong: dict[str, str], status: int, error: str, sandbox_url: str
) -> None:
    answer = httpx.post(f"{sandbox_url}/fba/auth/o2/token", data=FORM | wrong, trust_env=False)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_its_tokens_last_an_hour(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.advance(LIFETIME - 60)
    assert status_of(caller, "SO-1") == "Received"
    sandbox.advance(60)
    answer = caller.get(f"{ROOT}/SO-1")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "Unauthorized")


def test_it_wants_amazons_headers(caller: httpx.Client) -> None:
    del caller.headers["x-amz-date"]

    assert caller.get(f"{ROOT}/SO-1").status_code == 400


def test_its_limit_is_a_bucket_for_each_operation(sandbox: SandboxControl, caller: httpx.Client) -> None:
    answers = [caller.get(f"{ROOT}/SO-1") for _ in range(BURST + 20)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused[0].json()["errors"][0]["code"] == "QuotaExceeded"
    assert answers[0].headers["x-amzn-RateLimit-Limit"] == "2.0"
    assert caller.get(ROOT).status_code == 200
    sandbox.advance(1)
    assert status_of(caller, "SO-1") == "Received"


def test_an_id_can_be_used_once(caller: httpx.Client) -> None:
    assert caller.post(ROOT, json=BODY).json() == {}
    caller.put(f"{ROOT}/SO-2/cancel")

    again = caller.post(ROOT, json=BODY)
    assert status_of(caller, "SO-2") == "Cancelled"
    assert again.status_code == 400
    assert "already exists" in again.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"items": []}, "'items'"),
        ({"destinationAddress": {"name": "A"}}, "'addressLine1'"),
        ({"sellerFulfillmentOrderId": "S" * 41}, "length at most 40"),
        ({"items": [BODY["items"][0] | {"quantity": 251}]}, "250 units"),
        ({"items": [BODY["items"][0] | {"sellerSku": "M" * 51}]}, "SellerSKU for Item Id: 1 is invalid"),
    ],
)
def test_it_refuses_an_order_that_amazon_would_refuse(
    wrong: dict[str, object], words: str, caller: httpx.Client
) -> None:
    answer = caller.post(ROOT, json=BODY | wrong)

    assert answer.status_code == 400
    assert words in answer.json()["errors"][0]["message"]


def test_it_cancels_only_what_is_not_picked_yet(caller: httpx.Client) -> None:
    caller.put(f"{ROOT}/SO-1/status", json={"fulfillmentOrderStatus": "Processing"})

    assert caller.put(f"{ROOT}/SO-1/cancel").status_code == 400
    assert status_of(caller, "SO-1") == "Processing"


def test_it_lists_what_changed_page_by_page(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.load("fba", [{"number": f"SO-{each}"} for each in range(100, 100 + PAGE_SIZE)])

    first = caller.get(ROOT).json()["payload"]
    second = caller.get(ROOT, params={"nextToken": first["nextToken"]}).json()["payload"]
    later = caller.get(ROOT, params={"queryStartDate": "2999-01-01T00:00:00Z"}).json()["payload"]
    wrong = caller.get(ROOT, params={"queryStartDate": "soon"})

    assert (len(first["fulfillmentOrders"]), len(second["fulfillmentOrders"])) == (PAGE_SIZE, 1)
    assert "nextToken" not in second
    assert later["fulfillmentOrders"] == []
    assert wrong.status_code == 400


def test_a_planned_order_ships_by_itself_unless_it_is_on_hold(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    plan = {"plan": {"ships_after_seconds": 60, "tracking_number": "1Z"}}
    sandbox.load("fba", [{"number": "A", **plan}, {"number": "B", "action": "Hold", **plan}])

    sandbox.advance(60)

    assert (status_of(caller, "A"), status_of(caller, "B")) == ("Complete", "Received")


@pytest.mark.parametrize("body", [{"orders": [{}]}, {"orders": [{"number": "A", "status": "Lost"}]}])
def test_its_control_door_says_what_it_does_not_take(body: dict[str, object], sandbox_url: str) -> None:
    answer = httpx.post(f"{sandbox_url}/_control/fba/orders", json=body, trust_env=False)

    assert answer.status_code == 400


def test_a_fault_is_planned_by_amazons_name_of_the_operation(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    sandbox.fault("fba", Fault.SERVER_ERROR, path="/cancelFulfillmentOrder")

    assert status_of(caller, "SO-1") == "Received"
    assert caller.put(f"{ROOT}/SO-1/cancel").status_code == 500
    assert caller.put(f"{ROOT}/SO-1/cancel").json() == {}

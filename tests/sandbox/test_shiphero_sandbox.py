"""The sandbox plays ShipHero as it is documented: tokens, credits, errors under 200, only the fields asked for."""

from typing import Any

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shiphero_access import LIFETIME, PASSWORD, REFRESH_TOKEN, USERNAME

ORDER = "query Order($id: String!) { order(id: $id) { data { id order_number fulfillment_status } } }"
DEAR = """query Dear { orders { complexity data(first: 100) { edges { node {
    line_items(first: 30) { edges { node { sku } } } } } } } }"""
CANCEL = "mutation Cancel($data: CancelOrderInput!) { order_cancel(data: $data) { order { fulfillment_status } } }"
CREATE = "mutation Create($data: CreateOrderInput!) { order_create(data: $data) { order { id order_number } } }"


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("shiphero", enabled=True)
    sandbox.load("shiphero", [{"number": "SO-1", "external_id": "here", "lines": [{"sku": "MUG"}]}])


class Caller:
    """ShipHero as any caller with a good refresh token sees it."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=f"{url}/shiphero", trust_env=False)
        self.sign_in()

    def sign_in(self) -> None:
        token = self.client.post("/auth/refresh", json={"refresh_token": REFRESH_TOKEN}).json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.client.post("/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200
        return answer.json()


@pytest.fixture
def caller(sandbox_url: str, sandbox: SandboxControl) -> Any:
    caller = Caller(sandbox_url)
    yield caller
    caller.client.close()


def test_it_gives_tokens_to_whoever_signs_in(sandbox_url: str) -> None:
    with httpx.Client(base_url=f"{sandbox_url}/shiphero/auth", trust_env=False) as client:
        signed_in = client.post("/token", json={"username": USERNAME, "password": PASSWORD}).json()
        wrong = client.post("/token", json={"username": USERNAME, "password": "guess"})
        wrong_refresh = client.post("/refresh", json={"refresh_token": "guess"})

    assert (signed_in["refresh_token"], signed_in["expires_in"]) == (REFRESH_TOKEN, LIFETIME)
    assert (wrong.status_code, wrong_refresh.status_code) == (401, 401)


def test_its_tokens_expire(sandbox: SandboxControl, caller: Caller) -> None:
    sandbox.advance(LIFETIME - 60)
    assert caller.ask(ORDER, id="here")["data"]
    sandbox.advance(60)
    assert caller.client.post("/graphql", json={"query": ORDER}).status_code == 401
    caller.sign_in()
    assert caller.ask(ORDER, id="here")["data"]


def test_it_answers_only_what_was_asked_for(caller: Caller) -> None:
    answer = caller.ask(ORDER, id="here")

    data = {"id": "here", "order_number": "SO-1", "fulfillment_status": "pending"}
    assert answer == {"data": {"order": {"data": data}}}


@pytest.mark.parametrize(
    ("query", "variables", "words"),
    [
        ("{ order(id: 1) { data { id } } }", {}, "Syntax Error"),
        ("query Q { ship(id: 1) { id } }", {}, 'Cannot query field "ship"'),
        ("query Q { order_cancel(data: 1) { order { id } } }", {}, 'Cannot query field "order_cancel"'),
        ('query Q { order(id: "here") { data { colour } } }', {}, 'Cannot query field "colour"'),
        (ORDER, {}, "was not provided"),
        ("query Q { order(id: ", {}, "<EOF>"),
        ("query Q { alias: order(id: 1) { data { id } } }", {}, "Expected Name"),
        (CREATE, {"data": {}}, "shipping_address"),
        (CREATE, {"data": {"shipping_address": {}, "line_items": [{"sku": "MUG"}]}}, "partner_line_item_id"),
    ],
)
def test_it_refuses_what_its_schema_would_refuse(
    query: str, variables: dict[str, Any], words: str, caller: Caller
) -> None:
    answer = caller.ask(query, **variables)

    assert answer["data"] is None
    assert words in answer["errors"][0]["message"]


def test_an_order_that_is_not_there_is_error_5_under_200(caller: Caller) -> None:
    answer = caller.ask(ORDER, id="nowhere")

    assert answer["data"] == {"order": None}
    error = answer["errors"][0]
    assert (error["code"], error["message"], error["operation"]) == (5, "Order not found", "order")


def test_its_credits_bite_and_fill_again(sandbox: SandboxControl, caller: Caller) -> None:
    dear = caller.ask(DEAR)
    refused = caller.ask(DEAR)

    assert dear["data"]["orders"]["complexity"] == 1 + 100 * (1 + 30)
    assert refused["errors"][0]["code"] == 30
    assert "requires 3101 credits" in refused["errors"][0]["message"]
    quota = caller.ask("query Quota { user_quota { credits_remaining max_available increment_rate } }")
    assert quota["data"]["user_quota"]["max_available"] == 4_004
    assert quota["data"]["user_quota"]["credits_remaining"] < 3_101
    sandbox.advance(60)
    assert caller.ask(DEAR)["data"]["orders"]


def test_it_keeps_no_number_unique(caller: Caller) -> None:
    data = {"order_number": "SO-1", "shipping_address": {}}

    first, second = (caller.ask(CREATE, data=data)["data"]["order_create"]["order"] for _ in range(2))

    assert first["order_number"] == second["order_number"] == "SO-1"
    assert len({first["id"], second["id"], "here"}) == 3


def test_it_cancels_quietly_again_and_never_what_has_left_unless_forced(
    sandbox: SandboxControl, caller: Caller
) -> None:
    answers = [caller.ask(CANCEL, data={"order_id": "here"}) for _ in range(2)]
    assert [answer["data"]["order_cancel"]["order"]["fulfillment_status"] for answer in answers] == [
        "canceled"
    ] * 2

    sandbox.load("shiphero", [{"number": "SO-2", "external_id": "left", "shipments": [{}]}])
    refused = caller.ask(CANCEL, data={"order_id": "left"})
    forced = caller.ask(CANCEL, data={"order_id": "left", "force": True})

    assert "cannot be canceled" in refused["errors"][0]["message"]
    assert forced["data"]["order_cancel"]["order"]["fulfillment_status"] == "canceled"


def test_an_order_on_hold_does_not_ship_as_planned(sandbox: SandboxControl, caller: Caller) -> None:
    entry = {"number": "SO-3", "external_id": "held", "holds": ["client_hold"], "lines": [{"sku": "MUG"}]}
    sandbox.load("shiphero", [{**entry, "plan": {"ships_after_seconds": 30}}])
    sandbox.advance(31)
    before = caller.ask(ORDER, id="held")["data"]["order"]["data"]["fulfillment_status"]
    sandbox.change("shiphero", "SO-3", holds=[])
    after = caller.ask(ORDER, id="held")["data"]["order"]["data"]["fulfillment_status"]

    assert (before, after) == ("pending", "fulfilled")


@pytest.mark.parametrize("system", ["shiphero", "shipstation"])
def test_an_order_can_be_made_to_ship_right_after_a_request(
    system: str, sandbox: SandboxControl, shipstation: httpx.Client, caller: Caller
) -> None:
    sandbox.load(system, [{"number": "SO-1", "lines": [{"sku": "MUG"}]}])
    path = "/graphql" if system == "shiphero" else "/stores"
    sandbox.fault(system, Fault.SHIPS_AFTERWARDS, path=path, order="SO-1", skip=1)

    def touch() -> Any:
        if system == "shiphero":
            caller.ask(ORDER, id="here")
        else:
            shipstation.get("/stores").raise_for_status()
        shown = sandbox.show(system, "SO-1")
        return shown.get("fulfillment_status") or shown["orderStatus"]

    before, after = touch(), touch()

    assert before in ("pending", "awaiting_shipment")
    assert after in ("fulfilled", "shipped")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/shiphero/orders", {"orders": [{}]}),
        ("/shiphero/orders", {"orders": [{"number": "SO-1", "holds": ["nap"]}]}),
        ("/shiphero/faults", {"fault": "ships_afterwards"}),
        ("/shiphero/faults", {"fault": "reset", "skip": -1}),
    ],
)
def test_its_control_door_says_what_it_cannot_do(
    path: str, body: object, sandbox: SandboxControl, sandbox_url: str
) -> None:
    answer = httpx.post(f"{sandbox_url}/_control{path}", json=body, trust_env=False)

    assert answer.status_code == 400
    assert answer.json()["error"]

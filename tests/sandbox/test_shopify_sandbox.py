"""The sandbox plays Shopify as it is documented: tokens, points, pages, and refusals in recorded words."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from webapp.sandbox import SandboxControl
from webapp.sandbox.shopify import POINTS
from webapp.sandbox.shopify_access import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, LIFETIME

PATH = "/admin/api/2026-07/graphql.json"
NAME = "query Name($id: ID!) { order(id: $id) { id name } }"
PLACES = """query Places($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes {
    id status supportedActions { action } lineItems(first: 5) { nodes { id remainingQuantity } } } } } }"""
CREATE = """mutation Create($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
    fulfillment { id status } userErrors { field message } } }"""
CANCEL = "mutation C($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }"
TRACK = """mutation T($id: ID!, $t: FulfillmentTrackingInput!) {
    fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) {
    fulfillment { trackingInfo(first: 5) { number } } userErrors { message } } }"""
ORDER: dict[str, Any] = {
    "number": "#1",
    "external_id": "one",
    "lines": [{"sku": "MUG", "quantity": 3}],
    "fulfillment_orders": [
        {"location": "East", "lines": [{"sku": "MUG", "quantity": 2}]},
        {"location": "West", "lines": [{"sku": "MUG", "quantity": 1}]},
    ],
}


class Caller:
    """The shop as any caller with a good token sees it."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=f"{url}/shopify", trust_env=False)
        self.client.headers["X-Shopify-Access-Token"] = ACCESS_TOKEN

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.client.post(PATH, json={"query": query, "variables": variables})
        assert answer.status_code == 200
        return answer.json()

    def places(self) -> list[Any]:
        found: list[Any] = self.ask(PLACES, id="one")["data"]["order"]["fulfillmentOrders"]["nodes"]
        return found

    def create(self, *lines: tuple[str, list[dict[str, Any]]]) -> Any:
        wanted = [{"fulfillmentOrderId": id_, "fulfillmentOrderLineItems": items} for id_, items in lines]
        return self.ask(CREATE, f={"lineItemsByFulfillmentOrder": wanted})["data"]["fulfillmentCreate"]


@pytest.fixture
def caller(sandbox_url: str, sandbox: SandboxControl) -> Iterator[Caller]:
    sandbox.load("shopify", [ORDER])
    caller = Caller(sandbox_url)
    yield caller
    caller.client.close()


def test_its_tokens_expire_and_its_fixed_one_does_not(sandbox: SandboxControl, caller: Caller) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    granted = caller.client.post("/admin/oauth/access_token", data=form).json()
    wrong = caller.client.post("/admin/oauth/access_token", data=form | {"client_secret": "guess"})
    assert (granted["expires_in"], wrong.status_code) == (LIFETIME, 401)

    caller.client.headers["X-Shopify-Access-Token"] = granted["access_token"]
    assert caller.ask(NAME, id="one")["data"] == {"order": {"id": "one", "name": "#1"}}
    sandbox.advance(LIFETIME)
    assert caller.client.post(PATH, json={"query": NAME}).status_code == 401
    caller.client.headers["X-Shopify-Access-Token"] = ACCESS_TOKEN
    assert caller.ask(NAME, id="one")["data"]


def test_another_version_is_no_address(caller: Caller) -> None:
    assert caller.client.post("/admin/api/2026-13/graphql.json", json={"query": NAME}).status_code == 404


def test_points_run_out_and_come_back(sandbox: SandboxControl, caller: Caller) -> None:
    sandbox.limit_rate("shopify", enabled=True)
    spent = 0
    while "errors" not in (answer := caller.ask(PLACES, id="one")):
        spent += answer["extensions"]["cost"]["actualQueryCost"]

    assert answer["errors"][0]["extensions"] == {"code": "THROTTLED"}
    assert answer["extensions"]["cost"]["throttleStatus"]["restoreRate"] == 100
    assert spent <= POINTS * 1.2
    sandbox.advance(20)
    assert "errors" not in caller.ask(PLACES, id="one")


def test_a_query_that_is_too_dear_is_refused(caller: Caller) -> None:
    dear = "query D { orders(first: 250, query: $q) { nodes { fulfillments(first: 50) { id } } } }"
    assert caller.ask(dear)["errors"][0]["extensions"] == {"code": "MAX_COST_EXCEEDED"}


def test_it_fulfills_units_and_closes_what_is_done(caller: Caller) -> None:
    east, west = caller.places()
    done = caller.create((east["id"], [{"id": east["lineItems"]["nodes"][0]["id"], "quantity": 1}]))

    assert done["userErrors"] == []
    assert [one["status"] for one in caller.places()] == ["IN_PROGRESS", "OPEN"]
    caller.create((east["id"], []))
    assert [one["status"] for one in caller.places()] == ["CLOSED", "OPEN"]
    again = caller.create((east["id"], []))
    assert again["fulfillment"] is None
    assert "has an unfulfillable status= closed." in again["userErrors"][0]["message"]
    assert west["supportedActions"][0] == {"action": "CREATE_FULFILLMENT"}


def test_it_refuses_in_the_words_of_shopify(caller: Caller) -> None:
    east, west = caller.places()
    line = east["lineItems"]["nodes"][0]["id"]
    refusals = {
        "Invalid fulfillment order line item quantity requested.": [(east["id"], [{"id": line, "quantity": 9}])],
        "Quantity must be greater than 0": [(east["id"], [{"id": line, "quantity": 0}])],
        "Fulfillment order line item does not exist.": [(east["id"], [{"id": "x", "quantity": 1}])],
        "Fulfillment order does not exist.": [("x", [])],
        "must be assigned to a single location": [(east["id"], []), (west["id"], [])],
    }
    for words, lines in refusals.items():
        assert words in caller.create(*lines)["userErrors"][0]["message"]


def test_a_cancellation_opens_new_fulfillment_orders_and_is_quiet_the_second_time(caller: Caller) -> None:
    east, _ = caller.places()
    made = caller.create((east["id"], []))["fulfillment"]["id"]
    for _ in range(2):
        answer = caller.ask(CANCEL, id=made)["data"]["fulfillmentCancel"]
        assert answer == {"fulfillment": {"status": "CANCELLED"}, "userErrors": []}

    places = caller.places()
    assert [one["status"] for one in places] == ["CLOSED", "OPEN", "OPEN"]
    assert places[2]["id"] != east["id"]
    assert caller.ask(CANCEL, id="x")["data"]["fulfillmentCancel"]["userErrors"] == [
        {"message": "Fulfillment not found."}
    ]
    moved = caller.ask(TRACK, id=made, t={"numbers": ["A", "B"]})["data"]["fulfillmentTrackingInfoUpdate"]
    assert [one["number"] for one in moved["fulfillment"]["trackingInfo"]] == ["A", "B"]

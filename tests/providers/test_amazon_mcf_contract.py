"""Everything that is said between Amazon's adapter and its sandbox is what Amazon's own specification allows."""

from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from tests.providers.new_orders import NEW_ORDER
from tests.providers.overheard import Overheard, overheard
from tests.providers.specifications import needs_specs, specification
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import NotFound, OrderReference, ProviderError
from webapp.sandbox import SandboxControl
from webapp.sandbox.amazon_mcf import PAGE_SIZE, ROOT
from webapp.sandbox.amazon_mcf_access import CREDENTIALS
from webapp.sandbox.amazon_mcf_orders import STATUSES
from webapp.sandbox.faults import Fault

__all__ = ["overheard"]

pytestmark = needs_specs
NUMBER = NEW_ORDER.number
HERE = OrderReference(NUMBER, NUMBER)
PARCELS = [
    {"tracking_number": "1Z1", "lines": [{"sku": "MUG", "quantity": 1}]},
    {"amazon_tracking_number": "TBA1", "status": "PENDING"},
    {"status": "CANCELLED_BY_FULFILLER"},
]


def problems(heard: list[Overheard]) -> list[str]:
    """What Amazon's specification says against what was heard, apart from the sign-in, which has another."""
    specified = specification("amazon_mcf", "fulfillmentOutbound_2020-07-01.json")
    found: list[str] = []
    for each in (each for each in heard if not each.path.endswith("/auth/o2/token")):
        operation = specified.operation(each.request.method, each.path.removeprefix("/fba"))
        found += operation.problems_of_request(each.sent, each.request.url.query.decode())
        found += operation.problems_of_answer(each.response.status_code, each.response.json())
    return found


def load(sandbox: SandboxControl, **changes: object) -> None:
    sandbox.load("fba", [{"number": NUMBER, "lines": [{"sku": "MUG", "key": "11", "quantity": 2}], **changes}])


@pytest.mark.parametrize("status", STATUSES)
def test_every_order_that_is_read_is_as_specified(
    status: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter, overheard: list[Overheard]
) -> None:
    load(sandbox, status=status, shipments=PARCELS)

    amazon.fetch_order(HERE)

    assert len(overheard) > 0
    assert problems(overheard) == []


Ask = Callable[[AmazonMcfAdapter], object]
ASKED: dict[str, tuple[dict[str, object] | None, Ask]] = {
    "create": (None, lambda amazon: amazon.create_order(NEW_ORDER)),
    "create again": ({"status": "Cancelled"}, lambda amazon: amazon.create_order(NEW_ORDER)),
    "cancel": ({}, lambda amazon: amazon.cancel_order(HERE, "Ordered twice")),
    "update": ({"action": "Hold"}, lambda amazon: amazon.update_order(HERE, NEW_ORDER)),
    "test": ({}, lambda amazon: amazon.test_connection()),
    "look for nothing": (None, lambda amazon: amazon.fetch_order(HERE)),
}


@pytest.mark.parametrize("name", ASKED)
def test_every_call_is_as_specified(
    name: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter, overheard: list[Overheard]
) -> None:
    standing, ask = ASKED[name]
    if standing is not None:
        load(sandbox, **standing)

    with suppress(NotFound):
        ask(amazon)

    changes = sum(each.request.method in ("POST", "PUT") for each in overheard) - 1  # The sign-in is one.
    assert changes == (0 if name in ("test", "look for nothing") else 1)
    assert problems(overheard) == []


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.UNAUTHORIZED, Fault.NOT_FOUND])
@pytest.mark.parametrize("name", ASKED)
def test_every_error_answer_is_as_specified(
    name: str, fault: Fault, sandbox: SandboxControl, amazon: AmazonMcfAdapter, overheard: list[Overheard]
) -> None:
    amazon.test_connection()  # Signs in before anything goes wrong.
    sandbox.fault("fba", fault, count=None)
    overheard.clear()

    with suppress(ProviderError):
        ASKED[name][1](amazon)

    assert any(each.response.status_code >= 400 for each in overheard)
    assert problems(overheard) == []


def test_an_id_that_is_taken_and_a_cancellation_that_comes_too_late_are_refused_as_specified(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter, overheard: list[Overheard]
) -> None:
    load(sandbox)
    sandbox.fault("fba", Fault.NOT_FOUND, path="/getFulfillmentOrder")
    amazon.create_order(NEW_ORDER)
    sandbox.fault("fba", Fault.SHIPS_AFTERWARDS, path="/getFulfillmentOrder", order=NUMBER)
    with suppress(ProviderError):
        amazon.cancel_order(HERE, "Ordered twice")

    assert [each.response.status_code for each in overheard if each.request.method != "GET"][-2:] == [400, 400]
    assert problems(overheard) == []


def test_the_sandbox_lists_and_moves_orders_as_specified(sandbox: SandboxControl, sandbox_url: str) -> None:
    sandbox.load("fba", [{"number": f"SO-{each}"} for each in range(PAGE_SIZE + 1)])
    specified = specification("amazon_mcf", "fulfillmentOutbound_2020-07-01.json")
    form = {"grant_type": "refresh_token", **CREDENTIALS}
    with httpx.Client(base_url=f"{sandbox_url}/fba", trust_env=False) as client:
        token = client.post("/auth/o2/token", data=form).json()["access_token"]
        client.headers.update({"x-amz-access-token": token, "x-amz-date": "20260302T120000Z"})
        answers = [
            client.get(ROOT),
            client.get(ROOT, params={"nextToken": str(PAGE_SIZE)}),
            client.put(f"{ROOT}/SO-1/status", json={"fulfillmentOrderStatus": "Planning"}),
            client.put(f"{ROOT}/SO-1/status", json={"fulfillmentOrderStatus": "Lost"}),
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 400]
    for answer in answers:
        path = answer.request.url.raw_path.decode().partition("?")[0].removeprefix("/fba")
        operation = specified.operation(answer.request.method, path)
        assert operation.problems_of_answer(answer.status_code, answer.json()) == []

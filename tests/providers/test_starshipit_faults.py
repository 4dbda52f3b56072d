"""Starshipit meets every fault: which error, how many requests, and what is on record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from json import dumps

import httpx
import pytest

from tests.providers.conftest import OpenShipit
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.redaction import Redactor
from webapp.providers.starshipit.adapter import PERSONAL, StarshipitAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.starshipit import API_KEY, SUBSCRIPTION_KEY
from webapp.sandbox.starshipit_orders import DEFAULT_RECEIVER
from webapp.statuses import ExchangeOutcome

NUMBER = "SO-1.1"
BY_ID = OrderReference("42", NUMBER)
BY_NUMBER = OrderReference(None, NUMBER)
REFUSED, UNKNOWN = ExchangeOutcome.REFUSED, ExchangeOutcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[StarshipitAdapter], object]
    path: str


OPERATIONS = {
    "order by id": Operation(lambda shipit: shipit.fetch_order(BY_ID), "/api/orders/GET"),
    "order by number": Operation(lambda shipit: shipit.fetch_order(BY_NUMBER), "/api/orders/search"),
    "test connection": Operation(lambda shipit: shipit.test_connection(), "/api/orders/unshipped"),
}


@dataclass(frozen=True)
class Expected:
    """The error, the requests really made, and what the record says about the last."""

    error: type[ProviderError]
    requests: int
    outcome: ExchangeOutcome
    status: int | None
    is_retryable: bool = False


FAULTS = {
    Fault.THROTTLED: Expected(Throttled, 3, REFUSED, 429, is_retryable=True),
    Fault.SERVER_ERROR: Expected(Transient, 3, REFUSED, 500, is_retryable=True),
    Fault.UNAUTHORIZED: Expected(AuthFailed, 1, REFUSED, 401),
    Fault.WRONG_SHAPE: Expected(Rejected, 1, REFUSED, 200),
    Fault.NOT_JSON: Expected(Rejected, 1, REFUSED, 200),
    Fault.HUGE_BODY: Expected(Rejected, 1, REFUSED, 200),
    Fault.REDIRECT: Expected(Rejected, 1, REFUSED, 302),
    Fault.TRUNCATED: Expected(Rejected, 1, REFUSED, 200),
    Fault.CUT_OFF: Expected(Transient, 3, REFUSED, 200, is_retryable=True),
    Fault.RESET: Expected(Transient, 3, UNKNOWN, None, is_retryable=True),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": "MUG"}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("starshipit")]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_it_turns_a_fault_into_its_error_and_records_every_attempt(
    name: str, fault: Fault, sandbox: SandboxControl, shipit: StarshipitAdapter, exchanges: list[Exchange]
) -> None:
    operation, expected = OPERATIONS[name], FAULTS[fault]
    sandbox.fault("starshipit", fault, count=None, path=operation.path)

    with pytest.raises(expected.error) as caught:
        operation.ask(shipit)

    assert caught.value.retryable is expected.is_retryable
    assert caught.value.ambiguous is False
    assert "Main" in caught.value.message
    assert paths(sandbox) == [operation.path] * expected.requests
    assert len(exchanges) == expected.requests
    assert exchanges[-1].outcome is expected.outcome
    assert exchanges[-1].response_status == expected.status
    assert exchanges[-1].message == caught.value.message
    assert not [key for key in (API_KEY, SUBSCRIPTION_KEY) if key in repr(exchanges)]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_it_gives_up_on_an_answer_that_does_not_come(
    name: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_shipit: OpenShipit
) -> None:
    operation = OPERATIONS[name]
    impatient = open_shipit(using=replace(options, timing=Timing(read=0.1)))
    sandbox.fault("starshipit", fault, count=None, seconds=60, path=operation.path)

    with pytest.raises(Transient):
        operation.ask(impatient)

    sandbox.clear_faults("starshipit")
    assert paths(sandbox) == [operation.path] * 3


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("path", ["/api/orders/GET", "/api/orders/search"])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, path: str, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, count=2, path=path)

    assert shipit.fetch_order(BY_NUMBER).number == NUMBER


@pytest.mark.parametrize("path", ["/api/orders/search", "/api/orders/unshipped"])
def test_a_refusal_under_status_200_is_told_in_starshipits_words(
    path: str, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path=path)

    with pytest.raises(Rejected, match=r"yet said no: General Exception The account is being moved\."):
        shipit.test_connection() if path.endswith("unshipped") else shipit.fetch_order(BY_NUMBER)


def test_a_read_by_id_that_was_refused_is_asked_again_by_number(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path="/api/orders/GET")

    assert shipit.fetch_order(BY_ID).external_id == "42"
    assert paths(sandbox) == ["/api/orders/GET", "/api/orders/search", "/api/orders/GET"]


@pytest.mark.parametrize("changed", ["api_key", "subscription_key"])
def test_wrong_keys_are_said_to_be_wrong(
    changed: str, shipit_account: ProviderAccountRecord, open_shipit: OpenShipit
) -> None:
    credentials = {**shipit_account.credentials, changed: "somebody-elses"}

    with pytest.raises(AuthFailed, match="does not allow these credentials"):
        open_shipit(replace(shipit_account, credentials=credentials)).test_connection()


def _ask_for_ever(shipit: StarshipitAdapter) -> None:
    while True:
        shipit.test_connection()


def test_it_tells_the_two_calls_a_second_of_the_gateway_as_throttling(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.limit_rate("starshipit", enabled=True)

    with pytest.raises(Throttled, match="called too often"):
        _ask_for_ever(shipit)


def test_an_account_asks_no_more_than_its_setting_allows(
    shipit_account: ProviderAccountRecord, open_shipit: OpenShipit, exchanges: list[Exchange]
) -> None:
    shipit = open_shipit(replace(shipit_account, settings={}))

    with pytest.raises(Throttled, match="used up its calls"):
        _ask_for_ever(shipit)
    assert {exchange.response_status for exchange in exchanges} == {200}


def test_half_an_answer_names_nobody_either() -> None:
    redactor = Redactor([], PERSONAL)
    order = dumps({"order_number": NUMBER, "destination": DEFAULT_RECEIVER, **DEFAULT_RECEIVER})

    for length in range(len(order)):
        body = redactor.body(order[:length].encode())
        assert not [word for word in DEFAULT_RECEIVER.values() if word in body]
    assert "Kim" not in redactor.url(httpx.URL("https://api.example.com/?name=Kim"))

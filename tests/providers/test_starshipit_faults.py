"""Starshipit out of order: what passes, its own words, its keys and limits. Every fault is in tests/proof."""

from dataclasses import replace
from json import dumps

import httpx
import pytest

from tests.providers.conftest import OpenShipit
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    ProviderAccountRecord,
    Rejected,
    Throttled,
)
from webapp.providers.redaction import Redactor
from webapp.providers.starshipit.adapter import PERSONAL, StarshipitAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.starshipit_orders import DEFAULT_RECEIVER

NUMBER = "SO-1.1"
BY_ID = OrderReference("42", NUMBER)
BY_NUMBER = OrderReference(None, NUMBER)


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": "MUG"}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("starshipit")]


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

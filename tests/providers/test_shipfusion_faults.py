"""Shipfusion out of order: what passes, its own words, its keys and limits. Every fault is in tests/proof."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from json import dumps

import pytest

from tests.providers.conftest import OpenFusion
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    ProviderAccountRecord,
    Rejected,
    Throttled,
)
from webapp.providers.redaction import Redactor
from webapp.providers.shipfusion.adapter import PERSONAL, ShipfusionAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shipfusion_orders import DEFAULT_RECEIVER

NUMBER = "SO-1.1"
BY_ID = OrderReference("42", NUMBER)
BY_NUMBER = OrderReference(None, NUMBER)


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[ShipfusionAdapter], object]
    path: str


OPERATIONS = {
    "order by id": Operation(lambda fusion: fusion.fetch_order(BY_ID), "/shipments/42/GET"),
    "order by number": Operation(lambda fusion: fusion.fetch_order(BY_NUMBER), "/shipments/GET"),
    "test connection": Operation(lambda fusion: fusion.test_connection(), "/inventory"),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": "MUG"}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shipfusion")]


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("path", ["/shipments/42/GET", "/shipments/GET"])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, path: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, count=2, path=path)

    assert fusion.fetch_order(BY_NUMBER).number == NUMBER


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_refusal_under_status_200_is_told_in_shipfusions_words(
    name: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.ERRORS_IN_BODY, path=OPERATIONS[name].path)

    with pytest.raises(Rejected, match=r"yet said no: The warehouse is being moved\."):
        OPERATIONS[name].ask(fusion)


@pytest.mark.parametrize("changed", ["username", "password"])
def test_wrong_credentials_are_said_to_be_wrong(
    changed: str, fusion_account: ProviderAccountRecord, open_fusion: OpenFusion
) -> None:
    credentials = {**fusion_account.credentials, changed: "somebody-elses"}

    with pytest.raises(AuthFailed, match="refused the credentials"):
        open_fusion(replace(fusion_account, credentials=credentials)).test_connection()


def _ask_for_ever(fusion: ShipfusionAdapter) -> None:
    while True:
        fusion.test_connection()


def test_it_waits_as_long_as_shipfusion_asks(sandbox: SandboxControl, open_fusion: OpenFusion) -> None:
    fusion = open_fusion(calls_per_minute=6_000)
    sandbox.limit_rate("shipfusion", enabled=True)

    with pytest.raises(Throttled, match="called too often") as caught:
        _ask_for_ever(fusion)

    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60


def test_an_account_asks_no_more_than_its_setting_allows(
    open_fusion: OpenFusion, exchanges: list[Exchange]
) -> None:
    with pytest.raises(Throttled, match="used up its calls"):
        _ask_for_ever(open_fusion(calls_per_minute=2))
    assert {exchange.response_status for exchange in exchanges} == {200}


def test_half_an_answer_names_nobody_either() -> None:
    redactor = Redactor([], PERSONAL)
    order = dumps({"orderNumber": NUMBER, "toAddress": DEFAULT_RECEIVER, **DEFAULT_RECEIVER})

    for length in range(len(order)):
        body = redactor.body(order[:length].encode())
        assert not [word for word in DEFAULT_RECEIVER.values() if word in body]

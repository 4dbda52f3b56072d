"""Every operation meets every fault: which error, how many requests, what is on record."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.providers.conftest import OpenAdapter
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shipstation import API_KEY, API_SECRET
from webapp.sandbox.shipstation_orders import DEFAULT_CUSTOMER
from webapp.statuses import ExchangeOutcome

BY_ID = OrderReference("100001", "SO-1.1")
BY_NUMBER = OrderReference(None, "SO-1.1")
REFUSED, UNKNOWN = ExchangeOutcome.REFUSED, ExchangeOutcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[ShipStationAdapter], object]
    path: str


OPERATIONS = {
    "order by id": Operation(lambda adapter: adapter.fetch_order(BY_ID), "/orders/"),
    "order by number": Operation(lambda adapter: adapter.fetch_order(BY_NUMBER), "/orders"),
    "shipments": Operation(lambda adapter: adapter.fetch_order(BY_ID), "/shipments"),
    "fulfillments": Operation(lambda adapter: adapter.fetch_order(BY_ID), "/fulfillments"),
    "test connection": Operation(lambda adapter: adapter.test_connection(), "/stores"),
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
    Fault.NOT_FOUND: Expected(Rejected, 1, REFUSED, 404),  # Of a whole address, not of one order.
    Fault.ERRORS_IN_BODY: Expected(Rejected, 1, REFUSED, 200),
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
    sandbox.load("shipstation", [{"number": "SO-1.1", "external_id": 100001, "lines": [{"sku": "MUG"}]}])


def assert_nothing_leaks(exchanges: list[Exchange]) -> None:
    personal = [DEFAULT_CUSTOMER[name] for name in ("name", "email", "phone", "street1", "city", "postalCode")]
    for exchange in exchanges:
        for word in [*personal, API_KEY, API_SECRET]:
            assert word not in repr(exchange)


# An id that is gone is looked for by number, which is no fault; test_shipstation.py shows it.
CASES = [
    (name, fault) for name in OPERATIONS for fault in FAULTS if (name, fault) != ("order by id", Fault.NOT_FOUND)
]
# Their first request is the slow one, so that no good answer has to come within the short time-out.
SLOW_FIRST = [name for name in OPERATIONS if name not in ("shipments", "fulfillments")]


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_it_turns_a_fault_into_its_error_and_records_every_attempt(
    name: str, fault: Fault, sandbox: SandboxControl, adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    operation, expected = OPERATIONS[name], FAULTS[fault]
    sandbox.fault("shipstation", fault, count=None, path=operation.path)

    with pytest.raises(expected.error) as caught:
        operation.ask(adapter)

    assert caught.value.retryable is expected.is_retryable
    assert caught.value.ambiguous is False
    assert "Main" in caught.value.message
    seen = sandbox.requests("shipstation")
    assert len([request for request in seen if request.path.startswith(operation.path)]) == expected.requests
    assert len(exchanges) == len(seen)
    assert exchanges[-1].outcome is expected.outcome
    assert exchanges[-1].response_status == expected.status
    assert exchanges[-1].message == caught.value.message
    assert_nothing_leaks(exchanges)


@pytest.mark.parametrize("name", SLOW_FIRST)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_it_gives_up_on_an_answer_that_does_not_come(
    name: str,
    fault: Fault,
    sandbox: SandboxControl,
    options: DoorOptions,
    open_adapter: OpenAdapter,
    exchanges: list[Exchange],
) -> None:
    operation = OPERATIONS[name]
    adapter = open_adapter(using=replace(options, timing=Timing(read=0.1)))
    sandbox.fault("shipstation", fault, count=None, seconds=60, path=operation.path)

    with pytest.raises(Transient) as caught:
        operation.ask(adapter)

    sandbox.clear_faults("shipstation")
    assert caught.value.retryable
    # A body that stays away after a good status is a broken answer; no status at all leaves everything open.
    assert {exchange.response_status for exchange in exchanges} <= {None, 200}
    assert len(exchanges) == 3
    assert_nothing_leaks(exchanges)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, sandbox: SandboxControl, adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    sandbox.fault("shipstation", fault, count=2, path="/orders/")

    snapshot = adapter.fetch_order(BY_ID)

    assert snapshot.number == "SO-1.1"
    assert [exchange.outcome for exchange in exchanges[-3:]] == [ExchangeOutcome.CONFIRMED] * 3
    assert len(exchanges) == 5


def test_it_keeps_the_providers_own_words(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    sandbox.fault("shipstation", Fault.ERRORS_IN_BODY, path="/orders/")

    with pytest.raises(Rejected, match=r"answered 200 and yet said no: .*The store is being moved\."):
        adapter.fetch_order(BY_ID)


def test_it_records_a_good_exchange_without_secrets_or_people(
    adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    adapter.fetch_order(BY_ID)

    order, shipments, fulfillments = exchanges
    assert (order.operation, order.method, order.response_status) == ("Fetch order", "GET", 200)
    assert order.url.endswith("/shipstation/orders/100001")
    assert "orderId=100001" in shipments.url
    assert fulfillments.outcome is ExchangeOutcome.CONFIRMED
    assert order.response_body is not None
    assert '"orderNumber": "SO-1.1"' in order.response_body
    assert order.occurred_at.tzinfo is not None
    assert_nothing_leaks(exchanges)

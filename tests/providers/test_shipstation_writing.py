"""Creating an order at ShipStation over real HTTP: once, whatever goes wrong."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenAdapter
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
CREATE = "/orders/createorder"


def creations(sandbox: SandboxControl) -> int:
    return len([seen for seen in sandbox.requests("shipstation") if seen.path == CREATE])


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = adapter.create_order(NEW_ORDER)

    assert (snapshot.number, snapshot.state) == (NUMBER, ProviderOrderState.AWAITING)
    shown = sandbox.show("shipstation", snapshot.external_id)
    assert shown["orderKey"] == NUMBER
    assert [(item["lineItemKey"], item["quantity"], item["unitPrice"]) for item in shown["items"]] == [
        ("11", 2, 12.5),
        ("12", 1, 7.125),
    ]
    assert (shown["shipTo"]["name"], shown["shipTo"]["state"]) == ("Ada Example", "OR")
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def test_it_sends_the_date_in_pacific_time_and_the_prices_as_they_are(
    adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    adapter.create_order(NEW_ORDER)

    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create order")
    assert sent is not None
    assert '"orderDate": "2026-03-02T09:30:00.0000000"' in sent
    assert '"unitPrice": "7.125"' in sent


def test_it_puts_the_order_into_the_accounts_store(
    sandbox: SandboxControl, account: ProviderAccountRecord, open_adapter: OpenAdapter
) -> None:
    adapter = open_adapter(replace(account, settings={"store_id": 2}))

    snapshot = adapter.create_order(NEW_ORDER)

    assert sandbox.show("shipstation", snapshot.external_id)["advancedOptions"]["storeId"] == 2


@pytest.mark.parametrize("status", ["awaiting_shipment", "on_hold", "shipped"])
def test_it_creates_nothing_where_an_order_stands(
    status: str, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{"number": NUMBER, "external_id": 42, "status": status}])

    assert adapter.create_order(NEW_ORDER).external_id == "42"
    assert creations(sandbox) == 0


def test_it_creates_another_after_a_cancelled_one_and_only_one(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{"number": NUMBER, "external_id": 42, "status": "cancelled"}])

    first = adapter.create_order(NEW_ORDER)
    again = adapter.create_order(NEW_ORDER)

    assert first.external_id == again.external_id != "42"
    assert sandbox.show("shipstation", first.external_id)["orderKey"] == f"{NUMBER}#2"
    assert creations(sandbox) == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CUT_OFF, Fault.TRUNCATED])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", fault, path=CREATE)

    assert adapter.create_order(NEW_ORDER).number == NUMBER
    assert creations(sandbox) == 1


def test_it_finds_an_order_whose_answer_never_came(
    sandbox: SandboxControl, options: DoorOptions, open_adapter: OpenAdapter
) -> None:
    adapter = open_adapter(using=replace(options, timing=Timing(read=0.5)))
    sandbox.fault("shipstation", Fault.SILENCE, seconds=30, path=CREATE)

    assert adapter.create_order(NEW_ORDER).number == NUMBER
    sandbox.clear_faults("shipstation")


def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, path=CREATE)

    with pytest.raises(OutcomeUnknown, match=r"status 500.*no order with the number SO-9\.1") as caught:
        adapter.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert adapter.create_order(NEW_ORDER).number == NUMBER


def test_it_does_not_mistake_a_failed_look_for_a_refusal(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", Fault.UNAUTHORIZED, path="/shipments")

    with pytest.raises(OutcomeUnknown, match=r"accepted.*refused the credentials"):
        adapter.create_order(NEW_ORDER)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.UNAUTHORIZED, AuthFailed),
        (Fault.THROTTLED, Throttled),
        (Fault.ERRORS_IN_BODY, Rejected),
    ],
)
def test_it_passes_on_a_refusal_and_creates_nothing(
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", fault, count=None, path=CREATE)

    with pytest.raises(error):
        adapter.create_order(NEW_ORDER)


def test_it_sends_nothing_when_it_cannot_look_first(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, count=None, path="/orders")

    with pytest.raises(Transient):
        adapter.create_order(NEW_ORDER)
    assert creations(sandbox) == 0


def test_it_keeps_shipstations_words_about_a_bad_order(adapter: ShipStationAdapter) -> None:
    with pytest.raises(Rejected, match="at most 50 characters"):
        adapter.create_order(replace(NEW_ORDER, number="N" * 51))


def test_it_says_that_an_order_must_be_cancelled_by_hand(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    with pytest.raises(Unsupported, match=r"Cancel SO-9\.1 there by hand\."):
        adapter.cancel_order(OrderReference("42", NUMBER), "Ordered twice")
    assert sandbox.requests("shipstation") == []

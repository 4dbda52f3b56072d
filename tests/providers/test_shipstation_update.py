"""Changing the lines of an order at ShipStation over real HTTP: the whole order is written anew, or nothing is."""

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.conftest import OpenAdapter
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderError,
    Throttled,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault

NUMBER = NEW_ORDER.number
BY_ID = OrderReference("42", NUMBER)
UPDATE = "/orders/createorder"
LINES = [{"sku": "MUG", "key": "11", "quantity": 5}, {"sku": "LAMP", "key": "13", "quantity": 1}]
ORDER = {"number": NUMBER, "external_id": 42, "key": "KEY-9", "store_id": 2, "lines": LINES}
WANTED = [("11", "MUG", 2), ("12", "PLATE", 1)]


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shipstation", [ORDER])


def updates(sandbox: SandboxControl) -> int:
    return len([seen for seen in sandbox.requests("shipstation") if seen.path == UPDATE])


def lines(sandbox: SandboxControl) -> list[tuple[str, str, int]]:
    shown: list[dict[str, Any]] = sandbox.show("shipstation", "42")["items"]
    return [(item["lineItemKey"], item["sku"], item["quantity"]) for item in shown]


@pytest.mark.parametrize("external_id", ["42", None, "7"])
def test_it_makes_the_lines_there_those_of_ours_and_keeps_the_rest(
    external_id: str | None, sandbox: SandboxControl, adapter: ShipStationAdapter, exchanges: list[Exchange]
) -> None:
    before = sandbox.show("shipstation", "42")

    snapshot = adapter.update_order(OrderReference(external_id, NUMBER), NEW_ORDER)

    after = sandbox.show("shipstation", "42")
    assert (snapshot.external_id, lines(sandbox)) == ("42", WANTED)
    assert [after[name] for name in ("orderKey", "shipTo", "advancedOptions", "orderStatus")] == [
        before[name] for name in ("orderKey", "shipTo", "advancedOptions", "orderStatus")
    ]
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def test_an_order_on_hold_stays_on_hold(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    sandbox.load("shipstation", [{**ORDER, "status": "on_hold"}])

    assert adapter.update_order(BY_ID, NEW_ORDER).raw_status == "on_hold"
    assert lines(sandbox) == WANTED


def test_it_sends_nothing_when_the_lines_are_right_already(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    adapter.update_order(BY_ID, NEW_ORDER)
    adapter.update_order(BY_ID, NEW_ORDER)

    assert updates(sandbox) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"status": "shipped"}, AlreadyShipped),
        ({"shipments": [{"tracking_number": "9400"}]}, AlreadyShipped),
        ({"fulfillments": [{"tracking_number": "9400"}]}, AlreadyShipped),
        ({"status": "cancelled"}, NotUpdatable),
        ({"status": "pending_fulfillment"}, NotUpdatable),
    ],
)
def test_it_asks_for_nothing_when_the_order_takes_no_change(
    change: dict[str, object], error: type[ProviderError], sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.change("shipstation", "42", **change)

    with pytest.raises(error, match=r"SO-9\.1"):
        adapter.update_order(BY_ID, NEW_ORDER)
    assert updates(sandbox) == 0


def test_it_leaves_the_parts_of_a_split_order_alone(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    split = {**ORDER, "merged_or_split": True}
    sandbox.load("shipstation", [split, {**split, "external_id": 43, "parent_id": 42}])

    with pytest.raises(NotUpdatable, match="split or merged"):
        adapter.update_order(BY_ID, NEW_ORDER)
    assert updates(sandbox) == 0


def test_it_writes_nothing_without_the_key_that_keeps_the_order_one(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{**ORDER, "key": ""}])

    with pytest.raises(NotUpdatable, match="no key"):
        adapter.update_order(BY_ID, NEW_ORDER)
    assert updates(sandbox) == 0


def test_it_sees_that_the_order_shipped_between_the_look_and_the_change(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", Fault.SHIPS_AFTERWARDS, path="/fulfillments", order="42")

    with pytest.raises(AlreadyShipped):
        adapter.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == [("11", "MUG", 5), ("13", "LAMP", 1)]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CUT_OFF, Fault.TRUNCATED, Fault.SILENCE])
def test_it_finds_out_that_a_change_without_an_answer_took_effect(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_adapter: OpenAdapter
) -> None:
    adapter = open_adapter(using=replace(options, timing=Timing(read=0.5)))
    sandbox.fault("shipstation", fault, seconds=30, path=UPDATE)

    adapter.update_order(BY_ID, NEW_ORDER)

    sandbox.clear_faults("shipstation")
    assert (lines(sandbox), updates(sandbox)) == (WANTED, 1)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_lines_are_the_old_ones(
    fault: Fault, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", fault, path=UPDATE)

    with pytest.raises(OutcomeUnknown, match="do not stand there as asked yet") as caught:
        adapter.update_order(BY_ID, NEW_ORDER)

    assert caught.value.retryable
    adapter.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == WANTED


def test_a_refusal_of_an_order_that_stands_is_told_in_shipstations_words(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", Fault.ERRORS_IN_BODY, path=UPDATE)

    with pytest.raises(NotUpdatable, match="The store is being moved"):
        adapter.update_order(BY_ID, NEW_ORDER)


@pytest.mark.parametrize(("fault", "error"), [(Fault.UNAUTHORIZED, AuthFailed), (Fault.THROTTLED, Throttled)])
def test_it_passes_on_what_kept_it_from_changing_anything(
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.fault("shipstation", fault, count=None, path=UPDATE)

    with pytest.raises(error) as caught:
        adapter.update_order(BY_ID, NEW_ORDER)
    assert not caught.value.ambiguous


def test_there_is_nothing_to_change_where_there_is_no_order(adapter: ShipStationAdapter) -> None:
    with pytest.raises(NotFound):
        adapter.update_order(OrderReference("7", "SO-7.7"), NEW_ORDER)

"""Changing the lines of an order at Starshipit over real HTTP: what is true afterwards is what is told."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.providers.conftest import OpenShipit
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NewOrderLine,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.starshipit.adapter import StarshipitAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
BY_ID = OrderReference("42", NUMBER)
READ, UPDATE, SEARCH = "/api/orders/GET", "/api/orders/PUT", "/api/orders/search"
BEFORE = [{"sku": "MUG", "quantity": 1}, {"sku": "VASE", "quantity": 3}]


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42, "lines": BEFORE}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("starshipit")]


def lines(sandbox: SandboxControl) -> list[tuple[str, int, int]]:
    shown = sandbox.show("starshipit", "42")["items"]
    return [(item["sku"], item["quantity"], item["quantity_to_ship"]) for item in shown]


OLD = [("MUG", 1, 1), ("VASE", 3, 3)]
NEW = [("MUG", 2, 2), ("PLATE", 1, 1)]


@pytest.mark.parametrize("external_id", ["42", None, "41"])
def test_it_changes_adds_and_drops_lines_and_reads_them_back(
    external_id: str | None, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    snapshot = shipit.update_order(OrderReference(external_id, NUMBER), NEW_ORDER)

    assert (snapshot.external_id, snapshot.state) == ("42", ProviderOrderState.AWAITING)
    assert lines(sandbox) == NEW
    assert paths(sandbox)[-3:] == [READ, UPDATE, READ]


def test_asking_twice_is_the_same_as_once(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    first, again = shipit.update_order(BY_ID, NEW_ORDER), shipit.update_order(BY_ID, NEW_ORDER)

    assert first == again
    assert paths(sandbox).count(UPDATE) == 1


def test_it_keeps_the_ids_of_lines_that_stay_and_several_lines_of_one_sku(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    kept = sandbox.show("starshipit", "42")["items"][0]["item_id"]
    twice = (NEW_ORDER.lines[0], NewOrderLine("13", "MUG", "Mug, blue", 5, Decimal("12.50")))

    shipit.update_order(BY_ID, replace(NEW_ORDER, lines=twice))

    assert sandbox.show("starshipit", "42")["items"][0]["item_id"] == kept
    assert lines(sandbox) == [("MUG", 2, 2), ("MUG", 5, 5)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"status": "Printed"}, AlreadyShipped),
        ({"shipments": [{"tracking_number": "STAR1"}]}, AlreadyShipped),
        ({"shipments": [{"tracking_number": "STAR1"}], "status": "Unshipped"}, AlreadyShipped),
        ({"archived": True}, NotUpdatable),
        ({"shipments": [{"status": "Exception"}]}, NotUpdatable),
        ({"status": "Waiting for Bob"}, NotUpdatable),
    ],
)
def test_it_changes_nothing_once_starshipit_has_locked_the_lines(
    change: dict[str, object], error: type[ProviderError], sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.change("starshipit", "42", **change)

    with pytest.raises(error, match=r"SO-9\.1"):
        shipit.update_order(BY_ID, NEW_ORDER)
    assert UPDATE not in paths(sandbox)


def test_a_printed_label_locks_the_lines_also_where_it_does_not_count_as_shipped(
    sandbox: SandboxControl, shipit_account: ProviderAccountRecord, open_shipit: OpenShipit
) -> None:
    shipit = open_shipit(replace(shipit_account, settings={"printed_is_shipped": False}))
    sandbox.change("starshipit", "42", shipments=[{"tracking_number": "STAR1", "status": "Printed"}])

    with pytest.raises(NotUpdatable, match="“Printed”"):
        shipit.update_order(BY_ID, NEW_ORDER)


def test_it_sees_that_the_order_shipped_between_the_look_and_the_change(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.SHIPS_AFTERWARDS, path=READ, order="42")

    with pytest.raises(AlreadyShipped):
        shipit.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == OLD
    assert paths(sandbox) == [READ, UPDATE, READ]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SLOW_BODY, Fault.SILENCE])
def test_it_finds_out_that_a_change_without_an_answer_took_effect(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_shipit: OpenShipit
) -> None:
    shipit = open_shipit(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("starshipit", fault, seconds=30, path=UPDATE)

    snapshot = shipit.update_order(BY_ID, NEW_ORDER)

    sandbox.clear_faults("starshipit")
    assert snapshot.external_id == "42"
    assert lines(sandbox) == NEW
    assert paths(sandbox) == [READ, UPDATE, READ]


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_lines_are_the_old_ones(
    fault: Fault, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, path=UPDATE)

    with pytest.raises(OutcomeUnknown, match="still shows other ones") as caught:
        shipit.update_order(BY_ID, NEW_ORDER)

    assert caught.value.ambiguous
    assert caught.value.retryable
    shipit.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == NEW


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.UNAUTHORIZED, Fault.NOT_JSON])
def test_it_does_not_know_when_looking_afterwards_fails_too(
    fault: Fault, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.RESET, path=UPDATE)
    sandbox.fault("starshipit", fault, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed"):
        shipit.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == NEW


def test_a_refusal_is_told_in_starshipits_words(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path=UPDATE)

    with pytest.raises(Rejected, match=r"The account is being moved\.") as caught:
        shipit.update_order(BY_ID, NEW_ORDER)
    assert not caught.value.ambiguous
    assert lines(sandbox) == OLD


def test_a_refusal_that_cannot_be_checked_is_unknown(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path=UPDATE)
    sandbox.fault("starshipit", Fault.UNAUTHORIZED, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking at what stands there failed"):
        shipit.update_order(BY_ID, NEW_ORDER)


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.THROTTLED, UPDATE, Throttled),
        (Fault.UNAUTHORIZED, UPDATE, AuthFailed),
        (Fault.THROTTLED, READ, Throttled),
        (Fault.SERVER_ERROR, READ, Transient),
        (Fault.UNAUTHORIZED, READ, AuthFailed),
        (Fault.NOT_JSON, READ, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_changing(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        shipit.update_order(BY_ID, NEW_ORDER)
    assert not caught.value.ambiguous
    assert lines(sandbox) == OLD


def test_there_is_nothing_to_change_where_there_is_no_order(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    with pytest.raises(NotFound):
        shipit.update_order(OrderReference("41", "SO-7.7"), NEW_ORDER)
    assert UPDATE not in paths(sandbox)


def test_nobody_is_named_in_what_is_kept(shipit: StarshipitAdapter, exchanges: list[Exchange]) -> None:
    snapshot = shipit.update_order(BY_ID, NEW_ORDER)

    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]

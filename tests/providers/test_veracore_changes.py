"""Adding lines and cancelling at VeraCore over real HTTP: what is true afterwards is what is told."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.providers.conftest import OpenCore
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NotCancellable,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderError,
    ProviderOrderSnapshot,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
BY_ID = OrderReference(NUMBER, NUMBER)
READ, UPDATE, CANCEL = "/GetOrderInfo", "/AddOffer", "/CancelOrder"

Change = Callable[[VeraCoreAdapter], ProviderOrderSnapshot]
CHANGES: dict[str, Change] = {
    UPDATE: lambda core: core.update_order(BY_ID, NEW_ORDER),
    CANCEL: lambda core: core.cancel_order(BY_ID, "Ordered twice"),
}
REFUSED: dict[str, type[ProviderError]] = {UPDATE: Rejected, CANCEL: NotCancellable}
LOCKED: dict[str, type[ProviderError]] = {UPDATE: NotUpdatable, CANCEL: NotCancellable}
each_change = pytest.mark.parametrize("path", CHANGES)


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    """It lacks a mug and the plate."""
    sandbox.load("veracore", [{"number": NUMBER, "lines": [{"sku": "MUG", "quantity": 1}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("veracore")]


def is_changed(sandbox: SandboxControl, path: str) -> bool:
    shown = sandbox.show("veracore", NUMBER)
    if path == CANCEL:
        return bool(shown["OrdHead"]["Status"]["Canceled"])
    offers = [(offer["OfferId"], offer["OrderQty"]) for offer in shown["OfferInfo"]["OfferType"]]
    return offers == [("MUG", 1), ("MUG", 1), ("PLATE", 1)]


@each_change
@pytest.mark.parametrize("external_id", [NUMBER, None, "gone"])
def test_it_changes_the_order_and_reads_it_back(
    path: str, external_id: str | None, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    reference = OrderReference(external_id, NUMBER)
    change = core.update_order(reference, NEW_ORDER) if path == UPDATE else core.cancel_order(reference, "Twice")

    assert change.external_id == NUMBER
    assert change.state is (ProviderOrderState.AWAITING if path == UPDATE else ProviderOrderState.CANCELLED)
    assert is_changed(sandbox, path)
    assert paths(sandbox)[-3:] == [READ, path, READ]


@each_change
def test_asking_twice_is_the_same_as_once(path: str, sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    first, again = CHANGES[path](core), CHANGES[path](core)

    assert first == again
    assert is_changed(sandbox, path)
    assert paths(sandbox).count(path) == 1


@each_change
@pytest.mark.parametrize("status", ["Hold", "Unapproved", "Unprocessed, Backordered", "Accepted", "DeniedCredit"])
def test_it_changes_what_waits(path: str, status: str, sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    sandbox.change("veracore", NUMBER, status=status)

    CHANGES[path](core)

    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("status", ["Processed", "Picked, Processed", "Pending", ""])
def test_it_sends_nothing_while_the_warehouse_is_at_work(
    path: str, status: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.change("veracore", NUMBER, status=status)

    with pytest.raises(LOCKED[path], match=r"SO-9\.1 stands as"):
        CHANGES[path](core)
    assert paths(sandbox) == [READ]


@each_change
def test_an_account_may_have_work_under_way_changed_and_veracore_may_refuse(
    path: str, sandbox: SandboxControl, open_core: OpenCore
) -> None:
    sandbox.change("veracore", NUMBER, status="Processed")

    with pytest.raises(REFUSED[path], match="cannot be adjusted any more"):
        CHANGES[path](open_core(processed_may_change=True))
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize(
    "change",
    [
        {"status": "Shipped, Backordered"},
        {"status": "Complete"},
        {"shipments": [{"tracking_number": "1Z"}]},
        {"shipments": [{"lines": [{"sku": "MUG", "quantity": 1}]}]},
        {"shipments": [{"tracking_number": "1Z", "waiting": True}]},
        {"shipments": [{"tracking_number": "1Z"}], "status": "Canceled"},
    ],
)
def test_it_sends_nothing_when_anything_has_left(
    path: str, change: dict[str, object], sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.change("veracore", NUMBER, **change)

    with pytest.raises(AlreadyShipped, match=r"SO-9\.1"):
        CHANGES[path](core)
    assert paths(sandbox) == [READ]


def test_a_voided_label_keeps_nothing_from_being_cancelled(sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    sandbox.change("veracore", NUMBER, shipments=[{"tracking_number": "1Z"}])
    sandbox.change("veracore", NUMBER, void_labels=True, status="Unprocessed")

    assert core.cancel_order(BY_ID, "Ordered twice").state is ProviderOrderState.CANCELLED


def test_a_cancelled_order_is_not_updated_and_not_cancelled_again(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.change("veracore", NUMBER, status="Canceled")

    with pytest.raises(NotUpdatable):
        CHANGES[UPDATE](core)
    assert CHANGES[CANCEL](core).state is ProviderOrderState.CANCELLED
    assert paths(sandbox) == [READ, READ]


def test_units_are_added_and_never_taken_away(sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    sandbox.load("veracore", [{"number": NUMBER, "lines": [{"sku": "MUG", "quantity": 3}, {"sku": "BOWL"}]}])

    with pytest.raises(NotUpdatable, match="has 1 of BOWL, 1 of MUG more than it should"):
        CHANGES[UPDATE](core)
    assert paths(sandbox) == [READ]


@each_change
def test_it_sees_that_the_order_left_between_the_look_and_the_change(
    path: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.SHIPS_AFTERWARDS, path=READ, order=NUMBER)

    with pytest.raises(AlreadyShipped):
        CHANGES[path](core)
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SLOW_BODY, Fault.SILENCE])
def test_it_finds_out_that_a_change_without_an_answer_took_effect(
    path: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_core: OpenCore
) -> None:
    core = open_core(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("veracore", fault, seconds=30, path=path)

    CHANGES[path](core)

    sandbox.clear_faults("veracore")
    assert is_changed(sandbox, path)
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_nothing_is_changed(
    path: str, fault: Fault, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", fault, path=path)

    with pytest.raises(OutcomeUnknown, match="Asking again does no harm") as caught:
        CHANGES[path](core)

    assert (caught.value.ambiguous, caught.value.retryable) == (True, True)
    CHANGES[path](core)
    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.UNAUTHORIZED, Fault.NOT_JSON])
def test_it_does_not_know_when_looking_afterwards_fails_too(
    path: str, fault: Fault, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.RESET, path=path)
    sandbox.fault("veracore", fault, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed"):
        CHANGES[path](core)
    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("fault", [Fault.ERRORS_IN_BODY, Fault.NOT_FOUND])
def test_a_refusal_of_an_order_that_stands_is_told_in_veracores_words(
    path: str, fault: Fault, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", fault, path=path)

    with pytest.raises(REFUSED[path], match=r"The warehouse is being moved\.|Not found") as caught:
        CHANGES[path](core)
    assert not caught.value.ambiguous
    assert not is_changed(sandbox, path)


@each_change
def test_a_refusal_that_cannot_be_checked_is_unknown(
    path: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.ERRORS_IN_BODY, path=path)
    sandbox.fault("veracore", Fault.UNAUTHORIZED, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking at what stands there failed"):
        CHANGES[path](core)


@each_change
@pytest.mark.parametrize(
    ("fault", "is_look", "error"),
    [
        (Fault.THROTTLED, False, Throttled),
        (Fault.UNAUTHORIZED, False, AuthFailed),
        (Fault.THROTTLED, True, Throttled),
        (Fault.SERVER_ERROR, True, Transient),
        (Fault.UNAUTHORIZED, True, AuthFailed),
        (Fault.NOT_JSON, True, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_changing(
    path: str,
    fault: Fault,
    is_look: bool,
    error: type[ProviderError],
    sandbox: SandboxControl,
    core: VeraCoreAdapter,
) -> None:
    sandbox.fault("veracore", fault, count=None, path=READ if is_look else path)

    with pytest.raises(error) as caught:
        CHANGES[path](core)
    assert not caught.value.ambiguous
    assert not is_changed(sandbox, path)


@each_change
def test_a_throttled_change_is_sent_again_and_done_once(
    path: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.THROTTLED, seconds=2, path=path)

    CHANGES[path](core)

    assert is_changed(sandbox, path)
    assert paths(sandbox) == [READ, path, path, READ]


def test_there_is_nothing_to_change_where_there_is_no_order(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    nowhere = OrderReference("nowhere", "SO-7.7")

    for change in (lambda: core.cancel_order(nowhere, "Twice"), lambda: core.update_order(nowhere, NEW_ORDER)):
        with pytest.raises(NotFound, match=r"no order with the number SO-7\.7"):
            change()
    # That the credentials are good is proved before an empty record is believed.
    assert paths(sandbox) == [READ, READ, "/GetShippingActivity"] * 2


def test_nobody_is_named_in_what_is_kept(core: VeraCoreAdapter, exchanges: list[Exchange]) -> None:
    snapshot = core.update_order(BY_ID, NEW_ORDER)

    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]

"""Replacing and cancelling a shipment at Shipfusion over real HTTP: what is true afterwards is what is told."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.providers.conftest import OpenFusion
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
    Unsupported,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shipfusion.adapter import ShipfusionAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
BY_ID = OrderReference("42", NUMBER)
READ, UPDATE, CANCEL = "/shipments/42/GET", "/shipments/42/PUT", "/shipments/42/cancel/PUT"
OLD, NEW = ["MUG", "VASE"], ["MUG", "MUG", "PLATE"]

Change = Callable[[ShipfusionAdapter], ProviderOrderSnapshot]
CHANGES: dict[str, Change] = {
    UPDATE: lambda fusion: fusion.update_order(BY_ID, NEW_ORDER),
    CANCEL: lambda fusion: fusion.cancel_order(BY_ID, "Ordered twice"),
}
REFUSED: dict[str, type[ProviderError]] = {UPDATE: Rejected, CANCEL: NotCancellable}
LOCKED: dict[str, type[ProviderError]] = {UPDATE: NotUpdatable, CANCEL: NotCancellable}
each_change = pytest.mark.parametrize("path", CHANGES)


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": sku} for sku in OLD]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shipfusion")]


def is_changed(sandbox: SandboxControl, path: str) -> bool:
    shown = sandbox.show("shipfusion", "42")
    if path == CANCEL:
        return bool(shown["shipmentStatus"] == "cancelled")
    return [item["SKU"] for item in shown["shipmentItems"]] == NEW


@each_change
@pytest.mark.parametrize("external_id", ["42", None, "41"])
def test_it_changes_the_shipment_and_reads_it_back(
    path: str, external_id: str | None, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    reference = OrderReference(external_id, NUMBER)
    change = (
        fusion.update_order(reference, NEW_ORDER) if path == UPDATE else fusion.cancel_order(reference, "Twice")
    )

    assert change.external_id == "42"
    assert change.state is (ProviderOrderState.AWAITING if path == UPDATE else ProviderOrderState.CANCELLED)
    assert is_changed(sandbox, path)
    assert paths(sandbox)[-3:] == [READ, path, READ]


@each_change
def test_asking_twice_is_the_same_as_once(path: str, sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    first, again = CHANGES[path](fusion), CHANGES[path](fusion)

    assert first == again
    assert paths(sandbox).count(path) == 1


@each_change
@pytest.mark.parametrize("status", ["onHold", "backOrder"])
def test_it_changes_what_waits(path: str, status: str, sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    sandbox.change("shipfusion", "42", status=status)

    CHANGES[path](fusion)

    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("status", ["processing", "!Waiting for Bob"])
def test_it_sends_nothing_while_the_warehouse_is_at_work(
    path: str, status: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.change("shipfusion", "42", status=status)

    with pytest.raises(LOCKED[path], match=r"SO-9\.1 stands as"):
        CHANGES[path](fusion)
    assert paths(sandbox) == [READ]


@each_change
def test_an_account_may_have_work_under_way_changed_and_shipfusion_may_refuse(
    path: str, sandbox: SandboxControl, open_fusion: OpenFusion
) -> None:
    sandbox.change("shipfusion", "42", status="processing")

    with pytest.raises(REFUSED[path], match="A shipment that is processing cannot be"):
        CHANGES[path](open_fusion(processing_may_change=True))
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize(
    "change",
    [
        {"status": "shipped"},
        {"shipments": [{"tracking_number": "FUSION1"}]},
        {"shipments": [{"lines": [{"sku": "MUG", "quantity": 1}]}]},
        {"shipments": [{"tracking_number": "FUSION1"}], "status": "inQueue"},
    ],
)
def test_it_sends_nothing_when_anything_has_left(
    path: str, change: dict[str, object], sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.change("shipfusion", "42", **change)

    with pytest.raises(AlreadyShipped, match=r"SO-9\.1"):
        CHANGES[path](fusion)
    assert paths(sandbox) == [READ]


def test_a_cancelled_shipment_is_not_updated_and_not_cancelled_again(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.change("shipfusion", "42", status="cancelled")

    with pytest.raises(NotUpdatable):
        CHANGES[UPDATE](fusion)
    assert CHANGES[CANCEL](fusion).state is ProviderOrderState.CANCELLED
    assert paths(sandbox) == [READ, READ]


@each_change
def test_it_sees_that_the_shipment_left_between_the_look_and_the_change(
    path: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.SHIPS_AFTERWARDS, path=READ, order="42")

    with pytest.raises(AlreadyShipped):
        CHANGES[path](fusion)
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SLOW_BODY, Fault.SILENCE])
def test_it_finds_out_that_a_change_without_an_answer_took_effect(
    path: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_fusion: OpenFusion
) -> None:
    fusion = open_fusion(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("shipfusion", fault, seconds=30, path=path)

    CHANGES[path](fusion)

    sandbox.clear_faults("shipfusion")
    assert is_changed(sandbox, path)
    assert paths(sandbox) == [READ, path, READ]


@each_change
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_nothing_is_changed(
    path: str, fault: Fault, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, path=path)

    with pytest.raises(OutcomeUnknown, match="Asking again does no harm") as caught:
        CHANGES[path](fusion)

    assert (caught.value.ambiguous, caught.value.retryable) == (True, True)
    CHANGES[path](fusion)
    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.UNAUTHORIZED, Fault.NOT_JSON])
def test_it_does_not_know_when_looking_afterwards_fails_too(
    path: str, fault: Fault, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.RESET, path=path)
    sandbox.fault("shipfusion", fault, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed"):
        CHANGES[path](fusion)
    assert is_changed(sandbox, path)


@each_change
@pytest.mark.parametrize("fault", [Fault.ERRORS_IN_BODY, Fault.NOT_FOUND])
def test_a_refusal_of_a_shipment_that_stands_is_told_in_shipfusions_words(
    path: str, fault: Fault, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, path=path)

    with pytest.raises(ProviderError, match=r"The warehouse is being moved\.|Shipment not found") as caught:
        CHANGES[path](fusion)
    assert isinstance(caught.value, REFUSED[path]) or (path == UPDATE and fault is Fault.NOT_FOUND)
    assert not caught.value.ambiguous
    assert not is_changed(sandbox, path)


@each_change
def test_a_refusal_that_cannot_be_checked_is_unknown(
    path: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.ERRORS_IN_BODY, path=path)
    sandbox.fault("shipfusion", Fault.UNAUTHORIZED, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking at what stands there failed"):
        CHANGES[path](fusion)


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
    fusion: ShipfusionAdapter,
) -> None:
    sandbox.fault("shipfusion", fault, count=None, path=READ if is_look else path)

    with pytest.raises(error) as caught:
        CHANGES[path](fusion)
    assert not caught.value.ambiguous
    assert not is_changed(sandbox, path)


def test_an_account_may_cancel_by_deleting(sandbox: SandboxControl, open_fusion: OpenFusion) -> None:
    fusion = open_fusion(cancel_call="DELETE /shipments/{id}")

    snapshot = fusion.cancel_order(BY_ID, "Ordered twice")

    assert (snapshot.external_id, snapshot.state) == ("42", ProviderOrderState.CANCELLED)
    with pytest.raises(NotFound):
        fusion.fetch_order(BY_ID)


def test_a_call_that_shipfusion_does_not_offer_is_said_to_be_so(
    sandbox: SandboxControl, open_fusion: OpenFusion
) -> None:
    fusion = open_fusion(cancel_call="PATCH /shipments/{id}", update_call="PATCH /shipments/{id}")

    for change in CHANGES.values():
        with pytest.raises(Unsupported, match="does not offer this call"):
            change(fusion)


def test_nobody_is_named_in_what_is_kept(fusion: ShipfusionAdapter, exchanges: list[Exchange]) -> None:
    snapshot = fusion.update_order(BY_ID, NEW_ORDER)

    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]

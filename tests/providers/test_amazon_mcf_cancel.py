"""Cancelling at Amazon over real HTTP: what is true afterwards is what is told, whatever goes wrong between."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenAmazon
from tests.providers.test_amazon_mcf import operations
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NotCancellable,
    NotFound,
    OrderReference,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ExchangeOutcome, FulfillmentStatus, ProviderOrderState

NUMBER = "SO/1.1"
BY_ID = OrderReference(NUMBER, NUMBER)
READ, CANCEL = "/getFulfillmentOrder", "/cancelFulfillmentOrder"
REASON = "Ordered twice"


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("fba", [{"number": NUMBER, "lines": [{"sku": "MUG", "quantity": 2}]}])


def status(sandbox: SandboxControl) -> object:
    return sandbox.show("fba", NUMBER)["fulfillmentOrder"]["fulfillmentOrderStatus"]


@pytest.mark.parametrize("external_id", [NUMBER, None, "gone"])
@pytest.mark.parametrize("word", ["Received", "Planning"])
def test_it_cancels_and_tells_the_order_as_it_stands(
    word: str, external_id: str | None, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.change("fba", NUMBER, status=word)

    snapshot = amazon.cancel_order(OrderReference(external_id, NUMBER), REASON)

    assert (snapshot.external_id, snapshot.raw_status) == (NUMBER, "Cancelled")
    assert snapshot.state is ProviderOrderState.CANCELLED
    assert snapshot.fulfillment_status is FulfillmentStatus.CANCELED
    assert status(sandbox) == "Cancelled"
    assert operations(sandbox)[-3:] == [READ, CANCEL, READ]


def test_it_asks_for_nothing_when_the_order_is_cancelled_already(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.change("fba", NUMBER, status="Cancelled")

    assert amazon.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED
    assert operations(sandbox) == [READ]


@pytest.mark.parametrize(
    "change",
    [
        {"shipments": [{"tracking_number": "1Z"}]},
        {"shipments": [{"lines": [{"sku": "MUG", "quantity": 1}]}]},
        {"status": "Complete"},
        {"status": "CompletePartialled"},
        {"status": "Cancelled", "shipments": [{"tracking_number": "1Z"}]},
    ],
)
def test_it_asks_for_nothing_when_anything_has_left(
    change: dict[str, object], sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.change("fba", NUMBER, **change)

    with pytest.raises(AlreadyShipped, match=r"SO/1\.1"):
        amazon.cancel_order(BY_ID, REASON)
    assert operations(sandbox) == [READ]


@pytest.mark.parametrize("word", ["Processing", "Unfulfillable", "Invalid", "!Lost"])
def test_it_asks_for_nothing_once_the_order_is_picked(
    word: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.change("fba", NUMBER, status=word)

    with pytest.raises(NotCancellable, match="only before it is picked") as caught:
        amazon.cancel_order(BY_ID, REASON)
    assert not caught.value.retryable
    assert operations(sandbox) == [READ]


def test_an_order_that_amazon_is_taking_in_can_be_cancelled_a_little_later(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.change("fba", NUMBER, status="New")

    with pytest.raises(NotCancellable, match="Try again in a few minutes") as caught:
        amazon.cancel_order(BY_ID, REASON)
    assert caught.value.retryable
    assert operations(sandbox) == [READ]


def test_it_sees_that_the_order_shipped_between_the_look_and_the_cancellation(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", Fault.SHIPS_AFTERWARDS, path=READ, order=NUMBER)

    with pytest.raises(AlreadyShipped):
        amazon.cancel_order(BY_ID, REASON)
    assert status(sandbox) == "Complete"
    assert operations(sandbox) == [READ, CANCEL, READ]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SLOW_BODY, Fault.SILENCE])
def test_it_finds_out_that_a_cancellation_without_an_answer_took_effect(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_amazon: OpenAmazon, exchanges: list[Exchange]
) -> None:
    amazon = open_amazon(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("fba", fault, seconds=30, path=CANCEL)

    snapshot = amazon.cancel_order(BY_ID, REASON)

    sandbox.clear_faults("fba")
    assert snapshot.state is ProviderOrderState.CANCELLED
    assert operations(sandbox) == [READ, CANCEL, READ]
    assert exchanges[-1].outcome is ExchangeOutcome.CONFIRMED


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_order_still_stands(
    fault: Fault, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", fault, path=CANCEL)

    with pytest.raises(OutcomeUnknown, match="still stands there as “Received”") as caught:
        amazon.cancel_order(BY_ID, REASON)

    assert caught.value.ambiguous
    assert caught.value.retryable
    assert amazon.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.UNAUTHORIZED, Fault.NOT_JSON])
def test_it_does_not_know_when_looking_afterwards_fails_too(
    fault: Fault, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", Fault.RESET, path=CANCEL)
    sandbox.fault("fba", fault, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed"):
        amazon.cancel_order(BY_ID, REASON)
    assert status(sandbox) == "Cancelled"


def test_a_refusal_of_an_order_that_stands_is_told_in_amazons_words(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", Fault.ERRORS_IN_BODY, path=CANCEL)

    with pytest.raises(NotCancellable, match=r"order SO/1\.1.*The fulfillment center is being moved\."):
        amazon.cancel_order(BY_ID, REASON)
    assert status(sandbox) == "Received"


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.THROTTLED, CANCEL, Throttled),
        (Fault.UNAUTHORIZED, CANCEL, AuthFailed),
        (Fault.THROTTLED, READ, Throttled),
        (Fault.SERVER_ERROR, READ, Transient),
        (Fault.RESET, READ, Transient),
        (Fault.UNAUTHORIZED, READ, AuthFailed),
        (Fault.NOT_JSON, READ, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_cancelling(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        amazon.cancel_order(BY_ID, REASON)
    assert not caught.value.ambiguous
    assert status(sandbox) == "Received"


def test_a_throttled_cancellation_is_sent_again_and_done_once(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", Fault.THROTTLED, seconds=2, path=CANCEL)

    assert amazon.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED
    assert operations(sandbox) == [READ, CANCEL, CANCEL, READ]


@pytest.mark.parametrize("fault", [None, Fault.NOT_FOUND])
def test_there_is_nothing_to_cancel_where_there_is_no_order(
    fault: Fault | None, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    if fault:  # Amazon's model lists status 404 too; the service behind it answers 400.
        sandbox.fault("fba", fault, count=None, path=READ)

    with pytest.raises(NotFound):
        amazon.cancel_order(OrderReference("nowhere", "SO-7.7"), REASON)
    assert CANCEL not in operations(sandbox)

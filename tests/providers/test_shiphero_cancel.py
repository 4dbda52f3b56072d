"""Cancelling at ShipHero over real HTTP: what is true afterwards is what is told, whatever goes wrong between."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenHero
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NotCancellable,
    NotFound,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ExchangeOutcome, FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
BY_ID = OrderReference("here", NUMBER)
READ, CANCEL = "/graphql/Order", "/graphql/CancelOrder"
REASON = "Ordered twice"


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    lines = [{"sku": "MUG", "quantity": 2, "allocated": 2}]
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "here", "lines": lines}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shiphero") if seen.path != "/auth/refresh"]


def status(sandbox: SandboxControl) -> object:
    return sandbox.show("shiphero", "here")["fulfillment_status"]


@pytest.mark.parametrize("external_id", ["here", None, "gone"])
def test_it_cancels_and_tells_the_order_as_it_stands(
    external_id: str | None, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    snapshot = hero.cancel_order(OrderReference(external_id, NUMBER), REASON)

    assert (snapshot.external_id, snapshot.raw_status) == ("here", "canceled")
    assert snapshot.state is ProviderOrderState.CANCELLED
    assert snapshot.fulfillment_status is FulfillmentStatus.CANCELED
    assert status(sandbox) == "canceled"
    assert paths(sandbox)[-3:] == [READ, CANCEL, READ]


def test_it_gives_the_reason_and_never_forces(hero: ShipHeroAdapter, exchanges: list[Exchange]) -> None:
    hero.cancel_order(BY_ID, REASON)

    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Cancel order")
    assert sent is not None
    assert f'"reason": "{REASON}"' in sent
    assert '"force": false' in sent


def test_it_names_the_customer_of_a_3pl(
    hero_account: ProviderAccountRecord, open_hero: OpenHero, exchanges: list[Exchange]
) -> None:
    adapter = open_hero(replace(hero_account, settings={"customer_account_id": "QWNjb3VudDoy"}))

    adapter.cancel_order(BY_ID, REASON)

    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Cancel order")
    assert sent is not None
    assert '"customer_account_id": "QWNjb3VudDoy"' in sent


@pytest.mark.parametrize("word", ["canceled", "Cancelled"])
def test_it_asks_for_nothing_when_the_order_is_cancelled_already(
    word: str, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.change("shiphero", "here", status=word)

    assert hero.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED
    assert paths(sandbox) == [READ]


@pytest.mark.parametrize(
    "change",
    [
        {"shipments": [{"tracking_number": "1Z"}]},
        {"shipments": [{"lines": [{"sku": "MUG", "quantity": 1}]}]},
        {"shipments": [{"lines": []}]},  # A label is printed, the parcel is still on the table.
        {"status": "fulfilled"},
        {"status": "canceled", "shipments": [{"tracking_number": "1Z"}]},
    ],
)
def test_it_asks_for_nothing_when_anything_has_left(
    change: dict[str, object], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.change("shiphero", "here", **change)

    with pytest.raises(AlreadyShipped, match=r"SO-1\.1"):
        hero.cancel_order(BY_ID, REASON)
    assert paths(sandbox) == [READ]


def test_labels_that_were_taken_back_do_not_stand_in_the_way(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.change("shiphero", "here", shipments=[{"tracking_number": "1Z"}])
    sandbox.change("shiphero", "here", void_labels=True)

    assert hero.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED


def test_it_sees_that_the_order_shipped_between_the_look_and_the_cancellation(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.SHIPS_AFTERWARDS, path=READ, order=NUMBER)

    with pytest.raises(AlreadyShipped):
        hero.cancel_order(BY_ID, REASON)
    assert status(sandbox) == "fulfilled"
    assert paths(sandbox) == [READ, CANCEL, READ]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SLOW_BODY, Fault.SILENCE])
def test_it_finds_out_that_a_cancellation_without_an_answer_took_effect(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_hero: OpenHero, exchanges: list[Exchange]
) -> None:
    hero = open_hero(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("shiphero", fault, seconds=30, path=CANCEL)

    snapshot = hero.cancel_order(BY_ID, REASON)

    sandbox.clear_faults("shiphero")
    assert snapshot.state is ProviderOrderState.CANCELLED
    assert paths(sandbox) == [READ, CANCEL, READ]
    assert [exchange.outcome for exchange in exchanges[-2:]] == [
        ExchangeOutcome.UNKNOWN,
        ExchangeOutcome.CONFIRMED,
    ]


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_order_still_stands(
    fault: Fault, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, path=CANCEL)

    with pytest.raises(OutcomeUnknown, match="still stands there as “pending”") as caught:
        hero.cancel_order(BY_ID, REASON)

    assert caught.value.ambiguous
    assert caught.value.retryable
    assert hero.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.UNAUTHORIZED, Fault.NOT_JSON])
def test_it_does_not_know_when_looking_afterwards_fails_too(
    fault: Fault, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.RESET, path=CANCEL)
    sandbox.fault("shiphero", fault, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed") as caught:
        hero.cancel_order(BY_ID, REASON)
    assert caught.value.ambiguous
    assert status(sandbox) == "canceled"


def test_a_cancellation_that_was_accepted_is_unknown_until_it_was_seen(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.SERVER_ERROR, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking"):
        hero.cancel_order(BY_ID, REASON)


def test_a_refusal_of_an_order_that_stands_is_told_in_shipheros_words(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.ERRORS_IN_BODY, path=CANCEL)

    with pytest.raises(NotCancellable, match=r"order SO-1\.1.*The warehouse is being moved\."):
        hero.cancel_order(BY_ID, REASON)
    assert status(sandbox) == "pending"


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
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        hero.cancel_order(BY_ID, REASON)
    assert not caught.value.ambiguous
    assert status(sandbox) == "pending"


def test_a_throttled_cancellation_is_sent_again_and_done_once(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.THROTTLED, seconds=2, path=CANCEL)

    assert hero.cancel_order(BY_ID, REASON).state is ProviderOrderState.CANCELLED
    assert paths(sandbox) == [READ, CANCEL, CANCEL, READ]


def test_there_is_nothing_to_cancel_where_there_is_no_order(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    with pytest.raises(NotFound):
        hero.cancel_order(OrderReference("nowhere", "SO-7.7"), REASON)
    assert CANCEL not in paths(sandbox)

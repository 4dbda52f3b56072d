"""Shopify meets every fault: which error, how many calls, what it has in the end; points and tokens run out."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.providers.conftest import FakeTime, OpenShop
from tests.providers.shopify_orders import NAME, ORDER, SHIPMENT, TRACKING, operations, told, with_number
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.channel import Tracking
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shopify.adapter import ShopifyAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shopify_access import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, LIFETIME

KEY = NAME.replace("#", "%23")
READS: dict[str, tuple[Callable[[ShopifyAdapter], object], str]] = {
    "find order": (lambda shop: shop.fetch_order(NAME), "/graphql/FindOrders"),
    "order": (lambda shop: shop.submit_tracking(SHIPMENT), "/graphql/Order"),
    "fulfillment orders": (lambda shop: shop.submit_tracking(SHIPMENT), "/graphql/FulfillmentOrders"),
    "test connection": (lambda shop: shop.test_connection(), "/graphql/Scopes"),
}
FAULTS_OF_READS: dict[Fault, tuple[type[ProviderError], int]] = {
    Fault.THROTTLED: (Throttled, 3),
    Fault.SERVER_ERROR: (Transient, 3),
    Fault.UNAUTHORIZED: (AuthFailed, 1),
    Fault.NOT_FOUND: (Rejected, 1),
    Fault.ERRORS_IN_BODY: (Transient, 3),
    Fault.WRONG_SHAPE: (Rejected, 1),
    Fault.NOT_JSON: (Rejected, 1),
    Fault.HUGE_BODY: (Rejected, 1),
    Fault.REDIRECT: (Rejected, 1),
    Fault.TRUNCATED: (Rejected, 1),
    Fault.CUT_OFF: (Transient, 3),
    Fault.RESET: (Transient, 3),
}
# What a mutation meets before anything was done there, and after it was done.
NOT_DONE: dict[Fault, type[ProviderError]] = {
    Fault.THROTTLED: Throttled,
    Fault.SERVER_ERROR: OutcomeUnknown,
    Fault.UNAUTHORIZED: AuthFailed,
    Fault.ERRORS_IN_BODY: OutcomeUnknown,
    Fault.WRONG_SHAPE: OutcomeUnknown,
    Fault.NOT_JSON: OutcomeUnknown,
    Fault.HUGE_BODY: OutcomeUnknown,
    Fault.REDIRECT: Rejected,
}
DONE = (Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF)


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shopify", [ORDER])


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("fault", FAULTS_OF_READS)
def test_a_fault_of_a_question_tells_nothing_and_is_on_record(
    name: str, fault: Fault, sandbox: SandboxControl, shop: ShopifyAdapter, exchanges: list[Exchange]
) -> None:
    (ask, path), (error, calls) = READS[name], FAULTS_OF_READS[fault]
    sandbox.fault("shopify", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        ask(shop)

    assert not caught.value.ambiguous
    assert [seen.path for seen in sandbox.requests("shopify")].count(path) == calls
    assert exchanges[-1].message == caught.value.message
    assert told(sandbox) == []
    assert ACCESS_TOKEN not in repr(exchanges)


@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_submission_that_was_not_done_is_refused_or_unknown_and_never_sent_again_by_itself(
    fault: Fault, sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    sandbox.fault("shopify", fault, count=None, path="/graphql/Submit")

    with pytest.raises(NOT_DONE[fault]):
        shop.submit_tracking(SHIPMENT)

    assert operations(sandbox).count("Submit") == (3 if fault is Fault.THROTTLED else 1)
    assert told(sandbox) == []
    sandbox.clear_faults("shopify")
    assert shop.submit_tracking(SHIPMENT).was_changed
    assert len(told(sandbox)) == 1


@pytest.mark.parametrize("fault", DONE)
def test_a_submission_whose_answer_is_lost_is_found_by_looking(
    fault: Fault, sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    sandbox.fault("shopify", fault, path="/graphql/Submit")

    assert shop.submit_tracking(SHIPMENT).was_changed

    assert told(sandbox) == [("SUCCESS", [TRACKING.number], 3)]
    assert operations(sandbox).count("Submit") == 1


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_a_silent_shop_is_not_waited_for(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_shop: OpenShop
) -> None:
    impatient = open_shop(using=replace(options, timing=Timing(read=0.1)))
    sandbox.fault("shopify", fault, seconds=60, path="/graphql/Submit")

    assert impatient.submit_tracking(SHIPMENT).was_changed
    assert len(told(sandbox)) == 1


def test_when_looking_fails_too_nobody_knows(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    sandbox.fault("shopify", Fault.RESET, path="/graphql/Submit")
    sandbox.fault("shopify", Fault.SERVER_ERROR, count=None, path="/graphql/Order", skip=1)

    with pytest.raises(OutcomeUnknown, match="Looking for what became of it failed"):
        shop.submit_tracking(SHIPMENT)

    sandbox.clear_faults("shopify")
    assert not shop.submit_tracking(SHIPMENT).was_changed
    assert len(told(sandbox)) == 1


@pytest.mark.parametrize("fault", DONE)
def test_a_correction_and_a_cancellation_whose_answer_is_lost_are_found_by_looking(
    fault: Fault, sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    (one,) = shop.submit_tracking(SHIPMENT).fulfillments
    corrected = with_number("NEW-1", ours=frozenset({one.external_id}))
    for path in ("/graphql/Track", "/graphql/Cancel"):
        sandbox.fault("shopify", fault, path=path)

    shop.submit_tracking(corrected)
    assert told(sandbox) == [("SUCCESS", ["NEW-1"], 3)]
    shop.cancel_fulfillment(corrected)
    assert told(sandbox) == [("CANCELLED", ["NEW-1"], 3)]
    assert (operations(sandbox).count("Track"), operations(sandbox).count("Cancel")) == (1, 1)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.ERRORS_IN_BODY, Fault.NOT_JSON])
def test_a_correction_and_a_cancellation_that_were_not_made_are_unknown_and_can_be_asked_for_again(
    fault: Fault, sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    (one,) = shop.submit_tracking(SHIPMENT).fulfillments
    corrected = with_number("NEW-1", ours=frozenset({one.external_id}))
    for path in ("/graphql/Track", "/graphql/Cancel"):
        sandbox.fault("shopify", fault, path=path)

    with pytest.raises(OutcomeUnknown):
        shop.submit_tracking(corrected)
    with pytest.raises(OutcomeUnknown):
        shop.cancel_fulfillment(corrected)
    shop.submit_tracking(corrected)
    assert told(sandbox) == [("SUCCESS", ["NEW-1"], 3)]
    shop.cancel_fulfillment(corrected)
    assert told(sandbox) == [("CANCELLED", ["NEW-1"], 3)]


def test_what_is_gone_meanwhile_is_no_longer_ours(shop: ShopifyAdapter) -> None:
    with pytest.raises(ProviderError, match="does not exist"):
        shop.update_tracking("gid://shopify/Fulfillment/1", Tracking("A"))


def test_it_waits_for_points_as_long_as_the_shop_says(
    sandbox: SandboxControl,
    shop: ShopifyAdapter,
    fake_time: FakeTime,
    exchanges: list[Exchange],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RateLimit, "window", 0.001)  # Only the provider counts.
    sandbox.limit_rate("shopify", enabled=True)

    def ask_often() -> None:
        for _ in range(400):
            shop.fetch_order(NAME)

    with pytest.raises(Throttled) as caught:
        ask_often()

    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 10
    assert "THROTTLED" in (exchanges[-1].response_body or "")
    assert exchanges[-1].response_status == 200
    sandbox.advance(20)
    assert shop.submit_tracking(SHIPMENT).was_changed


def by_client_credentials(account: ProviderAccountRecord) -> ProviderAccountRecord:
    return replace(account, credentials={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})


def test_a_token_is_asked_for_once_and_renewed_once_when_it_is_turned_away(
    sandbox: SandboxControl,
    shop_account: ProviderAccountRecord,
    open_shop: OpenShop,
    exchanges: list[Exchange],
) -> None:
    account = by_client_credentials(shop_account)
    open_shop(account).fetch_order(NAME)
    open_shop(account).fetch_order(NAME)
    assert operations(sandbox).count("access_token") == 1

    sandbox.advance(LIFETIME)
    assert open_shop(account).submit_tracking(SHIPMENT).was_changed

    assert operations(sandbox).count("access_token") == 2
    assert CLIENT_SECRET not in repr(exchanges)
    assert "shpat_" not in repr(exchanges)


def test_a_renewal_that_is_turned_away_too_is_the_end(
    sandbox: SandboxControl, shop_account: ProviderAccountRecord, open_shop: OpenShop
) -> None:
    shop = open_shop(by_client_credentials(shop_account))
    shop.fetch_order(NAME)
    sandbox.fault("shopify", Fault.UNAUTHORIZED, count=None, path="/graphql")

    with pytest.raises(AuthFailed):
        shop.fetch_order(NAME)
    assert operations(sandbox).count("access_token") == 2


def test_nothing_is_sent_once_the_patience_of_the_asker_is_over(
    sandbox: SandboxControl, options: DoorOptions, open_shop: OpenShop
) -> None:
    shop = open_shop(using=replace(options, until=options.clock.monotonic()))

    with pytest.raises(Transient, match="no time left"):
        shop.submit_tracking(SHIPMENT)
    assert operations(sandbox) == []

"""Reading orders at Trackstar over real HTTP: how they stand, whose they are, and what its old copy cannot say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.providers.conftest import OpenStar
from webapp.providers.base import (
    Capability,
    Exchange,
    NotFound,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    Rejected,
)
from webapp.providers.stale_copy import StaleCopy
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY
from webapp.sandbox.trackstar_copy import FILLED_EVERY, TAKES
from webapp.sandbox.trackstar_orders import DEFAULT_CUSTOMER
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
BY_ID, BY_NUMBER = OrderReference("here", NUMBER), OrderReference(None, NUMBER)
State = ProviderOrderState
LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
LABEL = {"tracking_number": "1Z1", "carrier": "UPS", "service": "Ground", "cost": 7.25}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "here", "lines": LINES}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("trackstar")]


def test_it_can_do_all_that_trackstar_offers(star: TrackstarAdapter) -> None:
    assert star.capabilities == {
        Capability.RESYNC_FROM,
        Capability.RESYNC_TO,
        Capability.CANCEL,
        Capability.CREATE,
    }
    star.test_connection()


@pytest.mark.parametrize("reference", [BY_ID, BY_NUMBER, OrderReference("gone", NUMBER)])
def test_it_reads_an_order_by_id_or_by_our_number(reference: OrderReference, star: TrackstarAdapter) -> None:
    snapshot = star.fetch_order(reference)

    assert (snapshot.external_id, snapshot.number, snapshot.raw_status) == ("here", NUMBER, "open")
    assert (snapshot.state, snapshot.fulfillment_status) == (State.AWAITING, None)
    assert (snapshot.tracking_number, snapshot.cost, snapshot.shipped_at) == (None, None, None)
    assert snapshot.url == "https://wms.example.com/orders/here"


@pytest.mark.parametrize(
    "odd", ["a/b", "ü→/é?#%2F", "../orders", "here/cancel", "SO 1&limit=5", "meta?method=POST"]
)
def test_odd_ids_and_numbers_are_only_names(odd: str, sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.load("trackstar", [{"number": f"N {odd}", "external_id": odd}])

    assert star.fetch_order(OrderReference(odd, f"N {odd}")).external_id == odd
    assert star.fetch_order(OrderReference(None, f"N {odd}")).external_id == odd


@pytest.mark.parametrize("dots", [".", "..", "..."])
def test_an_id_of_dots_leads_nowhere(dots: str, sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    with pytest.raises(NotFound):
        star.fetch_order(OrderReference(dots, "SO-7"))
    assert paths(sandbox) == ["/wms/orders"]


def test_a_shipped_order_brings_its_parcel(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    later = {**LABEL, "tracking_number": "1Z2", "cost": 1, "shipped_at": "2026-03-03T10:00:00+00:00"}
    earlier = {**LABEL, "shipped_at": "2026-03-02T10:00:00+00:00", "lines": LINES[:1]}
    sandbox.change("trackstar", "here", shipments=[{**later, "lines": LINES[1:]}, earlier], seen=True)

    snapshot = star.fetch_order(BY_ID)

    assert (snapshot.state, snapshot.fulfillment_status) == (State.SHIPPED, FulfillmentStatus.FULFILLED)
    assert (snapshot.tracking_number, snapshot.carrier, snapshot.service) == ("1Z1", "UPS", "Ground")
    assert snapshot.cost == Decimal("8.25")
    assert snapshot.shipped_at == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "state", "becomes"),
    [
        ({"status": "confirmed"}, State.AWAITING, None),
        ({"status": "processing"}, State.PROCESSING, None),
        ({"status": "picked"}, State.PROCESSING, FulfillmentStatus.PICKED),
        ({"status": "packed"}, State.PROCESSING, FulfillmentStatus.PACKED),
        ({"status": "backordered"}, State.EXCEPTION, None),
        ({"status": "exception"}, State.EXCEPTION, None),
        ({"status": "cancelled"}, State.CANCELLED, FulfillmentStatus.CANCELED),
        ({"status": "fulfilled"}, State.SHIPPED, FulfillmentStatus.FULFILLED_AWAITING_INFO),
        ({"status": "other", "raw_status": "On the moon"}, State.UNKNOWN, None),
        ({"shipments": [{"lines": LINES[:1]}]}, State.PARTIALLY_SHIPPED, None),
        ({"shipments": [{"lines": LINES[:1]}], "status": "backordered"}, State.PARTIALLY_SHIPPED, None),
        ({"shipments": [LABEL], "status": "other"}, State.SHIPPED, FulfillmentStatus.FULFILLED),
        ({"shipments": [{"lines": LINES[:1]}], "status": "other"}, State.PARTIALLY_SHIPPED, None),
        ({"shipments": [LABEL], "status": "cancelled"}, State.EXCEPTION, None),
        ({"shipments": [{**LABEL, "status": "cancelled"}], "status": "open"}, State.AWAITING, None),
    ],
)
def test_its_words_become_ours(
    change: dict[str, object],
    state: ProviderOrderState,
    becomes: FulfillmentStatus | None,
    sandbox: SandboxControl,
    star: TrackstarAdapter,
) -> None:
    sandbox.change("trackstar", "here", **change, seen=True)

    snapshot = star.fetch_order(BY_ID)

    assert (snapshot.state, snapshot.fulfillment_status) == (state, becomes)
    assert snapshot.raw_status == change.get("raw_status", change.get("status", snapshot.raw_status))


def test_it_sees_news_only_once_the_copy_is_filled(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.change("trackstar", "here", shipments=[LABEL])

    assert star.fetch_order(BY_ID).state is State.AWAITING
    sandbox.advance(FILLED_EVERY.total_seconds())
    assert star.fetch_order(BY_ID).state is State.SHIPPED


def test_it_reads_page_after_page_and_keeps_equal_numbers_only(
    sandbox: SandboxControl, star: TrackstarAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.providers.trackstar.client.PAGE_SIZE", 2)
    twice = [{"number": "SO-3", "external_id": f"s{place}", "status": "cancelled"} for place in range(5)]
    sandbox.load("trackstar", [*twice, {"number": "SO-3", "external_id": "live"}])

    assert star.fetch_order(OrderReference(None, "SO-3")).external_id == "live"
    assert paths(sandbox) == ["/wms/orders"] * 3


def test_it_gives_up_on_a_number_with_no_end(
    sandbox: SandboxControl, star: TrackstarAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.providers.trackstar.client.PAGE_SIZE", 1)
    sandbox.load("trackstar", [{"number": "SO-3", "external_id": f"s{place}"} for place in range(11)])

    with pytest.raises(Rejected, match="too many orders"):
        star.fetch_order(OrderReference(None, "SO-3"))


def test_it_does_not_choose_between_orders_that_stand(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "two"}])

    with pytest.raises(Rejected, match=r"several orders with the number SO-1\.1 \(here, two\)"):
        star.fetch_order(BY_NUMBER)


def test_it_looks_past_the_orders_of_other_customers(
    sandbox: SandboxControl, star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "ours", "customer_id": "c1"}])
    adapter = open_star(replace(star_account, settings={"warehouse_customer_id": "c1"}))

    assert adapter.fetch_order(BY_NUMBER).external_id == "ours"


def test_an_order_that_is_nowhere_is_not_found(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    for reference in (OrderReference("nowhere", "SO-7"), OrderReference(None, "SO-7"), OrderReference(None, " ")):
        with pytest.raises(NotFound):
            star.fetch_order(reference)


def test_what_we_sent_is_not_missing_until_the_copy_is_newer(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    reference = OrderReference("nowhere", "SO-7", sent_at=datetime.now(UTC))

    with pytest.raises(StaleCopy, match="A fresh copy was asked for") as caught:
        star.fetch_order(reference)

    assert isinstance(caught.value, OutcomeUnknown)
    assert (caught.value.retryable, caught.value.retry_after, caught.value.trips_circuit) == (True, 300, False)
    sandbox.advance(TAKES.total_seconds())
    with pytest.raises(StaleCopy):  # Filled again, but too soon afterwards for two clocks to agree.
        star.fetch_order(reference)
    sandbox.advance(300)
    with pytest.raises(NotFound):
        star.fetch_order(reference)


def test_without_the_connections_id_it_says_what_to_do(
    star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    sent = OrderReference(None, "SO-7", sent_at=datetime.now(UTC) - timedelta(days=1))

    with pytest.raises(StaleCopy, match="Put “connection_id” into the account"):
        open_star(replace(star_account, settings={})).fetch_order(sent)


@pytest.mark.parametrize("path", ["/connections/07b3", "/connections/sync"])
def test_an_age_that_cannot_be_found_out_proves_nothing(
    path: str, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", Fault.UNAUTHORIZED, count=None, path=path)

    with pytest.raises(StaleCopy, match=r"could not be found out: .*refused the credentials"):
        star.fetch_order(OrderReference(None, "SO-7", sent_at=datetime.now(UTC)))


def test_its_own_link_goes_before_the_warehouse_systems(
    star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    adapter = open_star(replace(star_account, settings={"order_url": "https://wms.example.org/o/{id}"}))

    assert adapter.fetch_order(BY_ID).url == "https://wms.example.org/o/here"
    assert open_star().order_url("here") is None


def test_no_record_shows_a_key_or_a_person(
    sandbox: SandboxControl, star: TrackstarAdapter, exchanges: list[Exchange]
) -> None:
    payload = star.fetch_order(BY_ID).payload
    star.fetch_order(BY_NUMBER)

    stored = repr(exchanges) + repr(payload)
    personal = [value for key, value in DEFAULT_CUSTOMER.items() if value and key not in ("state", "country")]
    assert not [word for word in (API_KEY, ACCESS_TOKEN, *personal) if word in stored]
    assert "MUG" in stored

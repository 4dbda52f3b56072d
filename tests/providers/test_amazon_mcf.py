"""Amazon MCF over real HTTP: finding an order under the ids that we gave it, and what it amounts to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.providers.conftest import OpenAmazon
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import (
    Exchange,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Rejected,
)
from webapp.sandbox import SandboxControl
from webapp.sandbox.amazon_mcf_access import CREDENTIALS
from webapp.sandbox.amazon_mcf_orders import DEFAULT_CUSTOMER, DEFAULT_EMAIL
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
TWO_LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
PARCEL = {"tracking_number": "1Z1", "carrier": "UPS", "shipped_at": "2026-03-02T17:30:00+00:00"}
LATER = PARCEL | {"tracking_number": "1Z2", "shipped_at": "2026-03-03T08:00:00+00:00"}
PENDING = PARCEL | {"status": "PENDING"}
Entry = Mapping[str, Any]


def read(sandbox: SandboxControl, amazon: AmazonMcfAdapter, *orders: Entry) -> ProviderOrderSnapshot:
    """Load the orders, each with our number unless it says otherwise, and fetch ours by number."""
    sandbox.load("fba", [{"number": NUMBER, "lines": TWO_LINES, **order} for order in orders])
    return amazon.fetch_order(OrderReference(None, NUMBER))


def operations(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("fba") if seen.path != "/auth/o2/token"]


def test_it_reads_a_shipped_order(sandbox: SandboxControl, amazon: AmazonMcfAdapter) -> None:
    snapshot = read(sandbox, amazon, {"speed": "Expedited", "shipments": [PARCEL]})

    assert replace(snapshot, payload={}) == ProviderOrderSnapshot(
        external_id=NUMBER,
        number=NUMBER,
        raw_status="Complete",
        state=ProviderOrderState.SHIPPED,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        tracking_number="1Z1",
        carrier="UPS",
        service="Expedited",
        cost=None,
        shipped_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
        url=None,
        payload={},
    )


@pytest.mark.parametrize(
    ("order", "state", "fulfillment_status"),
    [
        ({"status": "New"}, ProviderOrderState.AWAITING, None),
        ({"status": "Received"}, ProviderOrderState.AWAITING, None),
        ({"status": "Planning"}, ProviderOrderState.PROCESSING, None),
        ({"status": "Processing"}, ProviderOrderState.PROCESSING, None),
        ({"status": "Processing", "shipments": [PENDING]}, ProviderOrderState.PROCESSING, None),
        ({"status": "Processing", "shipments": [PARCEL, PENDING]}, ProviderOrderState.PARTIALLY_SHIPPED, None),
        ({"status": "Planning", "shipments": [PARCEL]}, ProviderOrderState.PARTIALLY_SHIPPED, None),
        ({"status": "Complete"}, ProviderOrderState.SHIPPED, FulfillmentStatus.FULFILLED_AWAITING_INFO),
        ({"status": "CompletePartialled", "shipments": [PARCEL]}, ProviderOrderState.PARTIALLY_SHIPPED, None),
        ({"status": "Cancelled"}, ProviderOrderState.CANCELLED, FulfillmentStatus.CANCELED),
        ({"status": "Cancelled", "shipments": [PARCEL]}, ProviderOrderState.EXCEPTION, None),
        ({"status": "Unfulfillable"}, ProviderOrderState.EXCEPTION, None),
        ({"status": "Invalid"}, ProviderOrderState.EXCEPTION, None),
        ({"status": "!Lost"}, ProviderOrderState.UNKNOWN, None),
    ],
)
def test_it_tells_the_state(
    order: Entry,
    state: ProviderOrderState,
    fulfillment_status: FulfillmentStatus | None,
    sandbox: SandboxControl,
    amazon: AmazonMcfAdapter,
) -> None:
    snapshot = read(sandbox, amazon, order)

    assert (snapshot.state, snapshot.fulfillment_status) == (state, fulfillment_status)


def test_an_estimated_date_and_a_parcel_that_has_not_left_are_not_told(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    snapshot = read(sandbox, amazon, {"status": "Processing", "shipments": [PENDING]})

    assert (snapshot.shipped_at, snapshot.tracking_number, snapshot.carrier) == (None, None, None)


def test_the_first_parcel_gives_the_tracking_number_and_the_last_the_date(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    snapshot = read(sandbox, amazon, {"shipments": [LATER, PARCEL]})

    assert snapshot.tracking_number == "1Z1"
    assert snapshot.shipped_at == datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"tracking_number": "1Z1", "amazon_tracking_number": "TBA1"}, "1Z1"),
        ({"amazon_tracking_number": "TBA1"}, "TBA1"),
        ({}, None),
    ],
)
def test_it_prefers_the_carriers_tracking_number_to_amazons_own(
    named: Entry, told: str | None, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    assert read(sandbox, amazon, {"shipments": [named]}).tracking_number == told


@pytest.mark.parametrize("number", ["SO/7.1", "SO-7 ä.1", "订单.1", "SO?x=1#2", "a/../b", "SO%2F1", "x/cancel"])
def test_it_finds_ids_with_slashes_and_unicode(
    number: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [{"number": number}, {"number": "b"}, {"number": "SO/1"}])

    assert amazon.fetch_order(OrderReference(number, number)).external_id == number
    assert amazon.fetch_order(OrderReference(None, number)).number == number


@pytest.mark.parametrize("number", ["", " ", ".", "..", "SO-7.7", "SO/7/7"])
def test_what_is_not_there_is_not_found_whichever_way_amazon_says_so(
    number: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [{"number": NUMBER}])

    with pytest.raises(NotFound):
        amazon.fetch_order(OrderReference(number, number))


def test_an_id_that_is_gone_gives_way_to_the_number(sandbox: SandboxControl, amazon: AmazonMcfAdapter) -> None:
    sandbox.load("fba", [{"number": NUMBER}])

    assert amazon.fetch_order(OrderReference("gone", NUMBER)).external_id == NUMBER


def test_an_order_that_was_cancelled_gives_way_to_the_one_after_it(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    cancelled = [{"external_id": each, "status": "Cancelled"} for each in (NUMBER, f"{NUMBER}-R2")]

    assert read(sandbox, amazon, *cancelled, {"external_id": f"{NUMBER}-R3"}).external_id == f"{NUMBER}-R3"
    assert operations(sandbox) == ["/getFulfillmentOrder"] * 3


def test_the_last_cancelled_order_is_told_when_none_stands(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    cancelled = [{"external_id": each, "status": "Cancelled"} for each in (NUMBER, f"{NUMBER}-R2")]

    assert read(sandbox, amazon, *cancelled).external_id == f"{NUMBER}-R2"


def test_it_does_not_look_through_cancelled_orders_for_ever(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    ids = [NUMBER, *(f"{NUMBER}-R{place}" for place in range(2, 12))]

    with pytest.raises(Rejected, match="9 cancelled orders"):
        read(sandbox, amazon, *({"external_id": each, "status": "Cancelled"} for each in ids))


def test_it_links_where_the_account_says(amazon_account: ProviderAccountRecord, open_amazon: OpenAmazon) -> None:
    settings = {"order_url": "https://sellercentral.example/orders/{id}"}
    adapter = open_amazon(replace(amazon_account, settings=settings))

    assert adapter.order_url("SO/1.1") == "https://sellercentral.example/orders/SO%2F1.1"


def test_nothing_on_record_names_the_customer_or_a_secret(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = read(sandbox, amazon, {"shipments": [PARCEL]})

    shown = repr(exchanges) + repr(snapshot.payload)
    personal = [DEFAULT_CUSTOMER[name] for name in ("name", "addressLine1", "city", "postalCode", "phone")]
    secrets = [CREDENTIALS["refresh_token"], CREDENTIALS["client_secret"], "Atza|sandbox."]
    assert not [word for word in [*personal, DEFAULT_EMAIL, *secrets, "Atzr%7C"] if word in shown]
    assert exchanges[0].operation == "Renew access token"
    assert '"grant_type": "refresh_token"' in str(exchanges[0].request_body)
    assert '"trackingNumber": "1Z1"' in str(exchanges[-1].response_body)


def test_the_connection_is_tested_with_one_harmless_read(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    amazon.test_connection()

    assert operations(sandbox) == ["/listAllFulfillmentOrders"]

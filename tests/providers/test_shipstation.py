"""ShipStation over real HTTP: finding an order, its parts and parcels, and what they amount to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from json import dumps
from typing import Any

import pytest

from tests.providers.conftest import OpenAdapter
from webapp.providers.base import (
    AuthFailed,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Rejected,
)
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.shipstation import API_SECRET
from webapp.sandbox.shipstation_orders import DEFAULT_CUSTOMER
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
TWO_LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
PARCEL = {
    "tracking_number": "9400100000000000000001",
    "carrier": "stamps_com",
    "service": "usps_priority_mail",
    "cost": 8.36,
    "shipped_at": "2026-03-02T17:30:00+00:00",
}
Entry = Mapping[str, Any]


def read(sandbox: SandboxControl, adapter: ShipStationAdapter, *orders: Entry) -> ProviderOrderSnapshot:
    """Load the orders, each with our number unless it says otherwise, and fetch ours by number."""
    sandbox.load("shipstation", [{"number": NUMBER, "lines": TWO_LINES, **order} for order in orders])
    return adapter.fetch_order(OrderReference(None, NUMBER))


def test_it_reads_a_shipped_order(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    snapshot = read(sandbox, adapter, {"external_id": 42, "status": "shipped", "shipments": [PARCEL]})

    assert replace(snapshot, payload={}) == ProviderOrderSnapshot(
        external_id="42",
        number=NUMBER,
        raw_status="shipped",
        state=ProviderOrderState.SHIPPED,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        tracking_number="9400100000000000000001",
        carrier="stamps_com",
        service="usps_priority_mail",
        cost=Decimal("8.36"),
        shipped_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
        url=None,
        payload={},
    )


@pytest.mark.parametrize(
    ("status", "state", "fulfillment_status"),
    [
        ("awaiting_payment", ProviderOrderState.AWAITING, None),
        ("awaiting_shipment", ProviderOrderState.AWAITING, None),
        ("on_hold", ProviderOrderState.AWAITING, None),
        ("pending_fulfillment", ProviderOrderState.PROCESSING, None),
        ("rejected_fulfillment", ProviderOrderState.EXCEPTION, None),
        ("cancelled", ProviderOrderState.CANCELLED, FulfillmentStatus.CANCELED),
        ("shipped", ProviderOrderState.SHIPPED, FulfillmentStatus.FULFILLED_AWAITING_INFO),
        ("!a_word_of_next_year", ProviderOrderState.UNKNOWN, None),
    ],
)
def test_it_maps_each_status_of_an_order_without_parcels(
    status: str,
    state: ProviderOrderState,
    fulfillment_status: FulfillmentStatus | None,
    sandbox: SandboxControl,
    adapter: ShipStationAdapter,
) -> None:
    snapshot = read(sandbox, adapter, {"status": status})

    assert (snapshot.state, snapshot.fulfillment_status) == (state, fulfillment_status)
    assert (snapshot.tracking_number, snapshot.cost, snapshot.shipped_at) == (None, None, None)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({"status": "shipped", "shipments": [{"lines": [TWO_LINES[0]]}]}, ProviderOrderState.PARTIALLY_SHIPPED),
        (
            {"status": "shipped", "shipments": [{"lines": [line]} for line in TWO_LINES]},
            ProviderOrderState.SHIPPED,
        ),
        (
            {"status": "shipped", "shipments": [{"lines": [TWO_LINES[0]]}] * 2},
            ProviderOrderState.PARTIALLY_SHIPPED,
        ),
        ({"status": "shipped", "fulfillments": [{}]}, ProviderOrderState.SHIPPED),
        ({"status": "awaiting_shipment", "shipments": [PARCEL]}, ProviderOrderState.PARTIALLY_SHIPPED),
        ({"status": "on_hold", "fulfillments": [PARCEL]}, ProviderOrderState.PARTIALLY_SHIPPED),
        ({"status": "cancelled", "shipments": [PARCEL]}, ProviderOrderState.EXCEPTION),
        (
            {"status": "awaiting_shipment", "shipments": [{**PARCEL, "voided": True}]},
            ProviderOrderState.AWAITING,
        ),
    ],
)
def test_it_tells_a_part_from_the_whole_by_what_the_parcels_hold(
    order: Entry, state: ProviderOrderState, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    assert read(sandbox, adapter, order).state is state


def test_it_ignores_voided_and_return_labels_and_sums_the_others(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    labels = [
        {**PARCEL, "tracking_number": "VOIDED", "cost": 100, "voided": True},
        {**PARCEL, "tracking_number": "RETURN", "cost": 50, "return": True},
        {**PARCEL, "tracking_number": "SECOND", "cost": 0.1, "shipped_at": "2026-03-03T09:00:00+00:00"},
        {**PARCEL, "tracking_number": "FIRST", "cost": 0.2},
    ]

    snapshot = read(sandbox, adapter, {"status": "shipped", "shipments": labels})

    assert snapshot.tracking_number == "FIRST"
    assert snapshot.cost == Decimal("0.3")
    assert snapshot.shipped_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_it_reads_an_order_that_was_marked_as_shipped_elsewhere(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    marked = {"tracking_number": "1Z999", "carrier": "ups", "shipped_at": "2026-03-02T17:30:00+00:00"}

    snapshot = read(sandbox, adapter, {"status": "shipped", "fulfillments": [marked]})

    assert snapshot.fulfillment_status is FulfillmentStatus.FULFILLED
    assert (snapshot.tracking_number, snapshot.carrier, snapshot.cost) == ("1Z999", "ups", None)


def test_it_tells_a_number_from_the_numbers_that_begin_with_it(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    snapshot = read(sandbox, adapter, {"number": "SO-1.10"}, {"external_id": 7}, {"number": "SO-1.1B"})

    assert snapshot.external_id == "7"


def test_it_reads_every_page(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    longer = [{"number": f"{NUMBER}{tail:04}"} for tail in range(1_000)]

    snapshot = read(sandbox, adapter, *longer, {"external_id": 7})

    assert snapshot.external_id == "7"
    pages = [seen.parameters for seen in sandbox.requests("shipstation") if seen.path == "/orders"]
    assert [query.partition("page=")[2].partition("&")[0] for query in pages] == ["1", "2", "3"]


def test_it_prefers_the_id_and_asks_no_more_than_it_needs(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{"number": NUMBER, "external_id": 42}])

    adapter.fetch_order(OrderReference("42", NUMBER))

    paths = [seen.path for seen in sandbox.requests("shipstation")]
    assert paths == ["/orders/42", "/shipments", "/fulfillments"]


@pytest.mark.parametrize("external_id", ["99999", "../stores", "42?x=1", "", "٤٢"])
def test_it_falls_back_to_our_number(
    external_id: str, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{"number": NUMBER, "external_id": 42}])

    assert adapter.fetch_order(OrderReference(external_id, NUMBER)).external_id == "42"


@pytest.mark.parametrize("number", ["SO-2.1", "", "  "])
def test_it_says_that_there_is_no_such_order(
    number: str, sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load("shipstation", [{"number": NUMBER}])

    with pytest.raises(NotFound):
        adapter.fetch_order(OrderReference(None, number))


def test_it_refuses_to_choose_between_unrelated_orders_of_one_number(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    with pytest.raises(Rejected, match=r"several orders with the number SO-1\.1 .*\(1, 2\)"):
        read(sandbox, adapter, {"external_id": 1}, {"external_id": 2})


def test_it_looks_only_at_the_accounts_store_when_it_names_one(
    sandbox: SandboxControl, account: ProviderAccountRecord, open_adapter: OpenAdapter
) -> None:
    adapter = open_adapter(replace(account, settings={"store_id": 2}))

    snapshot = read(sandbox, adapter, {"external_id": 1, "store_id": 1}, {"external_id": 2, "store_id": 2})

    assert snapshot.external_id == "2"


def test_its_payload_names_no_customer(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    payload = dumps(read(sandbox, adapter, {"status": "shipped", "shipments": [PARCEL]}).payload)

    assert "8.36" in payload
    assert "MUG" in payload
    for name in ("name", "email", "phone", "street1"):
        assert DEFAULT_CUSTOMER[name] not in payload


def test_it_links_to_the_order_only_where_the_account_says_how(
    account: ProviderAccountRecord, open_adapter: OpenAdapter, adapter: ShipStationAdapter
) -> None:
    linked = open_adapter(replace(account, settings={"order_url": "https://ss.example.com/orders/{id}"}))
    unsafe = open_adapter(replace(account, settings={"order_url": "javascript:alert({id})"}))

    assert linked.order_url("42") == "https://ss.example.com/orders/42"
    assert linked.order_url("<script>") is None
    assert unsafe.order_url("42") is None
    assert adapter.order_url("42") is None


def test_it_proves_its_credentials(
    sandbox: SandboxControl,
    account: ProviderAccountRecord,
    open_adapter: OpenAdapter,
    adapter: ShipStationAdapter,
) -> None:
    adapter.test_connection()
    wrong = replace(account, credentials={"api_key": "somebody", "api_secret": API_SECRET})

    with pytest.raises(AuthFailed, match=r"refused the credentials.*Authorization has been denied"):
        open_adapter(wrong).test_connection()


def test_it_brings_news_once_the_planned_time_has_come(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    plan = {"ships_after_seconds": 3600, "tracking_number": "1Z", "carrier": "ups", "cost": 5}
    before = read(sandbox, adapter, {"plan": plan})
    sandbox.advance(3600)
    after = adapter.fetch_order(OrderReference(before.external_id, NUMBER))

    assert before.state is ProviderOrderState.AWAITING
    assert (after.state, after.tracking_number, after.cost) == (ProviderOrderState.SHIPPED, "1Z", 5)

"""ShipHero over real HTTP: finding an order, its lines, holds and labels, and what they amount to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from json import dumps
from typing import Any

import pytest

from tests.providers.conftest import OpenHero
from webapp.providers.base import (
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Rejected,
)
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.shiphero_orders import DEFAULT_CUSTOMER
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
TWO_LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
PARCEL = {
    "tracking_number": "1Z0000000000000001",
    "carrier": "ups",
    "service": "UPS Ground",
    "cost": "8.36",
    "shipped_at": "2026-03-02T17:30:00+00:00",
}
Entry = Mapping[str, Any]


def read(sandbox: SandboxControl, hero: ShipHeroAdapter, *orders: Entry) -> ProviderOrderSnapshot:
    """Load the orders, each with our number unless it says otherwise, and fetch ours by number."""
    sandbox.load("shiphero", [{"number": NUMBER, "lines": TWO_LINES, **order} for order in orders])
    return hero.fetch_order(OrderReference(None, NUMBER))


def test_it_reads_a_shipped_order(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    snapshot = read(sandbox, hero, {"external_id": "T3JkZXI6NDI=", "shipments": [PARCEL]})

    assert replace(snapshot, payload={}) == ProviderOrderSnapshot(
        external_id="T3JkZXI6NDI=",
        number=NUMBER,
        raw_status="fulfilled",
        state=ProviderOrderState.SHIPPED,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        tracking_number="1Z0000000000000001",
        carrier="ups",
        service="UPS Ground",
        cost=Decimal("8.36"),
        shipped_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
        url=None,
        payload={},
    )


@pytest.mark.parametrize(
    ("order", "state", "fulfillment_status"),
    [
        ({}, ProviderOrderState.AWAITING, None),
        ({"status": "backorder"}, ProviderOrderState.AWAITING, None),
        ({"lines": [{"sku": "MUG", "allocated": 1}]}, ProviderOrderState.PROCESSING, None),
        ({"status": "Waiting for Bob"}, ProviderOrderState.PROCESSING, None),
        ({"holds": ["operator_hold"]}, ProviderOrderState.AWAITING, None),
        ({"holds": ["client_hold", "fraud_hold"]}, ProviderOrderState.EXCEPTION, None),
        ({"holds": ["address_hold"]}, ProviderOrderState.EXCEPTION, None),
        ({"status": "canceled"}, ProviderOrderState.CANCELLED, FulfillmentStatus.CANCELED),
        ({"status": "cancelled"}, ProviderOrderState.CANCELLED, FulfillmentStatus.CANCELED),
        ({"status": "fulfilled"}, ProviderOrderState.SHIPPED, FulfillmentStatus.FULFILLED_AWAITING_INFO),
        ({"shipments": [{"lines": [TWO_LINES[0]]}]}, ProviderOrderState.PARTIALLY_SHIPPED, None),
        (
            {"shipments": [{"lines": [line]} for line in TWO_LINES]},
            ProviderOrderState.SHIPPED,
            FulfillmentStatus.FULFILLED_AWAITING_INFO,
        ),
        ({"shipments": [PARCEL], "status": "canceled"}, ProviderOrderState.EXCEPTION, None),
        ({"shipments": [{**PARCEL, "refunded": True}]}, ProviderOrderState.AWAITING, None),
    ],
)
def test_it_decides_by_quantities_and_holds_before_words(
    order: Entry,
    state: ProviderOrderState,
    fulfillment_status: FulfillmentStatus | None,
    sandbox: SandboxControl,
    hero: ShipHeroAdapter,
) -> None:
    snapshot = read(sandbox, hero, order)

    assert (snapshot.state, snapshot.fulfillment_status) == (state, fulfillment_status)


def test_it_ignores_labels_that_are_not_valid_and_sums_the_others(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    labels = [
        {**PARCEL, "tracking_number": "REFUNDED", "cost": "100", "refunded": True},
        {**PARCEL, "tracking_number": "INVALID", "cost": "50", "status": "error"},
        {
            **PARCEL,
            "tracking_number": "SECOND",
            "cost": "0.10",
            "shipped_at": "2026-03-03T09:00:00+00:00",
            "lines": [TWO_LINES[1]],
        },
        {**PARCEL, "tracking_number": "FIRST", "cost": "0.20"},
    ]

    snapshot = read(sandbox, hero, {"shipments": labels})

    assert snapshot.tracking_number == "FIRST"
    assert snapshot.cost == Decimal("0.30")
    assert snapshot.shipped_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_it_reads_every_line_of_a_long_order(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    lines = [{"sku": f"SKU-{number}"} for number in range(120)]
    last = [{"lines": [{**line, "quantity": 1} for line in lines[:119]]}]

    snapshot = read(sandbox, hero, {"lines": lines, "shipments": last})

    # The one line that has not left is on the third page.
    assert snapshot.state is ProviderOrderState.PARTIALLY_SHIPPED
    order: Any = snapshot.payload["order"]
    assert [edge["node"]["sku"] for edge in order["line_items"]["edges"]] == [line["sku"] for line in lines]
    assert [seen.path for seen in sandbox.requests("shiphero")].count("/graphql/Order") == 3


def test_it_reads_every_page_of_a_search(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    cancelled = [{"external_id": f"old-{number}", "status": "canceled"} for number in range(25)]

    assert read(sandbox, hero, *cancelled, {"external_id": "new"}).external_id == "new"


def test_it_tells_of_a_cancelled_order_when_there_is_no_other(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    snapshot = read(sandbox, hero, {"external_id": "old", "status": "canceled"})

    assert (snapshot.external_id, snapshot.state) == ("old", ProviderOrderState.CANCELLED)


def test_it_prefers_the_id_and_asks_no_more_than_it_needs(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "T3JkZXI6NDI="}])

    hero.fetch_order(OrderReference("T3JkZXI6NDI=", NUMBER))

    assert [seen.path for seen in sandbox.requests("shiphero")] == ["/auth/refresh", "/graphql/Order"]


@pytest.mark.parametrize("external_id", ["T3JkZXI6OTk=", '"} evil {', ""])
def test_it_falls_back_to_our_number(external_id: str, sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "here"}])

    assert hero.fetch_order(OrderReference(external_id, NUMBER)).external_id == "here"


@pytest.mark.parametrize("number", ["SO-2.1", "", "  "])
def test_it_says_that_there_is_no_such_order(number: str, sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.load("shiphero", [{"number": NUMBER}])

    with pytest.raises(NotFound, match="ShipHero has no order"):
        hero.fetch_order(OrderReference(None, number))


def test_it_refuses_to_choose_between_orders_of_one_number(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    with pytest.raises(Rejected, match=r"several orders with the number SO-1\.1 \(one, two\)"):
        read(sandbox, hero, {"external_id": "one"}, {"external_id": "two"})


@pytest.mark.parametrize(
    ("setting", "value"), [("shop_name", "Second shop"), ("customer_account_id", "QWNjb3VudDoy")]
)
def test_it_looks_only_at_the_accounts_shop_and_customer(
    setting: str, value: str, sandbox: SandboxControl, hero_account: ProviderAccountRecord, open_hero: OpenHero
) -> None:
    adapter = open_hero(replace(hero_account, settings={setting: value}))

    snapshot = read(sandbox, adapter, {"external_id": "one"}, {"external_id": "two", setting: value})

    assert snapshot.external_id == "two"


def test_its_payload_names_no_customer(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    payload = dumps(read(sandbox, hero, {"shipments": [PARCEL]}).payload)

    assert "8.36" in payload
    assert "MUG" in payload
    for value in DEFAULT_CUSTOMER.values():
        assert f'"{value}"' not in payload


def test_it_links_to_the_order_only_where_the_account_says_how(
    hero_account: ProviderAccountRecord, open_hero: OpenHero, hero: ShipHeroAdapter
) -> None:
    linked = open_hero(replace(hero_account, settings={"order_url": "https://hero.example.com/orders/{id}"}))
    unsafe = open_hero(replace(hero_account, settings={"order_url": "javascript:alert({id})"}))

    assert linked.order_url("T3JkZXI6NDI=") == "https://hero.example.com/orders/42"
    assert [linked.order_url(other) for other in ("<script>", "", "42", "TGluZTo0Mg==")] == [None] * 4
    assert unsafe.order_url("T3JkZXI6NDI=") is None
    assert hero.order_url("T3JkZXI6NDI=") is None


def test_it_brings_news_once_the_planned_time_has_come(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    plan = {"ships_after_seconds": 3600, "tracking_number": "1Z", "carrier": "ups", "cost": 5}
    before = read(sandbox, hero, {"plan": plan})
    sandbox.advance(3600)
    after = hero.fetch_order(OrderReference(before.external_id, NUMBER))

    assert before.state is ProviderOrderState.AWAITING
    assert (after.state, after.tracking_number, after.cost) == (ProviderOrderState.SHIPPED, "1Z", 5)

"""Starshipit over real HTTP: finding an order, its items and parcels, and what they amount to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.providers.conftest import OpenShipit
from webapp.providers.base import (
    Exchange,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Rejected,
    Unsupported,
)
from webapp.providers.starshipit.adapter import StarshipitAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.starshipit_orders import DEFAULT_RECEIVER
from webapp.statuses import FulfillmentStatus, ProviderOrderState

State = ProviderOrderState
NUMBER = "SO-1.1"
TWO_LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
PARCEL = {
    "tracking_number": "STAR0000001",
    "carrier": "AusPost",
    "service": "Parcel Post",
    "cost": "8.36",
    "shipped_at": "2026-03-02T17:30:00+00:00",
}
Entry = Mapping[str, Any]


def read(sandbox: SandboxControl, shipit: StarshipitAdapter, *orders: Entry) -> ProviderOrderSnapshot:
    """Load the orders, each with our number unless it says otherwise, and fetch ours by number."""
    sandbox.load("starshipit", [{"number": NUMBER, "lines": TWO_LINES, **order} for order in orders])
    return shipit.fetch_order(OrderReference(None, NUMBER))


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("starshipit")]


def test_it_reads_a_shipped_order(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    snapshot = read(sandbox, shipit, {"external_id": 42, "shipments": [PARCEL]})

    assert replace(snapshot, payload={}) == ProviderOrderSnapshot(
        external_id="42",
        number=NUMBER,
        raw_status="Printed",
        state=State.SHIPPED,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        tracking_number="STAR0000001",
        carrier="AusPost",
        service="Parcel Post",
        cost=Decimal("8.36"),
        shipped_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
        url=None,
        payload={},
    )


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({}, State.AWAITING),
        ({"status": "Saved"}, State.PROCESSING),
        ({"status": "Printed"}, State.SHIPPED),
        ({"status": "Delivered"}, State.SHIPPED),
        ({"status": "Waiting for Bob"}, State.UNKNOWN),
        ({"archived": True}, State.CANCELLED),
        ({"shipments": [PARCEL | {"status": "Printed"}]}, State.SHIPPED),
        ({"shipments": [PARCEL | {"status": "In Transit"}]}, State.SHIPPED),
        ({"shipments": [PARCEL | {"status": "Exception"}]}, State.EXCEPTION),
        ({"shipments": [PARCEL | {"status": "Cancelled"}]}, State.CANCELLED),
        ({"shipments": [PARCEL | {"status": "Cancelled"}, PARCEL]}, State.SHIPPED),
        ({"shipments": [PARCEL, {"status": "", "shipped_at": None}]}, State.PARTIALLY_SHIPPED),
        ({"shipments": [PARCEL], "status": "Unshipped"}, State.PARTIALLY_SHIPPED),
        ({"shipments": [{"status": "", "shipped_at": None}], "status": "Saved"}, State.PROCESSING),
        ({"shipments": [PARCEL | {"return": True}], "status": "Unshipped"}, State.AWAITING),
        # Archived: nothing tells the carrier, so a label that is still good is for a person to look at.
        ({"shipments": [PARCEL | {"status": "Printed"}], "archived": True}, State.EXCEPTION),
        ({"shipments": [PARCEL | {"status": "Delivered"}], "archived": True}, State.SHIPPED),
    ],
)
def test_it_knows_what_an_order_amounts_to(
    order: Entry, state: State, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    assert read(sandbox, shipit, order).state is state


@pytest.mark.parametrize(
    ("left", "state"),
    [
        ((2, 1), State.SHIPPED),  # Never counted down: the order's word is taken.
        ((0, 0), State.SHIPPED),
        ((0, 1), State.PARTIALLY_SHIPPED),
        ((1, 1), State.PARTIALLY_SHIPPED),
        ((1, 0), State.PARTIALLY_SHIPPED),
    ],
)
def test_units_that_stay_behind_make_it_partly_shipped(
    left: tuple[int, int], state: State, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    lines = [line | {"left": units} for line, units in zip(TWO_LINES, left, strict=True)]

    assert read(sandbox, shipit, {"lines": lines, "shipments": [PARCEL]}).state is state


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({"status": "Printed"}, State.PROCESSING),
        ({"shipments": [PARCEL | {"status": "Printed"}]}, State.PROCESSING),
        ({"shipments": [PARCEL | {"status": "Dispatched"}]}, State.SHIPPED),
        ({"shipments": [PARCEL, PARCEL | {"status": "Printed"}]}, State.PARTIALLY_SHIPPED),
    ],
)
def test_an_account_may_say_that_a_printed_label_has_not_left(
    order: Entry,
    state: State,
    sandbox: SandboxControl,
    shipit_account: ProviderAccountRecord,
    open_shipit: OpenShipit,
) -> None:
    shipit = open_shipit(replace(shipit_account, settings={"printed_is_shipped": False}))

    assert read(sandbox, shipit, order).state is state


def test_it_finds_an_order_by_id_without_searching(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42}])

    assert shipit.fetch_order(OrderReference("42", NUMBER)).number == NUMBER
    assert paths(sandbox) == ["/api/orders/GET"]
    assert sandbox.requests("starshipit")[0].parameters == (
        "order_id=42&include=Items&include=Packages&include=Shipping_Price"
    )


@pytest.mark.parametrize("external_id", ["41", "no/such id", "Ünï", "../stores", "9" * 30, ""])
def test_an_id_that_leads_nowhere_gives_way_to_the_number(
    external_id: str, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42}])

    assert shipit.fetch_order(OrderReference(external_id, NUMBER)).external_id == "42"
    assert set(paths(sandbox)) == {"/api/orders/GET", "/api/orders/search"}


@pytest.mark.parametrize("number", ["SO/9 ä&b=c.1", "SO-#?%2F.1", "発送-7.1"])
def test_numbers_with_slashes_and_other_scripts_reach_starshipit_whole(
    number: str, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": number, "external_id": 42}])

    assert shipit.fetch_order(OrderReference(None, number)).number == number


def test_only_equal_numbers_count_over_all_pages(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    others = [{"number": f"{NUMBER}{place}"} for place in range(260)]
    sandbox.load("starshipit", [*others, {"number": NUMBER, "external_id": 42}])

    assert shipit.fetch_order(OrderReference(None, NUMBER)).external_id == "42"
    assert paths(sandbox) == ["/api/orders/search"] * 2 + ["/api/orders/GET"]


def test_an_archived_order_gives_way_to_one_that_stands(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    snapshot = read(sandbox, shipit, {"external_id": 41, "archived": True}, {"external_id": 42})

    assert snapshot.external_id == "42"


def test_it_refuses_to_choose_between_orders_that_stand(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    with pytest.raises(Rejected, match=r"several orders with the number SO-1\.1 \(41, 42\)"):
        read(sandbox, shipit, {"external_id": 41}, {"external_id": 42})


@pytest.mark.parametrize("number", [NUMBER, "", "  "])
def test_an_order_that_is_nowhere_is_not_found(
    number: str, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": "SO-8.1"}])

    with pytest.raises(NotFound):
        shipit.fetch_order(OrderReference(None, number))


def test_what_a_search_lists_is_never_taken_as_absent(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42}])
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path="/api/orders/GET")

    with pytest.raises(Rejected, match="lists order 42"):
        shipit.fetch_order(OrderReference(None, NUMBER))


def test_the_price_may_come_later(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    assert read(sandbox, shipit, {"shipments": [PARCEL | {"cost": None}]}).cost is None


def test_it_links_to_the_order_where_the_account_says_how(
    shipit_account: ProviderAccountRecord, open_shipit: OpenShipit
) -> None:
    shipit = open_shipit(replace(shipit_account, settings={"order_url": "https://app.example.com/orders/{id}"}))

    assert shipit.order_url("42") == "https://app.example.com/orders/42"
    assert shipit.order_url("../42") is None


@pytest.mark.parametrize("settings", [{"printed_is_shipped": "yes"}, {"calls_per_second": 0}])
def test_a_wrong_setting_is_named(
    settings: dict[str, Any], shipit_account: ProviderAccountRecord, open_shipit: OpenShipit
) -> None:
    with pytest.raises(Rejected, match=f"setting “{next(iter(settings))}” must be"):
        open_shipit(replace(shipit_account, settings=settings))


def test_it_says_that_an_order_must_be_cancelled_by_hand(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    with pytest.raises(Unsupported, match=r"Delete or archive SO-1\.1 there by hand\."):
        shipit.cancel_order(OrderReference("42", NUMBER), "Ordered twice")
    assert sandbox.requests("starshipit") == []


def test_nobody_is_named_in_what_is_kept(
    sandbox: SandboxControl, shipit: StarshipitAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = read(sandbox, shipit, {"shipments": [PARCEL]})

    kept = repr(exchanges) + repr(snapshot.payload)
    assert "STAR0000001" in kept
    assert not [word for word in DEFAULT_RECEIVER.values() if word in kept]

"""Shipfusion over real HTTP: finding a shipment, what it amounts to, and what settings change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.providers.conftest import OpenFusion
from tests.providers.new_orders import NEW_ORDER
from webapp.providers.base import (
    Exchange,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderOrderSnapshot,
    Rejected,
)
from webapp.providers.shapes import JsonValue
from webapp.providers.shipfusion import mapping
from webapp.providers.shipfusion.adapter import ShipfusionAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shipfusion_orders import DEFAULT_RECEIVER
from webapp.statuses import FulfillmentStatus, ProviderOrderState

State = ProviderOrderState
NUMBER = "SO-1.1"
TWO_LINES = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
PARCEL = {
    "tracking_number": "FUSION0001",
    "carrier": "USPS",
    "service": "First",
    "shipped_at": "2026-03-02T17:30:00+00:00",
}
Entry = Mapping[str, Any]


def read(sandbox: SandboxControl, fusion: ShipfusionAdapter, *orders: Entry) -> ProviderOrderSnapshot:
    """Load the shipments, each with our number unless it says otherwise, and fetch ours by number."""
    sandbox.load("shipfusion", [{"number": NUMBER, "lines": TWO_LINES, **order} for order in orders])
    return fusion.fetch_order(OrderReference(None, NUMBER))


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shipfusion")]


def test_it_reads_a_shipped_order(sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    snapshot = read(sandbox, fusion, {"external_id": 42, "shipments": [PARCEL]})

    assert replace(snapshot, payload={}) == ProviderOrderSnapshot(
        external_id="42",
        number=NUMBER,
        raw_status="shipped",
        state=State.SHIPPED,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        tracking_number="FUSION0001",
        carrier="USPS",
        service="First",
        cost=None,
        shipped_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
        url=None,
        payload={},
    )


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({}, State.AWAITING),
        ({"status": "onHold"}, State.AWAITING),
        ({"status": "!On Hold"}, State.AWAITING),
        ({"status": "processing"}, State.PROCESSING),
        ({"status": "backOrder"}, State.EXCEPTION),
        ({"status": "shipped"}, State.SHIPPED),
        ({"status": "cancelled"}, State.CANCELLED),
        ({"status": "!Waiting for Bob"}, State.UNKNOWN),
        ({"shipments": [PARCEL | {"lines": [TWO_LINES[0]]}]}, State.PARTIALLY_SHIPPED),
        ({"shipments": [PARCEL | {"lines": TWO_LINES}]}, State.SHIPPED),
        ({"shipments": [PARCEL], "status": "processing"}, State.PARTIALLY_SHIPPED),
        ({"shipments": [PARCEL], "status": "cancelled"}, State.EXCEPTION),
    ],
)
def test_it_knows_what_a_shipment_amounts_to(
    order: Entry, state: State, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    assert read(sandbox, fusion, order).state is state


def test_an_account_may_say_that_a_back_order_only_waits(sandbox: SandboxControl, open_fusion: OpenFusion) -> None:
    fusion = open_fusion(back_order_is_exception=False)

    assert read(sandbox, fusion, {"status": "backOrder"}).state is State.AWAITING


@pytest.mark.parametrize("external_id", ["42", "a/b c?d#e%2F", "Ünï-発送", "42/cancel"])
def test_it_finds_a_shipment_by_an_id_of_any_characters(
    external_id: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": external_id}])

    assert fusion.fetch_order(OrderReference(external_id, NUMBER)).external_id == external_id
    assert len(paths(sandbox)) == 1


@pytest.mark.parametrize("external_id", ["41", "..", ".", "", "../inventory"])
def test_an_id_that_leads_nowhere_gives_way_to_the_number(
    external_id: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42}])

    assert fusion.fetch_order(OrderReference(external_id, NUMBER)).external_id == "42"
    assert paths(sandbox)[-2:] == ["/shipments/GET", "/shipments/42/GET"]


@pytest.mark.parametrize("number", ["SO/9 ä&b=c.1", "SO-#?%2F.1", "発送-7.1"])
def test_numbers_with_slashes_and_other_scripts_reach_shipfusion_whole(
    number: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": number, "external_id": 42}])

    assert fusion.fetch_order(OrderReference(None, number)).number == number


def test_a_search_that_is_not_understood_is_read_on_and_only_equal_numbers_count(
    sandbox: SandboxControl, open_fusion: OpenFusion
) -> None:
    others = [{"number": f"{NUMBER}{place}"} for place in range(110)]
    sandbox.load("shipfusion", [*others, {"number": NUMBER, "external_id": 42}])
    fusion = open_fusion(number_parameter="reference")

    assert fusion.fetch_order(OrderReference(None, NUMBER)).external_id == "42"
    assert paths(sandbox) == ["/shipments/GET"] * 2 + ["/shipments/42/GET"]


def test_it_says_so_when_the_search_lists_everything(sandbox: SandboxControl, open_fusion: OpenFusion) -> None:
    sandbox.load("shipfusion", [{"number": f"SO-{place}"} for place in range(2_001)])

    with pytest.raises(Rejected, match=r"Correct the setting “number_parameter”\."):
        open_fusion(number_parameter="reference").fetch_order(OrderReference(None, NUMBER))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"list_path": "/no-such-list"}, "nothing at this address"),
        ({"list_field": "entries"}, "no list of entries"),
    ],
)
def test_not_being_able_to_look_is_never_taken_for_an_order_that_is_gone(
    settings: dict[str, JsonValue], words: str, sandbox: SandboxControl, open_fusion: OpenFusion
) -> None:
    with pytest.raises(Rejected, match=words):
        open_fusion(**settings).fetch_order(OrderReference("41", NUMBER))


def test_a_list_that_is_not_offered_is_no_answer_either(
    sandbox_url: str, fusion_account: ProviderAccountRecord, open_fusion: OpenFusion
) -> None:
    elsewhere = replace(fusion_account, base_url=f"{sandbox_url}/shiphero")  # There, this address takes only POST.

    with pytest.raises(Rejected, match=r"does not offer this call.*Correct the setting “list_path”"):
        open_fusion(elsewhere, list_path="/auth/token").fetch_order(OrderReference(None, NUMBER))


def test_what_a_list_shows_is_never_taken_as_absent(sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42}])
    sandbox.fault("shipfusion", Fault.NOT_FOUND, path="/shipments/42")

    with pytest.raises(Rejected, match="lists shipment 42"):
        fusion.fetch_order(OrderReference(None, NUMBER))


def test_a_cancelled_shipment_gives_way_to_one_that_stands(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    snapshot = read(sandbox, fusion, {"external_id": 41, "status": "cancelled"}, {"external_id": 42})

    assert snapshot.external_id == "42"


def test_it_refuses_to_choose_between_shipments_that_stand(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    with pytest.raises(Rejected, match=r"several shipments with the number SO-1\.1 \(41, 42\)"):
        read(sandbox, fusion, {"external_id": 41}, {"external_id": 42})


@pytest.mark.parametrize("number", [NUMBER, "", "  "])
def test_a_shipment_that_is_nowhere_is_not_found(
    number: str, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": "SO-8.1"}])

    with pytest.raises(NotFound):
        fusion.fetch_order(OrderReference(None, number))


@pytest.mark.parametrize(
    ("tracking", "shipped_at"),
    [
        ({"shipTimeStamp": 1772472600}, datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        ({"shipTimeStamp": "2026-03-02T12:30:00-05:00"}, datetime(2026, 3, 2, 17, 30, tzinfo=UTC)),
        ({"shipDate": "20260302"}, datetime(2026, 3, 2, tzinfo=UTC)),
        ({"shipTimeStamp": "noon", "shipDate": "2026-03-02"}, datetime(2026, 3, 2, tzinfo=UTC)),
        ({"shipDate": "2 March"}, None),
        ({}, None),
    ],
)
def test_it_reads_dates_in_the_ways_that_clients_show(tracking: Any, shipped_at: datetime | None) -> None:
    raw = {"shipmentId": 42, "orderNumber": NUMBER, "shipmentStatus": "shipped", "tracking": tracking}

    assert mapping.read_order(raw).shipped_at == shipped_at


def test_a_list_without_quantities_cannot_tell_and_the_answer_is_believed() -> None:
    raw = {
        "shipmentId": "42",
        "orderNumber": NUMBER,
        "shipmentStatus": "inQueue",
        "shipmentItems": [{"SKU": "MUG"}, {"SKU": "PLATE"}],
    }
    told = [{"SKU": "MUG", "qty": 2}, {"SKU": "PLATE", "quantity": 1}]

    assert mapping.shows_lines(mapping.read_order(raw), NEW_ORDER.lines) is None
    assert mapping.shows_lines(mapping.read_order(raw | {"shipmentItems": told}), NEW_ORDER.lines) is True
    assert mapping.shows_lines(mapping.read_order(raw | {"shipmentItems": told[:1]}), NEW_ORDER.lines) is False


def test_it_links_to_the_shipment_where_the_account_says_how(open_fusion: OpenFusion) -> None:
    fusion = open_fusion(order_url="https://app.example.com/shipments/{id}")

    assert fusion.order_url("AB-42") == "https://app.example.com/shipments/AB-42"
    assert fusion.order_url("../42") is None


@pytest.mark.parametrize(
    "settings",
    [
        {"cancel_call": "/shipments/{id}"},
        {"update_call": "GET /shipments/{id}"},
        {"shipment_path": "shipments/{id}"},
        {"shipping_methods": "USPS"},
        {"warehouse": True},
        {"calls_per_minute": 1.5},
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], open_fusion: OpenFusion) -> None:
    with pytest.raises(Rejected, match=f"setting “{next(iter(settings))}” must"):
        open_fusion(**settings)


def test_nobody_is_named_in_what_is_kept(
    sandbox: SandboxControl, fusion: ShipfusionAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = read(sandbox, fusion, {"shipments": [PARCEL]})

    kept = repr(exchanges) + repr(snapshot.payload)
    assert "FUSION0001" in kept
    assert not [word for word in DEFAULT_RECEIVER.values() if len(word) > 2 and word in kept]

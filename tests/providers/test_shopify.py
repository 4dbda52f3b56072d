"""Shopify is told of shipments: each once, per location, under the number we have, and taken back after a void."""

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.conftest import OpenShop
from tests.providers.shopify_orders import (
    NAME,
    ORDER,
    SHIPMENT,
    TRACKING,
    TWO_PLACES,
    operations,
    told,
    with_number,
)
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    NotFound,
    NotUpdatable,
    ProviderAccountRecord,
    Rejected,
)
from webapp.providers.channel import ShippedUnits
from webapp.providers.shopify.adapter import ShopifyAdapter
from webapp.sandbox import SandboxControl

KEY = NAME.replace("#", "%23")


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shopify", [ORDER, ORDER | {"number": "#10012", "external_id": "gid://shopify/Order/7002"}])


def test_it_reads_an_order_with_what_is_to_be_shipped(shop: ShopifyAdapter) -> None:
    order = shop.fetch_order(NAME)

    assert (order.name, order.raw_status, order.fulfillments) == (NAME, "UNFULFILLED", ())
    (only,) = order.fulfillment_orders
    assert only.can_be_fulfilled
    assert [(line.sku, line.quantity, line.remaining) for line in only.lines] == [("MUG", 3, 3), ("PLATE", 1, 1)]


def test_it_tells_the_units_of_the_shipment_and_no_more(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    receipt = shop.submit_tracking(SHIPMENT)

    assert receipt.was_changed
    assert told(sandbox) == [("SUCCESS", [TRACKING.number], 3)]
    assert [one.tracking_numbers for one in receipt.fulfillments] == [(TRACKING.number,)]
    (shown,) = sandbox.show("shopify", KEY)["fulfillments"]
    assert shown["trackingInfo"] == [{"number": TRACKING.number, "company": "UPS", "url": None}]
    (left,) = shop.fetch_order(NAME).fulfillment_orders
    assert [line.remaining for line in left.lines] == [1, 0]


def test_it_tells_nothing_twice(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    shop.submit_tracking(SHIPMENT)
    again = shop.submit_tracking(SHIPMENT)

    assert not again.was_changed
    assert len(again.fulfillments) == 1
    assert operations(sandbox).count("Submit") == 1


def test_it_takes_what_somebody_else_told_under_the_number_for_told(
    sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    spaced = " ".join((TRACKING.number[:8].lower(), TRACKING.number[8:]))
    sandbox.change("shopify", KEY, fulfillments=[{"tracking_number": spaced}])

    assert not shop.submit_tracking(SHIPMENT).was_changed
    assert len(told(sandbox)) == 1


def test_it_makes_one_call_for_each_location_and_begins_with_ours(
    sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    sandbox.load("shopify", [TWO_PLACES])

    receipt = shop.submit_tracking(SHIPMENT)

    assert operations(sandbox).count("Submit") == 2
    assert told(sandbox) == [("SUCCESS", [TRACKING.number], 2), ("SUCCESS", [TRACKING.number], 1)]
    assert len(receipt.fulfillments) == 2


def test_it_tells_only_what_is_missing_after_half_was_told(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    sandbox.load("shopify", [TWO_PLACES])
    half = {
        "tracking_number": TRACKING.number,
        "location": "Seattle, WA",
        "lines": [{"sku": "MUG", "quantity": 1}],
    }
    sandbox.change("shopify", KEY, fulfillments=[half])

    shop.submit_tracking(SHIPMENT)

    assert operations(sandbox).count("Submit") == 1
    assert sum(units for _, _, units in told(sandbox)) == 3


def test_it_corrects_the_number_of_what_it_told_before(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    (one,) = shop.submit_tracking(SHIPMENT).fulfillments

    receipt = shop.submit_tracking(with_number("NEW-1", ours=frozenset({one.external_id})))

    assert receipt.was_changed
    assert told(sandbox) == [("SUCCESS", ["NEW-1"], 3)]


def test_a_parcel_shared_with_another_shipment_is_told_of_both(
    sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    (first,) = shop.submit_tracking(SHIPMENT).fulfillments
    second = replace(SHIPMENT, units=(ShippedUnits("MUG", 1),), others=frozenset({first.external_id}))

    shop.submit_tracking(second)

    assert [units for _, _, units in told(sandbox)] == [3, 1]


def test_it_reads_lists_longer_than_a_page(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    lines = [{"sku": f"S{number}", "quantity": 1} for number in range(130)]
    places = [{"location": f"Place {one}", "lines": lines[one * 10 : one * 10 + 10]} for one in range(12)]
    places.append({"location": "Last", "lines": lines[120:]})
    sandbox.load("shopify", [ORDER | {"lines": lines, "fulfillment_orders": places}])
    everything = tuple(ShippedUnits(line["sku"], 1) for line in lines)
    shipment = replace(SHIPMENT, units=everything)

    shop.submit_tracking(shipment)

    assert len(told(sandbox)) == 13
    assert not shop.submit_tracking(shipment).was_changed
    sandbox.load("shopify", [ORDER | {"lines": lines}])
    assert len(shop.submit_tracking(shipment).fulfillments[0].units) == 130


def test_it_takes_back_what_it_told_and_tells_it_anew(sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    shop.submit_tracking(SHIPMENT)

    assert shop.cancel_fulfillment(SHIPMENT).was_changed
    assert not shop.cancel_fulfillment(SHIPMENT).was_changed
    assert told(sandbox) == [("CANCELLED", [TRACKING.number], 3)]
    assert operations(sandbox).count("Cancel") == 1
    shop.submit_tracking(SHIPMENT)
    assert [status for status, _, _ in told(sandbox)] == ["CANCELLED", "SUCCESS"]


REFUSALS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "told under another number": ({"fulfillments": [{"tracking_number": "OTHER"}]}, AlreadyShipped, "OTHER"),
    "on hold": ({"holds": ["INCORRECT_ADDRESS"]}, NotUpdatable, "incorrect address"),
    "scheduled": ({"status": "SCHEDULED"}, NotUpdatable, "scheduled"),
    "cancelled": ({"cancelled": True}, Rejected, "cancelled order #1001"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_it_says_why_the_channel_takes_nothing(case: str, sandbox: SandboxControl, shop: ShopifyAdapter) -> None:
    changes, error, words = REFUSALS[case]
    sandbox.change("shopify", KEY, **changes)

    with pytest.raises(error, match=words):
        shop.submit_tracking(SHIPMENT)

    assert "Submit" not in operations(sandbox)


def test_it_names_what_the_order_does_not_have(shop: ShopifyAdapter) -> None:
    with pytest.raises(Rejected, match="SKU SPOON"):
        shop.submit_tracking(replace(SHIPMENT, units=(ShippedUnits("SPOON", 1),)))
    with pytest.raises(AlreadyShipped, match="2 of MUG too many"):
        shop.submit_tracking(replace(SHIPMENT, units=(ShippedUnits("MUG", 5),)))


@pytest.mark.parametrize("name", ["#100", "", "  ", 'a "quoted" \\ name', "#9/ü 日本"])
def test_it_finds_an_order_by_its_whole_name_only(
    name: str, sandbox: SandboxControl, shop: ShopifyAdapter
) -> None:
    with pytest.raises(NotFound):
        shop.fetch_order(name)

    if name.strip():
        sandbox.load("shopify", [ORDER | {"number": name, "external_id": "odd"}])
        assert shop.fetch_order(name).external_id == "odd"


def test_it_proves_that_the_app_may_tell(shop: ShopifyAdapter) -> None:
    shop.test_connection()


def test_wrong_credentials_are_refused_and_none_are_asked_for(
    shop_account: ProviderAccountRecord, open_shop: OpenShop
) -> None:
    for credentials in (
        {"access_token": "wrong-token"},
        {"access_token": "two\nlines-of-token"},
        {"client_id": "somebody", "client_secret": "guess-it-is"},
        {},
    ):
        with pytest.raises(AuthFailed):
            open_shop(replace(shop_account, credentials=credentials)).test_connection()


def test_a_wrong_version_is_about_the_address_and_no_order(
    shop_account: ProviderAccountRecord, open_shop: OpenShop
) -> None:
    with pytest.raises(Rejected, match="address"):
        open_shop(replace(shop_account, settings={"api_version": "2026-13/x"})).fetch_order(NAME)


def test_its_links_lead_to_the_order(shop_account: ProviderAccountRecord, open_shop: OpenShop) -> None:
    linked = open_shop(replace(shop_account, settings={"order_url": "https://admin.shopify.com/orders/{id}"}))

    assert linked.order_url("gid://shopify/Order/7001") == "https://admin.shopify.com/orders/7001"
    assert linked.order_url("gid://shopify/Shop/1") is None
    assert open_shop().order_url("gid://shopify/Order/7001") is None

"""The list with filters in its address: chips, broken chips, bad input, and nobody else's warehouse."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.queries import filters, fulfillments
from webapp.queries.listing import patience
from webapp.queries.scope import EVERYWHERE
from webapp.statuses import FulfillmentStatus
from webapp.views import fulfillments as view


@pytest.fixture
def viewer(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.viewer)


def condition(column: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    body = {"column": column, "operator": operator} | ({} if value is None else {"value": value})
    return {"type": "condition", "condition": body, **more}


def address(*children: dict[str, Any], conjunction: str = "and", **more: str) -> str:
    tree = json.dumps({"conjunction": conjunction, "children": children})
    encoded = base64.b64encode(tree.encode()).decode()
    return f"/fulfillments?{urlencode({'filter_groups': encoded, **more})}"


def numbers(page: Page) -> list[str]:
    return page.texts(".row-link")


@pytest.fixture
def three(make: Factory) -> None:
    """One shipment packed with A-1, one picked with A-2, one shipped with both."""
    for number, status, skus in (
        ("PACKED", FulfillmentStatus.PACKED, ["A-1"]),
        ("PICKED", FulfillmentStatus.PICKED, ["A-2"]),
        ("SHIPPED", FulfillmentStatus.FULFILLED, ["A-1", "A-2"]),
    ):
        lines = tuple((sku, 1, None) for sku in skus)
        make.shipment(order=make.order(order_number=number), status=status, lines=lines)


@pytest.mark.usefixtures("three")
def test_a_tree_narrows_the_list_and_its_count(viewer: Page) -> None:
    either = {
        "type": "group",
        "group": {
            "conjunction": "or",
            "children": [condition("status", "is", "packed"), condition("item_sku", "is", "a-2")],
        },
    }
    viewer.get(address(either, condition("item_sku", "is_not", "A-1"), counts="1"))
    assert numbers(viewer) == ["PICKED.1"]
    assert viewer.texts("#count")[0].startswith("1 of 3")


@pytest.mark.usefixtures("three")
def test_flat_filters_hold_together_with_the_tree(viewer: Page) -> None:
    viewer.get(address(condition("item_sku", "is", "A-1")) + "&filter[status.is_one_of]=packed,picked")
    assert numbers(viewer) == ["PACKED.1"]
    assert [chip.removesuffix(" Remove") for chip in viewer.texts(".chip > span")] == [
        "Item SKU is A-1",
        "Status is Packed or Picked",
    ]


@pytest.mark.usefixtures("three")
def test_each_chip_takes_off_its_condition_and_all_links_keep_the_rest(viewer: Page) -> None:
    viewer.get(address(condition("status", "is", "packed"), condition("item_sku", "is", "A-1")))
    assert numbers(viewer) == ["PACKED.1"]
    viewer.get(str(viewer.all(".chip-remove")[0]["href"]))
    assert numbers(viewer) == ["SHIPPED.1", "PACKED.1"]
    viewer.get(str(viewer.one("#sort-status")["href"]))
    assert viewer.texts(".chip > span") == ["Item SKU is A-1"]
    viewer.get(str(viewer.one(".chip-remove")["href"]))
    assert len(numbers(viewer)) == 3


@pytest.mark.usefixtures("three")
def test_a_condition_that_is_switched_off_stays_and_does_nothing(viewer: Page) -> None:
    viewer.get(address(condition("status", "is", "packed", off=True)))
    assert len(numbers(viewer)) == 3
    assert viewer.texts(".chip.is-off > span") == ["Status is Packed (switched off)"]


@pytest.mark.usefixtures("three")
def test_relative_days_are_shown_with_the_dates_they_mean(viewer: Page) -> None:
    viewer.get(address(condition("created_at", "today")))
    words = viewer.texts(".chip > span")[0]
    assert words.startswith("Created today, ")
    assert words != "Created today, "


def test_nothing_that_matches_offers_the_way_out(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.get(address(condition("status", "is", "canceled")))
    assert "No shipment matches these conditions" in viewer.text
    viewer.get(str(viewer.all(".empty-actions a")[0]["href"]))
    assert len(numbers(viewer)) == 1


def test_a_broken_condition_stays_as_a_chip_until_it_is_taken_off(make: Factory, viewer: Page) -> None:
    make.shipment(status=FulfillmentStatus.PACKED)
    viewer.get(address(condition("status", "is", "packed"), condition("weight", "is", "1")), status=400)
    assert "There is no column 'weight'" in viewer.texts(".chip.is-broken .chip-problem")[0]
    assert numbers(viewer) == []
    viewer.get(str(viewer.one(".chip.is-broken .chip-remove")["href"]))
    assert len(numbers(viewer)) == 1


def test_a_broken_condition_that_is_switched_off_stops_nothing(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.get(address(condition("weight", "is", "1", off=True)))
    assert len(numbers(viewer)) == 1
    assert len(viewer.all(".chip.is-off")) == 1


def test_the_part_of_a_page_with_a_broken_filter_goes_where_the_list_was(viewer: Page) -> None:
    viewer.get(address(condition("weight", "is", "1")), status=422, fragment="results")
    assert viewer.one("#results").select(".chip.is-broken")


def test_the_count_of_a_broken_filter_is_refused(viewer: Page) -> None:
    viewer.get("/fulfillments/count?filter[weight]=1", status=400)


@pytest.mark.parametrize(
    "text",
    [
        "100%",
        "under_score",
        "back\\slash",
        "'quote'",
        '"double"',
        "\U00010428 beyond",
        "\U0001f469\u200d\U0001f680",
        "ß",
    ],
)
def test_what_is_special_elsewhere_is_literal_here(make: Factory, viewer: Page, text: str) -> None:
    make.shipment(order=make.order(name=f"before {text} after"))
    make.shipment(order=make.order(name="before x after"))
    viewer.get(address(condition("customer_name", "contains", text)))
    assert len(numbers(viewer)) == 1


def test_a_filter_never_shows_another_warehouse(make: Factory, page: Page, cast: Cast) -> None:
    mine = make.warehouse("Mine")
    make.shipment(order=make.order(order_number="SEEN"), warehouse="Mine")
    make.shipment(order=make.order(order_number="HIDDEN"), warehouse="Other")
    page.sign_in(cast.limited_to(mine.id))
    for tree in (
        address(condition("warehouse", "is", "Other")),
        address(condition("warehouse", "is_not", "Mine")),
        address(
            condition("sales_order_number", "is", "HIDDEN"), condition("id", "greater_than", 0), conjunction="or"
        ),
    ):
        page.get(f"{tree}&counts=1")
        assert "HIDDEN" not in " ".join(numbers(page))
        assert page.texts("#count")[0].endswith("of 1 shipments")


def test_what_takes_too_long_names_the_condition(
    make: Factory, viewer: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shipment()

    def never_ends(*_: Any, **__: Any) -> None:
        raise patience.TooSlow("“Customer name contains e” would take too long to look through all shipments.")

    monkeypatch.setattr(view.queries, "list_page", never_ends)
    viewer.get(address(condition("customer_name", "contains", "e")), status=422)
    assert "“Customer name contains e” would take too long" in viewer.text
    assert viewer.texts(".chip > span") == ["Customer name contains e"]


def test_a_list_of_a_thousand_values_is_looked_for(make: Factory) -> None:
    make.shipment(order=make.order(zip="99999"))
    values = [*map(str, range(999)), "99999"]
    criteria = fulfillments.Criteria(
        scope=EVERYWHERE,
        filter=filters.parse(
            {"conjunction": "and", "children": [condition("customer_zip", "is_one_of", values)]},
            zone=view.formatting.business_zone(),
        ),
    )
    assert fulfillments.count(criteria).matching == 1

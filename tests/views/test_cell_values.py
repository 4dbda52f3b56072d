"""Only this, not this: the values of a shipment as a menu and as a page."""

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.statuses import FulfillmentStatus


def test_a_page_shows_all_that_the_filter_knows(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(fulfilled_shipping_method_manual="UPS Ground")
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/values")
    assert page.one("h1").get_text() == f"Filter by the values of {shipment.fulfillment_number}"
    found = page.texts("#cell-values a")
    assert found[:2] == ["Only Packed", "Not Packed"]
    expected = {
        "Only Rita Müller",
        "Only Stuttgart",
        "Only shopify",
        "Only Northwind",
        "Only Reno, NV",
        "Not UPS Ground",
    }
    assert expected | {"Only without a tracking number", "With a tracking number"} <= set(found)


def test_a_link_narrows_the_list_to_the_value_or_away_from_it(make: Factory, page: Page, cast: Cast) -> None:
    packed = make.shipment(status=FulfillmentStatus.PACKED)
    picked = make.shipment(status=FulfillmentStatus.PICKED)
    page.sign_in(cast.viewer).get(f"/fulfillments/{packed.id}/values?tab=all&column=status")
    only, other = (str(link["href"]) for link in page.all("#cell-values a"))
    assert page.get(only).texts(".row-link") == [packed.fulfillment_number]
    assert "tab=all" in only
    assert page.get(other).texts(".row-link") == [picked.fulfillment_number]


def test_every_link_finds_its_own_row_or_leaves_it_out(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(tracking_number="1Z 999", cost="6.4", fulfilled_shipping_method="UPS Ground")
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/values")
    links = [(link.get_text(), str(link["href"])) for link in page.all("#cell-values a")]
    for words, address in links:
        found = page.get(address).texts(".row-link")
        assert found == ([shipment.fulfillment_number] if words.startswith("Only") else []), words


def test_the_menu_of_a_cell_has_its_column_alone_and_changes_the_list_in_place(
    make: Factory, page: Page, cast: Cast
) -> None:
    shipment = make.shipment()
    page.sign_in(cast.viewer)
    page.get(f"/fulfillments/{shipment.id}/values?column=warehouse", fragment="cell-menu")
    assert page.texts("#cell-values a") == ["Only Reno, NV", "Not Reno, NV"]
    assert page.one("#cell-values")["hx-boost:inherited"] == "swap:'outerHTML show:top' target:#results"
    assert not page.soup.select("h1")


def test_a_filter_that_is_there_is_kept(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment()
    page.sign_in(cast.viewer)
    page.get(f"/fulfillments/{shipment.id}/values?filter[warehouse]=Reno,+NV&column=status")
    page.get(str(page.all("#cell-values a")[0]["href"]))
    assert page.texts(".chip") == ["Warehouse is Reno, NV", "Status is Packed"]


def test_a_column_that_cannot_be_filtered_by_is_refused(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment()
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/values?column=units", status=400)
    assert "'units'" in page.text


def test_the_heads_name_the_columns_that_can_be_filtered_by(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment()
    page.sign_in(cast.viewer).get("/fulfillments?columns=status,units,cost")
    assert [head.get("data-column") for head in page.all("thead th")] == [None, None, "status", None, "cost"]


def test_without_scripts_the_lines_lead_there_with_the_list_they_came_from(
    make: Factory, page: Page, cast: Cast
) -> None:
    shipment = make.shipment()
    lines, values = (f"/fulfillments/{shipment.id}/{part}" for part in ("lines", "values"))
    page.sign_in(cast.viewer).get(lines, headers={"Referer": "http://localhost/fulfillments?tab=all"})
    assert page.one(f'a[href^="{values}"]')["href"] == f"{values}?tab=all"
    page.get(lines, headers={"HX-Request": "true", "Referer": "http://localhost/fulfillments?q=so"})
    assert page.one(f'a[href^="{values}"]')["href"] == f"{values}?q=so"


def test_it_takes_two_statements(make: Factory, page: Page, cast: Cast) -> None:
    fulfillment_id = make.shipment().id
    page.sign_in(cast.viewer)
    with statements() as sent:
        page.get(f"/fulfillments/{fulfillment_id}/values")
    assert len(sent) == 2, sent

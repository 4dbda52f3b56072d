"""The filter builder without scripts: every button sends the form, and the next page shows it one step further."""

from dataclasses import replace
from typing import Any

import pytest
from bs4 import Tag
from hypothesis import HealthCheck, given, settings
from werkzeug.datastructures import MultiDict

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.queries.filters.trees import trees
from webapp.queries import filters
from webapp.queries.filters import Group
from webapp.queries.filters.tree import Node
from webapp.statuses import FulfillmentStatus
from webapp.web import filter_draft, formatting
from webapp.web.filter_builder import Draft

FORM = "#builder-form"


@pytest.fixture
def viewer(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.viewer)


def fields(form: Tag) -> MultiDict[str, str]:
    """What a browser would send, without a button."""
    found: list[tuple[str, str]] = []
    for tag in form.select("input[name], select[name], textarea[name]"):
        name = str(tag["name"])
        if tag.name == "select":
            chosen = tag.select_one("option[selected]") or tag.select_one("option")
            found.append((name, str(chosen["value"]) if chosen else ""))
        elif tag.name == "textarea":
            found.append((name, tag.get_text()))
        elif tag.get("type") not in {"checkbox", "radio"} or tag.has_attr("checked"):
            found.append((name, str(tag.get("value", ""))))
    return MultiDict(found)


def press(page: Page, do: str, *, status: int = 200, fragment: str | None = None, **changes: Any) -> Page:
    """Fill in the form as it stands, press a button of it, and take the answer."""
    form = page.one(FORM)
    names = {str(tag.get("value")) for tag in form.select("button[name=do]")}
    assert do in names | {"refresh"}, f"there is no button {do!r}, only {sorted(names)}"
    data = fields(form)
    for name, value in changes.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    data["do"] = do
    headers = {"HX-Request": "true", "HX-Target": f"section#{fragment}"} if fragment else {}
    page._take(page._send(page.client.post, str(form["action"]), data=data, headers=headers), status)
    return page


def numbers(page: Page) -> list[str]:
    return page.texts(".row-link")


@pytest.fixture
def stock(make: Factory) -> None:
    for number, status, sku in (
        ("ONE", FulfillmentStatus.PACKED, "A-1"),
        ("TWO", FulfillmentStatus.PICKED, "A-2"),
        ("THREE", FulfillmentStatus.FULFILLED, "A-3"),
    ):
        make.shipment(order=make.order(order_number=number), status=status, lines=((sku, 1, None),))


@pytest.mark.usefixtures("stock")
def test_a_filter_is_built_without_scripts(viewer: Page) -> None:
    viewer.get("/fulfillments")
    viewer.get(str(viewer.one("#open-builder")["href"]))
    press(viewer, "add:", **{"value-0": ["packed", "picked"]})
    press(viewer, "refresh", **{"column-1": "item_sku"})
    assert viewer.one("[id='operator-1'] option[selected]")["value"] == "contains"
    press(viewer, "show", status=303, **{"value-1": "a-2"})
    viewer.follow()
    assert numbers(viewer) == ["TWO.1"]
    assert viewer.texts(".chip > span") == ["Status is Picked or Packed", "Item SKU contains a-2"]
    assert viewer.all("#filter-builder"), "the builder stays open"
    viewer.get(str(viewer.one("#close-builder")["href"]))
    assert numbers(viewer) == ["TWO.1"]
    assert not viewer.all("#filter-builder")


@pytest.mark.usefixtures("stock")
def test_groups_hold_groups_and_either_may_hold(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "group:", **{"value-0": ["packed", "picked", "fulfilled"]})
    press(viewer, "group:1", **{"value-1.0": "packed", "value-1.1": "canceled"})
    assert not [b for b in viewer.all("button[name=do]") if b["value"] == "group:1.2"], "three levels are enough"
    press(viewer, "refresh", **{"column-1.2.0": "item_sku", "column-1.2.1": "sales_order_number"})
    press(
        viewer, "show", status=303,
        **{"conjunction-1.2": "and", "value-1.2.0": "A-3", "value-1.2.1": "THREE"},
    )  # fmt: skip
    viewer.follow()
    assert numbers(viewer) == ["THREE.1", "ONE.1"]


@pytest.mark.usefixtures("stock")
def test_an_entry_is_duplicated_switched_off_and_removed(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "duplicate:0", **{"value-0": ["packed"]})
    assert len(viewer.all(".filter-condition")) == 2
    press(viewer, "switch:1", **{"value-1": ["picked"]})
    assert viewer.one("[id='switch-1']")["aria-pressed"] == "true"
    press(viewer, "show", status=303)
    viewer.follow()
    assert numbers(viewer) == ["ONE.1"]
    press(viewer, "remove:0")
    press(viewer, "switch:0")
    press(viewer, "show", status=303)
    viewer.follow()
    assert numbers(viewer) == ["TWO.1"]


def test_what_is_missing_is_said_at_its_place_and_nothing_typed_is_lost(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "add:", **{"value-0": ["packed"]})
    press(viewer, "refresh", **{"column-1": "cost", "operator-1": "between"})
    press(viewer, "show", **{"operator-1": "between"}, status=200)
    press(viewer, "show", **{"value-1": ["9", "1"]}, status=200)
    assert "Condition 2: The smaller value comes first" in viewer.texts(".error-summary li")[0]
    assert viewer.one(".error-summary a")["href"] == "#entry-1"
    assert "smaller value" in viewer.texts("[id='entry-1'] .field-error")[0]
    assert [tag["value"] for tag in viewer.all("[name='value-1']")] == ["9", "1"]
    assert viewer.all("[name='value-0'][value=packed][checked]")


def test_a_part_of_the_page_is_answered_with_the_builder_alone(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "add:", fragment="filter-builder")
    assert not viewer.all("h1")
    assert len(viewer.all(".filter-condition")) == 2
    assert viewer.all("[id='column-1'][autofocus]"), "the new row has the focus"


def test_a_refused_part_says_so_with_its_status(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "show", status=422, fragment="filter-builder")
    assert viewer.all(".error-summary")


def test_several_values_are_added_one_by_one_or_pasted(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "refresh", **{"column-0": "warehouse"})
    press(viewer, "refresh", **{"operator-0": "is_one_of", "value-0": []})
    press(viewer, "refresh", **{"more-0": '"Reno, NV", Austin'})
    press(viewer, "refresh", **{"more-0": "Boise"})
    assert [tag["value"] for tag in viewer.all("[name='value-0']")] == ["Reno, NV", "Austin", "Boise"]
    press(viewer, "unvalue:0:1")
    assert [tag["value"] for tag in viewer.all("[name='value-0']")] == ["Reno, NV", "Boise"]


def test_many_values_stand_in_one_box_and_come_back(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "refresh", **{"column-0": "customer_zip"})
    press(viewer, "refresh", **{"operator-0": "is_one_of"})
    values = [str(number) for number in range(40)] + ["with, comma", 'with "quotes"']
    press(viewer, "refresh", **{"more-0": "\n".join(filter_builder_line(value) for value in values)})
    box = viewer.one("textarea[name='more-0']")
    press(viewer, "refresh")
    assert viewer.one("textarea[name='more-0']").get_text() == box.get_text()
    draft = filter_draft.read(fields(viewer.one(FORM)))
    assert draft["children"][0]["condition"]["value"] == values


def filter_builder_line(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""')) if "," in value or '"' in value else value


@pytest.mark.usefixtures("stock")
def test_typing_fills_the_fields_and_the_fields_write_the_text(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "typed", typed="status:packed,picked -sku:A-2")
    assert viewer.one("[id='operator-1'] option[selected]")["value"] == "does_not_contain"
    press(viewer, "refresh", **{"value-1": "A-1"})
    assert viewer.one("#typed").get_text().strip() == "status:picked,packed -sku:A-1"
    press(viewer, "show", status=303, typed="sku:A-3")
    viewer.follow()
    assert numbers(viewer) == ["THREE.1"]


def test_a_mistake_in_the_text_is_pointed_at_and_kept(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "typed", typed="status:packed colour:blue")
    assert viewer.texts(".typed-marks mark") == ["colour:blue"]
    assert "There is no column 'colour'" in viewer.texts("#typed-error")[0]
    assert viewer.one("#typed").get_text().strip() == "status:packed colour:blue"


def test_a_broken_filter_opens_with_the_reason_and_can_be_mended(make: Factory, viewer: Page) -> None:
    make.shipment(status=FulfillmentStatus.PACKED)
    viewer.get("/fulfillments?filter[status]=lost&filter[weight]=3", status=400)
    viewer.get(str(viewer.one("#open-builder")["href"]), status=400)
    assert "not one of the choices" in viewer.texts("[id='entry-0'] .field-error")[0]
    press(viewer, "remove:1", status=400)
    press(viewer, "show", status=303, **{"value-0": "packed"})
    viewer.follow()
    assert len(numbers(viewer)) == 1


def test_a_filter_too_long_for_an_address_says_so(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    press(viewer, "refresh", **{"column-0": "customer_name"})
    press(viewer, "refresh", **{"operator-0": "is_one_of"})
    press(viewer, "refresh", **{"more-0": ",".join(f"{number}{'x' * 90}" for number in range(100))})
    press(viewer, "show")
    assert "too long for an address" in viewer.text


@pytest.mark.usefixtures("stock")
def test_the_draft_is_counted_while_it_is_built(viewer: Page) -> None:
    viewer.get("/fulfillments?tab=all&builder=1")
    counted = str(viewer.one(".builder-count")["hx-post"])
    data = fields(viewer.one(FORM))
    viewer.post(counted, {**data, "value-0": "packed"}, status=200)
    assert viewer.texts("#draft-count") == ["1 under “All” match"]
    viewer.post(counted, dict(data), status=200)
    assert viewer.texts("#draft-count") == ["Fill in every condition to see how many match."]


@pytest.mark.usefixtures("stock")
def test_the_text_of_the_fields_comes_with_their_count(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    data = fields(viewer.one(FORM))
    viewer.post(str(viewer.one(".builder-count")["hx-post"]), {**data, "value-0": "packed"}, status=200)
    assert viewer.one("#draft-count")["data-text"] == "status:packed"


def test_work_goes_on_at_what_a_button_added_or_after_what_it_removed(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1")
    for do, focus in (
        ("add:", "column-1"), ("duplicate:0", "column-1"), ("group:", "conjunction-3"), ("remove:1", "column-1"),
        ("switch:1", "switch-1"), ("remove:2.0", "column-2.0"), ("remove:2.0", "add-"),
    ):  # fmt: skip
        press(viewer, do)
        assert [tag["id"] for tag in viewer.one(FORM).select("[autofocus]")] == [focus], do


def test_a_day_that_does_not_exist_stays_to_be_seen(viewer: Page) -> None:
    viewer.get("/fulfillments?builder=1&filter[created_at]=2026-02-30", status=400)
    assert (viewer.one("#value-0")["type"], viewer.one("#value-0")["value"]) == ("text", "2026-02-30")
    viewer.get("/fulfillments?builder=1&filter[created_at]=2026-02-28")
    assert viewer.one("#value-0")["type"] == "date"


def test_a_form_from_elsewhere_is_refused_without_a_crash(viewer: Page) -> None:
    for data in ({"do": "remove:7"}, {"do": "explode:0"}, {"column-0.0": "status"}, {"do": "unvalue:0:0"}):
        viewer.post("/fulfillments/filter", data, status=400)
        assert "Load the page again" in viewer.text


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tree=trees())
def test_any_filter_comes_back_from_the_form_as_it_went_in(viewer: Page, tree: dict[str, Any]) -> None:
    group = filters.parse(tree, zone=formatting.business_zone())
    address = {"filter_groups": filters.to_text(group), "builder": "1", "tab": "voided"}
    viewer.get("/fulfillments", query_string=address)
    sent = filter_draft.read(fields(viewer.one(FORM)))
    assert in_one_order(Draft(sent).group) == in_one_order(group)


def in_one_order(node: Node) -> Any:
    """Boxes that are ticked come in the order of the form."""
    if isinstance(node, Group):
        return replace(node, children=tuple(in_one_order(child) for child in node.children))
    return replace(node, values=tuple(sorted(node.values, key=str))) if "one_of" in node.operator else node

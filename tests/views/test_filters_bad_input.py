"""What makes no sense as a filter, over HTTP: status 400, its place, the reason, what is allowed, no rows."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page


@pytest.fixture
def viewer(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.viewer)


def condition(column: Any = "status", operator: Any = "is", value: Any = "packed") -> dict[str, Any]:
    return {"type": "condition", "condition": {"column": column, "operator": operator, "value": value}}


def group(*children: Any, conjunction: Any = "and") -> dict[str, Any]:
    return {"type": "group", "group": {"conjunction": conjunction, "children": list(children)}}


def tree(*children: Any, conjunction: Any = "and") -> dict[str, str]:
    text = json.dumps({"conjunction": conjunction, "children": children})
    return {"filter_groups": base64.b64encode(text.encode()).decode()}


def encoded(data: bytes) -> dict[str, str]:
    return {"filter_groups": base64.b64encode(data).decode()}


def nested(levels: int) -> dict[str, Any]:
    node = condition()
    for _ in range(levels):
        node = group(node)
    return node


MANY = [*map(str, range(10_000))]
BROKEN: dict[str, tuple[dict[str, str], str, str, str]] = {
    "malformed base64": ({"filter_groups": "%%%not base64"}, "filter_groups", "neither JSON nor base64", ""),
    "base64 of no text": (encoded(b"\xff\xfe"), "filter_groups", "neither JSON nor base64", ""),
    "not JSON": (encoded(b"not json"), "filter_groups", "not valid JSON", ""),
    "a list for a tree": ({"filter_groups": "[]"}, "The filter", "not an object", "conjunction, children"),
    "nested beyond reading": ({"filter_groups": "[" * 5_000}, "filter_groups", "JSON|deep", ""),
    "the same key twice": (
        {"filter_groups": '{"conjunction":"and","conjunction":"or","children":[]}'}, "filter_groups", "twice", ""
    ),
    "unknown column": (tree(condition(), condition("weight")), "Condition 2", "no column 'weight'", "item_sku"),
    "unknown flat column": ({"filter[weight]": "1"}, "filter[weight]", "no column 'weight'", "item_sku"),
    "no column": ({"filter[]": "packed"}, "filter[]", "no column ''", "status"),
    "unknown operator": (tree(condition(operator="likes")), "Condition 1", "no operator 'likes'", "is_empty"),
    "unknown operator in a flat filter": (
        {"filter[status.likes]": "packed"}, "filter[status.likes]", "no operator 'likes'", "does_not_contain"
    ),
    "another type's operator": (tree(condition("cost", "contains", "5")), "Condition 1", "no operator", "between"),
    "text for a number": (tree(condition("id", "is", "twelve")), "Condition 1", "A number is needed", ""),
    "object for a text": (tree(condition("customer_name", "is", {})), "Condition 1", "an object came", ""),
    "list for one value": (tree(condition(value=["packed"])), "Condition 1", "takes one value, and a list", ""),
    "no choice": (tree(condition(value="lost")), "Condition 1", "not one of the choices", "awaiting_pickup"),
    "neither yes nor no": (tree(condition("voided", "is", "maybe")), "Condition 1", "neither yes", "yes, no"),
    "empty group": (tree(condition(), group()), "Condition 2", "The group is empty", ""),
    "empty tree": (tree(), "The filter", "The group is empty", ""),
    "missing conjunction": (
        tree(group(condition(), conjunction=None)), "Condition 1", "conjunction of the group is missing", "and, or"
    ),
    "too deep": (tree(nested(5)), "Condition 1.1.1.1.1", "at most 5 levels deep", ""),
    "too many": (tree(group(*[condition()] * 26), group(*[condition()] * 25)), "The filter", "51 came", ""),
    "too many in one group": (tree(*[condition()] * 51), "The filter", "at most 50 entries, and 51 came", ""),
    "a list of 10,000": (tree(condition("customer_zip", "is_one_of", MANY)), "Condition 1", "10,000 values", ""),
    "10,000 between commas": (
        {"filter[customer_zip.is_one_of]": ",".join(MANY)}, "filter[customer_zip.is_one_of]", "10,000 values", ""
    ),
    "an empty list": ({"filter[status.is_one_of]": ""}, "filter[status.is_one_of]", "list of values is empty", ""),
    "a date that does not exist": (
        tree(condition("created_at", "is", "2026-02-30")), "Condition 1", "does not exist in the calendar", ""
    ),
    "between the wrong way round": (
        tree(condition("cost", "between", [9, 1])), "Condition 1", "smaller value comes first", ""
    ),
    "dates the wrong way round": (
        tree(condition("created_at", "between", "2026-11-04,2026-11-03")), "Condition 1", "value comes first", ""
    ),
    "a NUL byte": (tree(condition("customer_name", "is", "a\0b")), "Condition 1", "that no text can have", ""),
    "a NUL byte in a flat filter": (
        {"filter[customer_name]": "a\0b"}, "filter[customer_name]", "that no text can have", ""
    ),
    "half a character": (tree(condition("customer_name", "is", "\ud83d")), "Condition 1", "no text can have", ""),
    "an unknown key": (tree(condition() | {"extra": 1}), "Condition 1", "has no 'extra'", "type, condition, off"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_makes_no_sense_is_refused_with_its_place_and_what_is_allowed(
    make: Factory, viewer: Page, name: str
) -> None:
    parameters, place, reason, allowed = BROKEN[name]
    make.shipment()
    viewer.get(f"/fulfillments?{urlencode(parameters)}", status=400)
    (said,) = viewer.texts("[role=alert] li")
    assert said.startswith(f"{place}: ")
    assert any(one in said for one in reason.split("|"))
    assert len(viewer.all(".chip.is-broken")) == 1
    assert allowed in viewer.texts(".chip-problem")[0]
    assert viewer.texts(".row-link") == []


@pytest.mark.parametrize("name", BROKEN)
def test_the_count_says_the_same_in_words_and_as_json(viewer: Page, name: str) -> None:
    parameters, place, reason, allowed = BROKEN[name]
    address = f"/fulfillments/count?{urlencode(parameters)}"
    answer = viewer.client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["code"] == "bad_filter"
    assert error["message"].startswith(f"{place}: ")
    assert any(one in error["message"] for one in reason.split("|"))
    assert allowed in error["message"]


def test_a_parameter_that_is_nearly_a_filter_is_refused(viewer: Page) -> None:
    viewer.get("/fulfillments?filter=packed", status=400)
    assert "knows nothing called 'filter'" in viewer.text


@pytest.mark.parametrize("operator", ["is", "contains", "starts_with", "ends_with", "is_one_of"])
def test_a_character_of_every_plane_means_itself(make: Factory, viewer: Page, operator: str) -> None:
    characters = [chr(plane << 16 | 0x4E2D) for plane in range(17)]
    for character in characters:
        make.shipment(order=make.order(name=character, order_number=f"PLANE{ord(character) >> 16}"))
    for character in characters:
        value = [character] if operator == "is_one_of" else character
        viewer.get(f"/fulfillments?{urlencode(tree(condition('customer_name', operator, value)))}")
        assert viewer.texts(".row-link") == [f"PLANE{ord(character) >> 16}.1"]

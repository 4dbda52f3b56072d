"""What the chips say."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webapp.queries import filters

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def said(column: str, operator: str, value: Any = None) -> str:
    condition = {"column": column, "operator": operator, "value": value}
    tree = {"conjunction": "and", "children": [{"type": "condition", "condition": condition}]}
    return filters.describe(filters.read(tree, zone=ZONE).children[0], now=NOW, zone=ZONE)


@pytest.mark.parametrize(
    ("column", "operator", "value", "words"),
    [
        ("warehouse", "is_one_of", ["Reno, NV", "Louisville, KY"], "Warehouse is Reno, NV or Louisville, KY"),
        ("warehouse", "is_not_one_of", ["A", "B", "C"], "Warehouse is not A, B or C"),
        ("status", "is", "Fulfilled", "Status is Shipped"),
        ("status", "contains", "ship", "Status contains ship"),
        ("tracking_number", "is_empty", None, "Tracking number is empty"),
        ("customer_name", "contains", " a ", "Customer name contains “ a ”"),
        ("item_sku", "is_one_of", list("abcdefg"), "Item SKU is a, b, c, d, e or 2 more"),
        ("cost", "between", "5,1234.5", "Cost is between 5.00 and 1234.50"),
        ("id", "greater_than", 1000, "Shipment ID is more than 1000"),
        ("backordered", "is", True, "Backordered: yes"),
        ("backordered", "is_not", True, "Backordered: no"),
        ("created_at", "past_days", 7, "Created past 7 days, 17\u201323 Nov"),
        ("created_at", "past_days", 1, "Created past 1 day, 23 Nov"),
        ("created_at", "past_month", None, "Created past month, 25 Oct \u2013 23 Nov"),
        ("created_at", "past_year", None, "Created past year, 24 Nov 2025 \u2013 23 Nov"),
        ("created_at", "days_ago", 3, "Created 3 days ago, 20 Nov"),
        ("created_at", "days_from_now", 1, "Created 1 day from now, 24 Nov"),
        ("created_at", "today", None, "Created today, 23 Nov"),
        ("fulfilled_at", "before", "2026-11-03", "Shipped is before 3 Nov"),
        ("fulfilled_at", "on_or_after", "2025-11-03T14:05", "Shipped is on or after 3 Nov 2025 14:05"),
        ("fulfilled_at", "is", "2026-11-03T22:05:07Z", "Shipped is 3 Nov 14:05:07"),
        ("delivery_problem", "is", "tracking", "Needs attention is Shipped without tracking"),
        ("status", "is", "flying", "Status is flying"),
        ("nope", "is", "x", "nope is x"),
        ("created_at", "between", ["b", 2], "Created is between b, 2"),
        ("nope", "is", "\ud83d", "nope is ?"),
    ],
)  # fmt: skip
def test_a_condition_in_words(column: str, operator: str, value: Any, words: str) -> None:
    assert said(column, operator, value) == words


def test_a_filter_in_words() -> None:
    flat = [("filter[status]", "packed"), ("filter[nope]", "x")]
    first = {"type": "condition", "condition": {"column": "id", "operator": "is", "value": 1}}
    tree = {"conjunction": "or", "children": [first, {"type": "x"}]}
    found = filters.read(tree, flat, zone=ZONE)
    words = "(Shipment ID is 1 or A condition that cannot be read) and Status is Packed and nope is x"
    assert filters.describe(found, now=NOW, zone=ZONE) == words


def test_a_relative_condition_tells_its_days() -> None:
    week = filters.Condition("created_at", "past_days", (7,))
    assert filters.meant_days(week, now=NOW, zone=ZONE) == (date(2026, 11, 17), date(2026, 11, 23))
    assert filters.meant_days(filters.Condition("status", "is", ("packed",)), now=NOW, zone=ZONE) is None


def test_what_is_switched_off_inside_a_group_says_so() -> None:
    flat = {"type": "condition", "condition": {"column": "id", "operator": "is", "value": 1}}
    inner = {
        "type": "group",
        "group": {"conjunction": "or", "children": [flat, flat | {"off": True}]},
        "off": True,
    }
    found = filters.read({"conjunction": "and", "children": [flat, inner]}, zone=ZONE)
    said = "Shipment ID is 1 and (Shipment ID is 1 or Shipment ID is 1 (switched off)) (switched off)"
    assert filters.describe(found, now=NOW, zone=ZONE) == said

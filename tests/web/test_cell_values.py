"""What a cell offers: the conditions of its values, joined to the filter that is there."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries import filters as language
from webapp.queries.cell_values import KEYS, RowValues
from webapp.queries.filters import Condition, Group, typed
from webapp.queries.listing.columns import COLUMNS_BY_KEY
from webapp.services.preferences import DEFAULTS
from webapp.web import cell_values
from webapp.web.cell_values import FILTERED_BY, CellValue, narrowed, offered
from webapp.web.filters import read

ZONE = ZoneInfo("America/Los_Angeles")
PACKED = Condition("status", "is", ("packed",))
PICKED = Condition("status", "is", ("picked",))


def offers(app: Flask, query: str, column: str, **values: Any) -> list[CellValue]:
    row = RowValues("SO-1.1", dict.fromkeys(KEYS) | values)
    with app.test_request_context():
        return offered(row, read(MultiDict(parse_qs(query)), DEFAULTS, ZONE), column)


def written(url: str) -> str:
    """The filter of an address as it would be typed."""
    (tree,) = parse_qs(urlsplit(url).query)[language.TREE]
    return typed.write(language.parse(tree, zone=ZONE))


def test_every_column_that_is_read_stands_in_one_cell_of_the_list() -> None:
    assert sorted(key for keys in FILTERED_BY.values() for key in keys) == sorted(KEYS)
    assert set(FILTERED_BY) <= set(COLUMNS_BY_KEY)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("status", {"status": "packed"}, [("Only Packed", "status:packed"), ("Not Packed", "-status:packed")]),
        (
            "warehouse",
            {"warehouse": "Reno, NV"},
            [("Only Reno, NV", 'warehouse:="Reno, NV"'), ("Not Reno, NV", '-warehouse:="Reno, NV"')],
        ),
        ("cost", {"cost": Decimal("6.4000")}, [("Only $6.40", "cost:6.4"), ("Not $6.40", "-cost:6.4")]),
        (
            "created_at",
            # The business day is the day before.
            {"created_at": datetime(2025, 3, 2, 4, 0, tzinfo=ZoneInfo("UTC"))},
            [("Only 1 Mar 2025", "created:2025-03-01"), ("Not 1 Mar 2025", "-created:2025-03-01")],
        ),
        (
            "tracking",
            {},
            [("Only without a tracking number", "tracking:empty"), ("With a tracking number", "-tracking:empty")],
        ),
        ("cost", {}, [("Only without a cost", "cost:empty"), ("With a cost", "-cost:empty")]),
    ],
)
def test_a_value_is_kept_or_left_out(
    app: Flask, column: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    (found,) = offers(app, "", column, **values)
    assert [(choice.words, written(choice.url)) for choice in (found.only, found.other)] == expected


def test_a_cell_with_two_values_offers_both(app: Flask) -> None:
    found = offers(app, "", "customer", customer_name="Rita Müller", customer_city="Stuttgart")
    assert [one.only.words for one in found] == ["Only Rita Müller", "Only Stuttgart"]


def test_without_a_column_the_whole_row_is_offered(app: Flask) -> None:
    assert len(offers(app, "", "", status="packed", fulfillment_type="manual")) == len(KEYS)


def test_the_rest_of_the_list_stays_and_its_page_is_the_first(app: Flask) -> None:
    query = "tab=all&q=rita&sort=-cost&builder=1"
    (found,) = offers(app, query, "status", status="packed")
    assert {name: value for name, (value,) in parse_qs(urlsplit(found.only.url).query).items()} == {
        "tab": "all",
        "q": "rita",
        "sort": "-cost",
        "builder": "1",
        language.TREE: language.to_text(Group("and", (PACKED,))),
    }


def test_a_column_without_a_filter_is_refused_with_those_that_have_one(app: Flask) -> None:
    with pytest.raises(BadRequest, match=r"'units'.*status, provider"):
        offers(app, "", "units")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (Group(), Group("and", (PACKED,))),
        (Group("or"), Group("and", (PACKED,))),
        (Group("and", (PICKED,)), Group("and", (PICKED, PACKED))),
        (Group("and", (PACKED, PICKED)), Group("and", (PICKED, PACKED))),
        (Group("and", (Condition("status", "is", ("packed",), off=True),)), Group("and", (PACKED,))),
        (Group("or", (PICKED, PACKED)), Group("and", (Group("or", (PICKED, PACKED)), PACKED))),
    ],
)
def test_a_condition_joins_what_is_there_once(group: Group, expected: Group) -> None:
    assert narrowed(group, PACKED) == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("http://localhost/fulfillments?tab=all", "?tab=all"),
        ("http://localhost/fulfillments", ""),
        ("http://localhost/fulfillments/9?tab=all", ""),
        ("http://elsewhere.example/fulfillments?tab=all", ""),
        ("", ""),
    ],
)
def test_the_list_a_request_came_from_is_known_by_its_address(app: Flask, referrer: str, expected: str) -> None:
    with app.test_request_context(headers={"Referer": referrer}):
        assert cell_values.list_query() == expected

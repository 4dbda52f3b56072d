"""The typed form: what it means, that it says the same as the tree, and where it points when it is wrong."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries.filters.trees import trees
from webapp.queries import filters
from webapp.queries.filters import typed
from webapp.queries.filters.catalogue import COLUMNS, COLUMNS_BY_KEY
from webapp.queries.filters.operators import operators_of
from webapp.queries.filters.tree import Node

ZONE = ZoneInfo("America/Los_Angeles")


def said(column: str, operator: str, *values: Any, off: bool = False) -> filters.Condition:
    return filters.Condition(column, operator, values, off)


def test_the_example_means_what_it_says() -> None:
    text = "status:packed tracking:empty created:past_7_days -warehouse:Reno (sku:A-1 OR sku:A-2)"
    assert typed.parse(text, zone=ZONE) == filters.Group(
        "and",
        (
            said("status", "is", "packed"),
            said("tracking_number", "is_empty"),
            said("created_at", "past_days", 7),
            said("warehouse", "does_not_contain", "Reno"),
            filters.Group("or", (said("item_sku", "contains", "A-1"), said("item_sku", "contains", "A-2"))),
        ),
    )
    assert typed.write(typed.parse(text, zone=ZONE)) == text


@pytest.mark.parametrize(
    ("text", "column", "operator", "values"),
    [
        ('customer:"Rita Müller"', "customer_name", "contains", ("Rita Müller",)),
        ('warehouse:="Reno, NV","Louisville, KY"', "warehouse", "is_one_of", ("Reno, NV", "Louisville, KY")),
        ("sku:=A*", "item_sku", "is", ("A*",)),
        ("sku:A*", "item_sku", "starts_with", ("A",)),
        ("-sku:*A", "item_sku", "does_not_end_with", ("A",)),
        ('sku:"A*"', "item_sku", "contains", ("A*",)),
        (r'sku:"a\"b\\c\d"', "item_sku", "contains", (r"a\"b\c\d".replace(r"\"", '"'),)),
        ('sku:"empty"', "item_sku", "contains", ("empty",)),
        ("-sku:empty", "item_sku", "is_not_empty", ()),
        ("STATUS:shipped", "status", "is", ("fulfilled",)),
        ("status:packed,picked", "status", "is_one_of", ("packed", "picked")),
        ("status:*ship*", "status", "contains", ("ship",)),
        ("-status:packed", "status", "is_not", ("packed",)),
        ("id:>=5", "id", "greater_than_or_equal", (5,)),
        ("id:5..9", "id", "between", (5, 9)),
        ("id:5,6", "id", "is_one_of", (5, 6)),
        ("item_quantity:<-5", "item_quantity", "less_than", (-5,)),
        ("voided:no", "voided", "is", (False,)),
        ("shipped:today", "fulfilled_at", "today", ()),
        ("shipped:past_week", "fulfilled_at", "past_week", ()),
        ("shipped:3_days_ago", "fulfilled_at", "days_ago", (3,)),
        ("shipped:1_day_from_now", "fulfilled_at", "days_from_now", (1,)),
        ("shipped:next_2_days", "fulfilled_at", "next_days", (2,)),
        ("attention:tracking", "delivery_problem", "is", ("tracking",)),
    ],
)
def test_a_term_means_a_condition(text: str, column: str, operator: str, values: tuple[Any, ...]) -> None:
    assert typed.parse(text, zone=ZONE).children == (said(column, operator, *values),)


def test_or_is_weaker_than_standing_together() -> None:
    a, b, c = (said("id", "is", number) for number in (1, 2, 3))
    assert typed.parse("id:1 id:2 OR id:3", zone=ZONE) == filters.Group("or", (filters.Group("and", (a, b)), c))
    off = filters.Group("and", (said("id", "is", 1, off=True), filters.Group("or", (b, c), off=True)))
    assert typed.parse("~id:1 ~(id:2 OR id:3)", zone=ZONE) == off
    assert typed.parse("  ", zone=ZONE) == filters.NOTHING


@pytest.mark.parametrize(
    ("text", "stretch", "words"),
    [
        ("status:packed nope:1", "nope:1", "no column 'nope'"),
        ("status:packed (id:1 OR cost:x)", "cost:x", "number is needed"),
        ("id:1 status:flying id:2", "status:flying", "not one of the choices"),
        ("created:2026-02-30", "created:2026-02-30", "does not exist"),
        ("id:1 rita", "rita", "column:value"),
        ("id:1 AND id:2", "AND", "not needed"),
        ("-(id:1)", "-", "minus"),
        ("-cost:>5", "-cost:>5", "no opposite"),
        ("sku:a,b", "sku:a,b", "equals sign"),
        ("status: packed", "status:", "value is missing"),
        ('sku:"abc', '"', "never closed"),
        ("(id:1", "(", "never closed"),
        ("id:1)", ")", "closes nothing"),
        ("id:1 () id:2", "()", "nothing in these brackets"),
        ("id:1 OR", "OR", "between two"),
        ("(" * 60 + "id:1" + ")" * 60, None, "too deep"),
        ("(((((id:1)))))", None, "5 levels"),
        (" ".join(["id:1"] * 51), None, "at most 50"),
        ("x" * 10_001, None, "longer than"),
    ],
)
def test_it_points_at_what_is_wrong(text: str, stretch: str | None, words: str) -> None:
    with pytest.raises(filters.FilterError, match=words) as raised:
        typed.parse(text, zone=ZONE)
    problem = raised.value.problems[0]
    assert isinstance(problem, typed.TypedProblem)
    assert stretch is None or text[problem.start : problem.end] == stretch


def test_it_points_at_everything_that_is_wrong() -> None:
    with pytest.raises(filters.FilterError) as raised:
        typed.parse("a:1 id:1 (b:2 OR id:x)", zone=ZONE)
    assert [problem.place for problem in raised.value.problems] == [
        "At character 1", "At character 11", "At character 18",
    ]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(trees())
def test_a_tree_survives_being_typed(body: dict[str, Any]) -> None:
    tree = filters.parse(body, zone=ZONE)
    assert plain(typed.parse(typed.write(tree), zone=ZONE)) == plain(tree)


def plain(node: Node) -> Node:
    """The same meaning in one form: one value is no list, another word for an operator is that operator, a group
    of one is neither "and" nor "or"."""
    if isinstance(node, filters.Group):
        children = tuple(plain(child) for child in node.children)
        return filters.Group(node.conjunction if len(children) > 1 else "and", children, node.off)
    assert isinstance(node, filters.Condition)
    operator = operators_of(COLUMNS_BY_KEY[node.column])[node.operator].same_as or node.operator
    if len(node.values) == 1:
        operator = {"is_one_of": "is", "is_not_one_of": "is_not"}.get(operator, operator)
    return replace(node, operator=operator)


_PIECES = st.sampled_from(
    ["OR", "..", "empty", "past_7_days", "2026-11-03", *"() ~-:,>=*1", '"', "\\"]
    + [f"{column.word}:" for column in COLUMNS]
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.lists(_PIECES, max_size=12).map("".join)))
def test_anything_typed_is_a_filter_or_refused_at_a_place(text: str) -> None:
    try:
        found = typed.parse(text, zone=ZONE)
    except filters.FilterError as error:
        stretches = [(problem.start, problem.end) for problem in error.problems]  # type: ignore[attr-defined]
        assert all(0 <= start <= end <= len(text) for start, end in stretches), stretches
    else:
        assert plain(typed.parse(typed.write(found), zone=ZONE)) == plain(found)

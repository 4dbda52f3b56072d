"""Whatever comes in is read as a filter, or refused with a place, a reason and what is allowed; never ignored."""

import base64
import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries.filters.trees import trees
from webapp.errors import BadRequest
from webapp.queries import filters
from webapp.queries.filters.catalogue import COLUMNS
from webapp.queries.filters.tree import Broken

ZONE = ZoneInfo("America/Los_Angeles")


def condition(column: Any = "status", operator: Any = "is", value: Any = "packed", **more: Any) -> dict[str, Any]:
    return {"type": "condition", "condition": {"column": column, "operator": operator, "value": value}, **more}


def group(*children: Any, conjunction: Any = "and", **more: Any) -> dict[str, Any]:
    return {"type": "group", "group": {"conjunction": conjunction, "children": list(children)}, **more}


def tree(*children: Any, conjunction: Any = "and") -> dict[str, Any]:
    return {"conjunction": conjunction, "children": list(children)}


def refused(given: Any, *flat: tuple[str, str]) -> tuple[filters.FilterProblem, ...]:
    with pytest.raises(filters.FilterError) as raised:
        filters.parse(given, flat, zone=ZONE)
    assert isinstance(raised.value, BadRequest)
    assert raised.value.problems[0].sentence in raised.value.message
    return raised.value.problems


def nested(levels: int) -> dict[str, Any]:
    node = condition()
    for _ in range(levels - 1):
        node = group(node)
    return tree(node)


def test_it_reads_a_tree_as_json_as_base64_and_as_an_object() -> None:
    body = tree(condition(), group(condition("customer_name", "contains", "Ü?>~~ÿÿ"), conjunction="or"))
    text = json.dumps(body, ensure_ascii=False)
    standard, safe = base64.b64encode(text.encode()).decode(), base64.urlsafe_b64encode(text.encode()).decode()
    assert "+" in standard or "/" in standard, "the example does not tell the two alphabets apart"
    forms = [body, text, standard, safe, standard.rstrip("="), safe.rstrip("="), standard.replace("+", " ")]
    assert len({filters.parse(form, zone=ZONE) for form in forms}) == 1


def test_a_lone_condition_is_a_filter_of_one_and_a_lone_group_too() -> None:
    assert filters.parse(condition(), zone=ZONE) == filters.parse(tree(condition()), zone=ZONE)
    assert filters.parse(group(condition()), zone=ZONE) == filters.parse(tree(group(condition())), zone=ZONE)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_filter_is_no_filter(nothing: str | None) -> None:
    assert filters.parse(nothing, [("search", "x"), ("sort", "-id")], zone=ZONE) == filters.NOTHING


def test_flat_filters_hold_together_with_the_tree() -> None:
    flat = [("filter[warehouse.is_one_of]", '"Reno, NV",Toronto'), ("tab", "all"), ("filter[cost]", "5")]
    found = filters.parse(tree(condition(), condition(), conjunction="or"), flat, zone=ZONE)
    packed = filters.Condition("status", "is", ("packed",))
    assert found == filters.Group(
        "and",
        (
            filters.Group("or", (packed, packed)),
            filters.Condition("warehouse", "is_one_of", ("Reno, NV", "Toronto")),
            filters.Condition("cost", "is", (5,)),
        ),
    )
    listed = filters.parse(None, [("filter[warehouse.is_one_of]", '["Reno, NV", "Toronto"]')], zone=ZONE)
    assert listed.children[0] == found.children[1]


@pytest.mark.parametrize(
    ("given", "path", "words", "allowed"),
    [
        ("%%%", "filter_groups", "neither JSON nor base64", None),
        ("AAAA", "filter_groups", "JSON", None),
        (base64.b64encode(b"\xff\xfe").decode(), "filter_groups", "neither JSON nor base64", None),
        ('{"conjunction": "and"', "filter_groups", "not valid JSON", None),
        ('{"conjunction": "and", "children": [NaN]}', "filter_groups", "NaN", None),
        ('{"conjunction": "and", "conjunction": "or", "children": []}', "filter_groups", "twice", None),
        ("[" * 100_000, "filter_groups", "JSON|deep", None),
        ('{"a": 1' + "0" * 5000 + "}", "filter_groups", "JSON", None),
        ('{"a": 1e9999999999999999999}', "filter_groups", "too large", None),
        ("{" + " " * 600_000 + "}", "filter_groups", "too long", None),
        ([], "", "not an object", "conjunction"),
        (tree(), "", "empty", None),
        ({"children": [condition()]}, "", "conjunction", "or"),
        (tree(condition(), conjunction="xor"), "", "conjunction", "and"),
        (tree(condition(), conjunction=["and"]), "", "conjunction", "and"),
        (tree(condition()) | {"extra": 1}, "", "extra", "children"),
        (tree(7), "children[0]", "not an object", "group"),
        (tree({"type": ["group"]}), "children[0]", "type", "group"),
        (tree({"type": "condition"}), "children[0]", "'condition'", "condition"),
        (tree(condition(off="yes")), "children[0]", '"off"', "true"),
        (tree(condition(value="packed") | {"on": 1}), "children[0]", "'on'", "type"),
        (tree(condition(), group()), "children[1]", "empty", None),
        (tree(condition(), group(condition("nope"))), "children[1].group.children[0]", "'nope'", "status"),
        (tree(condition(None)), "children[0]", "no column", "status"),
        (tree(condition(["status"])), "children[0]", "no column", "status"),
        (tree(condition(operator="likes")), "children[0]", "'likes'", "contains"),
        (tree(condition("cost", "contains", "5")), "children[0]", "'contains'", "between"),
        (tree(condition(operator=None)), "children[0]", "no operator", "is"),
        (tree(condition(value="flying")), "children[0]", "'flying'", "packed"),
        (tree(condition(value=["packed"])), "children[0]", "one value", None),
        (tree(condition(value=None)), "children[0]", "nothing came", None),
        (tree(condition("id", "is", "12x")), "children[0]", "number", None),
        (tree(condition("id", "is", "1.5")), "children[0]", "whole number", None),
        (tree(condition("id", "is", True)), "children[0]", "number", None),
        (tree(condition("id", "is", "१२")), "children[0]", "number", None),
        (tree(condition("id", "is", "1_000")), "children[0]", "number", None),
        (tree(condition("id", "is", "9223372036854775808")), "children[0]", "whole number", None),
        (tree(condition("id", "is", "1e999999999")), "children[0]", "whole number", None),
        (tree(condition("id", "is", "nan")), "children[0]", "number", None),
        (tree(condition("cost", "is", "1.00001")), "children[0]", "decimal places", None),
        (tree(condition("cost", "is", "1e-999999")), "children[0]", "decimal places", None),
        (tree(condition("cost", "is", "1e10")), "children[0]", "too large", None),
        (tree(condition("cost", "between", "5")), "children[0]", "two values", None),
        (tree(condition("cost", "between", "1,2,3")), "children[0]", "two values", None),
        (tree(condition("cost", "between", "6,5")), "children[0]", "smaller value comes first", None),
        (tree(condition("created_at", "between", "2026-11-04,2026-11-03")), "children[0]", "comes first", None),
        (tree(condition("created_at", "is", "2026-02-30")), "children[0]", "does not exist", None),
        (tree(condition("created_at", "is", "0001-01-01")), "children[0]", "too far away", None),
        (tree(condition("created_at", "is", "9999-12-31")), "children[0]", "too far away", None),
        (tree(condition("created_at", "is", "3 Nov")), "children[0]", "not a date", "2026-11-03"),
        (tree(condition("created_at", "is", "2026-11-03T25:00")), "children[0]", "time of day", "2026-11-03"),
        (tree(condition("created_at", "is", "2026-03-08T02:30")), "children[0]", "clocks skip it", None),
        (tree(condition("created_at", "is", "2026-11-01T01:30")), "children[0]", "twice .* or -08:00", None),
        (tree(condition("created_at", "is", 20261103)), "children[0]", "date is needed", "2026-11-03"),
        (tree(condition("created_at", "past_days", 0)), "children[0]", "from 1 to", None),
        (tree(condition("created_at", "days_ago", -1)), "children[0]", "from 0 to", None),
        (tree(condition("created_at", "days_ago", 10**9)), "children[0]", "not possible", None),
        (tree(condition("created_at", "today", "2026-11-03")), "children[0]", "takes no value", None),
        (tree(condition("backordered", "is", "perhaps")), "children[0]", "neither yes nor no", "no"),
        (tree(condition("customer_name", "is", "")), "children[0]", "is empty", None),
        (tree(condition("customer_name", "is", {"a": 1})), "children[0]", "an object", None),
        (tree(condition("customer_name", "is", "a\0b")), "children[0]", "no text can have", None),
        (tree(condition("customer_name", "is", "\ud800")), "children[0]", "no text can have", None),
        (tree(condition("customer_name", "is", "x" * 1001)), "children[0]", "1,001 characters", None),
        (tree(condition("customer_name", "is_one_of", [])), "children[0]", "empty", None),
        (tree(condition("customer_name", "is_one_of", "a,,b")), "children[0]", "empty", None),
        (tree(condition("customer_name", "is_one_of", '"a')), "children[0]", "double quotes", None),
        (tree(condition("customer_name", "is_one_of", ["x"] * 10_000)), "children[0]", "10,000 values", None),
        (tree(condition("id", "is_one_of", ",".join(["1"] * 10_000))), "children[0]", "10,000 values", None),
        (tree(condition("created_at", "is_one_of", ["2026-11-03"] * 1001)), "children[0]", "1,000 are", None),
        (tree(*[condition()] * 51), "", "at most 50", None),
        (tree(group(*[condition()] * 26), group(*[condition()] * 26)), "", "at most 50 conditions", None),
        (nested(6), ".group.".join(["children[0]"] * 5), "5 levels", None),
    ],
)  # fmt: skip
def test_it_says_where_what_and_what_is_allowed(given: Any, path: str, words: str, allowed: str | None) -> None:
    problem = refused(given)[0]
    assert problem.path == path
    assert re.search(words, problem.message)
    assert allowed is None or allowed in problem.allowed


@pytest.mark.parametrize(
    "name",
    ["filter[", "filter[]", "filter[status", "filter[status]x", "filter[a][b]", "filter[status.]", "filter[.is]"],
)
def test_a_flat_filter_with_a_wrong_name_is_refused(name: str) -> None:
    assert refused(None, (name, "packed"))[0].path == name


def test_it_finds_everything_that_is_wrong_at_once() -> None:
    found = refused(tree(condition("a"), condition(), group(condition("b"))), ("filter[c]", "1"))
    assert [problem.place for problem in found] == ["Condition 1", "Condition 3.1", "filter[c]"]


def test_five_levels_and_fifty_conditions_are_allowed() -> None:
    assert filters.parse(nested(5), zone=ZONE)
    assert filters.parse(tree(*[condition()] * 50), zone=ZONE)
    assert refused(tree(*[condition()] * 50), ("filter[status]", "packed"))
    or_of_five_levels = nested(5) | {"conjunction": "or"}
    assert refused(or_of_five_levels, ("filter[status]", "packed"))


def test_a_broken_condition_stays_in_its_place_and_cannot_be_run() -> None:
    wrong = condition(value="flying")
    found = filters.read(tree(condition(), wrong), zone=ZONE)
    assert isinstance(found.children[1], Broken)
    assert found.children[1].raw == wrong
    assert filters.to_json(found) == tree(condition(), wrong)
    with pytest.raises(filters.FilterError):
        filters.compile(found, filters.Context(ZONE, filters.compiling.now(), on_sqlite=True))


def test_what_is_switched_off_stays_but_is_neither_applied_nor_in_the_way() -> None:
    given = tree(condition(), condition(value="flying", off=True), group(condition("id", "is", 1), off=True))
    found = filters.parse(given, zone=ZONE)
    assert filters.to_json(found) == given
    assert [part.off for part in found.parts(applied_only=True)] == [False]
    everything_off = filters.parse(tree(condition(off=True)), zone=ZONE)
    where = filters.compile(everything_off, filters.Context(ZONE, filters.compiling.now(), on_sqlite=True))
    assert str(where) == "true"


@settings(max_examples=200, deadline=None)
@given(trees())
def test_a_filter_survives_being_sent(body: dict[str, Any]) -> None:
    found = filters.parse(body, zone=ZONE)
    assert filters.parse(filters.to_text(found), zone=ZONE) == found
    assert filters.parse(json.dumps(filters.to_json(found)), zone=ZONE) == found


_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.sampled_from(["and", "or", "condition", "group", "is", "between", "status", "id", "cost", "1,2"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.fixed_dictionaries({"conjunction": inner, "children": inner}),
        st.fixed_dictionaries({"type": inner, "group": inner}),
        st.fixed_dictionaries({"type": st.just("condition"), "condition": inner}),
        st.fixed_dictionaries(
            {"column": st.sampled_from([column.key for column in COLUMNS]), "operator": inner, "value": inner}
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    given=st.one_of(
        _JSON.map(json.dumps),
        _JSON.filter(lambda value: isinstance(value, dict)),
        st.text(),
        st.binary().map(lambda raw: base64.b64encode(raw).decode()),
    ),
    flat=st.lists(
        st.tuples(
            st.one_of(
                st.text(max_size=8).map(lambda text: f"filter[{text}]"),
                st.sampled_from([f"filter[{column.key}.is]" for column in COLUMNS]),
            ),
            st.text(max_size=12),
        ),
        max_size=2,
    ),
)
def test_anything_at_all_is_a_filter_or_refused(given: Any, flat: list[tuple[str, str]]) -> None:
    found = filters.read(given, flat, zone=ZONE)
    sent = filters.read(filters.to_text(found), zone=ZONE)
    if found.problems:
        assert all(problem.message for problem in refused(given, *flat))
        assert sent.problems
    else:
        assert sent == found == filters.parse(given, flat, zone=ZONE)

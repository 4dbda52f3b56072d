"""Hypothesis strategies for filters: any tree that is allowed, over values that sometimes match."""

from typing import Any

from hypothesis import strategies as st

from tests.queries.filters.words import TEXTS
from tests.queries.filters.world import AMOUNTS, EDGES
from webapp.queries.filters.catalogue import COLUMNS
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.operators import OPERATORS, Operator, Takes, operators_of

Json = st.SearchStrategy[Any]
_BETWEEN = OPERATORS[Type.NUMBER]["between"]
_POSSIBLE = st.characters(exclude_categories=("Cs",), exclude_characters="\0")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """One of the hostile texts, a part of one, in another case, or anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.text(_POSSIBLE, min_size=1, max_size=6))
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text) - 1)) if draw(st.booleans()) else 0
    text = text[start : start + draw(st.sampled_from([1, 2, 3, 4, 300]))]
    return draw(st.sampled_from([str, str.upper, str.lower, str.swapcase]))(text) or text


@st.composite
def moments(draw: st.DrawFn) -> str:
    """A day, minute, second or microsecond near the times of the worlds; a clock time always with its offset."""
    edge = draw(st.sampled_from(EDGES))
    text = edge.isoformat(timespec=draw(st.sampled_from(["minutes", "seconds", "microseconds"])))
    return draw(st.sampled_from([text[:10], text[:10], text, text.replace("+00:00", "Z")]))


def _value(column: Column, operator: Operator) -> Json:
    if column.type is Type.TEXT:
        return texts()
    if column.type is Type.CHOICE:
        names = [name for option in column.options for name in (option.value, option.label, option.label.upper())]
        whole = operator.key in {"is", "is_not", "is_one_of", "is_not_one_of"}
        return st.sampled_from(names) if whole else st.one_of(st.sampled_from(names), texts())
    if column.type is Type.DATETIME:
        return moments()
    if column.type is Type.YES_NO:
        return st.booleans()
    if column.type is Type.MONEY:
        return st.sampled_from([str(amount) for amount in AMOUNTS] + ["-1", "9.05"])
    return st.one_of(st.integers(-1, 15), st.sampled_from([59, 2**31, 2**63 - 1, -(2**63) + 1]))


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from(COLUMNS))
    operator = draw(st.sampled_from(list(operators_of(column).values())))
    return condition(column, operator, draw)


def condition(column: Column, operator: Operator, draw: st.DrawFn) -> dict[str, Any]:
    """A condition on this column with this operator and values that fit."""
    body: dict[str, Any] = {"column": column.key, "operator": operator.key}
    one = _value(column, operator)
    match operator.takes:
        case Takes.ONE:
            body["value"] = draw(one)
        case Takes.MANY:
            body["value"] = draw(st.lists(one, min_size=1, max_size=4))
        case Takes.TWO:
            body["value"] = draw(_pairs(column))
        case Takes.DAYS:
            body["value"] = draw(st.sampled_from([1, 2, 7, 30]))
    return body


@st.composite
def _pairs(draw: st.DrawFn, column: Column) -> list[Any]:
    """Two values in order; a pair of dates is of one kind, so that their texts are in the order of their times."""
    if column.type is not Type.DATETIME:
        return sorted(draw(st.lists(_value(column, _BETWEEN), min_size=2, max_size=2)), key=float)
    short = draw(st.sampled_from([10, None]))
    return sorted(
        edge.isoformat()[:short] for edge in draw(st.lists(st.sampled_from(EDGES), min_size=2, max_size=2))
    )


def _nodes(depth: int) -> Json:
    leaf = st.builds(lambda body: {"type": "condition", "condition": body}, conditions())
    node = (
        leaf
        if depth == 0
        else st.one_of(leaf, leaf, st.builds(lambda t: {"type": "group", "group": t}, trees(depth)))
    )
    return st.builds(lambda n, off: n | {"off": True} if off == 0 else n, node, st.integers(0, 9))


def trees(depth: int = 5) -> Json:
    """A whole filter of at most so many levels."""
    return st.fixed_dictionaries(
        {
            "conjunction": st.sampled_from(["and", "or"]),
            "children": st.lists(_nodes(depth - 1), min_size=1, max_size=3),
        }
    )

"""Reading a filter from outside: a tree as JSON or base64, flat parameters, or both. Nothing is ever ignored."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from webapp.queries.filters import reading_json, values
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column
from webapp.queries.filters.operators import Operator, operators_of
from webapp.queries.filters.problems import FilterError, FilterProblem, WrongValue
from webapp.queries.filters.tree import Broken, Condition, Group, Node

DEEPEST = 5
MOST_CONDITIONS = 50
TREE = "filter_groups"
_FLAT = re.compile(r"filter\[(?P<column>[^\[\].]*)(?:\.(?P<operator>[^\[\]]+))?\]")
_KINDS = ("condition", "group")
_CONJUNCTIONS = ("and", "or")
_LONGEST_NAME = 80  # Of a parameter, in a message; the longest that means something is far shorter.


def parse(
    tree: str | Mapping[str, Any] | None = None,
    parameters: Iterable[tuple[str, str]] = (),
    *,
    zone: ZoneInfo,
) -> Group:
    """The checked filter. Raises FilterError with everything that is wrong with it."""
    group = read(tree, parameters, zone=zone)
    if group.problems:
        raise FilterError(group.problems)
    return group


def read(
    tree: str | Mapping[str, Any] | None = None,
    parameters: Iterable[tuple[str, str]] = (),
    *,
    zone: ZoneInfo,
) -> Group:
    """The filter with its broken parts kept in place, for showing; a filter with problems must not be run.

    `tree` is JSON, base64 of it, or an object already read; of the parameters (the pairs of a query string) those
    named `filter[column]` and `filter[column.operator]` are taken, and hold together with the tree.
    """
    reader = _Reader(zone)
    root = reader.root(tree)
    flat = tuple(reader.flat(name, value) for name, value in parameters if name.startswith("filter["))
    if flat:
        root = _with_all_of(root, flat)
    too_much = _too_much(root)
    return _only(Broken(None, (too_much,))) if too_much else root


def is_filter_parameter(name: str) -> bool:
    """Whether a parameter of a query string is a part of the filter."""
    return name == TREE or name.startswith("filter[")


@dataclass(frozen=True)
class _Reader:
    """Turns what came into nodes; one that makes no sense becomes Broken in its place."""

    zone: ZoneInfo

    def root(self, given: str | Mapping[str, Any] | None) -> Group:
        if given is None or (isinstance(given, str) and not given.strip()):
            return Group()
        raw = None
        try:
            raw = reading_json.loads(given) if isinstance(given, str) else given
            if isinstance(raw, Mapping) and "type" in raw:
                # A lone entry is a filter of one: refused here, it would turn valid when it is put into a group.
                raw = {"conjunction": "and", "children": [raw]}
            return self._group(raw, "", depth=1, off=False)
        except WrongValue as wrong:
            return _only(_broken(raw, TREE if raw is None else "", wrong))

    def flat(self, name: str, value: str) -> Node:
        found, name = _FLAT.fullmatch(name), name[:_LONGEST_NAME]
        if not found:
            return _broken(None, name, WrongValue("It is named filter[column] or filter[column.operator]."))
        raw = {"column": found["column"], "operator": found["operator"] or "is", "value": _flat_value(value)}
        try:
            return self._condition(raw, off=False)
        except WrongValue as wrong:
            return _broken({"type": "condition", "condition": raw}, name, wrong)

    def _node(self, raw: Any, path: str, depth: int) -> Node:
        off = isinstance(raw, Mapping) and raw.get("off") is True
        try:
            kind = _kind(raw)
            if kind == "group":
                return self._group(raw[kind], f"{path}.group.", depth=depth + 1, off=off)
            return self._condition(raw[kind], off=off)
        except WrongValue as wrong:
            return _broken(raw, path, wrong, off=off)

    def _group(self, raw: Any, prefix: str, *, depth: int, off: bool) -> Group:
        _check_keys("A group", raw, ("conjunction", "children"))
        if depth > DEEPEST:
            raise WrongValue(f"Groups nest at most {DEEPEST} levels deep, counting the filter itself.")
        conjunction, children = raw.get("conjunction"), raw.get("children")
        if conjunction not in _CONJUNCTIONS:
            raise WrongValue("The conjunction of the group is missing or unknown.", _CONJUNCTIONS)
        if not isinstance(children, list) or not children:
            raise WrongValue("The group is empty. It needs a list of children with at least one entry.")
        if len(children) > MOST_CONDITIONS:
            raise WrongValue(f"A group has at most {MOST_CONDITIONS} entries, and {len(children):,} came.")
        nodes = (self._node(child, f"{prefix}children[{i}]", depth) for i, child in enumerate(children))
        return Group(conjunction, tuple(nodes), off)

    def _condition(self, raw: Any, *, off: bool) -> Condition:
        _check_keys("A condition", raw, ("column", "operator", "value"))
        column = _column(raw.get("column"))
        operator = _operator(column, raw.get("operator"))
        try:
            found = values.read(column, operator, raw.get("value"), self.zone)
        except WrongValue as wrong:
            raise WrongValue(wrong.message, wrong.allowed, f"{column.key} {operator.key}") from None
        return Condition(column.key, operator.key, found, off)


def _kind(raw: Any) -> str:
    """What an entry is, when its keys are right."""
    kind = raw.get("type") if isinstance(raw, Mapping) else None
    if kind not in _KINDS:
        raise WrongValue("The entry is not an object whose type says what it is.", _KINDS)
    _check_keys("The entry", raw, ("type", kind, "off"))
    if kind not in raw:
        raise WrongValue(f"The entry has no {kind!r}.", ("type", kind, "off"))
    if not isinstance(raw.get("off", False), bool):
        raise WrongValue('"off" is neither true nor false.', ("true", "false"))
    return str(kind)


def _column(key: Any) -> Column:
    column = COLUMNS_BY_KEY.get(key) if isinstance(key, str) else None
    if column is None:
        raise WrongValue(f"There is no column {_named(key)}.", tuple(COLUMNS_BY_KEY))
    return column


def _operator(column: Column, key: Any) -> Operator:
    operators = operators_of(column)
    operator = operators.get(key) if isinstance(key, str) else None
    if operator is None:
        raise WrongValue(f"{column.key} has no operator {_named(key)}.", tuple(operators))
    return operator


def _check_keys(what: str, raw: Any, known: tuple[str, ...]) -> None:
    if not isinstance(raw, Mapping):
        raise WrongValue(f"{what} is not an object.", known)
    unknown = [_named(key) for key in raw if key not in known]
    if unknown:
        raise WrongValue(f"{what} has no {', '.join(unknown[:5])}.", known)


def _flat_value(value: str) -> Any:
    """A text as it is, or a JSON list, which a value with commas needs as much as a tree does."""
    if not value.startswith("["):
        return value
    try:
        return reading_json.loads(value)
    except WrongValue:
        return value  # A text that only begins like a list; the column says whether it can be a value.


def _with_all_of(root: Group, more: tuple[Node, ...]) -> Group:
    if root.conjunction == "and":
        return Group("and", root.children + more)
    return Group("and", (root, *more))


def _too_much(root: Group) -> FilterProblem | None:
    count = sum(1 for _ in root.parts())
    if count > MOST_CONDITIONS:
        return FilterProblem("", f"It has at most {MOST_CONDITIONS} conditions, and {count} came.")
    if _depth(root) > DEEPEST:
        return FilterProblem(
            "", f"Groups nest at most {DEEPEST} levels deep, with the flat filters around the tree."
        )
    return None


def _depth(group: Group) -> int:
    return 1 + max((_depth(child) for child in group.children if isinstance(child, Group)), default=0)


def _only(broken: Broken) -> Group:
    return Group("and", (broken,))


def _broken(raw: Any, path: str, wrong: WrongValue, *, off: bool = False) -> Broken:
    return Broken(raw, (FilterProblem(path, wrong.message, wrong.allowed, wrong.subject),), off)


def _named(raw: Any) -> str:
    if raw is None:
        return "without a name"
    return repr(raw[:40]) if isinstance(raw, str) else "of that kind"

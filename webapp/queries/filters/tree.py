"""A filter as a tree of conditions and groups, and that tree as JSON."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from webapp.queries.filters.problems import FilterProblem
from webapp.queries.filters.spans import Span

Conjunction = Literal["and", "or"]
Value = str | int | bool | Decimal | Span


@dataclass(frozen=True)
class Condition:
    """One column compared with checked values; `off` keeps it in the tree without applying it."""

    column: str
    operator: str
    values: tuple[Value, ...] = ()
    off: bool = False


@dataclass(frozen=True)
class Broken:
    """A part that makes no sense, as it came (None where it could not even be read), and why."""

    raw: Any = field(hash=False)
    problems: tuple[FilterProblem, ...]
    off: bool = False


@dataclass(frozen=True)
class Group:
    """Parts of which all must hold ("and"), or at least one ("or"); without children it is no filter."""

    conjunction: Conjunction = "and"
    children: tuple["Node", ...] = ()
    off: bool = False

    @property
    def problems(self) -> tuple[FilterProblem, ...]:
        """What is wrong with the parts that are switched on; with any, the filter must not be run."""
        return tuple(problem for part in self.parts(applied_only=True) for problem in _problems_of(part))

    @property
    def is_applied(self) -> bool:
        """Whether anything in it is switched on."""
        return not self.off and any(
            child.is_applied if isinstance(child, Group) else not child.off for child in self.children
        )

    def without(self, number: int) -> "Group":
        """The same without one of its children."""
        return Group(self.conjunction, self.children[:number] + self.children[number + 1 :], self.off)

    def parts(self, *, applied_only: bool = False) -> Iterator["Condition | Broken"]:
        """Every condition and broken part, in order."""
        if applied_only and self.off:
            return
        for child in self.children:
            if isinstance(child, Group):
                yield from child.parts(applied_only=applied_only)
            elif not (applied_only and child.off):
                yield child


Node = Condition | Group | Broken
NOTHING = Group()
_TAKE_LISTS = frozenset({"is_one_of", "is_not_one_of", "between"})


def to_json(group: Group) -> dict[str, Any]:
    """The tree in the form it is sent and saved in."""
    return {"conjunction": group.conjunction, "children": [_node_to_json(child) for child in group.children]}


def to_text(group: Group) -> str:
    """The tree for the `filter_groups` parameter: JSON in URL-safe base64 without padding; empty for no filter."""
    if not group.children:
        return ""
    text = json.dumps(to_json(group), separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def value_to_json(value: Value) -> str | int | bool:
    if isinstance(value, Span):
        return value.text
    return format(value, "f") if isinstance(value, Decimal) else value


def _node_to_json(node: Node) -> Any:
    if isinstance(node, Broken):
        return node.raw
    body: dict[str, Any] = (
        {"type": "group", "group": to_json(node)}
        if isinstance(node, Group)
        else {"type": "condition", "condition": _condition_to_json(node)}
    )
    return body | {"off": True} if node.off else body


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    values = [value_to_json(value) for value in condition.values]
    body: dict[str, Any] = {"column": condition.column, "operator": condition.operator}
    if values:
        body["value"] = values if condition.operator in _TAKE_LISTS else values[0]
    return body


def _problems_of(part: Condition | Broken) -> tuple[FilterProblem, ...]:
    return part.problems if isinstance(part, Broken) else ()

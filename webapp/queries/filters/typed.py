"""A filter as people type it, to a tree and back.

    status:packed tracking:empty created:past_7_days -warehouse:Reno (sku:A-1 OR sku:A-2)

Terms beside each other must all hold; OR is weaker than that, and brackets make a group. `~` before a term or a
bracket switches it off. webapp.queries.filters.typed_terms says how a term is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from webapp.queries.filters import parsing, typed_terms
from webapp.queries.filters.problems import FilterError, FilterProblem
from webapp.queries.filters.tree import Broken, Condition, Group, Node

LONGEST = 10_000
_NAME = re.compile(r"(?P<off>~?)(?P<negative>-?)(?P<name>\w+):")
_OR = re.compile(r"OR(?=[\s()]|\Z)")
_BRACKET = re.compile(r"~?\(")
_WORD = re.compile(r"\S[^\s()]*")
_DEEPEST = 50  # Brackets beyond this are refused before they cost anything; the tree's own limit is far lower.


@dataclass(frozen=True)
class TypedProblem(FilterProblem):
    """A problem with the stretch of the text it is about, from `start` up to `end`."""

    start: int = 0
    end: int = 0

    @property
    def place(self) -> str:
        return f"At character {self.start + 1}"


class _Unreadable(Exception):
    """The text cannot be read on from here."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


def parse(text: str, *, zone: ZoneInfo) -> Group:
    """The tree a text means. Raises FilterError whose problems are TypedProblems, each with its stretch."""
    if len(text) > LONGEST:
        raise FilterError(
            [TypedProblem("", f"The filter is longer than {LONGEST:,} characters.", start=LONGEST, end=len(text))]
        )
    reader = _Reader(text)
    try:
        tree = reader.everything()
    except _Unreadable as wrong:
        raise FilterError([TypedProblem("", wrong.message, start=wrong.start, end=wrong.end)]) from None
    group = parsing.read(tree, zone=zone)
    # Also what is switched off must make sense here: text has no other way to keep it.
    broken = [part for part in group.parts() if isinstance(part, Broken)]
    if broken:
        raise FilterError([reader.located(problem) for part in broken for problem in part.problems])
    return group


def write(group: Group) -> str:
    """A tree as text, which `parse` reads back to the same meaning. Raises FilterError for a broken part."""
    return _written_children(group)


def _written(node: Node) -> str:
    off = "~" if node.off else ""
    if isinstance(node, Group):
        return f"{off}({_written_children(node)})"
    if isinstance(node, Condition):
        return off + typed_terms.written(node)
    raise FilterError(node.problems)


def _written_children(group: Group) -> str:
    return (" OR " if group.conjunction == "or" else " ").join(_written(child) for child in group.children)


@dataclass
class _Reader:
    """Walks the text once. `stretches` says where each node stood, by its identity, `found` by its path."""

    text: str
    at: int = 0
    stretches: dict[int, tuple[int, int]] = field(default_factory=dict)
    found: dict[str, tuple[int, int]] = field(default_factory=dict)

    def everything(self) -> dict[str, Any] | None:
        tree = self._alternatives(0)
        if self.at < len(self.text):
            raise _Unreadable("This bracket closes nothing.", self.at, self.at + 1)
        if tree is None:
            return None
        self._remember(tree, "")
        return tree

    def located(self, problem: FilterProblem) -> TypedProblem:
        start, end = self.found.get(problem.path, (0, len(self.text)))
        return TypedProblem(problem.path, problem.message, problem.allowed, problem.subject, start, end)

    def _alternatives(self, depth: int) -> dict[str, Any] | None:
        """Terms up to the end or a closing bracket, as a group; None when there are none."""
        if depth > _DEEPEST:
            raise _Unreadable("The brackets are nested far too deep.", self.at, self.at + 1)
        sides = [list(self._terms(depth))]
        while self._takes_or():
            sides.append(list(self._terms(depth)))
        if sides == [[]]:
            return None
        for side in sides:
            if not side:
                raise _Unreadable("OR stands between two conditions.", max(0, self.at - 2), self.at)
        if len(sides) == 1:
            return {"conjunction": "and", "children": sides[0]}
        return {"conjunction": "or", "children": [self._together(side) for side in sides]}

    def _terms(self, depth: int) -> Iterator[dict[str, Any]]:
        while self._skips_blanks() and self.text[self.at] != ")" and not self._is_at_or():
            yield self._bracket(depth) if _BRACKET.match(self.text, self.at) else self._term()

    def _bracket(self, depth: int) -> dict[str, Any]:
        start, off = self.at, self.text[self.at] == "~"
        self.at += 1 + off
        group = self._alternatives(depth + 1)
        if group is None:
            raise _Unreadable("There is nothing in these brackets.", start, min(self.at + 1, len(self.text)))
        if not self._skips_blanks():
            raise _Unreadable("This bracket is never closed.", start, start + 1)
        self.at += 1
        return self._placed({"type": "group", "group": group}, start, off)

    def _term(self) -> dict[str, Any]:
        start = self.at
        found = _NAME.match(self.text, start)
        if not found:
            raise self._not_a_term(start)
        self.at = found.end()
        value = list(self._value())
        if not value:
            raise _Unreadable(f"After {found['name']}: a value is missing.", start, self.at)
        try:
            body = typed_terms.condition(found["name"], value, negative=bool(found["negative"]))
        except ValueError as wrong:
            raise _Unreadable(str(wrong), start, self.at) from None
        return self._placed({"type": "condition", "condition": body}, start, bool(found["off"]))

    def _not_a_term(self, start: int) -> _Unreadable:
        found = _WORD.match(self.text, start)
        word = found[0] if found else ""
        message = "A condition is written column:value."
        if word.upper() == "AND":
            message = "AND is not needed: conditions beside each other must all hold."
        elif word == "-":
            message = "A minus stands before a condition, not before a bracket."
        return _Unreadable(message, start, start + len(word))

    def _value(self) -> Iterator[tuple[str, bool]]:
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in "()":
            if self.text[self.at] == '"':
                yield from self._quoted()
            else:
                yield self.text[self.at], False
                self.at += 1

    def _quoted(self) -> Iterator[tuple[str, bool]]:
        start = self.at
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            self.at += self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in {'"', "\\"}
            yield self.text[self.at], True
            self.at += 1
        if self.at >= len(self.text):
            raise _Unreadable("This quote is never closed.", start, start + 1)
        self.at += 1

    def _skips_blanks(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def _is_at_or(self) -> bool:
        return _OR.match(self.text, self.at) is not None

    def _takes_or(self) -> bool:
        if not self._skips_blanks() or not self._is_at_or():
            return False
        self.at += 2
        return True

    def _together(self, side: list[dict[str, Any]]) -> dict[str, Any]:
        """One side of an OR: a single node, or a group of what stands beside each other."""
        if len(side) == 1:
            return side[0]
        first, last = self.stretches[id(side[0])], self.stretches[id(side[-1])]
        node = {"type": "group", "group": {"conjunction": "and", "children": side}}
        self.stretches[id(node)] = (first[0], last[1])
        return node

    def _placed(self, node: dict[str, Any], start: int, off: bool) -> dict[str, Any]:
        if off:
            node["off"] = True
        self.stretches[id(node)] = (start, self.at)
        return node

    def _remember(self, tree: dict[str, Any], prefix: str) -> None:
        for number, child in enumerate(tree["children"]):
            path = f"{prefix}children[{number}]"
            self.found[path] = self.stretches[id(child)]
            if child["type"] == "group":
                self._remember(child["group"], f"{path}.group.")

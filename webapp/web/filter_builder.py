"""What the filter builder shows: the entries of a draft with the inputs they need, and what is wrong with them."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from webapp.queries import filter_values, filters
from webapp.queries.filters import Condition, FilterError, Group, typed
from webapp.queries.filters.catalogue import COLUMNS, COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column, Section
from webapp.queries.filters.operators import Operator, Takes, operators_of
from webapp.queries.filters.problems import FilterProblem
from webapp.queries.filters.typed import TypedProblem
from webapp.queries.scope import Scope
from webapp.schema import now
from webapp.web import filter_draft, formatting
from webapp.web.filter_draft import Place, Raw
from webapp.web.filter_rows import ConditionRow, GroupRow, RawRow
from webapp.web.filters import ListState

LONGEST_ADDRESS = 7_500  # Web servers take some 8,000 characters of an address; the rest of the list needs some.


@dataclass(frozen=True)
class Draft:
    """A filter as it stands in the form; `is_checked` once it was to be shown, `typed` is a text with mistakes."""

    tree: Raw
    is_checked: bool = False
    focus: str = ""
    typed: str | None = None
    typed_problems: tuple[FilterProblem, ...] = ()
    too_long: bool = False

    @cached_property
    def group(self) -> Group:
        """The filter it stands for; its parts may be broken or not filled in yet."""
        if not self.tree.get("children"):
            return filters.NOTHING
        return filters.read(self.tree, zone=formatting.business_zone())

    @property
    def text(self) -> str:
        """The same filter as text, or the text as it was typed; empty while a part of it cannot be written."""
        if self.typed is not None:
            return self.typed
        try:
            return typed.write(self.group)
        except FilterError:
            return ""

    @property
    def can_be_shown(self) -> bool:
        """Whether the list can be run with it."""
        return not (self.group.problems or self.typed_problems or self.too_long)


@dataclass(frozen=True)
class Builder:
    """The builder of one draft, on the list of one state."""

    state: ListState
    draft: Draft
    path: str
    scope: Scope
    sections: list[tuple[Section, list[Column]]] = field(default_factory=lambda: [*_SECTIONS])

    @property
    def action_url(self) -> str:
        return f"{self.path}/filter{self.state.query(place=self.state.place)}"

    @property
    def count_url(self) -> str:
        return f"{self.path}/filter/count{self.state.query()}"

    @property
    def words_url(self) -> str:
        return f"{self.path}/filter/words"

    @property
    def close_url(self) -> str:
        return f"{self.path}{self.state.query(place=self.state.place, builder=False)}"

    @cached_property
    def root(self) -> GroupRow:
        return self._group(self.draft.tree, Place(), is_off=False)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of the field it is about; nothing before the draft was to be shown."""
        found = self.draft.group.problems if self._shown else ()
        return [(self._id_of(problem), f"{problem.place}: {problem.message}") for problem in found]

    @property
    def _shown(self) -> bool:
        return self.draft.is_checked

    @property
    def typed_marks(self) -> list[tuple[str, bool]]:
        """The typed text cut where a problem begins and ends: each piece, and whether it is at fault."""
        text, found, at = self.draft.text, [], 0
        problems = [one for one in self.draft.typed_problems if isinstance(one, TypedProblem)]
        for problem in sorted(problems, key=lambda one: one.start):
            start = max(at, problem.start)
            found += [(text[at:start], False), (text[start : max(start, problem.end)], True)]
            at = max(start, problem.end)
        return [piece for piece in (*found, (text[at:], False)) if piece[0]]

    def _group(self, tree: Raw, place: Place, *, is_off: bool) -> GroupRow:
        children = tree.get("children")
        rows = [
            self._row(child, place.inner(number))
            for number, child in enumerate(children if isinstance(children, list) else [])
        ]
        return GroupRow(place, str(tree.get("conjunction", "and")), is_off, rows, self._problem(place))

    def _row(self, raw: Any, place: Place) -> ConditionRow | GroupRow | RawRow:
        kind = raw.get("type") if isinstance(raw, dict) else None
        # A tuple, because what stands there may be a list, which no set can be asked for.
        inside = raw.get(kind) if kind in ("group", "condition") else None
        is_off = isinstance(raw, dict) and raw.get("off") is True
        if kind == "group" and isinstance(inside, dict) and inside.get("conjunction") in ("and", "or"):
            return self._group(inside, place, is_off=is_off)
        if kind == "condition" and isinstance(inside, dict):
            column = COLUMNS_BY_KEY.get(str(inside.get("column")))
            operator = operators_of(column).get(str(inside.get("operator"))) if column else None
            if column and operator and _fits_in_fields(inside.get("value")):
                return self._condition(column, operator, inside.get("value"), place, is_off=is_off)
        words = self._words(raw, place)
        return RawRow(place, words, json.dumps(raw, default=str), self._problem(place))

    def _words(self, raw: Any, place: Place) -> str:
        """What an entry says that no field can show."""
        part: Any = self.draft.group
        for number in place.path:
            part = part.children[number] if isinstance(part, Group) and number < len(part.children) else None
        return formatting.filter_in_words(part if part is not None else filters.Broken(raw, ()))

    def _condition(
        self, column: Column, operator: Operator, value: Any, place: Place, *, is_off: bool
    ) -> ConditionRow:
        days = filters.meant_days_in_words(
            Condition(column.key, operator.key, _numbers(value)),
            now=now(), zone=formatting.business_zone(), locale=formatting.locale(),
        ) if operator.is_relative and (operator.takes is Takes.NOTHING or _numbers(value)) else ""  # fmt: skip
        return ConditionRow(
            place=place, column=column, operator=operator, values=_texts(value), is_off=is_off,
            problem=self._problem(place), days=days, names=filter_values.names(column.key, self.scope),
        )  # fmt: skip

    def _problem(self, place: Place) -> str:
        if not self._shown:
            return ""
        return " ".join(one.advice for one in self.draft.group.problems if one.path == place.in_tree)

    def _id_of(self, problem: FilterProblem) -> str:
        return f"entry-{problem.numbers}" if problem.numbers else "filter-builder"


def builder_of(state: ListState, draft: Draft | None, path: str, scope: Scope) -> Builder:
    """The builder with this draft; without one, with the filter of the list."""
    shown = state.turned(place=state.place, builder=True)
    if draft is None:
        tree = filters.to_json(state.filter) if state.filter.children else filter_draft.empty()
        draft = Draft(tree, is_checked=bool(state.filter.problems))
    return Builder(shown, draft, path, scope)


_CHANGED_BY_FORMS = re.compile("[\r\n\ud800-\udfff]")
_SECTIONS: list[tuple[Section, list[Column]]] = [
    (section, [column for column in COLUMNS if column.section is section]) for section in Section
]


def _texts(value: Any) -> list[str]:
    """The values of a condition as they stand in inputs."""
    each = value if isinstance(value, list) else [] if value is None else [value]
    return ["yes" if one is True else "no" if one is False else str(one) for one in each]


def _fits_in_fields(value: Any) -> bool:
    """Whether forms send it back as it is: they change the ends of lines, and cannot hold half a character."""
    return not any(_CHANGED_BY_FORMS.search(text) for text in _texts(value))


def _numbers(value: Any) -> tuple[int, ...]:
    """The number of days of a relative condition, where it is one."""
    text = str(value)
    return (int(text),) if text.isascii() and text.isdecimal() and len(text) <= 5 else ()

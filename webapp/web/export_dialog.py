"""The form of an export: format, rows, scope with its numbers, columns in order; it works a step at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from webapp.choices import Choice
from webapp.errors import BadRequest
from webapp.queries.export_columns import COLUMNS_BY_KEY, Column, of_list
from webapp.queries.export_rows import Size
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ExportFormat, ExportMode, ExportScope

START, UP, DOWN, RESET = "start", "up", "down", "reset"
COUNTED = 100_000
"""Shipments counted for the dialog, within a tenth of a second; beyond it says "more than"."""

FORMATS = (ExportFormat.XLSX, ExportFormat.CSV)
MODES = (ExportMode.SUMMARY, ExportMode.LINE_ITEMS)
"""What a list is exported as; packing slips are asked for elsewhere."""

One = TypeVar("One", bound=Choice)


@dataclass(frozen=True)
class ExportChoice:
    """What is chosen so far: all columns in their order, those ticked, and the rest of the form."""

    order: tuple[str, ...]
    ticked: frozenset[str]
    format: ExportFormat
    mode: ExportMode
    scope: ExportScope
    has_mark: bool

    @property
    def columns(self) -> list[tuple[Column, bool]]:
        return [(COLUMNS_BY_KEY[key], key in self.ticked) for key in self.order]

    @property
    def preferences(self) -> ExportPreferences:
        ticked = tuple(key for key in self.order if key in self.ticked)
        return ExportPreferences(self.format, self.mode, ticked, self.has_mark)


@dataclass(frozen=True)
class ScopeOption:
    """A scope with how much there is in it, or why it cannot be exported."""

    scope: ExportScope
    size: Size | None
    why_not: str = ""

    @property
    def is_more(self) -> bool:
        return self.size is not None and self.size.shipments > COUNTED


def with_columns(preferences: ExportPreferences, list_columns: Iterable[str]) -> ExportPreferences:
    """A file that has the columns of a list, in its order."""
    return replace(preferences, columns=of_list(list_columns))


def choice_of(preferences: ExportPreferences, scope: ExportScope) -> ExportChoice:
    """The form as it is first shown: as the person's last export looked."""
    return ExportChoice(
        _completed(preferences.columns), frozenset(preferences.columns), preferences.format, preferences.mode,
        scope, preferences.has_mark,
    )  # fmt: skip


def read(form: MultiDict[str, str], default_scope: ExportScope) -> tuple[str, ExportChoice]:
    """The button pressed and the choice as it then stands; raises BadRequest for what the form never offered."""
    sent = ExportChoice(
        _completed(_known(form.getlist("order"))),
        frozenset(_known(form.getlist("shown"))),
        _one(FORMATS, "format", form.get("format", "")),
        _one(MODES, "mode", form.get("mode", "")),
        _one(ExportScope, "scope", form.get("scope", "")),
        form.get("has_mark") == "1",
    )
    action, _, key = form.get("action", START).partition(":")
    if action == RESET:
        return RESET, choice_of(ExportPreferences(), default_scope)
    if action in {UP, DOWN}:
        return action, _moved(sent, _known([key])[0], -1 if action == UP else 1)
    return START, sent


def read_file(form: MultiDict[str, str]) -> tuple[str, ExportChoice]:
    """The same of a form that asks for the file alone, because it is about all of a list."""
    fixed = MultiDict(
        [
            *((name, value) for name, value in form.items(multi=True) if name != "scope"),
            ("scope", ExportScope.FILTERED.value),
        ]
    )
    return read(fixed, ExportScope.FILTERED)


def _moved(choice: ExportChoice, key: str, step: int) -> ExportChoice:
    """One column a place higher (-1) or lower (1); at the edge it stays."""
    order = list(choice.order)
    here = order.index(key)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    return replace(choice, order=tuple(order))


def _completed(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, *COLUMNS_BY_KEY)))


def _known(keys: list[str]) -> list[str]:
    for key in keys:
        if key not in COLUMNS_BY_KEY:
            raise BadRequest(f"There is no column {key[:60]!r}. Choose from: {', '.join(COLUMNS_BY_KEY)}.")
    return keys


def _one(choices: Iterable[One], what: str, value: str) -> One:
    offered = {choice.value: choice for choice in choices}
    if value not in offered:
        raise BadRequest(f"There is no {what} {value[:60]!r}. Choose one of: {', '.join(offered)}.")
    return offered[value]

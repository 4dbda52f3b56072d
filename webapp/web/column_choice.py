"""The form for columns, their order, the page size and the density; it works a step at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries.listing.columns import COLUMNS_BY_KEY, Column
from webapp.queries.listing.keyset import PAGE_SIZES
from webapp.services.preferences import DEFAULTS, Density, ListPreferences

SAVE, RESET, UP, DOWN = "save", "reset", "up", "down"


@dataclass(frozen=True)
class ColumnChoice:
    """All columns in the order chosen so far, those ticked, the page size and the density."""

    order: tuple[str, ...]
    ticked: frozenset[str]
    size: int
    density: Density

    @property
    def columns(self) -> list[tuple[Column, bool]]:
        return [(COLUMNS_BY_KEY[key], key in self.ticked) for key in self.order]

    @property
    def preferences(self) -> ListPreferences:
        shown = tuple(key for key in self.order if key in self.ticked)
        return ListPreferences(shown, self.size, self.density)

    @property
    def problem(self) -> str:
        """Why it cannot be saved; empty when it can."""
        return "" if self.ticked else "Tick at least one column."

    def moved(self, key: str, step: int) -> "ColumnChoice":
        """The same with one column a place higher (-1) or lower (1); at the edge it stays."""
        order = list(self.order)
        here = order.index(key)
        there = min(max(here + step, 0), len(order) - 1)
        order.insert(there, order.pop(here))
        return replace(self, order=tuple(order))


def choice_of(preferences: ListPreferences) -> ColumnChoice:
    """The form as it is first shown: the columns seen now, then the others."""
    ticked = frozenset(preferences.columns)
    return ColumnChoice(_completed(preferences.columns), ticked, preferences.size, preferences.density)


def read(form: MultiDict[str, str]) -> tuple[str, ColumnChoice]:
    """The button pressed and the choice as it then stands; raises BadRequest for what the form never offered."""
    sent = ColumnChoice(
        _completed(_known(form.getlist("order"))),
        frozenset(_known(form.getlist("shown"))),
        _size(form),
        _density(form),
    )
    action, _, key = form.get("action", SAVE).partition(":")
    if action == RESET:
        return RESET, choice_of(DEFAULTS)
    if action in {UP, DOWN}:
        return action, sent.moved(_known([key])[0], -1 if action == UP else 1)
    return SAVE, sent


def _completed(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, *COLUMNS_BY_KEY)))


def _known(keys: list[str]) -> list[str]:
    for key in keys:
        if key not in COLUMNS_BY_KEY:
            raise BadRequest(f"There is no column {key[:60]!r}. Choose from: {', '.join(COLUMNS_BY_KEY)}.")
    return keys


def _size(form: MultiDict[str, str]) -> int:
    sizes = {str(size): size for size in PAGE_SIZES}
    value = form.get("size", str(DEFAULTS.size))
    if value not in sizes:
        raise BadRequest(f"A page cannot have {value[:20]!r} rows. Choose one of: {', '.join(sizes)}.")
    return sizes[value]


def _density(form: MultiDict[str, str]) -> Density:
    value = form.get("density", DEFAULTS.density.value)
    if value not in {density.value for density in Density}:
        raise BadRequest(f"Rows cannot be {value[:20]!r}. Choose one of: {', '.join(Density)}.")
    return Density(value)

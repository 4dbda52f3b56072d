"""Walking a list by key: sort keys, the place a page starts from, and the two parts of a sorted list.

Rows without a value for the sort key come last in both directions. They are a part of their own, so that each part
is one range of the index (key, id) on both databases; docs/decisions/0004-empty-values-last.md says why.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.models import Fulfillment
from webapp.models.fulfillments import SORTABLE

SORT_KEYS = ("id", *SORTABLE)
PAGE_SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
FEW_VALUES = frozenset({"status", "fulfillment_type"})
"""Keys that thousands of rows share: SQLite compares pairs by their first half only, so ties are walked apart."""

Value = str | Decimal | datetime


class Part(Enum):
    """Where a row stands: with the value a page starts from, among those with another, or with none."""

    TIED = "tied"
    FILLED = "filled"
    EMPTY = "empty"


@dataclass(frozen=True)
class Sort:
    """A sort key and its direction; ties are broken by id in the same direction."""

    key: str = "id"
    descending: bool = True

    @property
    def text(self) -> str:
        return f"-{self.key}" if self.descending else self.key

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        column: InstrumentedAttribute[Any] = getattr(Fulfillment, self.key)
        return column

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the list from its top to its end."""
        nullable = Fulfillment.__table__.c[self.key].nullable
        return (Part.FILLED, Part.EMPTY) if nullable else (Part.FILLED,)


@dataclass(frozen=True)
class Place:
    """A row a page starts after, or, walking `backwards`, ends before; `value` is its sort key, None if empty."""

    id: int
    value: Value | None = None
    backwards: bool = False

    def part(self, sort: Sort) -> Part:
        return Part.FILLED if sort.key == "id" or self.value is not None else Part.EMPTY


def route(sort: Sort, place: Place | None) -> list[tuple[Part, bool]]:
    """The parts to walk in turn, and whether each begins at the place."""
    parts = sort.parts[::-1] if place and place.backwards else sort.parts
    if place is None:
        return [(part, False) for part in parts]
    here = place.part(sort)
    first = (Part.TIED, Part.FILLED) if here is Part.FILLED and sort.key in FEW_VALUES else (here,)
    return [*((part, True) for part in first), *((part, False) for part in parts[parts.index(here) + 1 :])]


def order(sort: Sort, part: Part, *, backwards: bool) -> list[sa.ColumnElement[Any]]:
    """The ORDER BY of one part, in walking direction."""
    down = sort.descending is not backwards
    by_key = part is Part.FILLED and sort.key != "id"
    columns = [sort.column, Fulfillment.id] if by_key else [Fulfillment.id]
    return [column.desc() if down else column.asc() for column in columns]


def conditions(sort: Sort, part: Part, *, backwards: bool, from_place: bool) -> list[sa.ColumnElement[bool]]:
    """The range of the index that one part is, from the place bound as `place_value` and `place_id` if asked."""
    found: list[sa.ColumnElement[bool]] = []
    if len(sort.parts) > 1:
        found.append(sort.column.is_(None) if part is Part.EMPTY else sort.column.is_not(None))
    if from_place:
        found += _beyond(sort, part, down=sort.descending is not backwards)
    return found


def _beyond(sort: Sort, part: Part, *, down: bool) -> list[sa.ColumnElement[bool]]:
    here_id = sa.bindparam("place_id", type_=Fulfillment.id.type)
    by_id = Fulfillment.id < here_id if down else Fulfillment.id > here_id
    if part is Part.EMPTY or sort.key == "id":
        return [by_id]
    here = sa.bindparam("place_value", type_=sort.column.type)
    if part is Part.TIED:
        return [sort.column == here, by_id]
    if sort.key in FEW_VALUES:
        return [sort.column < here if down else sort.column > here]
    row, place = sa.tuple_(sort.column, Fulfillment.id), sa.tuple_(here, here_id)
    return [row < place if down else row > place]

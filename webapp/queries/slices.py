"""Numbered pages of what belongs to one shipment: few enough rows that no cursor is needed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from webapp.extensions import db

Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows of one page, its number counted from 1, and whether older rows follow."""

    rows: tuple[Row, ...]
    page: int
    size: int
    has_next: bool

    @property
    def first(self) -> int:
        """The number of the first row on this page, counted from 1 over all pages."""
        return (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    def map(self, change: Callable[[Row], Other]) -> "Slice[Other]":
        return Slice(tuple(change(row) for row in self.rows), self.page, self.size, self.has_next)


def slice_of(statement: sa.Select[*tuple[Any, ...]], *, page: int, size: int) -> Slice[sa.RowMapping]:
    """One page of a statement's rows; reads one row more than it shows, to know whether others follow."""
    rows = db.session.execute(statement.limit(size + 1).offset((page - 1) * size)).mappings().all()
    return Slice(tuple(rows[:size]), page, size, len(rows) > size)


def slice_from(rows: Iterable[Row], *, page: int, size: int) -> Slice[Row]:
    """One page of rows that are at hand, taking no more of them than it needs."""
    start = (page - 1) * size
    found = list(islice(rows, start, start + size + 1))
    return Slice(tuple(found[:size]), page, size, len(found) > size)

"""Rows of the list as the database gave them, and how they are read into instants, amounts and truths.

Most rows of a page were on a page before and are shown from what was kept of them then (webapp/web/rows.py), so
they are fetched without a look at their values and read only where someone wants to know one.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db

Stored = tuple[Any, ...]
Columns = tuple[sa.SQLColumnExpression[Any], ...]
NUMERIC = 1700  # PostgreSQL's code for amounts, the only type whose reading asks for one.


Row = Any
"""A row that was read, every column of the list by its name."""

Reader = Callable[[Stored], Row]


def names(columns: Columns) -> tuple[str, ...]:
    """The names of the columns, in order."""
    return tuple(sa.select(*columns).selected_columns.keys())


def as_stored(columns: Columns) -> list[sa.ColumnElement[Any]]:
    """The same columns, their values left as the driver gives them."""
    known = sa.select(*columns).selected_columns.items()
    return [sa.type_coerce(column, sa.types.NullType()).label(name) for name, column in known]


def reader(columns: Columns) -> Reader:
    """Reads a stored row of these columns into one with names."""
    return _reader(columns, db.engine.dialect)


@lru_cache(maxsize=8)
def _reader(columns: Columns, dialect: sa.Dialect) -> Reader:
    make = namedtuple("Row", names(columns))  # type: ignore[misc]  # noqa: PYI024 - the names are the list's
    types = [column.type.dialect_impl(dialect) for column in sa.select(*columns).selected_columns]
    found = [type_.result_processor(dialect, NUMERIC) for type_ in types]
    processors = [(place, processor) for place, processor in enumerate(found) if processor]

    def read(stored: Stored) -> Any:
        values = list(stored)
        for place, processor in processors:
            values[place] = processor(values[place])
        return make._make(values)

    return read

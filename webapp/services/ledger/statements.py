"""How the ledger talks to the database: on the session's own connection and in its transaction."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from webapp.database import is_sqlite
from webapp.extensions import db
from webapp.queries.prepared import Prepared

LARGEST_SET = 500  # Bulk works in steps of this size at most, so that its transactions stay short.


def read(statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a prepared SELECT, their values in the order in which they are selected."""
    return statement.rows(db.session.connection(), **values)


def write(statement: Prepared, **values: Any) -> None:
    """Execute a prepared statement that returns nothing; also one that only locks."""
    statement.run(db.session.connection(), **values)


def write_many(statement: Prepared, rows: Collection[Mapping[str, Any]]) -> None:
    """Execute a prepared statement once for each of the rows; nothing is sent when there are none."""
    statement.run_many(db.session.connection(), rows)


def run(statement: sa.Executable, **values: Any) -> sa.CursorResult[*tuple[Any, ...]]:
    """Execute any other Core statement: one that is not worth preparing, or takes lists of tuples."""
    return db.session.connection().execute(statement, values)


def locks_rows() -> bool:
    """Whether rows have to be locked one by one: SQLite holds the lock on everything from BEGIN IMMEDIATE on."""
    return not is_sqlite(db.session())

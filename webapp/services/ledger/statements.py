"""How the ledger talks to the database: on the session's own connection and in its transaction.

The connection is handed from one function to the next, because asking the session for it before each statement
costs a sixth of a void.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.database import is_sqlite
from webapp.extensions import db

LARGEST_SET = 500  # Bulk works in steps of this size at most, so that its transactions stay short.


def run(statement: sa.Executable, **values: Any) -> sa.CursorResult[*tuple[Any, ...]]:
    """Execute any other Core statement: one that is not worth preparing, or takes lists of tuples."""
    return db.session.connection().execute(statement, values)


def locks_rows(connection: Connection) -> bool:
    """Whether rows have to be locked one by one: SQLite holds the lock on everything from BEGIN IMMEDIATE on."""
    return not is_sqlite(connection)

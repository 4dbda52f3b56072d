"""Takes away rows that the product itself could never touch: all of them between tests, or a few within one."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from webapp.extensions import db

_GUARDS = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_append\\_only\\_%' ESCAPE '\\'"
)


def empty(engine: sa.Engine) -> None:
    """Delete every row; to look which tables have any is many times cheaper than to empty all."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    with engine.begin() as connection:
        looks = ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
        found = connection.exec_driver_sql(f"SELECT {looks}").one()
        filled = [table for table, has_rows in zip(tables, found, strict=True) if has_rows]
        if not filled:
            return
        with unguarded(connection):
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("; ".join(f"DELETE FROM {table}" for table in filled))
            else:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                for table in filled:
                    connection.exec_driver_sql(f"DELETE FROM {table}")


@contextmanager
def unguarded(connection: sa.Connection) -> Iterator[None]:
    """Inside, the ledger and the history can be changed, as by somebody with the database's own tools."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield
        connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
        return
    guards = connection.exec_driver_sql(_GUARDS).all()
    for name, _sql in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _name, sql in guards:
        connection.exec_driver_sql(sql)

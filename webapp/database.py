"""The database door: how connections begin, how reads skip transactions, how writes take their lock.

Reads (GET) run outside a transaction, which saves two round trips a page on PostgreSQL and never blocks a
writer on SQLite. Writes begin at once: SQLite takes its single write lock with BEGIN IMMEDIATE, so that two
writers queue instead of failing half way.
"""

import sqlite3
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine

SQLITE_BUSY_MILLISECONDS = 15_000  # Longer than the longest write (a bulk step), shorter than a person's patience.
POOL_SIZE = 10  # One connection per gunicorn thread, with two to spare.


class Session(FlaskSession):
    """A session that reads outside transactions while `reading` is set, and then refuses to write."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Any:
        engine = super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)
        return reading_engine(engine) if self.info.get("reading") and isinstance(engine, Engine) else engine

    def flush(self, objects: Any = None) -> None:
        if self.info.get("reading") and (self.new or self.dirty or self.deleted):
            raise RuntimeError("A reading session was asked to write. Only unsafe HTTP methods change state.")
        super().flush(objects)


@lru_cache(maxsize=16)
def reading_engine(engine: Engine) -> Engine:
    """The same engine and pool, without transactions.

    Always the same object for an engine: a session holds one connection for each engine it meets, so a new
    one at every call would take another connection out of the pool at every statement.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(reading=True)


def engine_options(url: URL) -> dict[str, Any]:
    """What create_engine is given for this database; values stay out of error messages, and so out of the log."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": SQLITE_BUSY_MILLISECONDS / 1000}, "hide_parameters": True}
    return {"pool_size": POOL_SIZE, "connect_args": {"connect_timeout": 5}, "hide_parameters": True}


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set the pragmas every SQLite connection needs, and leave BEGIN to us."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
        "synchronous=NORMAL",
        "cache_size=-65536",  # 64 MiB: the hot pages of every list index of a million rows.
        "mmap_size=1073741824",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_sqlite(connection: Connection | Engine | sa.orm.Session) -> bool:
    """Whether this speaks to SQLite; for the few statements that differ."""
    bind = connection.get_bind() if isinstance(connection, sa.orm.Session) else connection
    return bind.dialect.name == "sqlite"

"""Loads an empty database in one transaction, without the indexes and keys that would slow every row down.

Whatever the database itself says it has on our tables (indexes, foreign keys, triggers) is written down, dropped,
and made again from those words after the rows are in. All of it is one transaction on both databases, so a crash
leaves the database as it was: empty, with every index.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from webapp.database import is_sqlite
from webapp.extensions import db
from webapp.services.loading.layouts import ALL
from webapp.services.loading.loader import Loader
from webapp.services.loading.progress import Progress

_TABLES = [layout.name for layout in ALL]
_SEARCH_INDEXES = ("fulfillment_search_fts", "sales_order_fts")  # Kept by triggers, which were away while loading.
_SQLITE_CACHE_KIBIBYTES = 131_072  # Enough for the sorter of an index over millions of rows.
_POSTGRES_SORT_MEMORY = "256MB"  # For one index at a time, in the server.

_POSTGRES_KEYS = sa.text(
    "SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition, contype "
    "FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND ("
    "contype = 'f' AND (conrelid::regclass::text = ANY(:tables) OR confrelid::regclass::text = ANY(:tables)) "
    "OR contype = 'u' AND conrelid::regclass::text = ANY(:tables)) "
    "ORDER BY contype = 'u', conname"
)
_POSTGRES_INDEXES = sa.text(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes "
    "WHERE schemaname = current_schema() AND tablename = ANY(:tables) AND NOT EXISTS ("
    "SELECT 1 FROM pg_constraint WHERE conname = indexname AND contype IN ('p', 'u')) ORDER BY indexname"
)
_SQLITE_PARTS = sa.text(
    "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
    "AND tbl_name IN :tables ORDER BY type, name"
).bindparams(sa.bindparam("tables", _TABLES, expanding=True))


def tables_with_rows(connection: sa.Connection) -> set[str]:
    """Which of the loader's tables hold anything."""
    questions = [sa.select(sa.literal(layout.name)).where(sa.exists(sa.select(layout.table))) for layout in ALL]
    return set(connection.scalars(sa.union_all(*questions)))


@contextmanager
def bare_tables(progress: Progress) -> Iterator[Loader]:
    """A loader for a database without shipments; all is committed when the block ends well, undone otherwise."""
    db.session.remove()
    db.engine.dispose()  # SQLite changes its journal only when nobody else has the file open.
    with db.engine.connect() as connection:
        load = _on_sqlite if is_sqlite(connection) else _on_postgresql
        with load(connection, progress) as loader:
            yield loader


@contextmanager
def _on_postgresql(connection: sa.Connection, progress: Progress) -> Iterator[Loader]:
    with connection.begin():
        connection.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{_POSTGRES_SORT_MEMORY}'")
        keys = connection.execute(_POSTGRES_KEYS, {"tables": _TABLES}).all()
        indexes = connection.execute(_POSTGRES_INDEXES, {"tables": _TABLES}).all()
        for key in keys:
            connection.exec_driver_sql(f'ALTER TABLE {key.owner} DROP CONSTRAINT "{key.name}"')
        for index in indexes:
            connection.exec_driver_sql(f'DROP INDEX "{index.name}"')
        empty = sorted(set(_TABLES) - tables_with_rows(connection))
        connection.exec_driver_sql(f"TRUNCATE {', '.join(empty)}")
        loader = Loader(connection, frozen=empty)
        yield loader
        for key in reversed(keys):
            progress.stage(f"Making the key {key.name} …")
            connection.exec_driver_sql(f'ALTER TABLE {key.owner} ADD CONSTRAINT "{key.name}" {key.definition}')
        for index in indexes:
            progress.stage(f"Making the index {index.name} …")
            connection.exec_driver_sql(index.definition)
        loader.set_sequences()
        progress.stage("Gathering statistics …")
        connection.exec_driver_sql("ANALYZE")


@contextmanager
def _on_sqlite(connection: sa.Connection, progress: Progress) -> Iterator[Loader]:
    raw: Any = connection.connection.driver_connection
    try:
        _prepare_sqlite(raw)
        with connection.begin():
            parts = connection.execute(_SQLITE_PARTS).all()
            for part in parts:
                connection.exec_driver_sql(f'DROP {part.type.upper()} "{part.name}"')
            yield Loader(connection)
            for part in parts:
                progress.stage(f"Making the {part.type} {part.name} …")
                connection.exec_driver_sql(part.sql)
            for index in _SEARCH_INDEXES:
                if any(index in part.sql for part in parts if part.type == "trigger"):
                    progress.stage(f"Making the search index {index} …")
                    connection.exec_driver_sql(f"INSERT INTO {index}({index}) VALUES ('rebuild')")
            progress.stage("Gathering statistics …")
            connection.exec_driver_sql("ANALYZE")
        raw.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.invalidate()  # Its settings were for loading only.


def _prepare_sqlite(raw: sqlite3.Connection) -> None:
    """Keep memory flat and write each page once.

    A rollback journal holds only pages that were there before, of which an empty database has few, where the
    write-ahead log would hold the whole load a second time. When another program has the file open SQLite keeps
    the log, which is slower and just as safe.
    """
    for pragma in (
        "foreign_keys = OFF",
        "temp_store = FILE",
        f"cache_size = -{_SQLITE_CACHE_KIBIBYTES}",
        "busy_timeout = 100",
    ):
        raw.execute(f"PRAGMA {pragma}")
    try:
        raw.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        raw.execute("PRAGMA journal_mode = WAL")

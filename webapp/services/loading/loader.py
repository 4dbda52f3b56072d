"""Writes tuples by the thousand: COPY on PostgreSQL, prepared statements on SQLite; explicit ids on both."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql

from webapp.database import is_sqlite
from webapp.schema import MONEY_PLACES
from webapp.services.loading.layouts import ALL, Layout

Row = tuple[Any, ...]
AMOUNTS_KEPT = 100_000  # Written forms of amounts kept in memory, a few megabytes.
_UNIT = 10**MONEY_PLACES


class WrittenAmounts(dict[int | None, Any]):
    """Ten-thousandths to what the database takes: themselves on SQLite, a decimal text on PostgreSQL."""

    def __init__(self, *, as_integers: bool) -> None:
        super().__init__({None: None})
        self._as_integers = as_integers

    def __missing__(self, amount: int) -> Any:
        written = amount if self._as_integers else f"{amount // _UNIT}.{amount % _UNIT:04}"
        if len(self) < AMOUNTS_KEPT:
            self[amount] = written
        return written


class Loader:
    """Writes rows over one connection, inside the transaction that its owner began and will end."""

    def __init__(self, connection: sa.Connection, *, frozen: Collection[str] = ()) -> None:
        """`frozen`: tables truncated in this transaction, whose rows PostgreSQL may write as visible to all."""
        self.connection = connection
        self.money = WrittenAmounts(as_integers=is_sqlite(connection))
        self._frozen = frozen
        self._raw: Any = connection.connection.driver_connection
        if not is_sqlite(connection):
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")  # The instants we write name no zone.

    def write(self, layout: Layout, rows: Sequence[Row]) -> None:
        """Add these rows; raises the driver's error when the schema refuses one."""
        if not rows:
            return
        if isinstance(self._raw, sqlite3.Connection):
            marks = ", ".join("?" * len(layout.columns))
            self._raw.executemany(
                f"INSERT INTO {layout.name} ({', '.join(layout.columns)}) VALUES ({marks})", rows
            )
        else:
            self._copy(cast("psycopg.Connection[Any]", self._raw), layout, rows)

    def _copy(self, raw: "psycopg.Connection[Any]", layout: Layout, rows: Iterable[Row]) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN{}").format(
            sql.Identifier(layout.name),
            sql.SQL(", ").join(map(sql.Identifier, layout.columns)),
            sql.SQL(" WITH (FREEZE)" if layout.name in self._frozen else ""),
        )
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            write_row = copy.write_row
            for row in rows:
                write_row(row)

    def highest_id(self, layout: Layout) -> int:
        """The highest id in use; 0 in an empty table."""
        column = layout.table.c.id
        return self.connection.scalar(sa.select(sa.func.coalesce(sa.func.max(column), 0))) or 0

    def set_sequences(self) -> None:
        """Let PostgreSQL count on from the ids that were given explicitly; SQLite does so by itself."""
        if is_sqlite(self.connection):
            return
        for layout in ALL:
            if "id" in layout.columns:
                self.connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{layout.name}', 'id'), "
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {layout.name}), false)"
                )


class Batch:
    """Rows gathered table by table until there are enough to be worth writing."""

    def __init__(self) -> None:
        self.rows: dict[Layout, list[Row]] = {layout: [] for layout in ALL}

    def __getitem__(self, layout: Layout) -> list[Row]:
        return self.rows[layout]

    def write(self, loader: Loader) -> None:
        """Write everything gathered, parents first, and begin anew; the lists stay the same objects."""
        for layout, rows in self.rows.items():
            loader.write(layout, rows)
            rows.clear()

"""The file's rows put aside in a temporary SQLite file, so that an order's rows are found however far apart.

Memory does not grow with the file, and nothing of it is imported before all of it could be read.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from webapp.services.importing.reading import FileRow
from webapp.services.loading.progress import Progress

_BATCH = 5_000
_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -32768;
    CREATE TABLE lines (
        row INTEGER PRIMARY KEY, order_number TEXT NOT NULL, cells TEXT NOT NULL, problem TEXT NOT NULL
    );
    CREATE TABLE claims (name TEXT PRIMARY KEY, order_number TEXT NOT NULL) WITHOUT ROWID;
"""
# Orders come in the order of their first rows, each with all of its rows.
_ORDERED = """
    SELECT lines.order_number, lines.row, lines.cells, lines.problem FROM firsts
    JOIN lines ON lines.order_number = firsts.order_number ORDER BY firsts.row, lines.row
"""


class Spool:
    """Rows by order; and what the orders taken so far have laid claim to."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.row_count = 0

    def fill(self, rows: Iterable[FileRow], key_place: int, progress: Progress) -> None:
        """Put all rows aside; `key_place` is where a row has its order number."""
        entries = iter(rows)
        while batch := list(islice(entries, _BATCH)):
            self._database.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, ?)",
                (
                    (row.number, _storable(row.cells[key_place].strip()), json.dumps(row.cells), row.problem)
                    for row in batch
                ),
            )
            self.row_count += len(batch)
            progress.advance(len(batch))
        progress.stage("Sorting rows by order …")
        self._database.executescript(
            "CREATE INDEX by_order ON lines (order_number, row);"
            "CREATE TABLE firsts AS SELECT order_number, MIN(row) AS row FROM lines GROUP BY order_number;"
            "CREATE INDEX by_row ON firsts (row);"
        )

    def orders(self) -> Iterator[list[FileRow]]:
        """The rows of one order after the other; rows without an order number come one by one."""
        found = self._database.execute(_ORDERED)
        for order_number, group in groupby(found, key=itemgetter(0)):
            rows = [FileRow(number, json.loads(cells), problem) for _, number, cells, problem in group]
            if order_number:
                yield rows
            else:
                yield from ([row] for row in rows)

    def claim(self, name: str, order_number: str) -> str | None:
        """Keep a name for this order; the number of the other order of this file that has it already, or None."""
        self._database.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (name, order_number))
        owner = self._database.execute("SELECT order_number FROM claims WHERE name = ?", (name,)).fetchone()[0]
        return None if owner == order_number else str(owner)


def _storable(order_number: str) -> str:
    """The order number as SQLite takes it, also when its bytes are not UTF-8; such an order is refused later."""
    return order_number.encode("utf-8", "backslashreplace").decode()


@contextmanager
def spool() -> Iterator[Spool]:
    """An empty spool that is gone with the block."""
    with TemporaryDirectory(prefix="dockside-import-") as folder:
        database = sqlite3.connect(Path(folder) / "rows.sqlite3", isolation_level=None)
        try:
            database.executescript(_TABLES)
            yield Spool(database)
        finally:
            database.close()

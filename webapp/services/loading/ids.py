"""Ids handed out before rows are written, so that rows can refer to each other in one go."""

from collections.abc import Iterator
from itertools import count

from webapp.database import is_sqlite
from webapp.services.loading.layouts import Layout
from webapp.services.loading.loader import Loader

_BLOCK = 1_000  # Ids taken from a PostgreSQL sequence at a time; what is left over is never used.


class Ids:
    """The next ids of each table, for as long as one transaction lasts.

    While nobody else can write (always so on SQLite inside a write transaction) ids count on from the highest.
    Otherwise they come from the table's sequence, so that rows written meanwhile by others never clash.
    """

    def __init__(self, loader: Loader, *, alone: bool) -> None:
        self._loader = loader
        self._counts_on = alone or is_sqlite(loader.connection)
        self._sources: dict[Layout, Iterator[int]] = {}

    def next(self, layout: Layout) -> int:
        source = self._sources.get(layout)
        if source is None:
            source = self._counting(layout) if self._counts_on else self._from_sequence(layout)
            self._sources[layout] = source
        return next(source)

    def _counting(self, layout: Layout) -> Iterator[int]:
        return count(self._loader.highest_id(layout) + 1)

    def _from_sequence(self, layout: Layout) -> Iterator[int]:
        while True:
            yield from self._loader.connection.exec_driver_sql(
                f"SELECT nextval(pg_get_serial_sequence('{layout.name}', 'id')) FROM generate_series(1, {_BLOCK})"
            ).scalars()

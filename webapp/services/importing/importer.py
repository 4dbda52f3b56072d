"""Imports a file of shipments: spooled, then checked and written order by order in batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from webapp.database import is_sqlite, reading_engine
from webapp.extensions import db, settings
from webapp.services.importing.file_orders import FileOrder
from webapp.services.importing.known_orders import KnownOrder, known_orders
from webapp.services.importing.locks import lock_orders
from webapp.services.importing.orders import Header, OrderReader
from webapp.services.importing.planning import OrderPlan, plan
from webapp.services.importing.provider_names import ProviderNames
from webapp.services.importing.reading import FileRow, opened
from webapp.services.importing.references import References, provider_accounts
from webapp.services.importing.refusals import Refusal
from webapp.services.importing.rejects import Rejects, rejects_file
from webapp.services.importing.spool import Spool, spool
from webapp.services.importing.writing import OrderWriter
from webapp.services.loading.bare_tables import bare_tables, tables_with_rows
from webapp.services.loading.loader import Loader
from webapp.services.loading.progress import Progress, Silence

ORDERS_OF_A_BATCH = 500  # A transaction of a second or so: others who write wait no longer than that.
ROWS_WORTH_BARE_TABLES = 20_000  # Below this, dropping and making indexes costs more than it saves.
_ONE_IMPORT_AT_A_TIME = 7_216_001  # Any number that nothing else of ours locks.
_MAY_BE_FILLED = {"warehouses", "provider_accounts", "sales_channels", "stores", "products"}

Tell = Callable[[Refusal], None]


@dataclass(slots=True)
class Imported:
    """What became of the file."""

    rows: int = 0
    orders_added: int = 0
    orders_extended: int = 0
    orders_unchanged: int = 0
    orders_refused: int = 0
    rows_refused: int = 0
    shipments_added: int = 0


def import_shipments(
    path: Path,
    *,
    dry_run: bool = False,
    rejects: Path | None = None,
    tell: Tell = lambda refusal: None,  # noqa: ARG005 - the default tells nobody
    progress: Progress | None = None,
) -> Imported:
    """Import a CSV, XLSX or JSON Lines file; with `dry_run` only find out what would happen.

    Commits by itself: batch by batch, so that a crash leaves whole orders and importing again goes on; a large
    file into an empty database in one go. Each refusal is given to `tell` as it is found. Raises FileRefused when
    the file as a whole cannot be read; nothing was imported then.
    """
    progress = progress or Silence()
    db.session.remove()  # An open transaction of ours would keep the import waiting on SQLite.
    with spool() as spooled:
        with opened(path) as table:
            header = Header(table.header)
            progress.begin("Reading rows:", 0)
            spooled.fill(table.rows, header.key_place, progress)
        progress.begin("Importing rows:", spooled.row_count)
        with rejects_file(rejects, path, header) as refused:
            run = _Import(
                file_name=path.name,
                spooled=spooled,
                header=header,
                rejects=refused,
                tell=tell,
                progress=progress,
            )
            run.over_all(dry_run=dry_run)
    progress.finish()
    return run.outcome


class _Import:
    """One import under way."""

    def __init__(
        self,
        *,
        file_name: str,
        spooled: Spool,
        header: Header,
        rejects: Rejects | None,
        tell: Tell,
        progress: Progress,
    ) -> None:
        self._file_name = file_name
        self._spool, self._header, self._rejects = spooled, header, rejects
        self._tell, self._progress = tell, progress
        self._zone = settings().business_time_zone
        self._references = References()
        self._accounts: dict[tuple[str, str], int] = {}
        self._is_alone = False
        self.outcome = Imported(rows=spooled.row_count)

    def over_all(self, *, dry_run: bool) -> None:
        """Take every order of the spool, in the mode that fits."""
        if dry_run:
            with reading_engine(db.engine).connect() as connection:
                self._each_batch(lambda batch: self._one_batch(batch, connection, None))
        elif self._fills_an_empty_database():
            self._is_alone = True
            with bare_tables(self._progress) as loader:
                self._each_batch(lambda batch: self._one_batch(batch, loader.connection, loader))
        else:
            self._each_batch(self._in_a_transaction)

    def _fills_an_empty_database(self) -> bool:
        if self.outcome.rows < ROWS_WORTH_BARE_TABLES:
            return False
        with reading_engine(db.engine).connect() as connection:
            return tables_with_rows(connection) <= _MAY_BE_FILLED

    def _each_batch(self, take: Callable[[list[list[FileRow]]], None]) -> None:
        orders = self._spool.orders()
        while batch := list(islice(orders, ORDERS_OF_A_BATCH)):
            take(batch)
            self._progress.advance(sum(map(len, batch)))

    def _in_a_transaction(self, batch: list[list[FileRow]]) -> None:
        with db.engine.begin() as connection:
            if not is_sqlite(connection):
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_IMPORT_AT_A_TIME)))
            self._one_batch(batch, connection, Loader(connection))

    def _one_batch(self, batch: list[list[FileRow]], connection: sa.Connection, loader: Loader | None) -> None:
        """Check these orders and write those that add something; without a loader only check them."""
        if not self._accounts:
            self._accounts = provider_accounts(connection)
        planned = self._planned(batch, connection, changes=loader is not None)
        names = ProviderNames(connection, self._accounts, self._spool, [found for _, found in planned])
        changing: list[OrderPlan] = []
        for rows, found in planned:
            refusals = names.refusals(found)
            if refusals:
                self._refuse(rows, refusals)
            elif self._counts_as_change(found):
                changing.append(found)
        if loader is not None and changing:
            writer = OrderWriter(loader, self._references, self._accounts, self._file_name, alone=self._is_alone)
            writer.write(changing)

    def _planned(
        self, batch: list[list[FileRow]], connection: sa.Connection, *, changes: bool
    ) -> list[tuple[list[FileRow], OrderPlan]]:
        """The orders that can be taken, each with its rows; the others are refused."""
        read = [(rows, order) for rows in batch if (order := self._read(rows)) is not None]
        known = {} if self._is_alone else self._known(connection, [order.number for _, order in read], changes)
        planned: list[tuple[list[FileRow], OrderPlan]] = []
        for rows, order in read:
            found = plan(order, known.get(order.number))
            if isinstance(found, OrderPlan):
                planned.append((rows, found))
            else:
                self._refuse(rows, found)
        return planned

    def _known(self, connection: sa.Connection, numbers: list[str], changes: bool) -> dict[str, KnownOrder]:
        if changes and not is_sqlite(connection):
            lock_orders(connection, numbers)  # By statements of their own: what is read next is not older.
        return known_orders(connection, numbers)

    def _read(self, rows: list[FileRow]) -> FileOrder | None:
        reader = OrderReader(self._header, self._zone)
        order = reader.read(rows)
        if order is None:
            self._refuse(rows, reader.refusals)
        return order

    def _refuse(self, rows: list[FileRow], refusals: Sequence[Refusal]) -> None:
        self.outcome.orders_refused += 1
        self.outcome.rows_refused += len(rows)
        for refusal in refusals:
            self._tell(refusal)
        if self._rejects is not None:
            self._rejects.add(rows, refusals)

    def _counts_as_change(self, found: OrderPlan) -> bool:
        self.outcome.shipments_added += len(found.shipments)
        if found.known is None:
            self.outcome.orders_added += 1
        elif found.changes_anything:
            self.outcome.orders_extended += 1
        else:
            self.outcome.orders_unchanged += 1
        return found.changes_anything

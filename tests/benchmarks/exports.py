"""Exports against their floors: COPY, the sqlite3 program, csv.writer by hand, openpyxl write-only; with memory.

Runs with `make bench`, or alone: `python -m tests.benchmarks --parts exports large`. The floors read the same
columns of the same rows. Everything is measured in a process of its own, for its memory.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from sqlalchemy.engine import URL, make_url

from tests.benchmarks import data
from tests.benchmarks.pages import Result
from webapp.database import as_sent, begin_snapshot
from webapp.extensions import db, settings
from webapp.queries import export_rows
from webapp.queries.export_columns import ALL_KEYS, columns_of
from webapp.queries.export_rows import Listed
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE
from webapp.services.export_files import Layout, csv_written, xlsx_writer
from webapp.statuses import ExportFormat, ExportMode

ROUNDS = 3
FEW, MANY = 20_000, 200_000
"""Rows the floor of XLSX is timed over, beside a hundred thousand shipments and beside a million: it takes the
same time for each row, and would take minutes for all of them."""
FETCHED = 2_000  # Rows at once, by the floors in Python.
FORMATS = (ExportFormat.CSV, ExportFormat.XLSX)
EVERYTHING = Listed(Criteria(scope=EVERYWHERE, tab=Tab.ALL))
Make = Callable[[IO[bytes], ExportMode, int], int]


def ours(format_: ExportFormat) -> Make:
    """The product, without the storage and the run."""

    def make(file: IO[bytes], mode: ExportMode, _most: int) -> int:
        layout = Layout(format_, columns_of(mode, ALL_KEYS), settings().business_time_zone)
        if format_ is ExportFormat.CSV:
            return [0, *csv_written(file, layout, EVERYTHING, Sort(), mode)][-1]
        to, done = xlsx_writer(layout, file, export_rows.size(EVERYTHING).rows(mode)), 0
        for rows in export_rows.stream(EVERYTHING, Sort(), layout.columns, mode):
            to.write(rows)
            done += len(rows)
        to.close()
        return done

    return make


def copy_floor(file: IO[bytes], mode: ExportMode, _most: int) -> int:
    """COPY of the bare columns as the server plans it by itself, read through psycopg as it comes."""
    text, parameters = _bare(mode)
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv)", parameters) as copy:
            for block in copy:
                file.write(block)
            return int(cursor.rowcount)


def cli_floor(file: IO[bytes], mode: ExportMode, _most: int) -> int:
    """The sqlite3 program, writing CSV of the bare columns."""
    text, _ = _bare(mode)
    database = str(settings().database_url.database)
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["sqlite3", "-csv", database, text], stdout=out, check=True)
    return export_rows.size(EVERYTHING).rows(mode)


def csv_by_hand(file: IO[bytes], mode: ExportMode, _most: int) -> int:
    """csv.writer over rows as the driver gives them."""
    with open(file.fileno(), "w", newline="", closefd=False) as lines:
        to, done = csv.writer(lines), 0
        for rows in _bare_rows(mode):
            to.writerows(rows)
            done += len(rows)
    return done


def openpyxl_floor(file: IO[bytes], mode: ExportMode, most: int) -> int:
    """openpyxl write-only with lxml, of values as its documentation shows; over the first rows only."""
    workbook, done = Workbook(write_only=True), 0
    sheet = workbook.create_sheet()
    for rows in _bare_rows(mode):
        for row in rows:
            sheet.append([value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row])
        done += len(rows)
        if done >= most:
            break
    workbook.save(file)
    return done


WRITERS: dict[str, Make] = {
    "copy": copy_floor, "cli": cli_floor, "csv by hand": csv_by_hand, "openpyxl": openpyxl_floor,
    "csv": ours(ExportFormat.CSV), "xlsx": ours(ExportFormat.XLSX),
}  # fmt: skip


def _statement(mode: ExportMode) -> Any:
    columns = columns_of(mode, ALL_KEYS)
    bare = [
        (column.source if column.multiplied_by is None else column.source * column.multiplied_by).label(column.key)
        for column in columns
    ]
    return next(export_rows.statements_of(EVERYTHING, Sort(), columns, mode, bare))


def _bare(mode: ExportMode) -> tuple[str, Any]:
    return as_sent(db.session.connection(), *_statement(mode))


def _bare_rows(mode: ExportMode) -> Iterator[Sequence[Any]]:
    statement, values = _statement(mode)
    options = {"stream_results": True, "yield_per": FETCHED}
    result = db.session.connection().execute(statement, values, execution_options=options)
    yield from result.partitions()


def alone(url: str, what: str, mode: str, most: int) -> None:
    """Make one file in this process, after a look at some rows, and print rows, seconds and kilobytes grown."""
    with data.application(make_url(url), "unix:///nowhere.sock"), tempfile.TemporaryFile() as file:
        begin_snapshot(db.session())
        next(export_rows.stream(EVERYTHING, Sort(), columns_of(ExportMode(mode), ALL_KEYS), ExportMode(mode)))
        before, begin = _resident(), time.perf_counter()
        with _peak() as peak:
            rows = WRITERS[what](file, ExportMode(mode), most)
        seconds = time.perf_counter() - begin
        print(rows, seconds, max(0, peak() - before))
        db.session.rollback()


@contextmanager
def _peak() -> Iterator[Callable[[], int]]:
    """The most memory this process held meanwhile, in kilobytes."""
    Path("/proc/self/clear_refs").write_text("5")
    yield lambda: _status("VmHWM")


def _resident() -> int:
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def measure(
    url: URL, formats: Collection[ExportFormat], *, rounds: int = ROUNDS, most: int = FEW
) -> Iterator[Result]:
    """Every line about files for one database, which exists and is seeded; each is there once it is measured.

    `most` are the rows that the floor of XLSX writes.
    """
    floor = "cli" if url.get_backend_name() == "sqlite" else "copy"
    for mode in (ExportMode.SUMMARY, ExportMode.LINE_ITEMS):
        if ExportFormat.CSV in formats:
            yield from _csv(_best(url, ("csv", "csv by hand", floor), mode, rounds, most), mode, floor)
        if ExportFormat.XLSX in formats:
            yield from _xlsx(_best(url, ("openpyxl", "xlsx"), mode, rounds, most), mode)


@dataclass(frozen=True)
class Best:
    """The least seconds and the most memory of some rounds, and the rows of each."""

    rows: int
    seconds: float
    grown: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def _csv(best: Mapping[str, Best], mode: ExportMode, floor: str) -> Iterator[Result]:
    gate = 2.5 if floor == "cli" else 2.0
    of = f"{mode.value}, {best['csv'].rows:,} rows"
    ratio, grown = best["csv"].seconds / best[floor].seconds, best["csv"].grown
    yield Result(f"CSV by {floor}, {of}", best[floor].seconds, "s", "")
    yield Result(f"CSV by csv.writer, {of}", best["csv by hand"].seconds, "s", "")
    yield Result(f"CSV, {of}", best["csv"].seconds, "s", floor, ratio, f"≤ {gate}", ratio <= gate)
    yield Result(f"memory growth of CSV, {of}", grown, "MB", "", None, "≤ 16", grown <= 16)


def _xlsx(best: Mapping[str, Best], mode: ExportMode) -> Iterator[Result]:
    ours, floor = best["xlsx"], best["openpyxl"]
    of, ratio = f"{mode.value}, {ours.rows:,} rows", ours.rate / floor.rate
    yield Result(f"XLSX by openpyxl, {mode.value}, {floor.rows:,} rows", floor.rate, "rows/s", "")
    yield Result(f"XLSX, {of}", ours.rate, "rows/s", "openpyxl", ratio, "≥ 5", ratio >= 5)
    yield Result(f"XLSX, {of}", ours.seconds, "s", "")
    yield Result(f"memory growth of XLSX, {of}", ours.grown, "MB", "", None, "≤ 64", ours.grown <= 64)


def _best(url: URL, names: Sequence[str], mode: ExportMode, rounds: int, most: int) -> dict[str, Best]:
    """Each of them some times, in a process of its own.

    They take turns, and every other round goes backwards, so that a busier minute hits all alike.
    """
    found: dict[str, list[Best]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[:: -1 if turn % 2 else 1]:
            found[name].append(_once(url, name, mode, most))
    return {
        name: Best(times[0].rows, min(time.seconds for time in times), max(time.grown for time in times))
        for name, times in found.items()
    }


def _once(url: URL, name: str, mode: ExportMode, most: int) -> Best:
    command = [sys.executable, "-m", "tests.benchmarks.exports", name, mode.value, str(most)]
    environment = os.environ | {"BENCH_URL": url.render_as_string(hide_password=False)}
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    rows, seconds, kilobytes = answer.split()[-3:]
    return Best(int(rows), float(seconds), int(kilobytes) / 1024)


if __name__ == "__main__":
    alone(os.environ["BENCH_URL"], *sys.argv[1:3], int(sys.argv[3]))

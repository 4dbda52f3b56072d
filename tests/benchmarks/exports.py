"""Exports against their floors: COPY, the sqlite3 program, csv.writer by hand, openpyxl write-only; with memory.

Runs with `make bench`, or alone: `python -m tests.benchmarks.exports --databases sqlite`. The floors read the same
columns of the same rows. Everything is measured in a process of its own, for its memory.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
from webapp.services.export_files import Layout, csv_copy, writer
from webapp.statuses import ExportFormat, ExportMode

ROUNDS = 3
FEW = 20_000
"""Rows the floor of XLSX is timed over: it takes the same time for each, and minutes for a million."""
EVERYTHING = Listed(Criteria(scope=EVERYWHERE, tab=Tab.ALL))
Make = Callable[[IO[bytes], ExportMode, int], int]


def ours(format_: ExportFormat) -> Make:
    """The product, without the storage and the run."""

    def make(file: IO[bytes], mode: ExportMode, _most: int) -> int:
        layout = Layout(format_, columns_of(mode, ALL_KEYS), settings().business_time_zone)
        if format_ is ExportFormat.CSV and not settings().is_sqlite:
            return [0, *csv_copy.written(file, layout, EVERYTHING, Sort(), mode)][-1]
        to, done = writer(layout, file, export_rows.size(EVERYTHING).rows(mode)), 0
        for rows in export_rows.stream(EVERYTHING, Sort(), layout.columns, mode):
            to.write(rows)
            done += len(rows)
        to.close()
        return done

    return make


def copy_floor(file: IO[bytes], mode: ExportMode, _most: int) -> int:
    """COPY of the bare columns, read through psycopg as it comes."""
    text, parameters = _bare(mode)
    driver: Any = db.session.connection().connection.driver_connection
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


FLOORS: dict[str, Make] = {
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
    options = {"stream_results": True, "yield_per": export_rows.BATCH}
    result = db.session.connection().execute(statement, values, execution_options=options)
    yield from result.partitions()


def alone(url: str, what: str, mode: str, most: int) -> None:
    """Make one file in this process, after a look at some rows, and print rows, seconds and kilobytes grown."""
    with data.application(make_url(url), "unix:///nowhere.sock"), tempfile.TemporaryFile() as file:
        begin_snapshot(db.session())
        next(export_rows.stream(EVERYTHING, Sort(), columns_of(ExportMode(mode), ALL_KEYS), ExportMode(mode)))
        before, begin = _resident(), time.perf_counter()
        with _peak() as peak:
            rows = FLOORS[what](file, ExportMode(mode), most)
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


def measure(url: URL, rounds: int = ROUNDS) -> list[Result]:
    """Every line about exports for one database, which exists and is seeded."""
    on_sqlite = url.get_backend_name() == "sqlite"
    found: list[Result] = []
    for mode in ExportMode:
        names = ["csv", "csv by hand", "cli" if on_sqlite else "copy", "xlsx", "openpyxl"]
        best = {name: _best(url, name, mode, rounds) for name in names}
        found += _lines(best, mode, on_sqlite=on_sqlite)
    return found


def _lines(best: dict[str, tuple[int, float, int]], mode: ExportMode, *, on_sqlite: bool) -> list[Result]:
    floor, gate = ("cli", 2.5) if on_sqlite else ("copy", 2.0)
    rate = {name: rows / seconds for name, (rows, seconds, _) in best.items()}
    csv_ratio, xlsx_ratio = rate[floor] / rate["csv"], rate["xlsx"] / rate["openpyxl"]
    of = f"{mode.value}, {best['csv'][0]:,} rows"
    growth = {name: best[name][2] / 1024 for name in ("csv", "xlsx")}
    return [
        Result(f"CSV by {floor}, {of}", best[floor][1] * 1000, "ms", ""),
        Result(f"CSV by csv.writer, {of}", best["csv by hand"][1] * 1000, "ms", ""),
        Result(f"CSV, {of}", best["csv"][1] * 1000, "ms", floor, csv_ratio, f"≤ {gate}", csv_ratio <= gate),
        Result("memory growth of CSV", growth["csv"], "MB", "", None, "≤ 16", growth["csv"] <= 16),
        Result(f"XLSX by openpyxl, {of}", rate["openpyxl"], "rows/s", ""),
        Result(f"XLSX, {of}", rate["xlsx"], "rows/s", "openpyxl", xlsx_ratio, "≥ 5", xlsx_ratio >= 5),
        Result("memory growth of XLSX", growth["xlsx"], "MB", "", None, "≤ 64", growth["xlsx"] <= 64),
    ]


def _best(url: URL, what: str, mode: ExportMode, rounds: int) -> tuple[int, float, int]:
    """Rows, the least seconds and the most kilobytes of some runs, each in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.exports", "--alone", what, "--mode", mode.value]
    environment = os.environ | {"BENCH_URL": url.render_as_string(hide_password=False)}
    answers = [
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()[-3:]
        for _ in range(1 if what == "openpyxl" else rounds)
    ]
    found = [(int(rows), float(seconds), int(grown)) for rows, seconds, grown in answers]
    return found[0][0], min(seconds for _, seconds, _ in found), max(grown for *_, grown in found)


def main() -> int:
    """Print the table of each database."""
    from tests.benchmarks.__main__ import table

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.exports", description=__doc__)
    parser.add_argument("--shipments", type=int, default=100_000)
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--alone", choices=FLOORS)
    parser.add_argument("--mode", default=ExportMode.SUMMARY.value)
    options = parser.parse_args()
    if options.alone:
        alone(os.environ["BENCH_URL"], options.alone, options.mode, FEW)
        return 0
    failed = 0
    for database in options.databases:
        server = os.environ.get("BENCH_POSTGRES_URL") or os.environ.get("TEST_POSTGRES_URL", "")
        url = (
            data.sqlite_url(options.shipments)
            if database == "sqlite"
            else data.postgres_url(server, options.shipments)
        )
        with data.application(url, "unix:///nowhere.sock"):
            data.ready(options.shipments)
        results = measure(url)
        print(table(f"{database}, {options.shipments:,} shipments", results), flush=True)
        failed += sum(result.holds is False for result in results)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

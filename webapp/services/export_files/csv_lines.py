"""CSV from SQLite: its printf writes the cells of a row, and Python only what the clock of a zone shows."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import IO, Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from webapp.database import as_sent, send
from webapp.extensions import db
from webapp.queries import export_rows
from webapp.queries.export_columns import MONEY_UNITS, Column, Kind
from webapp.queries.export_rows import BATCH, Which
from webapp.queries.listing.keyset import Sort
from webapp.services.export_files.csv_file import STARTS_FORMULA, csv_head, neutral
from webapp.services.export_files.layout import Layout
from webapp.statuses import ExportMode

Cells: TypeAlias = Sequence[bytes | None]
_START = b"".join(re.escape(start.encode()) for start in sorted(STARTS_FORMULA))
_FORMULA = re.compile(rb'"(?<=[,\n]")(?=[%b])((?:[^"]|"")*)"' % _START)
"""A text that begins like a formula, in its quotes; within it they come in pairs."""
_SIGNS = tuple(start.encode() for start in STARTS_FORMULA - {"-", "\r"})
_KEPT = 50_000  # Of hours, and of minutes: some megabytes.
_CENT = MONEY_UNITS // 100


def written(file: IO[bytes], layout: Layout, which: Which, sort: Sort, mode: ExportMode) -> Generator[int]:
    """Write the whole file; gives how many rows are done, a batch at a time."""
    file.write(csv_head(layout))
    done, is_only = 0, len(layout.columns) == 1
    values, reads = zip(*_parts(layout), strict=True)
    for statement, bound in export_rows.statements_of(which, sort, layout.columns, mode, values):
        with closing(_batches(statement, bound)) as batches:
            for rows in batches:
                by_part = [read(part) for read, part in zip(reads, zip(*rows, strict=True), strict=True)]
                if is_only:
                    by_part = [_never_blank(cells) for cells in by_part]
                file.write(_harmless(b"\r\n".join([*map(b",".join, zip(*by_part, strict=True)), b""]), len(rows)))
                done += len(rows)
                yield done


def _batches(statement: Any, bound: dict[str, Any]) -> Generator[list[tuple[Any, ...]]]:
    """From the driver itself: to make SQLAlchemy's rows took a fifth of the time of a file."""
    connection = db.session.connection()
    with closing(send(connection, *as_sent(connection, statement, bound))) as cursor:
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _parts(layout: Layout) -> Iterator[tuple[sa.ColumnElement[Any], Callable[[Cells], Cells]]]:
    """What is asked for, and how it is read: the cells between two instants as one, an instant by itself."""
    times = _Times(layout.zone)
    for is_instant, columns in groupby(layout.columns, lambda column: column.kind is Kind.INSTANT):
        if is_instant:
            for column in columns:
                yield sa.cast(sa.type_coerce(column.source, sa.Text), sa.LargeBinary), times.read
        else:
            yield _joined(list(columns)), _as_it_is


def _joined(columns: Sequence[Column]) -> sa.ColumnElement[Any]:
    """Texts always have quotes, which %w doubles within them; looking for what needs them takes longer."""
    pattern = ",".join('"%w"' if column.kind is Kind.TEXT else "%s" for column in columns)
    return sa.cast(sa.func.printf(pattern, *map(_text, columns)), sa.LargeBinary)


def _never_blank(cells: Cells) -> Cells:
    """An empty cell that is all of its line has quotes, because readers skip a blank line."""
    return [cell or b'""' for cell in cells]


def _as_it_is(cells: Cells) -> Cells:
    return cells


def _text(column: Column) -> sa.ColumnElement[Any]:
    source = column.source if column.multiplied_by is None else column.source * column.multiplied_by
    if column.kind is Kind.MONEY:
        return _amount(sa.type_coerce(source, sa.BigInteger))
    if column.kind is Kind.WHOLE:
        return sa.type_coerce(source, sa.BigInteger)
    text = sa.type_coerce(source, sa.Text)
    return sa.func.coalesce(sa.case(dict(column.words), value=text, else_=text) if column.words else text, "")


def _amount(units: Any) -> sa.ColumnElement[Any]:
    """Ten-thousandths with two decimals, or more where there are more."""
    whole, rest = sa.func.abs(units).op("/")(MONEY_UNITS), sa.func.abs(units) % MONEY_UNITS
    short = sa.func.printf("%s%d.%02d", sa.case((units < 0, "-"), else_=""), whole, rest.op("/")(_CENT))
    long = sa.func.printf("%s%d.%04d", sa.case((units < 0, "-"), else_=""), whole, rest)
    return sa.case((units.is_(None), None), (units % _CENT == 0, short), else_=sa.func.rtrim(long, "0"))


def _harmless(lines: bytes, rows: int) -> bytes:
    """The lines of so many rows, with an apostrophe before each text that would be taken for a formula."""
    is_suspect = any(sign in lines for sign in _SIGNS) or b'"-' in lines or lines.count(b"\r") > rows
    return _FORMULA.sub(_apostrophe, b"\n" + lines)[1:] if is_suspect else lines


def _apostrophe(text: re.Match[bytes]) -> bytes:
    return b'"' + neutral(text[1].decode()).encode() + b'"'


class _Times(dict[bytes, bytes]):
    """The date and hour on the clock of a zone by those of UTC; empty where the minutes are others too.

    Instants are as SQLite stores them, `2026-11-03 20:00:00.000000`.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone
        self._minutes: dict[bytes, bytes] = {}

    def read(self, instants: Cells) -> Cells:
        """Each instant as the clock shows it."""
        if len(self) > _KEPT or len(self._minutes) > _KEPT:
            self.clear()
            self._minutes.clear()
        return [
            b"" if at is None else start + at[13:19] if (start := self[at[:13]]) else self._by_minute(at)
            for at in instants
        ]

    def __missing__(self, hour: bytes) -> bytes:
        """Learn a whole day, and by the minute only when the clock is changed on it."""
        day = hour[:10].decode()
        midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
        ends = [(midnight + timedelta(hours=n)).astimezone(self._zone).utcoffset() for n in (0, 24)]
        offset, rest = divmod(ends[0] or timedelta(), timedelta(hours=1))
        is_plain = ends[0] == ends[1] and not rest
        days = {n: f"{midnight + timedelta(days=n):%Y-%m-%d}" for n in (-1, 0, 1)}
        for n in range(24):
            later, there = divmod(n + offset, 24)
            self[f"{day} {n:02}".encode()] = f"{days[later]} {there:02}".encode() if is_plain else b""
        return self[hour]

    def _by_minute(self, at: bytes) -> bytes:
        minute = at[:16]
        if minute not in self._minutes:
            moment = datetime.fromisoformat(minute.decode()).replace(tzinfo=UTC)
            self._minutes[minute] = f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}".encode()
        return self._minutes[minute] + at[16:19]

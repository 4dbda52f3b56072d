"""CSV by PostgreSQL's own COPY, much quicker than through Python."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from webapp.database import as_sent
from webapp.extensions import db
from webapp.queries import export_rows
from webapp.queries.export_columns import Column, Kind
from webapp.queries.export_rows import BATCH, Which
from webapp.queries.listing.keyset import Sort
from webapp.services.export_files.csv_file import STARTS_FORMULA, csv_head, neutral
from webapp.services.export_files.layout import Layout
from webapp.statuses import ExportMode

_SIGNS = tuple(sign.encode() for sign in sorted(STARTS_FORMULA))
_FIRST_SIGNS = tuple(re.compile(b'%b(?<=[,\n"]%b)' % (re.escape(sign), re.escape(sign))) for sign in _SIGNS)
"""A sign where a cell may begin; a pattern that begins with one given character is quickly looked for."""
_CELL_OR_END = re.compile(rb'(?:^|(?<=[,\n]))(?:"[^"]*(?:""[^"]*)*"|[-=+@\t][^,\n]*)|\n')
"""A cell in quotes, which may hold anything, one without that begins like a formula, or the end of a line."""
_CENTS = 2


def written(file: IO[bytes], layout: Layout, which: Which, sort: Sort, mode: ExportMode) -> Generator[int]:
    """Write the whole file; gives how many rows are done, a batch at a time."""
    file.write(csv_head(layout))
    done = 0
    values = _values(layout)
    _set_time_zone(layout.zone)
    for statement, bound in export_rows.statements_of(which, sort, layout.columns, mode, values):
        with closing(_copied(statement, bound)) as batches:
            for lines, rows in batches:
                file.write(_finished(lines, rows))
                done += rows
                yield done


def _set_time_zone(zone: ZoneInfo) -> None:
    """Until the transaction ends, so that the server need not look the zone up by its name for each cell."""
    db.session.connection().execute(sa.select(sa.func.set_config("TimeZone", zone.key, sa.true())))


def _copied(statement: Any, bound: dict[str, Any]) -> Generator[tuple[bytearray, int]]:
    """The lines as COPY writes them, and how many; each is copied at once, since to keep a message costs more."""
    connection = db.session.connection()
    text, parameters = as_sent(connection, statement, bound)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv)", parameters) as copy:
        lines, rows = bytearray(), 0
        for line in _rows(driver.pgconn, copy):
            lines += line
            rows += 1
            if rows == BATCH:
                yield lines, rows
                lines, rows = bytearray(), 0
        yield lines, rows


def _rows(libpq: Any, copy: Any) -> Iterator[Any]:
    """What has come already is taken from libpq: psycopg's own way to each row takes twice as long."""
    while True:
        length, line = libpq.get_copy_data(1)
        if length == 0:
            line = copy.read()  # It waits until there is more.
        if not line:
            break
        yield line
    for result in list(iter(libpq.get_result, None)):  # Until there is none, the connection takes nothing else.
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def _finished(lines: bytearray, rows: int) -> bytearray | bytes:
    """The lines of so many rows, ending in CR LF instead of LF, with an apostrophe before each formula."""
    is_plain = (
        lines.count(b"\n") == rows
        and not lines.startswith(_SIGNS)
        and not any(sign.search(lines) for sign in _FIRST_SIGNS)
    )
    return lines.replace(b"\n", b"\r\n") if is_plain else _CELL_OR_END.sub(_mended, lines)


def _mended(found: re.Match[bytes]) -> bytes:
    cell = found[0]
    if cell == b"\n":
        return b"\r\n"
    if cell.startswith(b'"'):
        return b'"' + neutral(cell[1:-1].decode()).encode() + b'"'
    return neutral(cell.decode()).encode()


def _values(layout: Layout) -> list[sa.ColumnElement[Any]]:
    """The columns; an only one never has no value, which COPY would write as a blank line that readers skip."""
    values = [_text(column) for column in layout.columns]
    return values if len(values) > 1 else [sa.func.coalesce(sa.cast(value, sa.Text), "") for value in values]


def _text(column: Column) -> sa.ColumnElement[Any]:
    """The value as it stands in the file; no value and no text are the same empty cell."""
    source = column.source if column.multiplied_by is None else column.source * column.multiplied_by
    match column.kind:
        case Kind.WHOLE:
            return sa.type_coerce(source, sa.BigInteger)
        case Kind.MONEY:
            return _amount(sa.type_coerce(source, sa.Numeric))
        case Kind.INSTANT:
            # Written as ISO 8601 has it, without the fraction that is no more; to_char takes three times as long.
            moment = sa.type_coerce(source, sa.DateTime(timezone=True))
            return sa.func.date_trunc("second", sa.cast(moment, sa.DateTime(timezone=False)))
        case Kind.TEXT:
            text = sa.type_coerce(source, sa.Text)
            return sa.case(dict(column.words), value=text, else_=text) if column.words else text


def _amount(amount: Any) -> sa.ColumnElement[Any]:
    is_short = sa.func.min_scale(amount) <= _CENTS
    return sa.case((is_short, sa.func.round(amount, _CENTS)), else_=sa.func.trim_scale(amount))

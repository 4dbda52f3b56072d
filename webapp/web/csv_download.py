"""A CSV file that is written while it is sent: opens in a spreadsheet as it is, and nothing in it is a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from webapp.services.export_files.csv_file import BYTE_ORDER_MARK, neutral

_LINES = 500  # Sent at a time.


def csv_download(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a file to keep, however many they are."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = stream_with_context(written(header, rows))
    return Response(body, mimetype="text/csv", headers=headers)


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The file in pieces of some hundred lines."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % _LINES == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: object) -> str:
    """The value as text; what a spreadsheet would take for a formula, and is no number, gets an apostrophe."""
    return "" if value is None else neutral(str(value))

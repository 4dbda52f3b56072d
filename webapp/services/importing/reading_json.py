"""JSON Lines: one object a line with the columns as keys; numbers keep every digit they are written with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from webapp.services.importing.cells import unreadable
from webapp.services.importing.columns import ERROR_COLUMN, INDEX, NAMES
from webapp.services.importing.reading import FileRow, Table
from webapp.services.importing.refusals import FileRefused


@contextmanager
def table(path: Path) -> Iterator[Table]:
    """The rows of a JSON Lines file; the row number is the line number. A key left out is an empty cell."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        yield Table(list(NAMES), _rows(path.name, file))


def _rows(file_name: str, lines: Iterator[str]) -> Iterator[FileRow]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = _object(file_name, number, line)
        cells = [""] * len(NAMES)
        for key, value in entry.items():
            if key in INDEX:
                cells[INDEX[key]] = _cell(value)
            elif key != ERROR_COLUMN:
                raise FileRefused(
                    f"{file_name}, row {number}: unknown column “{key}”. Nothing was imported. "
                    f"Known columns: {', '.join(NAMES)}."
                )
        if any(cells):
            yield FileRow(number, cells)


def _object(file_name: str, number: int, line: str) -> dict[str, Any]:
    """A line that is no object refuses the file: nobody knows which order it belongs to."""
    try:
        entry = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"{file_name}, row {number}: not JSON ({error}). Nothing was imported.") from None
    if not isinstance(entry, dict):
        raise FileRefused(f"{file_name}, row {number}: not a JSON object. Nothing was imported.")
    return entry


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return unreadable(json.dumps(value), "text, a number or null")

"""The refused rows in a file of their own: as they stood, with an `error` column, to be mended and sent again."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from webapp.services.importing.cells import shown
from webapp.services.importing.columns import ERROR_COLUMN
from webapp.services.importing.orders import Header
from webapp.services.importing.reading import FileRow
from webapp.services.importing.refusals import FileRefused, Refusal

_JSON_SUFFIXES = {".jsonl", ".ndjson"}


class Rejects:
    """Writes refused orders: every row of them, because an order comes in whole or not at all."""

    def __init__(self, file: TextIO, header: Header, *, as_json: bool) -> None:
        self._file, self._header, self._as_json = file, header, as_json
        self._writer = csv.writer(file, lineterminator="\n")
        if not as_json:
            self._writer.writerow([*header.names, ERROR_COLUMN])

    def add(self, rows: Sequence[FileRow], refusals: Sequence[Refusal]) -> None:
        """Each row says what is wrong with it, or which row of its order is to blame."""
        culprits = ", ".join(str(number) for number in sorted({refusal.row for refusal in refusals})[:10])
        for row in rows:
            own = [str(refusal) for refusal in refusals if refusal.row == row.number]
            error = " ".join(own) or f"Refused with its order because of row {culprits}."
            cells = [shown(cell) for cell in self._header.original_cells(row)]
            if self._as_json:
                entry = dict(zip(self._header.names, cells, strict=True))
                entry = {name: cell for name, cell in entry.items() if cell} | {ERROR_COLUMN: error}
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            else:
                self._writer.writerow([*cells, error])


@contextmanager
def rejects_file(path: Path | None, source: Path, header: Header) -> Iterator[Rejects | None]:
    """Open the file for refused rows, if one is wanted. Raises FileRefused when it cannot be written."""
    if path is None:
        yield None
        return
    if path.exists() and path.samefile(source):
        raise FileRefused("The file for refused rows must not be the file that is imported.")
    try:
        # Bytes that could not be read are written back as they were.
        file = path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
    except OSError as error:
        raise FileRefused(f"{path} cannot be written: {error.strerror}.") from None
    with file:
        yield Rejects(file, header, as_json=path.suffix.lower() in _JSON_SUFFIXES)

"""Opens an import file of any kind and gives its header and its rows, one after the other, as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.services.importing.columns import COLUMNS, ERROR_COLUMN, NAMES
from webapp.services.importing.refusals import FileRefused

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row with a cell for each column of the header; `problem` says why the row as such cannot be read."""

    number: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """What every reader gives: the header, and the rows that are not empty."""

    header: list[str]
    rows: Iterator[FileRow]


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The file's table with a checked header. Raises FileRefused, also while its rows are read."""
    from webapp.services.importing import reading_csv, reading_json, reading_xlsx  # noqa: PLC0415 - they import us

    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise FileRefused(f"{path} cannot be opened: {error.strerror}.") from None
    if start.startswith(_OLD_EXCEL):
        raise FileRefused(f"{path.name} is in the old .xls format. Save it as .xlsx or as CSV.")
    if start.startswith(_UTF_16):
        raise FileRefused(f"{path.name} is written in UTF-16. Save it as CSV in UTF-8.")
    if start.startswith(_ZIP):
        reader = reading_xlsx.table
    elif start.removeprefix(_UTF_8_MARK).lstrip().startswith(b"{"):
        reader = reading_json.table
    else:
        reader = reading_csv.table
    with reader(path) as table:
        _check_header(path.name, table.header)
        yield table


def _check_header(file_name: str, header: list[str]) -> None:
    """Every column known, none twice, none missing that must be there."""
    unknown = sorted({name for name in header if name not in NAMES and name != ERROR_COLUMN})
    if unknown:
        shown = ", ".join(f"“{name}”" for name in unknown)
        raise FileRefused(f"{file_name} has unknown columns: {shown}. Known columns: {', '.join(NAMES)}.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise FileRefused(f"{file_name} has columns twice: {', '.join(twice)}.")
    missing = [column.name for column in COLUMNS if column.is_required and column.name not in header]
    if missing:
        raise FileRefused(f"{file_name} lacks columns that are needed: {', '.join(missing)}.")


def column_name(cell: str) -> str:
    """A header cell as a column's name: without blanks around it, in small letters."""
    return cell.strip().lower()

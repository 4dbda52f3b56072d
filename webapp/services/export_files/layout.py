"""What a file is to look like."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from webapp.queries.export_columns import Column
from webapp.statuses import ExportFormat


@dataclass(frozen=True)
class Layout:
    """What a file has beside its rows; `notes` are pairs of a name and a value that say what it is."""

    format: ExportFormat
    columns: tuple[Column, ...]
    zone: ZoneInfo
    notes: tuple[tuple[str, str], ...] = ()
    has_mark: bool = False

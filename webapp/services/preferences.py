"""How a person likes their list and their exports: columns and their order, sizes, formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.choices import Choice
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import User
from webapp.queries import export_columns
from webapp.queries.listing.columns import COLUMNS_BY_KEY, DEFAULT_COLUMNS
from webapp.queries.listing.keyset import DEFAULT_SIZE, PAGE_SIZES
from webapp.statuses import ExportFormat, ExportMode

_KEY = "list"
_EXPORT_KEY = "export"


class Density(Choice):
    """How much room a row of the list takes."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True)
class ListPreferences:
    """The columns after the shipment's number, in order, the page size, and how close the rows stand."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    size: int = DEFAULT_SIZE
    density: Density = Density.COMFORTABLE


DEFAULTS = ListPreferences()


@dataclass(frozen=True)
class ExportPreferences:
    """How a file is to look: its columns in order; `has_mark` puts a byte order mark before CSV."""

    format: ExportFormat = ExportFormat.XLSX
    mode: ExportMode = ExportMode.SUMMARY
    columns: tuple[str, ...] = export_columns.ALL_KEYS
    has_mark: bool = True


def list_preferences(preferences: Mapping[str, Any]) -> ListPreferences:
    """What a person's stored preferences say; columns that no longer exist are left out."""
    stored = preferences.get(_KEY)
    if not stored:
        return DEFAULTS
    columns = tuple(key for key in stored.get("columns", DEFAULT_COLUMNS) if key in COLUMNS_BY_KEY)
    size = stored.get("size", DEFAULT_SIZE)
    density = Density.COMPACT if stored.get("density") == Density.COMPACT else Density.COMFORTABLE
    return ListPreferences(columns or DEFAULT_COLUMNS, size if size in PAGE_SIZES else DEFAULT_SIZE, density)


def export_preferences(preferences: Mapping[str, Any]) -> ExportPreferences:
    """How the person's last export looked; columns that no longer exist are left out."""
    stored = preferences.get(_EXPORT_KEY)
    if not stored:
        return ExportPreferences()
    columns = tuple(key for key in stored["columns"] if key in export_columns.COLUMNS_BY_KEY)
    return ExportPreferences(
        ExportFormat(stored["format"]),
        ExportMode(stored["mode"]),
        columns or export_columns.ALL_KEYS,
        stored["has_mark"],
    )


def save_list_preferences(user_id: int, wanted: ListPreferences) -> None:
    """Keep these preferences; the ordinary ones are kept as none, so that they follow the program's own."""
    kept = {"columns": list(wanted.columns), "size": wanted.size, "density": wanted.density.value}
    _keep(user_id, _KEY, None if wanted == DEFAULTS else kept)


def save_export_preferences(user_id: int, wanted: ExportPreferences) -> None:
    """The same for exports."""
    kept = {
        "format": wanted.format.value, "mode": wanted.mode.value, "columns": list(wanted.columns),
        "has_mark": wanted.has_mark,
    }  # fmt: skip
    _keep(user_id, _EXPORT_KEY, None if wanted == ExportPreferences() else kept)


def _keep(user_id: int, key: str, value: dict[str, Any] | None) -> None:
    user = db.session.scalar(sa.select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound("There is no such person any more.")
    others = {name: kept for name, kept in user.preferences.items() if name != key}
    user.preferences = others if value is None else others | {key: value}

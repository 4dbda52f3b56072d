"""How a person likes their list: which columns in which order, how many rows; kept with the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import User
from webapp.queries.listing.columns import COLUMNS_BY_KEY, DEFAULT_COLUMNS
from webapp.queries.listing.keyset import DEFAULT_SIZE, PAGE_SIZES

_KEY = "list"


@dataclass(frozen=True)
class ListPreferences:
    """The columns after the shipment's number, in order, and the page size."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    size: int = DEFAULT_SIZE


DEFAULTS = ListPreferences()


def list_preferences(preferences: Mapping[str, Any]) -> ListPreferences:
    """What a person's stored preferences say; columns that no longer exist are left out."""
    stored = preferences.get(_KEY)
    if not stored:
        return DEFAULTS
    columns = tuple(key for key in stored.get("columns", DEFAULT_COLUMNS) if key in COLUMNS_BY_KEY)
    size = stored.get("size", DEFAULT_SIZE)
    return ListPreferences(columns or DEFAULT_COLUMNS, size if size in PAGE_SIZES else DEFAULT_SIZE)


def save_list_preferences(user_id: int, wanted: ListPreferences) -> None:
    """Keep these preferences; the ordinary ones are kept as none, so that they follow the program's own."""
    user = db.session.scalar(sa.select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound("There is no such person any more.")
    others = {key: value for key, value in user.preferences.items() if key != _KEY}
    if wanted != DEFAULTS:
        others[_KEY] = {"columns": list(wanted.columns), "size": wanted.size}
    user.preferences = others

"""Cursors: the place a page starts from, as an opaque word for the URL, checked when it comes back."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from webapp.errors import BadRequest
from webapp.models.fulfillments import COST_LIMIT, TRACKING_LENGTH
from webapp.queries.listing.keyset import Place, Sort, Value
from webapp.schema import HIGHEST_ID, Instant, Money

_AFTER, _BEFORE = "a", "b"


def write_cursor(place: Place, sort: Sort) -> str:
    """The cursor of a place in a list sorted so."""
    content = [sort.text, _BEFORE if place.backwards else _AFTER, place.id, _text(place.value)]
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: Sort) -> Place:
    """The place a cursor stands for; raises BadRequest unless a list with this sort made it."""
    try:
        return _place(cursor, sort)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise BadRequest(
            "The cursor does not belong to this list. It comes from the links Previous and Next, for one sort "
            "only; start again from the first page."
        ) from None


def _place(cursor: str, sort: Sort) -> Place:
    content = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    sorted_by, direction, id_, value = json.loads(content)
    if sorted_by != sort.text or direction not in {_AFTER, _BEFORE} or not _is_id(id_):
        raise ValueError(cursor)
    place = Place(id_, _value(value, sort), backwards=direction == _BEFORE)
    if place.part(sort) not in sort.parts:
        raise ValueError(cursor)
    return place


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= HIGHEST_ID


def _text(value: Value | None) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)


def _value(text: Any, sort: Sort) -> Value | None:
    """The sort key's value from its text; raises ValueError or ArithmeticError for one that cannot be."""
    if text is None:
        return None
    if not isinstance(text, str) or sort.key == "id":
        raise ValueError(text)
    if isinstance(sort.column.type, Instant):
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError(text)
        return instant.astimezone(UTC)
    if isinstance(sort.column.type, Money):
        amount = Decimal(text)
        if not 0 <= amount < COST_LIMIT:  # Also refuses NaN, which compares with nothing.
            raise ValueError(text)
        return amount
    if len(text.encode()) > 4 * TRACKING_LENGTH or "\0" in text:
        raise ValueError(text)
    return text

"""One cell at a time: text from the file into a value, or what was expected instead."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from webapp.choices import Choice
from webapp.schema import MONEY_PLACES

_UNIT = 10**MONEY_PLACES
_AMOUNT = re.compile(r"\+?(\d{1,12})(?:\.(\d*))?")
_WHOLE = re.compile(r"\+?(\d{1,12})(?:\.0*)?")  # A spreadsheet may write 3 as 3.0.
_LINE_BREAKS = re.compile(r"[\r\n\t\v\f]")
_UNREADABLE = "\x00"  # No database of ours stores this character, so it can mark what the reader found wrong.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100  # Outside of these a date is a slip of the pen.

Parse = Callable[[str, ZoneInfo], Any]


class CellProblem(Exception):
    """The cell's value is not what its column holds; the message says what is expected."""


def unreadable(value: str, expected: str) -> str:
    """A cell that its reader could not make sense of, to be refused with its order later."""
    return f"{_UNREADABLE}{expected}{_UNREADABLE}{value}"


def shown(cell: str) -> str:
    """The cell as it stood in the file."""
    return cell.rsplit(_UNREADABLE, 1)[-1] if cell.startswith(_UNREADABLE) else cell


def text(limit: int, *, one_line: bool = False) -> Parse:
    """Text of at most `limit` characters."""

    def parse(value: str, _zone: ZoneInfo) -> str:
        if value.isascii() and value.isprintable() and len(value) <= limit:
            return value  # Nearly every cell.
        check_readable(value)
        if len(value) > limit:
            raise CellProblem(f"at most {limit:,} characters, not {len(value):,}")
        if one_line and _LINE_BREAKS.search(value):
            raise CellProblem("one line without tabs")
        return value

    return parse


def check_readable(value: str) -> None:
    """Raise CellProblem for what the reader marked, for bytes that are not UTF-8, and for the NUL character."""
    if value.startswith(_UNREADABLE):
        raise CellProblem(value.split(_UNREADABLE, 2)[1])
    if _UNREADABLE in value:
        raise CellProblem("text without NUL characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CellProblem("text in UTF-8") from None


def whole_number(limit: int) -> Parse:
    """A positive whole number up to `limit`; None for an empty cell."""

    def parse(value: str, _zone: ZoneInfo) -> int | None:
        if not value:
            return None
        found = _WHOLE.fullmatch(value) if value.isascii() else None
        if found is None or not 1 <= int(found[1]) <= limit:
            check_readable(value)
            raise CellProblem(f"a whole number from 1 to {limit:,}")
        return int(found[1])

    return parse


def amount(limit: Decimal) -> Parse:
    """An amount from 0 to below `limit`, in ten-thousandths; None for an empty cell."""

    def parse(value: str, _zone: ZoneInfo) -> int | None:
        if not value:
            return None
        found = _AMOUNT.fullmatch(value) if value.isascii() else None
        places = (found[2] or "").rstrip("0") if found else ""
        if found is None or len(places) > MONEY_PLACES:
            check_readable(value)
            raise CellProblem(f"an amount such as 12.50, with a point and at most {MONEY_PLACES} decimals")
        cents: int = int(found[1]) * _UNIT + int(places.ljust(MONEY_PLACES, "0"))
        if cents >= limit * _UNIT:
            raise CellProblem(f"an amount from 0 to below {limit:,}")
        return cents

    return parse


def instant(value: str, zone: ZoneInfo) -> datetime | None:
    """A date or a date and time in ISO 8601, without an offset in the business time zone; None for empty."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        check_readable(value)
        raise CellProblem("a date in ISO 8601, such as 2026-03-31 or 2026-03-31T14:05:00-07:00") from None
    if not _FIRST_YEAR <= moment.year < _LAST_YEAR:
        raise CellProblem(f"a date from {_FIRST_YEAR} to before {_LAST_YEAR}")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def choice(choices: type[Choice]) -> Parse:
    """One of the values of an enumeration; empty for an empty cell."""
    values = {member.value for member in choices}

    def parse(value: str, _zone: ZoneInfo) -> str:
        if value and value not in values:
            check_readable(value)
            raise CellProblem(f"one of {', '.join(member.value for member in choices)}")
        return value

    return parse


def tags(limit: int) -> Parse:
    """Words between semicolons, each at most `limit` characters; sorted, each once."""
    one = text(limit, one_line=True)

    def parse(value: str, zone: ZoneInfo) -> tuple[str, ...]:
        check_readable(value)
        return tuple(sorted({one(tag.strip(), zone) for tag in value.split(";") if tag.strip()}))

    return parse

"""Reading the values of a condition: from JSON or text to what the column's type compares with."""

import csv
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from webapp.queries.filters import spans
from webapp.queries.filters.columns import Column, Option, Type
from webapp.queries.filters.folding import fold
from webapp.queries.filters.operators import Operator, Takes
from webapp.queries.filters.problems import WrongValue
from webapp.queries.filters.spans import Span, shortened
from webapp.queries.filters.tree import Value
from webapp.schema import MONEY_PLACES

LONGEST_TEXT = 1000  # As long as the longest text there is to look for, a void reason.
MOST_VALUES = 1000
LARGEST_NUMBER = 2**63 - 1  # What both databases can compare.
LARGEST_AMOUNT = Decimal(10) ** 10
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
_WHOLE_TEXT_OPERATORS = frozenset({"is", "is_not", "is_one_of", "is_not_one_of"})


def read(column: Column, operator: Operator, raw: Any, zone: ZoneInfo) -> tuple[Value, ...]:
    """The values of a condition. Raises WrongValue when they are not what the operator takes."""
    match operator.takes:
        case Takes.NOTHING:
            return _nothing(raw)
        case Takes.ONE:
            return (_one(column, operator, raw, zone),)
        case Takes.DAYS:
            return (_days(operator, raw),)
        case Takes.TWO:
            return _two(column, operator, raw, zone)
        case Takes.MANY:
            return _many(column, operator, raw, zone)


def _nothing(raw: Any) -> tuple[Value, ...]:
    # A plain form cannot send a parameter without a value, so a lone "1" or "true" is taken for none.
    if raw is None or raw is True or (isinstance(raw, str) and raw in {"", "1", "true"}):
        return ()
    raise WrongValue(f"The operator takes no value, and {_quoted(raw)} came.")


def _one(column: Column, operator: Operator, raw: Any, zone: ZoneInfo) -> Value:
    if isinstance(raw, list | dict) or raw is None:
        raise WrongValue(f"The operator takes one value, and {_quoted(raw)} came.")
    if column.type is Type.CHOICE and operator.key in _WHOLE_TEXT_OPERATORS:
        return _choice(column.options, raw)
    return _READERS[column.type](raw, zone)


def _two(column: Column, operator: Operator, raw: Any, zone: ZoneInfo) -> tuple[Value, ...]:
    parts = _parts(raw)
    if len(parts) != 2:
        raise WrongValue(f"The operator takes two values, the smaller first, and {len(parts)} came.")
    low, high = (_one(column, operator, part, zone) for part in parts)
    if _is_reversed(low, high):
        raise WrongValue(f"The smaller value comes first: {_quoted(parts[0])} is after {_quoted(parts[1])}.")
    return low, high


def _many(column: Column, operator: Operator, raw: Any, zone: ZoneInfo) -> tuple[Value, ...]:
    parts = _parts(raw)
    if not parts:
        raise WrongValue("The list of values is empty.")
    if len(parts) > MOST_VALUES:
        raise WrongValue(f"The list has {len(parts):,} values; {MOST_VALUES:,} are the most.")
    return tuple(dict.fromkeys(_one(column, operator, part, zone) for part in parts))


def _parts(raw: Any) -> list[Any]:
    """A JSON list as it is; a text cut at its commas, where a part in double quotes may hold commas itself."""
    if isinstance(raw, list):
        return raw
    if not isinstance(raw, str):
        return [] if raw is None else [raw]
    if len(raw) > (LONGEST_TEXT + 1) * MOST_VALUES:
        raise WrongValue("The list of values is too long.")
    return split(raw)


def split(text: str) -> list[str]:
    """The parts of a text between its commas, those in double quotes whole. Raises WrongValue."""
    if not text.strip():
        return []
    try:
        rows = list(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error:
        raise WrongValue(
            f"The list {shortened(text)} cannot be read. Separate values with commas, "
            'and put a value that has a comma in double quotes, like "Reno, NV".'
        ) from None
    return [part.strip() for part in rows[0]]


def _days(operator: Operator, raw: Any) -> int:
    number = _whole_number(raw)
    # "0 days ago" is today; a stretch of no days would be nothing at all.
    least = 1 if operator.key in {"past_days", "next_days"} else 0
    if not least <= number <= spans.MOST_DAYS:
        raise WrongValue(f"{number} days are not possible. Use a whole number from {least} to {spans.MOST_DAYS}.")
    return number


def _text(raw: Any, _zone: ZoneInfo) -> str:
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        raw = str(raw)  # A ZIP or a nominal code may come as a JSON number.
    if not isinstance(raw, str):
        raise WrongValue(f"A text is needed, and {_quoted(raw)} came.")
    if not raw:
        raise WrongValue("The value is missing. To look for what has none, use “is empty”.")
    if len(raw) > LONGEST_TEXT:
        raise WrongValue(f"The value has {len(raw):,} characters; {LONGEST_TEXT:,} are the most.")
    if "\0" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise WrongValue("The value holds a character that no text can have.")
    return raw


def _whole_number(raw: Any, _zone: ZoneInfo | None = None) -> int:
    number = _decimal(raw)
    if number.adjusted() > 18 or number != number.to_integral_value() or abs(number) > LARGEST_NUMBER:
        raise WrongValue(f"{_quoted(raw)} is not a whole number up to {LARGEST_NUMBER:,}.")
    return int(number)


def _amount(raw: Any, _zone: ZoneInfo) -> Decimal:
    amount = _decimal(raw)
    if amount.adjusted() >= 10 or abs(amount) >= LARGEST_AMOUNT:
        raise WrongValue(f"{_quoted(raw)} is too large. Use an amount below {LARGEST_AMOUNT:,}.")
    if amount.adjusted() < -MONEY_PLACES - 1 or amount != round(amount, MONEY_PLACES):
        raise WrongValue(f"{_quoted(raw)} has more than {MONEY_PLACES} decimal places.")
    return _plain(round(amount, MONEY_PLACES))


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise WrongValue(f"A number is needed, and {_quoted(raw)} came.")
    if isinstance(raw, str) and (not raw.isascii() or len(raw) > 40 or "_" in raw):
        raise WrongValue(f"A number is needed, and {_quoted(raw)} came.")
    try:
        number = Decimal(str(raw) if isinstance(raw, float) else raw)
    except (InvalidOperation, ValueError):
        raise WrongValue(f"A number is needed, and {_quoted(raw)} came.") from None
    if not number.is_finite():
        raise WrongValue(f"A number is needed, and {_quoted(raw)} came.")
    return Decimal(0) if number == 0 else number


def _plain(amount: Decimal) -> Decimal:
    """Without zeros at its end, so that equal amounts are written alike."""
    amount = amount.normalize()
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount


def _moment(raw: Any, zone: ZoneInfo) -> Span:
    if not isinstance(raw, str):
        raise WrongValue(f"A date is needed, and {_quoted(raw)} came.", ("2026-11-03", "2026-11-03T14:05"))
    return spans.read(raw, zone)


def _choice(options: tuple[Option, ...], raw: Any) -> str:
    wanted = fold(raw.strip()) if isinstance(raw, str) else ""
    for option in options:
        if wanted in {fold(option.value), fold(option.label)}:
            return option.value
    raise WrongValue(f"{_quoted(raw)} is not one of the choices.", [option.value for option in options])


def _yes_no(raw: Any, _zone: ZoneInfo) -> bool:
    word = str(raw).strip().lower() if isinstance(raw, str | bool | int) else ""
    if word not in _YES | _NO:
        raise WrongValue(f"{_quoted(raw)} is neither yes nor no.", ("yes", "no"))
    return word in _YES


def _is_reversed(low: Any, high: Any) -> bool:
    # A day may end what a time on the same day begins.
    return bool(high.end <= low.start if isinstance(low, Span) else high < low)


def _quoted(raw: Any) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, list | dict):
        return "a list" if isinstance(raw, list) else "an object"
    # A JSON number may have thousands of digits, which would take long to write out.
    if isinstance(raw, int) and abs(raw) > LARGEST_NUMBER:
        return "a very large number"
    return shortened(str(raw))


_READERS: dict[Type, Callable[[Any, ZoneInfo], Value]] = {
    Type.TEXT: _text,
    Type.CHOICE: _text,
    Type.NUMBER: _whole_number,
    Type.MONEY: _amount,
    Type.DATETIME: _moment,
    Type.YES_NO: _yes_no,
}

"""Reading somebody else's JSON: each function gives back the type it promises or says what was wrong."""

from collections.abc import Mapping
from decimal import Decimal
from json import JSONDecodeError, loads
from typing import NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | int | Decimal | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

# No provider's answer nests deeper than about ten levels; this keeps every recursive walk over it safe.
MAX_DEPTH = 40
# Carrier names, tracking numbers and statuses are stored in columns of this length.
MAX_TEXT = 255
# A parcel does not cost more than this; a larger figure is a broken answer, and NUMERIC columns hold it.
MAX_AMOUNT = Decimal(10_000_000)
# A database's BIGINT ends here; no provider counts further.
MAX_INTEGER = 2**63 - 1


class UnexpectedAnswer(ValueError):
    """The answer is not of the documented shape; the text says where and how, without quoting values."""


def parse_json(body: bytes) -> JsonValue:
    """Read JSON, fractions as Decimal, without characters no database stores. Raises UnexpectedAnswer."""
    try:
        data = loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except JSONDecodeError as error:
        raise UnexpectedAnswer(f"is not complete, valid JSON (character {error.pos})") from None
    except (ValueError, ArithmeticError, RecursionError):  # ArithmeticError: an exponent beyond Decimal's.
        raise UnexpectedAnswer("is not readable JSON") from None
    return _storable(data, MAX_DEPTH)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _storable(value: JsonValue, depth: int) -> JsonValue:
    if depth == 0:
        raise UnexpectedAnswer(f"nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_storable_text(key): _storable(item, depth - 1) for key, item in value.items()}
    return value


def _storable_text(text: str) -> str:
    """PostgreSQL refuses NUL, and UTF-8 refuses half of a surrogate pair; both can arrive as JSON escapes."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def as_object(value: JsonValue, what: str) -> JsonObject:
    """The value as a JSON object. Raises UnexpectedAnswer naming `what` was expected."""
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"has no {what} where one was expected")
    return value


def as_objects(value: JsonValue, what: str) -> list[JsonObject]:
    """The value as a list of JSON objects. Raises UnexpectedAnswer naming `what` was expected."""
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"has no list of {what} where one was expected")
    return [as_object(item, f"entry in the list of {what}") for item in value]


def text(holder: Mapping[str, JsonValue], key: str) -> str | None:
    """The trimmed text at `key`, None when absent or empty; a whole number is taken as its digits."""
    value = holder.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnexpectedAnswer(f"has something other than text in “{key}”")
    trimmed = str(value).strip()
    if len(trimmed) > MAX_TEXT:
        raise UnexpectedAnswer(f"has more than {MAX_TEXT} characters in “{key}”")
    return trimmed or None


def required_text(holder: Mapping[str, JsonValue], key: str) -> str:
    """The text at `key`. Raises UnexpectedAnswer when it is missing or empty."""
    value = text(holder, key)
    if value is None:
        raise UnexpectedAnswer(f"has no “{key}”")
    return value


def integer(holder: Mapping[str, JsonValue], key: str) -> int | None:
    """The whole number at `key`, None when absent."""
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise UnexpectedAnswer(f"has no usable whole number in “{key}”")
    return value


def required_integer(holder: Mapping[str, JsonValue], key: str) -> int:
    """The whole number at `key`. Raises UnexpectedAnswer when it is missing."""
    value = integer(holder, key)
    if value is None:
        raise UnexpectedAnswer(f"has no “{key}”")
    return value


def amount(holder: Mapping[str, JsonValue], key: str) -> Decimal | None:
    """The amount of money at `key`, None when absent; never negative, never a float."""
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnexpectedAnswer(f"has something other than an amount in “{key}”")
    if not 0 <= value <= MAX_AMOUNT:
        raise UnexpectedAnswer(f"has an impossible amount in “{key}”")
    return abs(Decimal(value))  # There is a negative zero.


def flag(holder: Mapping[str, JsonValue], key: str) -> bool:
    """Whether `key` is true; absent or null counts as no."""
    value = holder.get(key)
    if value is not None and not isinstance(value, bool):
        raise UnexpectedAnswer(f"has something other than yes or no in “{key}”")
    return bool(value)

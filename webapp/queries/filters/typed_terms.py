"""One term of a typed filter: `status:packed`, `-sku:A-1`, `cost:>=5`, `created:past_7_days`, `tracking:empty`.

    x:word   x:=word   x:=a,b   x:word*   x:*word     a text contains, is, is one of, starts with, ends with
    x:word   x:a,b   x:*word*   x:word*   x:*word     a choice is, is one of, contains, starts with, ends with
    x:5   x:5,6   x:>5   x:>=5   x:<5   x:<=5   x:5..9   a number or a date
    x:today   x:past_week   x:past_7_days   x:3_days_ago   x:3_days_from_now   a date
    x:yes   x:no   x:empty   and, before any of them, -x:… for the opposite

A value in double quotes is taken as it stands; inside them a backslash comes before a quote or a backslash.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from webapp.queries.filters.catalogue import COLUMNS_BY_KEY, COLUMNS_BY_WORD
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.operators import operators_of
from webapp.queries.filters.spans import RELATIVE, Span
from webapp.queries.filters.tree import Condition, Value

Marked = Sequence[tuple[str, bool]]
"""Characters of a value, each with whether it stood in quotes; only those that did not have a meaning."""

EMPTY = "empty"
_SIGNS = {
    ">=": "greater_than_or_equal",
    "<=": "less_than_or_equal",
    ">": "greater_than",
    "<": "less_than",
    "=": "is",
}
_STARS = {(True, True): "contains", (False, True): "starts_with", (True, False): "ends_with"}
_COUNTED = re.compile(r"(?P<way>past|next)_(?P<n>\d+)_days?|(?P<m>\d+)_days?_(?P<from>ago|from_now)", re.ASCII)
_PLAIN = re.compile(r"[^\s\"(),*=<>~]+")


def column_of(word: str) -> Column | None:
    """The column a term names, by its word or its key."""
    return COLUMNS_BY_WORD.get(word.lower()) or COLUMNS_BY_KEY.get(word.lower())


def condition(name: str, value: Marked, *, negative: bool) -> dict[str, Any]:
    """The condition a term means, as JSON, not checked yet. Raises ValueError where it cannot mean any."""
    column = column_of(name)
    if column is None:
        return {"column": name, "operator": "is", "value": _text(value)}
    operator, meant = _meaning(column, value)
    if negative:
        operator = _opposite(column, operator)
    body: dict[str, Any] = {"column": column.key, "operator": operator}
    return body if meant is None else body | {"value": meant}


def _meaning(column: Column, value: Marked) -> tuple[str, Any]:
    if _bare(value) == EMPTY:
        return "is_empty", None
    if column.type is Type.DATETIME and (found := _relative(_bare(value) or "")):
        return found
    sign = next((sign for sign in _SIGNS if _bare(value[: len(sign)]) == sign), "")
    value = value[len(sign) :]
    parts = _split(value, ",")
    if len(parts) > 1:
        return _list_operator(column, sign), [_text(part) for part in parts]
    if sign:
        return _SIGNS[sign], _text(value)
    if column.type in {Type.TEXT, Type.CHOICE}:
        return _with_stars(value, "contains" if column.type is Type.TEXT else "is")
    ends = _split(value, "..")
    return ("between", [_text(end) for end in ends]) if len(ends) == 2 else ("is", _text(value))


def _list_operator(column: Column, sign: str) -> str:
    if column.type is Type.TEXT and not sign:
        # One word alone would mean a part of the text, and several could only mean the whole of it.
        raise ValueError(f"Several values are compared as a whole: write {column.word}:=… with an equals sign.")
    return "is_one_of" if sign in {"", "="} else _SIGNS[sign]


def _with_stars(value: Marked, plain: str) -> tuple[str, Any]:
    before, after = _bare(value[:1]) == "*", _bare(value[-1:]) == "*" and len(value) > 1
    value = value[before : len(value) - after]
    return _STARS.get((before, after), plain), _text(value)


def _relative(word: str) -> tuple[str, Any] | None:
    if word in RELATIVE and not word.endswith(("_ago", "_from_now", "_days")):
        return word, None
    found = _COUNTED.fullmatch(word)
    if not found:
        return None
    if found["way"]:
        return f"{found['way']}_days", int(found["n"][:9])
    return f"days_{found['from']}", int(found["m"][:9])


def _opposite(column: Column, operator: str) -> str:
    for candidate in operators_of(column).values():
        if candidate.opposite_of == operator:
            return candidate.key
    raise ValueError(f"{column.word} has no opposite of {operator}.")


def _text(value: Marked) -> str:
    return "".join(character for character, _ in value)


def _bare(value: Marked) -> str | None:
    """The characters, when none of them stood in quotes."""
    return _text(value) if not any(quoted for _, quoted in value) else None


def _split(value: Marked, separator: str) -> list[Marked]:
    """The value cut at every separator that stands outside quotes."""
    parts, start, here, width = [], 0, 0, len(separator)
    while here <= len(value) - width:
        if _bare(value[here : here + width]) == separator:
            parts.append(value[start:here])
            start = here = here + width
        else:
            here += 1
    return [*parts, value[start:]]


def written(condition: Condition) -> str:
    """A condition as a term."""
    column = COLUMNS_BY_KEY[condition.column]
    operator = operators_of(column)[condition.operator]
    key = operator.opposite_of or operator.same_as or operator.key
    term = f"{column.word}:{_written_value(column, key, condition.values)}"
    return f"-{term}" if operator.opposite_of else term


def _written_value(column: Column, operator: str, values: Sequence[Value]) -> str:
    if operator == "is_empty":
        return EMPTY
    if operator in RELATIVE:
        return _written_relative(operator, values)
    quoted = [_quoted(_said(value)) for value in values]
    if operator == "between":
        return "..".join(quoted)
    sign = next((sign for sign, meant in _SIGNS.items() if meant == operator), "")
    if operator == "is_one_of" or (operator == "is" and column.type is not Type.TEXT):
        sign = "=" if column.type is Type.TEXT else ""
    before = "*" * (operator == "ends_with" or (operator == "contains" and column.type is Type.CHOICE))
    after = "*" * (operator == "starts_with" or (operator == "contains" and column.type is Type.CHOICE))
    return f"{sign}{before}{','.join(quoted)}{after}"


def _written_relative(operator: str, values: Sequence[Value]) -> str:
    if not values:
        return operator
    first, _, last = operator.partition("_")
    return f"{values[0]}_{operator}" if first == "days" else f"{first}_{values[0]}_{last}"


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Span):
        return value.text
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and text != EMPTY and ".." not in text:
        return text
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))

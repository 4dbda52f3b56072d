"""A filter in words, as its chips say it: "Warehouse is Reno, NV or Louisville, KY"."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from webapp.queries.filters import spans
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.operators import Operator, Takes, operators_of
from webapp.queries.filters.spans import Span
from webapp.queries.filters.tree import Broken, Condition, Group, Node, Value

_TO = "\u2013"
_LONGEST_VALUE = 60
_MOST_VALUES = 5
_UNREADABLE = "A condition that cannot be read"


def describe(node: Node, *, now: datetime, zone: ZoneInfo, locale: str = "en_US") -> str:
    """A condition or a group in words; relative dates with the days they mean at this moment."""
    return _Words(now, zone, locale).of(node)


def meant_days(condition: Condition, *, now: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and last day that a relative condition means at this moment; None for any other condition."""
    if condition.operator not in spans.RELATIVE:
        return None
    number = condition.values[0] if condition.values else 0
    return spans.resolved(condition.operator, int(number) if isinstance(number, int) else 0, now, zone)


def meant_days_in_words(condition: Condition, *, now: datetime, zone: ZoneInfo, locale: str = "en_US") -> str:
    """The days a relative condition means at this moment, in words; empty for any other condition."""
    days = meant_days(condition, now=now, zone=zone)
    return _Words(now, zone, locale).days(*days) if days else ""


class _Words:
    """The words of one moment, time zone and locale."""

    def __init__(self, now: datetime, zone: ZoneInfo, locale: str) -> None:
        self.now, self.zone, self.locale = now, zone, locale
        self.today = now.astimezone(zone).date()

    def of(self, node: Node) -> str:
        if isinstance(node, Group):
            return f" {node.conjunction} ".join(self.inside(child) for child in node.children)
        return _broken(node) if isinstance(node, Broken) else self.condition(node)

    def inside(self, node: Node) -> str:
        """A part of a group, which says of itself when it does nothing."""
        said = f"({self.of(node)})" if isinstance(node, Group) else self.of(node)
        return f"{said} (switched off)" if node.off else said

    def condition(self, condition: Condition) -> str:
        column = COLUMNS_BY_KEY[condition.column]
        operator = operators_of(column)[condition.operator]
        days = meant_days(condition, now=self.now, zone=self.zone)
        if days:
            return f"{column.label} {_relative(operator, condition.values)}, {self.days(*days)}"
        if column.type is Type.YES_NO:
            answer = bool(condition.values[0]) is not bool(operator.opposite_of)
            return f"{column.label}: {'yes' if answer else 'no'}"
        values = [self.value(column, value) for value in condition.values]
        return f"{column.label} {operator.words} {_joined(operator, values)}".rstrip()

    def value(self, column: Column, value: Value) -> str:
        if isinstance(value, Span):
            return self.span(value)
        if isinstance(value, Decimal):
            return str(format_decimal(value, format="0.00##", locale=self.locale))
        if column.type is Type.CHOICE:
            labels = {option.value: option.label for option in column.options}
            return labels.get(str(value), _quoted(str(value)))
        return _quoted(str(value)) if isinstance(value, str) else str(value)

    def span(self, span: Span) -> str:
        start = span.start.astimezone(self.zone)
        if span.is_day:
            return self.day(date.fromisoformat(span.text))
        clock = start.time().isoformat("auto" if start.second or start.microsecond else "minutes")
        return f"{self.day(start.date())} {clock}"

    def days(self, first: date, last: date) -> str:
        if first == last:
            return self.day(first)
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}{_TO}{self.day(last)}"
        return f"{self.day(first)} {_TO} {self.day(last)}"

    def day(self, day: date) -> str:
        pattern = "d MMM" if day.year == self.today.year else "d MMM y"
        return _formatted(day, pattern, self.locale)


@lru_cache(maxsize=1024)
def _formatted(day: date, pattern: str, locale: str) -> str:
    """Kept, because Babel takes its time and the same few days stand in every chip."""
    return str(format_date(day, pattern, locale=locale))


def _relative(operator: Operator, values: Sequence[Value]) -> str:
    """As people say it: past 7 days, 3 days ago, today."""
    if operator.takes is not Takes.DAYS:
        return operator.words
    number = str(values[0])
    days = operator.words.replace("days", "day") if number == "1" else operator.words
    return f"{number} {days}" if days.startswith("day") else days.replace(" ", f" {number} ", 1)


def _joined(operator: Operator, values: list[str]) -> str:
    if operator.takes is Takes.TWO:
        return " and ".join(values)
    if len(values) > _MOST_VALUES:
        return f"{', '.join(values[:_MOST_VALUES])} or {len(values) - _MOST_VALUES} more"
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def _quoted(text: str) -> str:
    """A text as it is when it can be seen as it is, and in quotes when its ends are blank."""
    text = text.encode(errors="replace").decode()  # JSON can hold half a character, which no page can show.
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
    return shown if shown.strip() == shown and shown else f"“{shown}”"


def _broken(broken: Broken) -> str:
    """What a broken condition says, as far as it can be made out."""
    condition = broken.raw.get("condition") if isinstance(broken.raw, Mapping) else None
    if not isinstance(condition, Mapping):
        return _UNREADABLE
    key, word, value = (condition.get(name) for name in ("column", "operator", "value"))
    column = COLUMNS_BY_KEY.get(key) if isinstance(key, str) else None
    operator = operators_of(column).get(word) if column and isinstance(word, str) else None
    each = value[:_MOST_VALUES] if isinstance(value, list) else [value]
    given = ", ".join(_quoted(str(one)) for one in each if isinstance(one, str | int | Decimal) and one != "")
    parts = (column.label if column else key, operator.words if operator else word, given)
    return " ".join(_quoted(part) for part in parts if isinstance(part, str) and part) or _UNREADABLE

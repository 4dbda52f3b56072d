"""How each operator of each type compares one database column with the values of a condition, in SQL.

A missing value passes no test. The opposites are made elsewhere, by denying a test as a whole.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.queries.filters import folding, spans, trigrams
from webapp.queries.filters.columns import Column, Option, Type
from webapp.queries.filters.spans import Span
from webapp.queries.filters.tree import Value
from webapp.schema import MONEY_PLACES, Instant, Money

Part = sa.SQLColumnExpression[Any]
Where = sa.ColumnElement[bool]
Range = tuple[datetime | None, datetime | None]

# How a text begins and ends around the value, for LIKE and GLOB ("any text") and for a regular expression.
_OPEN_BEFORE = frozenset({"contains", "ends_with"})
_OPEN_AFTER = frozenset({"contains", "starts_with"})
_ONE_OF = "is_one_of"


def is_filled(column: Column, part: Part) -> Where:
    return sa.and_(part.is_not(None), part != "") if column.type is Type.TEXT else part.is_not(None)


def is_empty(column: Column, part: Part) -> Where:
    return sa.or_(part.is_(None), part == "") if column.type is Type.TEXT else part.is_(None)


def text(
    column: Column, part: Part, operator: str, values: Sequence[str], *, on_sqlite: bool, indexed: bool
) -> Where:
    """Whether a text passes, in any case of its letters; `indexed` adds the quick test of a trigram index."""
    folded = tuple(dict.fromkeys(map(folding.fold, values)))
    lowered = sa.func.lower(part if on_sqlite else sa.collate(part, "C"))
    exact = (
        _one_of_texts(lowered, folded, on_sqlite)
        if operator == _ONE_OF
        else _like(lowered, operator, folded[0], on_sqlite)
    )
    quick = trigrams.candidates(column, part, folded, on_sqlite=on_sqlite) if indexed else None
    return exact if quick is None else sa.and_(quick, exact)


def _like(lowered: Part, operator: str, folded: str, on_sqlite: bool) -> Where:
    before, after = operator in _OPEN_BEFORE, operator in _OPEN_AFTER
    if not before and not after:
        return _one_of_texts(lowered, [folded], on_sqlite)
    if not folding.has_variants(folded):
        return lowered.like(f"{'%' * before}{folding.like(folded)}{'%' * after}", escape="\\")
    if on_sqlite:
        return lowered.bool_op("GLOB")(f"{'*' * before}{folding.glob(folded)}{'*' * after}")
    return lowered.bool_op("~")(f"{'' if before else '^'}{folding.regex(folded)}{'' if after else '$'}")


def _one_of_texts(lowered: Part, folded: Sequence[str], on_sqlite: bool) -> Where:
    spelled = {text: folding.spellings(text) for text in folded}
    plain = [spelling for spellings in spelled.values() for spelling in spellings or ()]
    others = [text for text, spellings in spelled.items() if spellings is None]
    if plain and not others:
        return lowered == plain[0] if len(plain) == 1 else _is_among(lowered, plain, sa.Text(), on_sqlite)
    tests = [_is_among(lowered, plain, sa.Text(), on_sqlite)] if plain else []
    return sa.or_(*tests, _is_in_any_case_among(lowered, others, on_sqlite))


def _is_in_any_case_among(lowered: Part, folded: list[str], on_sqlite: bool) -> Where:
    if on_sqlite:
        listed = _listed([folding.glob(text) for text in folded])
        return sa.exists(sa.select(listed.c.value).where(lowered.bool_op("GLOB")(listed.c.value)))
    if len(folded) == 1:  # Which a trigram index can answer.
        return lowered.bool_op("~")(f"^{folding.regex(folded[0])}$")
    in_one_form = sa.func.translate(lowered, *folding.letters_to_fold(folded))
    return _is_among(in_one_form, folded, sa.Text(), on_sqlite)


def number(
    column: Column, part: Part, operator: str, values: Sequence[int | Decimal], *, on_sqlite: bool
) -> Where:
    """Whether a number passes; bounds of "between" are part of it."""
    type_ = Money() if column.type is Type.MONEY else sa.BigInteger()
    if operator == _ONE_OF:
        return _is_among(part, list(values), type_, on_sqlite)
    bound = [sa.literal(value, type_) for value in values]
    if operator == "between":
        low, high = bound
        return part.between(low, high)
    return _NUMBERS[operator](part, bound[0])


_NUMBERS: dict[str, Callable[[Part, Any], Where]] = {
    "is": lambda part, value: part == value,
    "greater_than": lambda part, value: part > value,
    "less_than": lambda part, value: part < value,
    "greater_than_or_equal": lambda part, value: part >= value,
    "less_than_or_equal": lambda part, value: part <= value,
}


def moment(
    part: Part, operator: str, values: Sequence[Value], *, now: datetime, zone: ZoneInfo, on_sqlite: bool
) -> Where:
    """Whether an instant lies in what the condition names: whole days of the business zone, minutes, seconds."""
    if operator in spans.RELATIVE:
        first, last = spans.resolved(operator, cast("int", values[0]) if values else 0, now, zone)
        return _within(part, *spans.days(first, last, zone))
    found = cast("Sequence[Span]", values)
    if operator == "between":
        return _within(part, found[0].start, found[1].end)
    if operator == _ONE_OF:
        return _within_one(part, found, on_sqlite)
    return _within(part, *_MOMENTS[operator](found[0]))


def _within_one(part: Part, found: Sequence[Span], on_sqlite: bool) -> Where:
    """One bound list of ranges, because SQLite takes no more than a thousand terms."""
    if not on_sqlite:
        sides = ([span.start for span in found], [span.end for span in found])
        bounds = sa.func.unnest(*(sa.literal(side, ARRAY(Instant())) for side in sides))
        listed = bounds.table_valued("first", "beyond").render_derived()
        return sa.exists(sa.select(listed.c.first).where(part >= listed.c.first, part < listed.c.beyond))
    pairs = _listed([(_stored(span.start), _stored(span.end)) for span in found])
    first, beyond = (sa.func.json_extract(pairs.c.value, f"$[{side}]", type_=sa.Text) for side in (0, 1))
    stored = sa.type_coerce(part, sa.Text)
    return sa.exists(sa.select(pairs.c.value).where(stored >= first, stored < beyond))


def _stored(instant: datetime) -> str:
    """An instant as SQLite holds it."""
    return instant.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


_MOMENTS: dict[str, Callable[[Span], Range]] = {
    "is": lambda span: (span.start, span.end),
    "greater_than": lambda span: (span.end, None),
    "less_than": lambda span: (None, span.start),
    "greater_than_or_equal": lambda span: (span.start, None),
    "less_than_or_equal": lambda span: (None, span.end),
}


def _within(part: Part, start: datetime | None, end: datetime | None) -> Where:
    sides = []
    if start is not None:
        sides.append(part >= sa.literal(start, Instant()))
    if end is not None:
        sides.append(part < sa.literal(end, Instant()))
    return sa.and_(*sides)


def choice(column: Column, part: Part, operator: str, values: Sequence[Value]) -> Where:
    """Whether a stored choice is one of those meant."""
    return part.in_(chosen(column.options, operator, values))


def chosen(options: Sequence[Option], operator: str, values: Sequence[Value]) -> list[str]:
    """The choices an operator means; a part of a name is looked for in the stored value and in the label."""
    if operator == "is_not_empty":
        return [option.value for option in options]
    if operator in {"is", _ONE_OF}:
        return [option.value for option in options if option.value in values]
    wanted = folding.fold(cast("str", values[0]))
    fits = _PARTS_OF_WORDS[operator]
    return [
        option.value
        for option in options
        if any(fits(folding.fold(name), wanted) for name in (option.value, option.label))
    ]


_PARTS_OF_WORDS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda name, wanted: wanted in name,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def yes_no(part: Part, wanted: bool) -> Where:
    return cast("Where", part) if wanted else sa.not_(part)


def _is_among(part: Part, values: list[Any], type_: Any, on_sqlite: bool) -> Where:
    """One bound value however long the list is: a thousand parameters would cost both of us."""
    if not on_sqlite:
        return part == sa.any_(sa.literal(values, ARRAY(sa.Numeric if isinstance(type_, Money) else type_)))
    if isinstance(type_, Money):
        values = [int(value.scaleb(MONEY_PLACES)) for value in values]
    listed = _listed(values)
    return part.in_(sa.select(listed.c.value))


def _listed(values: list[Any]) -> Any:
    return sa.func.json_each(sa.literal(json.dumps(values), sa.Text)).table_valued("value")

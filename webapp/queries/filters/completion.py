"""What may be typed next in a filter: the words of columns, then their values.

The text is read only as far as it has to be, because while someone types it is hardly ever right; see
webapp.queries.filters.typed for what a whole one means.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.queries.filters import typed_terms
from webapp.queries.filters.catalogue import COLUMNS
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.folding import fold
from webapp.queries.filters.operators import operators_of
from webapp.queries.filters.tree import Condition
from webapp.queries.filters.values import LONGEST_TEXT

MOST_CHOICES = 12
_BEFORE_NAME = re.compile(r"~?-?")
_NAME = re.compile(r"\w*")
_VALUE_OF = re.compile(r"~?(?P<minus>-?)(?P<name>\w+):")
_SIGN = re.compile(r">=|<=|>|<|=|")
_NEXT_TERM = re.compile(r"\s[~-]*\w+:|\n")
_DAYS = re.compile(r"(?:past_|next_)?(?P<days>[1-9]\d{0,2})(?:_|\Z)", re.ASCII)
_ENDS = frozenset("(), ")

Names = Callable[[str], Sequence[str]]
"""The names that a column's values may have, by its key; none where they are too many to list."""


@dataclass(frozen=True)
class Choice:
    """A text that may be inserted, how it is shown, and what there is to say about it."""

    inserted: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Completion:
    """Choices for the stretch of the text from `start` up to `end`, each to be put in its place."""

    start: int
    end: int
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class _Part:
    """One of the values of a term as far as it is typed, in the text from `start` to `end`."""

    column: Column
    value_start: int
    start: int
    end: int
    typed: str
    sign: str
    is_denied: bool

    @property
    def is_first(self) -> bool:
        return self.start == self.value_start + len(self.sign)


def complete(text: str, at: int, names: Names) -> Completion:
    """What may stand where the caret is, best first, at most MOST_CHOICES; never refuses a text."""
    start, in_quotes = _term_at(text, at)
    found = _VALUE_OF.match(text, start, at)
    if not found:
        return _columns(text, start, at)
    column = typed_terms.column_of(found["name"])
    if column is None:
        return Completion(at, at)
    part = _part(text, at, column, found, in_quotes)
    choices = _best(part, _values(text, part, names))
    start = part.value_start if _needs_sign(part) else part.start
    is_there = [choice.inserted for choice in choices] == [text[start : part.end]]
    return Completion(start, part.end, () if is_there else choices)


def _term_at(text: str, at: int) -> tuple[int, int | None]:
    """Where the term around the caret begins, and where the quote does that the caret stands in."""
    start, quote, here = 0, None, 0
    while here < at:
        character = text[here]
        if quote is not None:
            here += character == "\\" and text[here + 1 : here + 2] in {'"', "\\"}
            quote = None if character == '"' else quote
        elif character.isspace() or character in "()":
            start = here + 1
        elif character == '"' and _VALUE_OF.match(text, start, here):
            quote = here
        here += 1
    return start, quote


def _columns(text: str, start: int, at: int) -> Completion:
    """The words of columns for the name that begins here; nothing where no name can stand."""
    before = _BEFORE_NAME.match(text, start)
    name_start = before.end() if before else start
    name = _NAME.match(text, name_start)
    end = max(at, name.end() if name else name_start)
    typed = text[name_start:at]
    if _NAME.fullmatch(typed) is None or typed == "OR":
        return Completion(at, at)
    end += text[end : end + 1] == ":"
    return Completion(name_start, end, tuple(_matching_columns(fold(typed)))[:MOST_CHOICES])


def _matching_columns(typed: str) -> Iterator[Choice]:
    """The column of that word, those whose word begins so, whose label or key does, that have it anywhere."""
    ranked = [(_column_rank(column, typed), column) for column in COLUMNS]
    for rank in range(4):
        for found, column in ranked:
            if found == rank:
                yield Choice(f"{column.word}:", f"{column.word}:", column.label)


def _column_rank(column: Column, typed: str) -> int | None:
    others = (fold(column.label).replace(" ", "_"), column.key)
    if column.word.startswith(typed):
        return int(column.word != typed)
    if any(other.startswith(typed) for other in others):
        return 2
    return 3 if any(typed in name for name in (column.word, *others)) else None


def _part(text: str, at: int, column: Column, found: re.Match[str], quote: int | None) -> _Part:
    """The value the caret is in: after the last comma before it that stands outside quotes."""
    sign = _SIGN.match(text, found.end(), at)
    start = (sign or found).end()
    for here in _commas(text, start, at):
        start = here + 1
    if quote is None:
        end, typed = _end_of_word(text, at), text[start:at].strip('"')
    else:
        end, typed = _end_of_quote(text, at), text[quote + 1 : at].replace('\\"', '"').replace("\\\\", "\\")
    return _Part(column, found.end(), start, end, typed, sign[0] if sign else "", bool(found["minus"]))


def _commas(text: str, start: int, end: int) -> Iterator[int]:
    in_quotes, here = False, start
    while here < end:
        character = text[here]
        if in_quotes and character == "\\" and text[here + 1 : here + 2] in {'"', "\\"}:
            here += 1
        elif character == '"':
            in_quotes = not in_quotes
        elif character == "," and not in_quotes:
            yield here
        here += 1


def _end_of_word(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _ENDS and not text[at].isspace():
        at += 1
    return at


def _end_of_quote(text: str, at: int) -> int:
    """Behind the closing quote; a quote that would only be closed by one of a later term ends here."""
    closing = text.find('"', at)
    if closing < 0 or _NEXT_TERM.search(text, at, closing):
        return at
    return closing + 1


def _needs_sign(part: _Part) -> bool:
    """Whether this is the second of several texts, which mean nothing without an equals sign before them all."""
    return part.column.type is Type.TEXT and not part.is_first and not part.sign


def _values(text: str, part: _Part, names: Names) -> Iterable[Choice]:
    """Every value that would make sense in this place."""
    column = part.column
    if part.sign not in {"", "="} or (part.sign and column.type is Type.DATETIME):
        return []
    found: list[Choice] = []
    if column.type is Type.CHOICE:
        found = [Choice(option.value, option.value, option.label) for option in column.options]
    elif column.type is Type.TEXT:
        before = f"={text[part.value_start : part.start]}" if _needs_sign(part) else ""
        found = [Choice(before + _written(column, name), name) for name in names(column.key) if _may_stand(name)]
    elif column.type is Type.YES_NO and part.is_first:
        found = [Choice("yes", "yes"), Choice("no", "no")]
    elif column.type is Type.DATETIME and part.is_first and not part.is_denied:
        found = _days(part.typed)
    is_alone = part.is_first and not part.sign
    if is_alone and "is_empty" in operators_of(column):
        found.append(Choice(typed_terms.EMPTY, typed_terms.EMPTY, "has no value"))
    return found


def _days(typed: str) -> list[Choice]:
    """The relative dates, with the number of days that was begun."""
    begun = _DAYS.match(typed)
    days, ago = (begun["days"], begun["days"]) if begun else ("7", "3")
    words = {
        "today": "",
        "yesterday": "",
        f"past_{days}_days": "with today",
        "past_week": "7 days with today",
        "past_month": "30 days with today",
        "past_year": "365 days with today",
        f"{ago}_days_ago": "that day",
        "tomorrow": "",
        f"next_{days}_days": "with today",
        "next_week": "7 days with today",
        f"{ago}_days_from_now": "that day",
    }
    return [Choice(word, word, hint) for word, hint in words.items()]


def _best(part: _Part, choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Those that begin with what is typed, then those that have it anywhere; a choice has its label as well."""
    wanted, has_labels = fold(part.typed), part.column.type is Type.CHOICE
    named = [(choice, [fold(choice.label), *[fold(choice.hint)] * has_labels]) for choice in choices]
    first = [choice for choice, said in named if any(words.startswith(wanted) for words in said)]
    more = [choice for choice, said in named if choice not in first and any(wanted in words for words in said)]
    return tuple([*first, *more][:MOST_CHOICES])


def _may_stand(name: str) -> bool:
    return bool(name.strip()) and len(name) <= LONGEST_TEXT and "\0" not in name


def _written(column: Column, name: str) -> str:
    """A name as it is typed, in quotes where it needs them."""
    term = typed_terms.written(Condition(column.key, "contains", (name,)))
    return term.removeprefix(f"{column.word}:")

"""The operators of each type of column: their words, what they take, which is the opposite of which."""

from dataclasses import dataclass, replace
from enum import Enum

from webapp.queries.filters.columns import Column, Type


class Takes(Enum):
    """What stands to the right of an operator."""

    NOTHING = "no value"
    ONE = "one value"
    TWO = "two values, the smaller first"
    MANY = "one or more values"
    DAYS = "a number of days"


@dataclass(frozen=True)
class Operator:
    """One operator. `opposite_of` names the one it denies; `same_as` the one it is another word for."""

    key: str
    words: str
    takes: Takes = Takes.ONE
    opposite_of: str = ""
    same_as: str = ""

    @property
    def label(self) -> str:
        """The words in a menu, where "is" and "is one of" stand side by side."""
        return self.key.replace("_", " ") if self.takes is Takes.MANY else self.words

    @property
    def is_relative(self) -> bool:
        """Whether it counts days from today."""
        return self in _RELATIVE


_IS = Operator("is", "is")
_IS_NOT = Operator("is_not", "is not", opposite_of="is")
_IS_ONE_OF = Operator("is_one_of", "is", Takes.MANY)
_IS_EMPTY = Operator("is_empty", "is empty", Takes.NOTHING)
_IS_NOT_EMPTY = Operator("is_not_empty", "is not empty", Takes.NOTHING, opposite_of="is_empty")

_TEXT = (
    _IS,
    _IS_NOT,
    Operator("contains", "contains"),
    Operator("does_not_contain", "does not contain", opposite_of="contains"),
    _IS_ONE_OF,
    Operator("is_not_one_of", "is not", Takes.MANY, opposite_of="is_one_of"),
    Operator("starts_with", "starts with"),
    Operator("does_not_start_with", "does not start with", opposite_of="starts_with"),
    Operator("ends_with", "ends with"),
    Operator("does_not_end_with", "does not end with", opposite_of="ends_with"),
    _IS_EMPTY,
    _IS_NOT_EMPTY,
)
_NUMBER = (
    _IS,
    _IS_NOT,
    _IS_ONE_OF,
    Operator("greater_than", "is more than"),
    Operator("less_than", "is less than"),
    Operator("greater_than_or_equal", "is at least"),
    Operator("less_than_or_equal", "is at most"),
    Operator("between", "is between", Takes.TWO),
    _IS_EMPTY,
    _IS_NOT_EMPTY,
)
_BEFORE_AND_AFTER = {
    "greater_than": ("after", "is after"),
    "less_than": ("before", "is before"),
    "greater_than_or_equal": ("on_or_after", "is on or after"),
    "less_than_or_equal": ("on_or_before", "is on or before"),
}
_RELATIVE = (
    Operator("today", "today", Takes.NOTHING),
    Operator("yesterday", "yesterday", Takes.NOTHING),
    Operator("tomorrow", "tomorrow", Takes.NOTHING),
    Operator("past_week", "past week", Takes.NOTHING),
    Operator("past_month", "past month", Takes.NOTHING),
    Operator("past_year", "past year", Takes.NOTHING),
    Operator("next_week", "next week", Takes.NOTHING),
    Operator("next_month", "next month", Takes.NOTHING),
    Operator("next_year", "next year", Takes.NOTHING),
    Operator("days_ago", "days ago", Takes.DAYS),
    Operator("days_from_now", "days from now", Takes.DAYS),
    Operator("past_days", "past days", Takes.DAYS),
    Operator("next_days", "next days", Takes.DAYS),
)
_DATETIME = (
    *(replace(op, words=_BEFORE_AND_AFTER[op.key][1]) if op.key in _BEFORE_AND_AFTER else op for op in _NUMBER),
    *(Operator(key, words, same_as=plain) for plain, (key, words) in _BEFORE_AND_AFTER.items()),
    *_RELATIVE,
)

OPERATORS: dict[Type, dict[str, Operator]] = {
    type_: {operator.key: operator for operator in operators}
    for type_, operators in {
        Type.TEXT: _TEXT,
        Type.NUMBER: _NUMBER,
        Type.MONEY: _NUMBER,
        Type.DATETIME: _DATETIME,
        Type.CHOICE: _TEXT,
        Type.YES_NO: (_IS, _IS_NOT),
    }.items()
}


def operators_of(column: Column) -> dict[str, Operator]:
    """The operators a column takes, by key, in the order of their menu."""
    return OPERATORS[column.type]

"""The entries of the filter builder: conditions with the inputs they need, groups, and what no field can show."""

from dataclasses import dataclass
from datetime import date

from webapp.queries import filters
from webapp.queries.filters.columns import Column, Option, Type
from webapp.queries.filters.operators import Operator, Takes, operators_of
from webapp.web.filter_draft import Place

DEEPEST_ON_THE_PAGE = 3  # Groups within groups; deeper ones come by address and by typing, and are shown too.
MOST_CHIPS = 20  # More values of one condition stand in a text box, one on each line.


@dataclass(frozen=True)
class ConditionRow:
    """One condition with its inputs; `input` names the template of the value."""

    place: Place
    column: Column
    operator: Operator
    values: list[str]
    is_off: bool
    problem: str
    days: str
    names: list[str]

    @property
    def input(self) -> str:
        """Which inputs the value needs: a file of templates/filters/values, or "nothing"."""
        takes, type_ = self.operator.takes, self.column.type
        if takes is Takes.NOTHING:
            return "nothing"
        if takes is Takes.DAYS:
            return "days"
        if takes is Takes.MANY:
            return "choices" if type_ is Type.CHOICE else "lines" if len(self.values) > MOST_CHIPS else "chips"
        if takes is Takes.TWO:
            return "range"
        if type_ is Type.YES_NO or (type_ is Type.CHOICE and self.operator.key in {"is", "is_not"}):
            return "choice"
        return "one"

    @property
    def options(self) -> tuple[Option, ...]:
        return self.column.options or (Option("yes", "Yes"), Option("no", "No"))

    @property
    def unknown(self) -> list[str]:
        """Values that are no choice: they stay to be seen, and to be taken away."""
        known = {option.value for option in self.options}
        return [value for value in self.values if value and value not in known]

    @property
    def lines(self) -> list[str]:
        """The values as they can be typed, those with a comma or a quote in quotes."""
        return [quoted(value) for value in self.values]

    @property
    def suggested(self) -> list[tuple[str, str]]:
        """The names to offer, each as it is typed where several values are, and as it is shown."""
        many = self.operator.takes is Takes.MANY
        return [(quoted(name) if many else name, name) for name in self.names]

    @property
    def html_type(self) -> str:
        """The type of a plain input: dates get a calendar, unless a time of day is meant or a day that is none."""
        if self.column.type is Type.DATETIME and all(map(_fits_a_calendar, self.values)):
            return "date"
        return "text"

    @property
    def is_number(self) -> bool:
        return self.column.type in {Type.NUMBER, Type.MONEY}

    @property
    def operators(self) -> list[tuple[str, list[Operator]]]:
        """The menu of operators by heading; another word for the same is there only where it was chosen."""
        known = [one for one in operators_of(self.column).values() if not one.same_as or one == self.operator]
        groups = {
            "": [one for one in known if not one.is_relative],
            "Counted from today": [one for one in known if one.is_relative],
        }
        return [(heading, found) for heading, found in groups.items() if found]


@dataclass(frozen=True)
class RawRow:
    """An entry that no field can show: it can only be taken away."""

    place: Place
    words: str
    text: str
    problem: str


@dataclass(frozen=True)
class GroupRow:
    """A group with its rows."""

    place: Place
    conjunction: str
    is_off: bool
    rows: "list[ConditionRow | GroupRow | RawRow]"
    problem: str = ""

    @property
    def may_nest(self) -> bool:
        return len(self.place.path) + 1 < DEEPEST_ON_THE_PAGE

    @property
    def may_add(self) -> bool:
        return len(self.rows) < filters.MOST_CONDITIONS


def quoted(value: str) -> str:
    """A value among others, as it is typed: one with a comma or a quote stands in quotes."""
    return '"{}"'.format(value.replace('"', '""')) if "," in value or '"' in value else value


def _fits_a_calendar(text: str) -> bool:
    """Whether an input with a calendar shows it; it shows nothing in place of what is no day."""
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

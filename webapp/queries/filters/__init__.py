"""The filter language: read it with `parse`, turn it into SQL with `compile`, say it with `describe`.

One catalogue of columns and one compiler serve list, count, export, selection and API alike, so that they always
mean the same shipments.
"""

from webapp.queries.filters.compiling import (
    Context,
    Way,
    compile,  # noqa: A004 - it is called as filters.compile
    current_context,
    looks_elsewhere,
)
from webapp.queries.filters.parsing import MOST_CONDITIONS, TREE, is_filter_parameter, parse, read
from webapp.queries.filters.problems import FilterError, FilterProblem
from webapp.queries.filters.tree import NOTHING, Broken, Condition, Group, to_json, to_text
from webapp.queries.filters.words import describe, meant_days, meant_days_in_words

__all__ = [
    "MOST_CONDITIONS",
    "NOTHING",
    "TREE",
    "Broken",
    "Condition",
    "Context",
    "FilterError",
    "FilterProblem",
    "Group",
    "Way",
    "compile",
    "current_context",
    "describe",
    "is_filter_parameter",
    "looks_elsewhere",
    "meant_days",
    "meant_days_in_words",
    "parse",
    "read",
    "to_json",
    "to_text",
]

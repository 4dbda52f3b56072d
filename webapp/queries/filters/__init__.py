"""The filter language: read it with `parse`, turn it into SQL with `compile`, say it with `describe`.

One catalogue of columns and one compiler serve list, count, export, selection and API alike, so that they always
mean the same shipments.
"""

from webapp.queries.filters.compiling import Context, Way, compile, current_context  # noqa: A004 - filters.compile
from webapp.queries.filters.parsing import parse, read
from webapp.queries.filters.problems import FilterError, FilterProblem
from webapp.queries.filters.tree import NOTHING, Broken, Condition, Group, to_json, to_text
from webapp.queries.filters.words import describe, meant_days

__all__ = [
    "NOTHING",
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
    "meant_days",
    "parse",
    "read",
    "to_json",
    "to_text",
]

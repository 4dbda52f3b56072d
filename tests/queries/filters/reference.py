"""The tables of docs/filters.md; `python -m tests.queries.filters.reference` writes them from the catalogue."""

import re
from pathlib import Path

from webapp.queries.filters.catalogue import COLUMNS
from webapp.queries.filters.columns import Section, Type
from webapp.queries.filters.operators import OPERATORS

PAGE = Path(__file__).parents[3] / "docs" / "filters.md"
_START, _END = "<!-- from the catalogue -->", "<!-- end -->"
_BETWEEN = re.compile(f"{_START}\n.*?{_END}", re.DOTALL)


def written(page: str) -> str:
    """The page with its tables as they should be, in their order."""
    tables = iter((columns(), operators()))
    return _BETWEEN.sub(lambda _: f"{_START}\n{next(tables)}\n{_END}", page)


def columns() -> str:
    rows = ["| column | typed | on the page | type | choices |", "|---|---|---|---|---|"]
    for section in Section:
        rows.append(f"| **{section.value}** | | | | |")
        for column in COLUMNS:
            if column.section is section:
                label = f"{column.label} ↕" if column.sortable else column.label
                choices = ", ".join(f"`{option.value}`" for option in column.options)
                rows.append(f"| `{column.key}` | `{column.word}` | {label} | {column.type.value} | {choices} |")
    return "\n".join(rows)


def operators() -> str:
    rows = ["| type | operator | reads | takes |", "|---|---|---|---|"]
    shown: dict[tuple[str, ...], list[Type]] = {}
    for type_, found in OPERATORS.items():
        shown.setdefault(tuple(found), []).append(type_)
    for types in shown.values():
        for operator in OPERATORS[types[0]].values():
            same = f", the same as `{operator.same_as}`" if operator.same_as else ""
            names = ", ".join(type_.value for type_ in types)
            rows.append(f"| {names} | `{operator.key}`{same} | {operator.words} | {operator.takes.value} |")
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))

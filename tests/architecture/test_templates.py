"""Jinja works out filters over constants once, when it compiles: for the locale of whoever came first."""

from pathlib import Path

from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).parents[2] / "templates"
DEPENDING_ON_THE_PERSON = {"when", "exactly", "count", "amount", "money", "duration"}


def filtered_constants(source: str) -> list[int]:
    """The lines on which a filter that depends on the person is used on a constant."""
    return [
        found.lineno
        for found in Environment().parse(source).find_all(nodes.Filter)
        if found.name in DEPENDING_ON_THE_PERSON and isinstance(found.node, nodes.Const)
    ]


def test_a_formatted_constant_would_be_found() -> None:
    assert filtered_constants("\n{{ 1234567 | count }} {{ number | count }}") == [2]


def test_no_template_formats_a_constant() -> None:
    paths = sorted(TEMPLATES.rglob("*.html"))
    assert paths
    for path in paths:
        # The list's row is completed when it is compiled, see webapp/web/rows.py.
        source = path.read_text().replace("[fields]", "fields")
        assert not filtered_constants(source), path.relative_to(TEMPLATES)

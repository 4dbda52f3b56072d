"""Templates print what they are given: no questions, no rules, and every fragment is one piece with a name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from jinja2 import Environment, meta, nodes

from webapp import statuses
from webapp.choices import Choice

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
PATHS = sorted(TEMPLATES.rglob("*.html"))
DEPENDING_ON_THE_PERSON = {"when", "exactly", "count", "amount", "money", "duration"}
QUESTIONS = {"query", "execute", "scalar", "scalars", "session", "commit", "filter_by"}
STORED_VALUES = {
    choice.value
    for kind in vars(statuses).values()
    if isinstance(kind, type) and issubclass(kind, Choice)
    for choice in kind
}
# Fragments without an id of their own, and why that is right.
NAMELESS = {
    "errors/_banner.html": "goes wherever the answer was to go",
    "fulfillments/_columns_dialog.html": "goes into #dialog, which stays",
    "keys/_dialog.html": "goes into #dialog, which stays",
    "voids/_dialog.html": "goes into #dialog, which stays",
    "voids/_toast.html": "is added to #toasts, which stays",
    "fulfillments/_row.html": "is completed when it is compiled, see webapp/web/rows.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def parsed(path: Path) -> nodes.Template:
    # The list's row is completed when it is compiled, see webapp/web/rows.py.
    return Environment().parse(path.read_text().replace("[fields]", "fields"))


def filtered_constants(tree: nodes.Template) -> list[int]:
    """The lines on which a filter that depends on the person is used on a constant."""
    return [
        found.lineno
        for found in tree.find_all(nodes.Filter)
        if found.name in DEPENDING_ON_THE_PERSON and isinstance(found.node, nodes.Const)
    ]


def compared_statuses(tree: nodes.Template) -> list[str]:
    """The stored values of statuses that something is compared with."""
    return [
        constant.value
        for comparison in tree.find_all(nodes.Compare)
        for constant in comparison.find_all(nodes.Const)
        if constant.value in STORED_VALUES
    ]


def fragments() -> list[str]:
    """The partial templates that the code names: those that are answers of their own."""
    code = "".join(path.read_text() for path in (ROOT / "webapp").rglob("*.py"))
    return sorted(set(re.findall(r'"([a-z_]+/_[a-z_]+\.html)"', code)) - NAMELESS.keys())


def roots_of(name: str) -> Iterator[Tag]:
    """The outermost elements, but not those that htmx itself takes out and puts elsewhere."""
    text = (TEMPLATES / name).read_text()
    text = re.sub(r"\{%-? *macro.*?endmacro *-?%\}|\{[#%].*?[#%]\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "value", text, flags=re.DOTALL)
    for found in BeautifulSoup(text, "html.parser").children:
        if isinstance(found, Tag) and found.name != "hx-partial":
            yield found
        elif not isinstance(found, Tag):
            assert not str(found).strip(), f"text outside the root element: {found!r}"


def test_jinja_works_out_filters_over_constants_once() -> None:
    """When it compiles, so for the locale of whoever came first: such a constant must be found."""
    tree = Environment().parse("\n{{ 1234567 | count }} {{ number | count }}")
    assert filtered_constants(tree) == [2]


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_template_asks_nothing_and_decides_nothing(path: Path) -> None:
    tree = parsed(path)
    assert not filtered_constants(tree), "a filter that depends on the person is used on a constant"
    assert not compared_statuses(tree), "a status is compared: give its label and tone to the template"
    asked = {found.attr for found in tree.find_all(nodes.Getattr)} & QUESTIONS
    assert not asked, f"the template asks the database: {asked}"


def test_a_compared_status_would_be_found() -> None:
    assert compared_statuses(Environment().parse("{% if run.state == 'queued' %}{% endif %}")) == ["queued"]


def test_every_template_compiles_and_names_only_templates_that_are_there(app: Flask) -> None:
    assert PATHS
    for path in PATHS:
        if name_of(path) != "fulfillments/_row.html":
            app.jinja_env.get_template(name_of(path))
        for named in meta.find_referenced_templates(parsed(path)):
            assert named is None or (TEMPLATES / named).is_file(), f"{name_of(path)} names {named}"


@pytest.mark.parametrize("name", fragments())
def test_a_fragment_is_one_element_with_an_id(name: str) -> None:
    roots = list(roots_of(name))
    # The same element may be written twice, for either side of a condition.
    assert len({root.get("id") for root in roots}) <= 1, [str(root)[:80] for root in roots]
    assert all(root.get("id") for root in roots), "the root element has no id"

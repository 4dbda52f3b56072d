"""docs/filters.md says what the catalogue says, and its examples work."""

import re
from zoneinfo import ZoneInfo

import pytest

from tests.queries.filters.reference import PAGE, written
from webapp.queries import filters
from webapp.queries.filters import typed

ZONE = ZoneInfo("America/Los_Angeles")
TEXT = PAGE.read_text()


def test_the_tables_are_those_of_the_catalogue() -> None:
    assert written(TEXT) == TEXT, "Run: python -m tests.queries.filters.reference"


@pytest.mark.parametrize("example", re.findall(r"^```json\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
def test_an_example_of_a_tree_is_a_filter(example: str) -> None:
    assert filters.parse(example, zone=ZONE).children


@pytest.mark.parametrize("example", re.findall(r"^filter\[.*$", TEXT, re.MULTILINE))
def test_an_example_of_a_parameter_is_a_filter(example: str) -> None:
    name, _, value = example.partition("=")
    assert filters.parse(None, [(name, value)], zone=ZONE).children


@pytest.mark.parametrize("example", re.findall(r"^    ([a-z_]+:.*)$", TEXT, re.MULTILINE))
def test_an_example_of_the_typed_form_is_a_filter(example: str) -> None:
    assert typed.parse(example, zone=ZONE).children

"""The template check finds what the content policy, htmx 4 and the house rules forbid."""

from pathlib import Path

import pytest

from tools import check_templates, vendor

FAULTS = {
    '<p style="color: red"></p>': "style attribute",
    '<a onclick="go()"></a>': "onclick attribute",
    "<style>p {}</style>": "inline <style>",
    "<script>go()</script>": "inline <script>",
    '<p hx-on:click="go()"></p>': "hx-on:click",
    "<p hx-vals='js:{a: 1}' hx-get='/a'></p>": "js: value",
    '<p hx-get="/a" hx-trigger="click[ctrlKey]"></p>': "[filter]",
    '<p hx-get="/a" hx-ext="morph"></p>': "htmx 2 style",
    '<form method="post" action="/a"></form>': "csrf_token",
    '<form hx-post="/a"></form>': "csrf_token",
    '<link href="{{ asset("css/gone.css") }}">': "no such file",
    "<p></p>\n" * 101: "101 lines",
}


def findings(folder: Path, text: str) -> list[str]:
    file = folder / "page.html"
    file.write_text(text)
    return [finding.message for finding in check_templates.check(file)]


@pytest.mark.parametrize(("text", "expected"), FAULTS.items())
def test_it_names_each_fault(tmp_path: Path, text: str, expected: str) -> None:
    found = findings(tmp_path, text)
    assert len(found) == 1
    assert expected in found[0]


def test_it_accepts_what_is_right(tmp_path: Path) -> None:
    right = """
    {# <p style="in a comment"> #}
    <form method="post" hx-post="/a" hx-disable="find button">
      <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
    </form>
    <script type="module" src="{{ asset('js/forms.js') }}"></script>
    """
    assert findings(tmp_path, right) == []


def test_the_vendored_files_are_those_that_were_fetched() -> None:
    assert vendor.changed_files() == []

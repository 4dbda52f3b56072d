"""Check the templates for what the content policy, htmx 4 and the house rules forbid.

Run by `make check`. Prints one line for each finding, "file:line: what is wrong and what to do", and fails if any.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from runpy import run_path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UPGRADE_CHECK = ROOT / "tools/vendor/htmx-4.0.1-upgrade-check.py"
LONGEST = 100

# htmx 4 uses hx-disable in the new sense; the upgrade check cannot know and would ask to rename it.
NOT_OLD = "hx-disable →"


@dataclass(frozen=True)
class Finding:
    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def blank(match: re.Match[str]) -> str:
    """Keep the line count of what is taken out."""
    return "\n" * match.group().count("\n")


def without_jinja(text: str) -> str:
    """Leave the HTML. Comments and statements vanish; an expression becomes a word, so that values stay values."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", blank, text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", lambda match: "value" + blank(match), text, flags=re.DOTALL)


class Reader(HTMLParser):
    """Collects the findings that concern single elements."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.findings: list[Finding] = []

    def find(self, message: str) -> None:
        self.findings.append(Finding(self.file, self.getpos()[0], message))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "style":
            self.find("inline <style>: move the rules to static/css/dockside.css")
        if tag == "script" and "src" not in values:
            self.find("inline <script>: move it to a module in static/js")
        for name, value in values.items():
            for message in attribute_faults(name, value):
                self.find(message)


def attribute_faults(name: str, value: str) -> Iterator[str]:
    """What is wrong with one attribute."""
    plain = name.removeprefix("data-")
    if name == "style":
        yield "style attribute: the content policy blocks it; use a class"
    if re.fullmatch(r"on[a-z]+", name):
        yield f"{name} attribute: the content policy blocks it; listen in a module of static/js"
    if plain.startswith("hx-on"):
        yield f"{name}: it needs eval, which the content policy blocks; listen in a module of static/js"
    if plain.startswith("hx-") and re.match(r"\s*(js|javascript):", value):
        yield f"{name} with a js: value: it needs eval; put the value into the form"
    if plain.startswith("hx-trigger") and "[" in value:
        yield f"{name} with a [filter]: it needs eval; send an event of its own from static/js"


def missing_tokens(file: Path, text: str) -> Iterator[Finding]:
    """POST forms without a CSRF token; looked for in the source, where csrf_token is still to be seen."""
    for match in re.finditer(r"<form\b[^>]*>.*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
        opening = match.group().split(">", 1)[0]
        posts = re.search(r"""method=["']?post|hx-(post|put|patch|delete)=""", opening, flags=re.IGNORECASE)
        if posts and "csrf_token" not in match.group():
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(file, line, "POST form without csrf_token: add the hidden field")


def missing_assets(file: Path, text: str, static: Path) -> Iterator[Finding]:
    """Names given to asset() that are no file, such as the old version of a vendored one."""
    for match in re.finditer(r"""asset\(\s*["']([^"'~]+)["']\s*\)""", text):
        if not (static / match[1]).is_file():
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(file, line, f"asset('{match[1]}'): there is no such file under static/")


@cache
def upgrade_check() -> Any:
    """The function of the vendored checker that lists what is wrong with a file."""
    return run_path(str(UPGRADE_CHECK))["check_file"]


def old_style(file: Path) -> Iterator[Finding]:
    """What htmx's own checker says about attributes and events of htmx 2."""
    for issue in upgrade_check()(str(file)):
        if not issue.message.startswith(NOT_OLD):
            yield Finding(file, issue.line, f"htmx 2 style: {issue.message}")


def check(file: Path, static: Path = ROOT / "static") -> list[Finding]:
    """Everything wrong with one template, in order of lines."""
    text = file.read_text(encoding="utf-8")
    reader = Reader(file)
    reader.feed(without_jinja(text))
    found = [
        *reader.findings,
        *missing_tokens(file, text),
        *missing_assets(file, text, static),
        *old_style(file),
    ]
    length = text.count("\n")
    if length > LONGEST:
        message = f"{length} lines, {LONGEST} are allowed: move a part to a file of its own"
        found.append(Finding(file, LONGEST, message))
    return sorted(found, key=lambda finding: finding.line)


def main(folders: list[str]) -> int:
    roots = [Path(folder) for folder in folders] or [ROOT / "templates"]
    files = [file for root in roots for file in sorted(root.rglob("*.html"))]
    findings = [finding for file in files for finding in check(file)]
    for finding in findings:
        print(finding)
    print(f"{len(files)} templates checked, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

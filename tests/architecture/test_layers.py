"""What import-linter cannot say: providers apart from each other, paths that are text, files that stay small."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [path for folder in ("webapp", "jobs") for path in sorted((ROOT / folder).rglob("*.py"))]
LONGEST_FILE = 300


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_import_contract_is_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_providers_do_not_know_each_other() -> None:
    folders = [path for path in (ROOT / "webapp" / "providers").iterdir() if (path / "__init__.py").exists()]
    assert folders
    for folder in folders:
        others = {f"webapp.providers.{other.name}" for other in folders if other != folder}
        for path in folder.rglob("*.py"):
            reached = [one for one in imports_of(path) if any(one.startswith(other) for other in others)]
            assert not reached, f"{name_of(path)} imports another provider: {reached}"


def test_only_one_module_reads_the_environment() -> None:
    # prometheus_client chooses how it counts by its own variable, before any setting of ours is read.
    allowed = {"webapp/config.py", "webapp/web/metrics.py"}
    readers = {name_of(path) for path in CODE if "os.environ" in path.read_text() or "getenv" in path.read_text()}
    assert readers <= allowed | {name for name in readers if name.startswith("webapp/commands/")}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_module_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "the module has no docstring"
    if "migrations" not in path.parts:
        assert len(text.splitlines()) <= LONGEST_FILE

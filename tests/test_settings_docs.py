"""Every setting is in the table of docs/operations.md, and the table names no other."""

import re
from pathlib import Path

from webapp.config import ROOT


def test_the_table_of_settings_is_the_code() -> None:
    code = Path(ROOT / "webapp" / "config.py").read_text()
    read = set(re.findall(r"env(?:\.get\(|, )\"([A-Z_]+)\"", code))
    table = Path(ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    assert read
    assert documented == read

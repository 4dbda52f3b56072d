"""CSV by RFC 4180: UTF-8, lines end in CR LF, quotes only where needed, and nothing in it is a formula.

The databases write the rows: csv_copy on PostgreSQL, csv_lines on SQLite.
"""

import csv
import io
import re

from webapp.services.export_files.layout import Layout

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the file is UTF-8."""
STARTS_FORMULA = frozenset("=+-@\t\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def csv_head(layout: Layout) -> bytes:
    """The mark, if it is wanted, and the line of headings."""
    line = io.StringIO()
    csv.writer(line).writerow([neutral(column.heading) for column in layout.columns])
    return ((BYTE_ORDER_MARK if layout.has_mark else "") + line.getvalue()).encode()


def neutral(text: str) -> str:
    """The text; what a spreadsheet would take for a formula, and is no number, begins with an apostrophe."""
    if text[:1] in STARTS_FORMULA and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text

"""The trigram indexes behind text conditions: a quick test that every match passes, beside the exact one.

On PostgreSQL the index on the columns of an order is found by the planner itself. All else is looked up by hand:
a shipment's own numbers in the text of the search box, and on SQLite the columns of an order in a full-text table.
Both hold every match and more. Where a value has no three letters in a row that an index can be trusted with,
there is no quick test.
"""

from typing import Any

import sqlalchemy as sa

from webapp.models import Fulfillment, FulfillmentSearchText, SalesOrder
from webapp.queries.filters import folding
from webapp.queries.filters.columns import Column, Trigrams

LENGTH = 3
MOST_TEXTS = 20  # More than these at once find so much that looking them up does not pay.
# The letters of two cases that FTS5 takes for the same letter, as a test proves with the SQLite at hand.
_FOLDED_BY_FTS5 = (
    ("\x80", "\u024f"),
    ("\u0345", "\u0377"),
    ("\u0380", "\u0527"),
    ("\u1e00", "\u1fff"),
    ("\u2126", "\u212b"),
)
# Alone among characters, these become ASCII letters in the lower case of the search text.
_LOST_IN_LOWER_CASE = frozenset("\u0130\u212a")


def candidates(
    column: Column, part: sa.SQLColumnExpression[Any], texts: tuple[str, ...], *, on_sqlite: bool
) -> sa.ColumnElement[bool] | None:
    """A test that every row passes in which one of the folded texts occurs; None where no index can help."""
    if column.trigrams is Trigrams.NONE or len(texts) > MOST_TEXTS:
        return None
    if column.trigrams is Trigrams.ORDERS:
        return _order_rows(part, texts) if on_sqlite else None
    return _shipments_on_sqlite(texts) if on_sqlite else _shipments_on_postgres(texts)


def fts_query(texts: tuple[str, ...]) -> str | None:
    """A query that each of these texts matches in a trigram table without positions; None where one cannot."""
    queries = [_trigrams(text) for text in texts]
    if not all(queries):
        return None
    return " OR ".join("({})".format(" AND ".join(found)) for found in queries)


def _order_rows(part: Any, texts: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
    query = fts_query(texts)
    if query is None:
        return None
    return SalesOrder.id.in_(_matches("sales_order_fts", f"{{{part.key}}} : ({query})"))


def _shipments_on_sqlite(texts: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
    query = fts_query(texts)
    return None if query is None else Fulfillment.id.in_(_matches("fulfillment_search_fts", query))


def _matches(table: str, query: str) -> sa.Select[Any]:
    fts = sa.table(table, sa.column("rowid", sa.Integer), sa.column(table, sa.Text))
    return sa.select(fts.c.rowid).where(fts.c[table].op("MATCH")(query))


def _shipments_on_postgres(texts: tuple[str, ...]) -> sa.ColumnElement[bool] | None:
    if any(len(text) < LENGTH or _LOST_IN_LOWER_CASE.intersection(text) for text in texts):
        return None
    text = FulfillmentSearchText.text
    found = sa.or_(*(text.op("~")(folding.regex(t)) if folding.has_variants(t) else _like(text, t) for t in texts))
    return Fulfillment.id.in_(sa.select(FulfillmentSearchText.fulfillment_id).where(found).correlate(None))


def _like(text: Any, part: str) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = text.like(f"%{folding.like(part)}%", escape="\\")
    return found


def _trigrams(text: str) -> list[str]:
    """Each third trigram of a text, and its last, as quoted terms; those with an untrusted letter are left out."""
    starts = dict.fromkeys([*range(0, len(text) - LENGTH + 1, LENGTH), len(text) - LENGTH])
    found = (text[start : start + LENGTH] for start in starts if start >= 0)
    return ['"{}"'.format(part.replace('"', '""')) for part in dict.fromkeys(found) if all(map(_is_trusted, part))]


def _is_trusted(character: str) -> bool:
    if character in _LOST_IN_LOWER_CASE:
        return False
    forms = folding.variants(character)
    return len(forms) == 1 or all(any(low <= form <= high for low, high in _FOLDED_BY_FTS5) for form in forms)

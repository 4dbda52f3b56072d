"""The search box: the words of a search, how they are looked for, and which of three ways is the cheapest.

Each word must occur somewhere in the text of a shipment (webapp/services/search_text.py). A rare word is looked up
in the trigram index, which gives a set of ids. A common one would give half the table, so the list is walked in
its own order instead and each row's text is read, which fills a page after a few hundred rows. A short stretch at
the place where the page begins tells which of the two it is.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.errors import BadRequest
from webapp.extensions import db, settings
from webapp.models import Fulfillment, FulfillmentLine, FulfillmentSearchText, Product, SalesOrder
from webapp.queries.listing import scanned
from webapp.queries.scope import Scope

TRIGRAM = 3
LONGEST = 200
MANY = 20_000
"""Above so many hits a set of ids costs more than walking, which then finds one among fifty rows of a million."""

SAMPLE = 500
"""Rows read to see how common a search is; costs about half a millisecond."""
SHORT_SAMPLE = 96
"""The same for filters that look from each row to other tables; what it misses is rare enough for the indexes."""
LONG_SAMPLE = 2_000
"""The same in the order of the ids: a walk ends with a full page, and texts are read beside the shipments."""
_STRETCHES = (500, 2_000, 4_000, 8_000, 16_000)  # Walking farther costs about what the index costs.
_SHORT = 5  # Up to here a word has three trigrams at most, and each of them counts.
_FEW_TRIGRAMS = 4  # Among a million texts they leave a few that do not have the number.
_LONG = 12  # From here on every second one leaves hardly anything else.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


TRIGRAMS = sa.table("fulfillment_search_fts", sa.column("rowid", sa.BigInteger))
"""SQLite's full-text table over the texts of the shipments; its rowid is the shipment's id."""


@dataclass(frozen=True)
class Search:
    """What was asked for: its words in lower case, and the tracking numbers a scanned label may stand for."""

    text: str
    words: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """One or two characters occur everywhere: they are looked for as a whole number or SKU only."""
        return all(len(word) < TRIGRAM for word in self.words)

    @property
    def is_by_words(self) -> bool:
        """Whether only texts are searched, which may be common; a scanned label never is."""
        return not self.is_exact and not self.keys


def parse(text: str) -> Search | None:
    """Read what was typed or scanned; None for nothing. Raises BadRequest when it is too long."""
    if len(text) > LONGEST:
        raise BadRequest(f"The search is longer than {LONGEST} characters. Use a part of it.")
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text:
        return None
    words = tuple(dict.fromkeys(text.lower().split()))
    plain = {word.upper() for word in words}
    keys = scanned.tracking_keys(text) if scanned.may_be_tracking(text) else ()
    return Search(text, words, tuple(key for key in keys if key not in plain))


def exact_ids(text: str, scope: Scope) -> list[int]:
    """The shipments whose number, order number or tracking number is exactly this; at most two of them."""
    numbers, keys = scanned.numbers(text), scanned.tracking_keys(text)
    by_order = sa.select(Fulfillment.id).join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    ways = (
        sa.select(Fulfillment.id).where(Fulfillment.fulfillment_number.in_(numbers)),
        by_order.where(SalesOrder.order_number.in_(numbers)),
        sa.select(Fulfillment.id).where(Fulfillment.tracking_key.in_(keys)),
    )
    found = sa.union(*(way.where(scope.limit()) for way in ways)).limit(2)
    return list(db.session.scalars(found))


def matching_ids(search: Search) -> list[int]:
    """The ids the indexes give, at most one more than MANY; the caller applies the person's scope."""
    if search.is_exact:
        return list(db.session.scalars(_exactly(search.text)))
    ids = _looked_up(search)
    if search.keys:
        scanned_ids = sa.select(Fulfillment.id).where(Fulfillment.tracking_key.in_(search.keys)).limit(MANY)
        ids.extend(db.session.scalars(scanned_ids))
    return ids


def next_stretch(hits: int, wanted: int, walked: int, spare: float) -> int | None:
    """How far to walk after so many rows gave too few hits; None when the index is the better way.

    `spare` is how much farther than an even spread needs, because hits come in clusters.
    """
    if not hits:
        return None
    needed = walked * wanted * spare / hits
    return next((stretch for stretch in _STRETCHES if stretch >= needed), None)


def is_among_ids() -> sa.ColumnElement[bool]:
    """The id is one of the bound `ids`; one value however many there are, so that the statement stays the same."""
    if settings().is_sqlite:
        listed = sa.func.json_each(sa.bindparam("ids", type_=sa.JSON)).table_valued("value")
        return Fulfillment.id.in_(sa.select(listed.c.value))
    return Fulfillment.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.BigInteger)))


def text_matches(word_count: int, fulfillment_id: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """The text of the shipment holds every bound word; for walking, so no index is meant to be used.

    Not a join, which PostgreSQL would do by reading all the texts where none of the first has the word, unless the
    texts are bounded by their ids as well.
    """
    found = sa.select(texts_match(word_count))
    own = found.where(FulfillmentSearchText.fulfillment_id == fulfillment_id).correlate_except(
        FulfillmentSearchText
    )
    return own.scalar_subquery().is_(sa.true())


def texts_match(word_count: int) -> sa.ColumnElement[bool]:
    """The text that is joined to the shipment holds every bound word."""
    position = sa.func.instr if settings().is_sqlite else sa.func.strpos
    words = (sa.bindparam(f"word_{number}", type_=sa.Text) for number in range(word_count))
    return sa.and_(*(position(FulfillmentSearchText.text, word) > 0 for word in words))


def has_trigrams() -> sa.ColumnElement[bool]:
    """The text may hold the bound `trigrams`: on SQLite, whose index tells so without reading the texts."""
    match = sa.literal_column("fulfillment_search_fts").op("MATCH")(sa.bindparam("trigrams", type_=sa.Text))
    return Fulfillment.id.in_(sa.select(TRIGRAMS.c.rowid).where(match))


def is_from_trigrams() -> sa.ColumnElement[bool]:
    """The same as a join with TRIGRAMS, which is then read in the order of the ids and no further than needed."""
    match = sa.literal_column("fulfillment_search_fts").op("MATCH")(sa.bindparam("trigrams", type_=sa.Text))
    # The sum keeps SQLite from looking up each shipment in the index instead of each hit among the shipments.
    return sa.and_(match, Fulfillment.id == TRIGRAMS.c.rowid + sa.literal_column("0"))


def values(search: Search) -> dict[str, Any]:
    """The bound values of `text_matches` and `has_trigrams`."""
    words: dict[str, Any] = {f"word_{number}": word for number, word in enumerate(search.words)}
    return words | {"trigrams": _trigrams(search.words)} if settings().is_sqlite else words


def _looked_up(search: Search) -> list[int]:
    """The ids whose text holds every word, one more than MANY at most."""
    if settings().is_sqlite:
        return list(db.session.scalars(_sqlite_lookup(len(search.words)), values(search)))
    parts = tuple(tuple(_parts(word)) for word in search.words)
    likes = {f"like_{n}_{m}": f"%{_escaped(part)}%" for n, many in enumerate(parts) for m, part in enumerate(many)}
    lookup = _postgres_lookup(tuple(len(many) for many in parts))
    return db.session.scalar(lookup, likes | values(search)) or []


@cache
def _postgres_lookup(part_counts: tuple[int, ...]) -> sa.TextClause:
    # Materialized, so that the planner weighs the whole lookup and not the first few of many guessed hits.
    # One array of thousands of ids is read several times quicker than as many rows.
    tests = [f"text LIKE :like_{n}_{m}" for n, count in enumerate(part_counts) for m in range(count)]
    tests += [f"strpos(text, :word_{n}) > 0" for n, count in enumerate(part_counts) if count > 1]
    return sa.text(
        "WITH hits AS MATERIALIZED "
        f"(SELECT fulfillment_id FROM fulfillment_search_texts WHERE {' AND '.join(tests)}) "
        f"SELECT array_agg(fulfillment_id) FROM (SELECT fulfillment_id FROM hits LIMIT {MANY + 1}) AS few"
    )


@cache
def _sqlite_lookup(word_count: int) -> sa.TextClause:
    # CROSS JOIN keeps the full-text table first, which gives its hits one by one until there are enough.
    tests = " AND ".join(f"instr(found.text, :word_{number}) > 0" for number in range(word_count))
    return sa.text(
        "SELECT found.fulfillment_id FROM fulfillment_search_fts CROSS JOIN fulfillment_search_texts AS found "
        "ON found.fulfillment_id = fulfillment_search_fts.rowid "
        f"WHERE fulfillment_search_fts MATCH :trigrams AND {tests} LIMIT {MANY + 1}"
    )


def _exactly(text: str) -> sa.CompoundSelect[int]:
    numbers = scanned.numbers(text)
    by_order = sa.select(Fulfillment.id).join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    by_sku = sa.select(FulfillmentLine.fulfillment_id).join(Product, Product.id == FulfillmentLine.product_id)
    return sa.union(
        sa.select(Fulfillment.id).where(Fulfillment.fulfillment_number.in_(numbers)),
        by_order.where(SalesOrder.order_number.in_(numbers)),
        sa.select(Fulfillment.id).where(Fulfillment.tracking_key.in_(scanned.tracking_keys(text))),
        by_sku.where(sa.func.lower(Product.sku) == text.lower()),
    )


def _trigrams(words: tuple[str, ...]) -> str:
    """An FTS5 query that every text with these words matches.

    The table keeps no positions, so the words are compared with the text afterwards. Of letters every trigram is
    asked for, because some of them are rare; those of digits are all about as common, and fewer of them do.
    """
    found = dict.fromkeys(word[start : start + TRIGRAM] for word in words for start in _starts(word))
    return " AND ".join('"{}"'.format(trigram.replace('"', '""')) for trigram in found)


def _starts(word: str) -> list[int]:
    """Where the trigrams of a word are taken: all in short ones, else from the end, as all numbers begin alike."""
    last = len(word) - TRIGRAM
    if len(word) <= _SHORT:
        return list(range(last + 1))
    is_number = len(word) >= _LONG or any(map(str.isdecimal, word))
    return list(range(last, 0, -2 if is_number else -1))


def _parts(word: str) -> list[str]:
    """What PostgreSQL's index is asked for: a word of letters as a whole, of a number a few trigrams from its end.

    Those of digits are all about as common: a few leave hardly anything else, and each costs a long list.
    """
    if len(word) <= _SHORT or sum(map(str.isdecimal, word)) * 2 <= len(word):
        return [word]
    starts = range(len(word) - TRIGRAM, -1, -TRIGRAM)[:_FEW_TRIGRAMS]
    return [word[start : start + TRIGRAM] for start in starts]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")

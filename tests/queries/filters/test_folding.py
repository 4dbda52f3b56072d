"""One meaning of "in any case of its letters", which both databases and their indexes can be trusted with."""

import sqlite3
import sys

import pytest
import sqlalchemy as sa

from webapp.queries.filters import folding, trigrams

EVERY = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Müller", "MÜLLER"), ("Иванов", "ИВАНОВ"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("ß", "ẞ"), ("ǅ", "ǆ"), ("µ", "μ"),
     ("\u212b", "å"), ("\U00010400", "\U00010428")],
)  # fmt: skip
def test_these_are_the_same(one: str, other: str) -> None:
    assert folding.fold(one) == folding.fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ß", "ss"), ("İ", "i"), ("İ", "i\u0307"), ("\u0131", "i"), ("\u212a", "k"), ("\u017f", "s"),
     ("é", "e\u0301"), ("\ufb01", "fi"), ("é", "e")],
)  # fmt: skip
def test_these_are_not(one: str, other: str) -> None:
    assert folding.fold(one) != folding.fold(other)


def test_folding_keeps_length_and_is_done_once() -> None:
    for character in EVERY:
        folded = folding.fold(character)
        assert len(folded) == 1
        assert folding.fold(folded) == folded
        assert character in folding.variants(folded) or character.isascii()
        assert character.isascii() == folded.isascii()


def test_the_lower_case_of_both_databases_is_that_of_ascii(engines: list[sa.Engine]) -> None:
    text = "".join(EVERY)
    expected = "".join(character.lower() if character.isascii() else character for character in EVERY)
    for engine in engines:
        value = sa.literal(text, sa.Text)
        with engine.connect() as connection:
            lowered = sa.func.lower(value if engine.dialect.name == "sqlite" else sa.collate(value, "C"))
            assert connection.scalar(sa.select(lowered)) == expected


def test_a_trusted_letter_is_one_letter_to_fts5() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='trigram', detail='none')")
    connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, 'row')")
    trusted = 0
    for character in EVERY:
        forms = folding.variants(character)
        if len(forms) == 1 or not trigrams._is_trusted(character):
            continue
        trusted += 1
        connection.execute("DELETE FROM texts")
        connection.executemany("INSERT INTO texts VALUES (?)", [(f"ab{form}",) for form in forms])
        assert connection.execute("SELECT count(*) FROM terms").fetchone() == (1,), forms
    connection.close()
    assert trusted > 500  # Latin, Greek and Cyrillic; without them a search for such a name would read every row.


def test_a_trusted_letter_is_found_in_the_lower_case_of_the_search_text() -> None:
    for character in EVERY:
        folded = folding.fold(character)
        if folded not in trigrams._LOST_IN_LOWER_CASE:
            assert {folding.fold(letter) for letter in character.lower()} == {folded}

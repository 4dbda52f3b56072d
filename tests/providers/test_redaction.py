"""Nothing secret and nobody's data survives redaction, also not in half an answer."""

from json import dumps

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.providers.redaction import REDACTED, Redactor
from webapp.providers.shapes import UnexpectedAnswer, parse_json

REDACTOR = Redactor(["topsecretkey"])
ORDER = {
    "orderNumber": "SO-1.1",
    "customerEmail": "pat.sample@example.com",
    "shipTo": {"name": "Pat Sample", "street1": "12 Sample Street", "city": "Springfield", "phone": "555-0142"},
    "giftMessage": 'Happy "birthday", Pat',
    "items": [{"sku": "MUG", "name": "Mug for friend@example.com", "quantity": 2}],
    "phone": 5550142,
    "street": ["12 Sample Street", "Springfield"],
    "note": "call topsecretkey",
}
PERSONAL = ("Pat", "pat.", "12 Sample", "Springf", "555", "friend@", "topsecret", "Happy")


def test_it_keeps_what_is_useful_and_removes_what_is_personal() -> None:
    body = REDACTOR.body(dumps(ORDER).encode())

    assert '"orderNumber": "SO-1.1"' in body
    assert '"sku": "MUG"' in body
    assert f'"name": "Mug for {REDACTED}"' in body
    for word in PERSONAL:
        assert word not in body


@pytest.mark.parametrize("spelling", ["shipTo", "ship_to", "ShipTo", "SHIP-TO"])
def test_it_knows_a_field_in_every_spelling(spelling: str) -> None:
    assert "Pat" not in REDACTOR.body(dumps({spelling: {"name": "Pat"}}).encode())


@given(st.integers(min_value=0, max_value=len(dumps(ORDER))))
def test_it_removes_them_wherever_an_answer_was_cut_off(length: int) -> None:
    half = dumps(ORDER)[:length]

    body = REDACTOR.body(half.encode())

    # A secret that was itself cut in two is not recognised by its value, only by where it stands.
    for word in PERSONAL:
        assert word not in body or (word == "topsecret" and "topsecretkey" not in half)


def test_it_shows_only_the_beginning_of_a_web_page() -> None:
    page = "<title>Proxy</title> write to pat@example.com " + "x" * 5_000

    assert REDACTOR.body(page.encode()).startswith("<title>Proxy</title> write to [redacted] ")
    assert len(REDACTOR.body(page.encode())) < 400


def test_it_says_how_much_of_a_large_body_was_cut() -> None:
    body = REDACTOR.body(dumps({"filler": "x" * 50_000}).encode())

    assert len(body) < 16_100
    assert body.endswith("characters in all]")


def test_it_redacts_the_query_of_an_address() -> None:
    url = httpx.URL("https://user:pw@provider.example.com/a?orderNumber=SO-1&apiKey=abc&email=x%40example.com#f")

    assert REDACTOR.url(url) == (
        "https://provider.example.com/a?orderNumber=SO-1&apiKey=%5Bredacted%5D&email=%5Bredacted%5D"
    )


@pytest.mark.parametrize(
    "text", ["Authorization: Basic dXNlcjpwYXNzd29yZA==", "bearer abcdef.ghi", "key topsecretkey"]
)
def test_it_removes_credentials_from_any_text(text: str) -> None:
    redacted = REDACTOR.message(text)

    assert REDACTED in redacted
    assert text.rsplit(maxsplit=1)[-1] not in redacted


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[" * 100_000,
        b'{"a": ' * 60 + b"1" + b"}" * 60,
        b"\xff\xfe",
        b"1" * 5_000,
        b"1e99999999999999999999",
    ],
)
def test_it_refuses_json_that_cannot_be_used_without_crashing(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_json(body)
    assert isinstance(REDACTOR.body(body), str)


def test_it_replaces_characters_that_no_database_stores() -> None:
    assert parse_json(rb'{"a\u0000": "b\ud800\u0000"}') == {"a\ufffd": "b?\ufffd"}

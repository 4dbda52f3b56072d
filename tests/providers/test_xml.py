"""XML from strangers: what is read of it, what is refused before it can do harm, what is kept of it."""

import pytest

from webapp.providers.redaction import REDACTED, Redactor
from webapp.providers.shapes import UnexpectedAnswer
from webapp.providers.veracore.soap import read_envelope, soap_format
from webapp.providers.xml import indented, parse_xml, tree_of

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PASSWORD = "planted <pass> & word"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{of};" * 10}">' for name, of in (("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"))
)


def envelope(inside: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


@pytest.mark.parametrize(
    ("xml", "tree"),
    [
        ("<a/>", None),
        ("<a> text <!-- said --> </a>", "text"),
        (f'<a {XSI}><b xsi:nil="true"/><b>1</b></a>', {"b": [None, "1"]}),
        ('<x:a xmlns:x="urn:x" y="z"><x:b>1</x:b><c><?pi?><d>2</d></c></x:a>', {"b": "1", "c": {"d": "2"}}),
        ("<a><![CDATA[<b>]]></a>", "<b>"),
    ],
)
def test_it_becomes_what_json_would_have_been(xml: str, tree: object) -> None:
    assert tree_of(parse_xml(xml.encode())) == tree


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"{}",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>&unknown;</a>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        f'<!DOCTYPE a [<!ENTITY a "ha">{LAUGHS}]><a>&e;</a>'.encode(),
        f'<!DOCTYPE a [<!ENTITY a "ha">{LAUGHS}]><a b="&e;"/>'.encode("utf-16"),
        b"<a>" * 5_000 + b"</a>" * 5_000,
    ],
)
def test_it_refuses_what_could_do_harm_or_is_not_xml(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_xml(body)


def test_what_nests_deeper_than_any_answer_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="deeper than 40"):
        tree_of(parse_xml(b"<a>" * 50 + b"</a>" * 50))


@pytest.mark.parametrize("body", [b"<a/>", b"<Envelope/>", f'<s:Envelope xmlns:s="{SOAP}"/>'.encode()])
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="no SOAP envelope"):
        read_envelope(body)


def test_what_is_written_is_read_again_and_names_its_operation_in_the_namespace() -> None:
    written = soap_format("http://omscom/").write(
        {"Header": {}, "Body": {"Do": {"a": [1, True, None], "b": {"c": "<&>"}}}}
    )

    assert read_envelope(written) == {"Do": {"a": ["1", "true", None], "b": {"c": "<&>"}}}
    assert parse_xml(written)[1][0].tag == "{http://omscom/}Do"


def test_secrets_and_people_are_taken_out_however_xml_spells_them() -> None:
    inside = (
        f'<Do note="planted &lt;pass&gt; &amp; word"><Password>short</Password><Word>{PASSWORD[:7]} &lt;pass&gt; '
        "&amp; word</Word><ShipTo><Any>Pat</Any></ShipTo><Text>to pat@example.com <b/>pat@example.com</Text>"
        "<Name>UPS</Name></Do>"
    )

    kept = Redactor([PASSWORD]).body(envelope(inside))

    assert f"<Password>{REDACTED}</Password>" in kept
    assert "<Name>UPS</Name>" in kept
    assert not [word for word in ("short", "pass&gt;", "Pat", "pat@") if word in kept]


def test_an_error_that_repeats_the_request_repeats_no_secret() -> None:
    words = 'Not understood: "<Password>planted &lt;pass&gt; &amp; word</Password>"'

    assert "planted" not in Redactor([PASSWORD]).text(words)


def test_of_half_an_envelope_only_the_harmless_texts_stay() -> None:
    whole = envelope("<City>Springfield</City><SKU>MUG</SKU><FirstName>Patricia</FirstName>").decode()

    kept = Redactor([]).body(whole[: whole.index("ricia")].encode())

    assert "MUG" in kept
    assert not [word for word in ("Spring", "Pat") if word in kept]


def test_a_web_page_that_is_good_xml_is_still_a_web_page() -> None:
    page = f"<html><body><p>Proxy</p>{'<br/>' * 500}</body></html>"

    assert len(Redactor([]).body(page.encode())) < 400


def test_a_document_is_indented_and_half_of_one_is_not() -> None:
    assert indented("<a><b>1</b></a>") == "<a>\n  <b>1</b>\n</a>"
    with pytest.raises(UnexpectedAnswer):
        indented("<a><b>1</b>… [cut]")

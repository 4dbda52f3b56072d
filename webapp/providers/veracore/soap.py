"""Envelopes as VeraCore's ASMX service takes and sends them: SOAP 1.1, `text/xml`.

Format: SOAP 1.1 (W3C note, sections 4 and 6); public clients of `oms.asmx`.
"""

from functools import partial

from lxml import etree

from webapp.providers.formats import Format
from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer, as_object
from webapp.providers.xml import add_tree, local_name, parse_xml, tree_of

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_ACCEPTED = frozenset({"text/xml", "application/xml", "application/soap+xml"})


def soap_format(namespace: str) -> Format:
    """The format of a service in this namespace. A body is `{"Header": {…}, "Body": {operation: {…}}}`."""
    return Format(
        "XML", "text/xml; charset=utf-8", _ACCEPTED, "+xml", partial(_write_envelope, namespace), read_envelope
    )


def _write_envelope(namespace: str, value: JsonValue) -> bytes:
    root = etree.Element(etree.QName(ENVELOPE, "Envelope"), nsmap={"soap": ENVELOPE, "oms": namespace})
    for name, fields in as_object(value, "envelope").items():
        part = etree.SubElement(root, etree.QName(ENVELOPE, name))
        add_tree(part, as_object(fields, name), namespace)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def read_envelope(body: bytes) -> JsonValue:
    """What an envelope has in its Body, by name: an operation's response, or a Fault. Raises UnexpectedAnswer."""
    root = parse_xml(body)
    parts = [child for child in root if local_name(child) == "Body"]
    if local_name(root) != "Envelope" or len(parts) != 1:
        raise UnexpectedAnswer("is no SOAP envelope with one body")
    return as_object(tree_of(parts[0]) or {}, "body")


def fault_of(data: JsonValue) -> JsonObject | None:
    """The Fault in what `read_envelope` returned, None where there is none."""
    fault = data.get("Fault") if isinstance(data, dict) else None
    return fault if isinstance(fault, dict) else None

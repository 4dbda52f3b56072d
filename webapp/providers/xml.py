"""Reading somebody else's XML: no entities, no document types, no network, nothing deep or huge."""

import re
from typing import Any, TypeAlias

from lxml import etree

from webapp.providers.shapes import MAX_DEPTH, JsonObject, JsonValue, UnexpectedAnswer

# lxml's elements have no public type.
Element: TypeAlias = Any

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# What XML 1.0 (section 2.2) has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_xml(body: bytes) -> Element:
    """The root of a document. Raises UnexpectedAnswer, also for one with a document type: no message needs it."""
    # Made anew each time, because a parser keeps what it met. Without `huge_tree` libxml2 bounds depth and names.
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):  # ValueError: a text that names an encoding nobody knows.
        raise UnexpectedAnswer("is not complete, valid XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnexpectedAnswer("has a document type, which is never read")
    return root


def tree_of(element: Element, depth: int = MAX_DEPTH) -> JsonValue:
    """An element as JSON would have it: text, an object of its children, or None where it is nil or empty.

    Names are without namespaces, attributes left out; a name that comes again holds a list. Raises
    UnexpectedAnswer.
    """
    if depth == 0:
        raise UnexpectedAnswer(f"nests deeper than {MAX_DEPTH} levels")
    if len(element) == 0:
        is_nil = element.get(_NIL) in ("true", "1")
        return None if is_nil else (element.text or "").strip() or None
    found: dict[str, list[JsonValue]] = {}
    for child in element:
        found.setdefault(local_name(child), []).append(tree_of(child, depth - 1))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def add_tree(parent: Element, fields: JsonObject, namespace: str) -> None:
    """Write an object as elements under `parent`, in its order; a list is its name again and again."""
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, etree.QName(namespace, name))
            if isinstance(each, dict):
                add_tree(child, each, namespace)
            elif each is not None:
                child.text = _written(each)


def _written(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNWRITABLE.sub("", str(value))


def indented(text: str) -> str:
    """The same document, an element a line. Raises UnexpectedAnswer when it is none, for instance half of one."""
    root = parse_xml(text.encode())
    etree.indent(root)
    return str(etree.tostring(root, encoding="unicode"))


def local_name(element: Element) -> str:
    """The name without its namespace."""
    return str(etree.QName(element).localname)

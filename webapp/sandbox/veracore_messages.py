"""SOAP as the sandbox's VeraCore reads and writes it.

Shapes: SOAP 1.1; faults as clients quote VeraCore's: the exceptions' names, one inside the other, and a trace.
"""

from dataclasses import dataclass
from typing import Any

from flask import Response
from lxml import etree

from webapp.sandbox.systems import Json

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "http://omscom/"
_PLAIN, _DATABASE = "System.Exception", "System.Data.SqlClient.SqlException"


@dataclass(frozen=True)
class Asked:
    """One request: which operation, its fields, and who asks."""

    operation: str
    fields: Json
    username: str
    password: str


def read_request(body: bytes) -> Asked | None:
    """A request in an envelope; None for anything else, for instance in another namespace."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    operation = root.find(f"{{{SOAP}}}Body/{{{NAMESPACE}}}*")
    if operation is None:
        return None
    header = f"{{{SOAP}}}Header/{{{NAMESPACE}}}AuthenticationHeader/{{{NAMESPACE}}}"
    return Asked(
        etree.QName(operation).localname,
        _fields(operation) or {},
        root.findtext(f"{header}Username") or "",
        root.findtext(f"{header}Password") or "",
    )


def _fields(element: Any) -> Any:
    """Text, or an object of children, where a name that comes again holds a list."""
    if len(element) == 0:
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(etree.QName(child).localname, []).append(_fields(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def as_list(value: Any) -> list[Any]:
    """What came once or again and again, as a list."""
    return value if isinstance(value, list) else [value] if value else []


def answer(operation: str, result: Json | None) -> Response:
    """The response of an operation; without a result it is empty, as .NET writes null."""
    fields = {} if result is None else {f"{operation}Result": result}
    return _envelope(f"{{{NAMESPACE}}}{operation}Response", fields)


def fault(reason: str, *, is_breakdown: bool = False, status: int = 500) -> Response:
    """A fault with a reason: VeraCore saying no, or its database breaking down."""
    kind = _DATABASE if is_breakdown else _PLAIN
    words = (
        "System.Web.Services.Protocols.SoapException: Server was unable to process request. "
        f"---> {kind}: {reason}\n   at ProMail.WebServices.OMS.Run(String name)\n"
        "   --- End of inner exception stack trace ---"
    )
    response = _envelope(f"{{{SOAP}}}Fault", {"faultcode": "soap:Server", "faultstring": words, "detail": None})
    response.status_code = status
    return response


def _envelope(name: str, fields: Json) -> Response:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    namespace = "" if name.endswith("}Fault") else f"{{{NAMESPACE}}}"
    names: Any = {None: NAMESPACE} if namespace else None
    _write(etree.SubElement(body, name, nsmap=names), fields, namespace)
    content = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Response(content, content_type="text/xml; charset=utf-8")


def _write(parent: Any, fields: Json, namespace: str) -> None:
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, f"{namespace}{name}")
            if isinstance(each, dict):
                _write(child, each, namespace)
            elif each is not None:
                child.text = str(each).lower() if isinstance(each, bool) else str(each)

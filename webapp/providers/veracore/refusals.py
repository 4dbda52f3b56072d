"""What VeraCore means when it says no: its words, and which error they speak of.

Formats: SOAP faults as clients quote them (`System.Web.Services.Protocols.SoapException: … ---> System.Exception:
<reason>` under status 500), `Error` in the answers of the REST service.
"""

import re

from webapp.providers.base import AuthFailed, NotFound, ProviderError, Rejected
from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer
from webapp.providers.veracore.settings import VeraCoreSettings
from webapp.providers.veracore.soap import fault_of

# What .NET puts before the reason: the exceptions' names, one inside the other.
_REASON = re.compile(r"(?P<kind>[\w.]+(?:Exception|Error)):\s*(?P<reason>.*)", re.DOTALL)
_PLAIN_EXCEPTION = "System.Exception"
_TRACE = re.compile(r"\s+at [\w.`<>]+\(.*", re.DOTALL)


def refuse_error(answer: JsonObject) -> None:
    """Raises UnexpectedAnswer for an answer that reports an error, whatever its status."""
    if answer.get("Error"):
        raise UnexpectedAnswer("reports an error")


def explain(data: JsonValue) -> str | None:
    """VeraCore's own words: the reason in a fault without .NET's names and traces, or an `Error` or `Message`."""
    if fault := fault_of(data):
        words = _fault_text(fault)
        found = _innermost(words)
        return found[1] if found else words or None
    if not isinstance(data, dict):
        return None
    return next((word for key in ("Error", "Message") if isinstance(word := data.get(key), str) and word), None)


def _fault_text(fault: JsonObject) -> str:
    words = fault.get("faultstring")
    return _TRACE.sub("", words).strip() if isinstance(words, str) else ""


def _innermost(words: str) -> tuple[str, str] | None:
    """Which exception was at the bottom of a fault, and its reason."""
    match = _REASON.match(words.rpartition("--->")[2].strip())
    return (match["kind"], match["reason"].strip()) if match else None


def refusal_in(settings: VeraCoreSettings, data: JsonValue) -> type[ProviderError] | None:
    """Which refusal an answer speaks of, None for a breakdown: every fault comes under status 500.

    A plain `System.Exception` is VeraCore saying no; any other exception is something that broke there.
    """
    words = (explain(data) or "").lower()
    if any(word in words for word in settings.auth_words):
        return AuthFailed
    if any(word in words for word in settings.missing_words):
        return NotFound
    fault = fault_of(data)
    if fault is None:
        return None
    found = _innermost(_fault_text(fault))
    is_ours = str(fault.get("faultcode", "")).rpartition(":")[2] == "Client"
    return Rejected if is_ours or (found and found[0] == _PLAIN_EXCEPTION) else None

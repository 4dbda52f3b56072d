"""What a GraphQL error of ShipHero means; they come under status 200 and leave the field they concern empty.

Source: developer.shiphero.com, error glossary (codes 5 and 30). Of other codes only the words are known.
"""

import re

from webapp.providers.answers import LONGEST_RETRY_AFTER
from webapp.providers.base import AuthFailed, NotFound, ProviderError, Rejected, Throttled
from webapp.providers.shapes import JsonObject, JsonValue

NOT_FOUND = "5"
NO_CREDITS = "30"
_SECONDS = re.compile(r"\b(\d{1,9})\s+seconds?\b", re.IGNORECASE)
# What ShipHero says about a token that is no longer good is not documented; these words leave no doubt.
_ABOUT_CREDENTIALS = re.compile(
    r"\b(unauthori[sz]ed|unauthenticated|not authenticated|authentication|(token|signature|jwt)\b.{0,40}\bexpired"
    r"|invalid (access )?token)",
    re.IGNORECASE,
)


def errors_in(data: JsonValue) -> list[JsonObject]:
    """The GraphQL errors of an answer; nothing when it has none."""
    found = data.get("errors") if isinstance(data, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def explain(data: JsonValue) -> str | None:
    """ShipHero's own words: GraphQL errors, else what its gateway or its sign-in says."""
    if errors := errors_in(data):
        return _words(errors)
    if not isinstance(data, dict):
        return None
    words = [data.get(key) for key in ("message", "error_description", "error")]
    return next((word for word in words if isinstance(word, str) and word), None)


def error_from(errors: list[JsonObject], who: str, said: str) -> ProviderError:
    """The error of our vocabulary; `said` is what ShipHero said, fit to be shown."""
    codes = {str(error.get("code")) for error in errors}
    if NO_CREDITS in codes:
        wait = _wait(_words(errors) or "")
        return Throttled(f"{who} was asked for more than its credits allow. It said: {said}", retry_after=wait)
    if NOT_FOUND in codes:
        return NotFound(f"{who} has nothing under this id. It said: {said}")
    if _ABOUT_CREDENTIALS.search(_words(errors) or ""):
        return AuthFailed(f"{who} refused the credentials. Check them in the account. It said: {said}")
    return Rejected(f"{who} answered 200 and yet said no: {said}")


def _words(errors: list[JsonObject]) -> str | None:
    words = [error.get("message") for error in errors]
    return " ".join(word for word in words if isinstance(word, str) and word) or None


def _wait(words: str) -> float | None:
    found = _SECONDS.search(words)
    return min(float(found[1]), LONGEST_RETRY_AFTER) if found else None

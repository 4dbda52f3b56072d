"""What a no of Shopify means: GraphQL errors under status 200, and `userErrors`, which carry words and no code.

Source: shopify.dev, API usage: response codes, rate limits; words of the user errors as recorded from its answers.
"""

import re
from decimal import Decimal

from webapp.providers.answers import LONGEST_RETRY_AFTER
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.shapes import JsonObject, JsonValue

# Shopify's bucket is full again after twenty seconds; without figures a part of that is waited.
WAIT_WHEN_UNSAID = 2.0
_BROKEN = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
# Order matters: the first that is found in the words decides.
_BY_WORDS: tuple[tuple[re.Pattern[str], type[ProviderError]], ...] = (
    (re.compile(r"unfulfillable status", re.IGNORECASE), AlreadyShipped),
    (re.compile(r"invalid fulfillment order line item quantity", re.IGNORECASE), AlreadyShipped),
    (re.compile(r"does not exist|not found", re.IGNORECASE), NotFound),
)


def errors_in(data: JsonValue) -> list[JsonObject]:
    """The GraphQL errors of an answer; nothing when it has none."""
    found = data.get("errors") if isinstance(data, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def user_errors_in(payload: JsonObject) -> list[str]:
    """The words of what a mutation was refused for; nothing when it was done."""
    found = payload.get("userErrors")
    entries = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    return [str(entry.get("message") or "no reason given") for entry in entries]


def explain(data: JsonValue) -> str | None:
    """Shopify's own words: GraphQL errors, else what its gateway or its sign-in says."""
    if errors := errors_in(data):
        return _words(errors)
    if not isinstance(data, dict):
        return None
    words = [data.get(key) for key in ("errors", "error_description", "error")]
    return next((word for word in words if isinstance(word, str) and word), None)


def error_from(data: JsonValue, who: str, said: str, *, is_query: bool) -> ProviderError:
    """The error of our vocabulary for GraphQL errors; `said` is what Shopify said, fit to be shown."""
    errors = errors_in(data)
    codes = {_code(error) for error in errors}
    if "THROTTLED" in codes:
        words = f"{who} was asked for more points than are left. It said: {said}"
        return Throttled(words, retry_after=seconds_to_wait(data))
    if "ACCESS_DENIED" in codes:
        return AuthFailed(f"{who} does not allow its app to do this. Give it the scopes it needs. It said: {said}")
    if "RESOURCE_NOT_FOUND" in codes:
        return NotFound(f"{who} has nothing under this id. It said: {said}")
    if codes & _BROKEN:
        if is_query:
            return Transient(f"{who} is out of order. It said: {said}")
        return OutcomeUnknown(f"{who} broke down over the call, which may have taken effect. It said: {said}")
    return Rejected(f"{who} answered 200 and yet said no: {said}")


def error_of_user_errors(words: list[str], who: str, said: str) -> ProviderError:
    """The error of our vocabulary for what a mutation was refused for, which changed nothing."""
    whole = " ".join(words)
    kind = next((kind for pattern, kind in _BY_WORDS if pattern.search(whole)), Rejected)
    return kind(f"{who} said no: {said}")


def seconds_to_wait(data: JsonValue) -> float:
    """Until enough points are left for the query: (asked for - left) / restored in a second."""
    cost = _object(_object(data, "extensions"), "cost")
    status = _object(cost, "throttleStatus")
    figures = [cost.get("requestedQueryCost"), status.get("currentlyAvailable"), status.get("restoreRate")]
    asked, left, rate = (_number(figure) for figure in figures)
    if asked is None or left is None or not rate or rate < 0:
        return WAIT_WHEN_UNSAID
    return min(max((asked - left) / rate, 0.0), LONGEST_RETRY_AFTER)


def _words(errors: list[JsonObject]) -> str | None:
    words = [error.get("message") for error in errors]
    return " ".join(word for word in words if isinstance(word, str) and word) or None


def _code(error: JsonObject) -> str:
    return str(_object(error, "extensions").get("code"))


def _object(holder: JsonValue, key: str) -> JsonObject:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None

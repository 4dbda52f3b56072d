"""What an answer over HTTP means: a value, or one error of the vocabulary with a sentence for a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import httpx

from webapp.providers.addresses import CertificateRefused, Unreachable, WrongAddress
from webapp.providers.base import (
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)
from webapp.providers.formats import JSON, Format
from webapp.providers.redaction import Redactor
from webapp.providers.shapes import JsonValue, UnexpectedAnswer
from webapp.providers.traits import ProviderTraits
from webapp.statuses import ExchangeOutcome

T = TypeVar("T")

# A provider that asks for more than an hour is misread (an epoch instead of seconds) or beyond one job's patience.
LONGEST_RETRY_AFTER = 3600.0
_NAMED = {
    AuthFailed: "refused the credentials. Check them in the account.",
    NotFound: "has nothing under this id or number.",
}
# Raised before a byte of the request was sent, so that even an unsafe call has had no effect.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Answer:
    """An answer as received; `shortfall` says why its body is not whole, `worth_repeating` whether that passes."""

    status: int
    headers: httpx.Headers
    body: bytes
    shortfall: str | None = None
    worth_repeating: bool = False
    format: Format = JSON

    def data(self) -> JsonValue:
        """What the body holds. Raises UnexpectedAnswer when it is not of its format."""
        return self.format.read(self.body)


@dataclass(frozen=True)
class Interpreter:
    """Turns answers into values or errors for one account, by what its provider's `traits` say."""

    who: str
    redactor: Redactor
    traits: ProviderTraits
    now: Callable[[], datetime]

    def value(
        self, answer: Answer, read: Callable[[JsonValue], T], *, is_safe: bool, names_nothing: bool = False
    ) -> T:
        """What `read` makes of a 2xx answer. Raises a ProviderError for every other answer; see http.Call."""
        if names_nothing and answer.status == HTTPStatus.NOT_FOUND:
            raise self._wrong_address(answer)
        if not httpx.codes.is_success(answer.status):
            raise self._refusal(answer, is_safe=is_safe)
        if answer.shortfall:
            raise self._unusable(answer.shortfall, is_safe=is_safe, worth_repeating=answer.worth_repeating)
        try:
            _check_content_type(answer)
            data = answer.data()
        except UnexpectedAnswer as error:
            raise self._unusable(str(error), is_safe=is_safe) from None
        try:
            return read(data)
        except UnexpectedAnswer as error:
            # An error reported under a friendly status; its words are worth more than our complaint.
            if kind := self.traits.refusal(data):
                raise self._named(kind, self._said(answer)) from None
            if words := self._words(data):
                raise Rejected(f"{self.who} answered {answer.status} and yet said no: {words}") from None
            raise self._unusable(str(error), is_safe=is_safe) from None

    def no_answer(self, failure: httpx.TransportError, *, is_safe: bool) -> ProviderError:
        """The error for a call that broke off without an answer."""
        what = _what_broke(failure)
        if isinstance(failure, _NEVER_SENT):
            error = CertificateRefused if _is_untrusted(failure) else Unreachable
            return error(f"{self.who} cannot be reached: {what}. Nothing was sent.")
        if is_safe:
            return Unreachable(f"{self.who} did not answer: {what}.", outcome=ExchangeOutcome.UNKNOWN)
        return OutcomeUnknown(
            f"{self.who} did not answer: {what}. The call may have taken effect; look before repeating it."
        )

    def _unusable(self, problem: str, *, is_safe: bool, worth_repeating: bool = False) -> ProviderError:
        if not is_safe:
            return OutcomeUnknown(
                f"{self.who} accepted the call, but the answer {problem}. Look before repeating it."
            )
        if worth_repeating:
            return Transient(f"{self.who} answered, but the answer {problem}.")
        return Rejected(f"{self.who} answered something that cannot be used: the answer {problem}.")

    def _refusal(self, answer: Answer, *, is_safe: bool) -> ProviderError:
        status = answer.status
        said = self._said(answer)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = seconds_to_wait(answer.headers, self.now())
            return Throttled(f"{self.who} was called too often and asks to wait.{said}", retry_after=wait)
        if kind := self._refusal_named_by(answer):
            return self._named(kind, said)
        if status in (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED):
            return Unsupported(f"{self.who} does not offer this call (status {status}).{said}")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return self._out_of_order(answer, said, is_safe=is_safe)
        return self._missing(answer, said) or self._no(answer, said)

    def _refusal_named_by(self, answer: Answer) -> type[ProviderError] | None:
        try:
            return self.traits.refusal(answer.data())
        except UnexpectedAnswer:
            return None

    def _named(self, kind: type[ProviderError], said: str) -> ProviderError:
        """The error that a body names, whatever its status."""
        return kind(f"{self.who} {_NAMED.get(kind, 'refused.')}{said}")

    def _missing(self, answer: Answer, said: str) -> ProviderError | None:
        """What only the body tells apart: an order that is not there, and an address where nothing is."""
        if self.traits.says_missing and answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            if self._is_about_nothing(answer, self.traits.says_missing):
                return self._named(NotFound, said)
            if answer.status == HTTPStatus.NOT_FOUND:
                return self._wrong_address(answer)
        return None

    def _out_of_order(self, answer: Answer, said: str, *, is_safe: bool) -> ProviderError:
        if not is_safe and self._turned_down(answer):
            return Rejected(f"{self.who} refused (status {answer.status}).{said}")
        if not is_safe:
            return OutcomeUnknown(
                f"{self.who} failed with status {answer.status}. The call may have taken effect; "
                f"look before repeating it.{said}"
            )
        wait = seconds_to_wait(answer.headers, self.now())
        return Transient(f"{self.who} is out of order (status {answer.status}).{said}", retry_after=wait)

    def _no(self, answer: Answer, said: str) -> ProviderError:
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                return self._named(AuthFailed, said)
            case HTTPStatus.FORBIDDEN:
                return AuthFailed(f"{self.who} does not allow these credentials to do this.{said}")
            case HTTPStatus.NOT_FOUND:
                return self._named(NotFound, said)
            case status if status < HTTPStatus.BAD_REQUEST:
                return WrongAddress(
                    f"{self.who} sends callers elsewhere (status {status}), which is never followed. "
                    "Check the address in the account."
                )
            case status:
                return Rejected(f"{self.who} refused (status {status}).{said}")

    def _wrong_address(self, answer: Answer) -> ProviderError:
        return WrongAddress(
            f"{self.who} has nothing at this address (status {answer.status}). "
            f"Check the address in the account.{self._said(answer)}"
        )

    @staticmethod
    def _is_about_nothing(answer: Answer, says_missing: Callable[[int, JsonValue], bool]) -> bool:
        try:
            return says_missing(answer.status, answer.data())
        except UnexpectedAnswer:
            return False

    def _turned_down(self, answer: Answer) -> bool:
        try:
            return self.traits.said_no(answer.data())
        except UnexpectedAnswer:
            return False

    def _said(self, answer: Answer) -> str:
        try:
            words = self._words(answer.data())
        except UnexpectedAnswer:
            return ""
        return f" It said: {words}" if words else ""

    def _words(self, data: JsonValue) -> str | None:
        words = self.traits.explain(data)
        return self.redactor.message(words) if words else None


def seconds_to_wait(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds an answer asks to wait: Retry-After (RFC 9110: seconds or a date), else X-Rate-Limit-Reset.

    None when neither is there or readable; at most an hour.
    """
    for name in ("retry-after", "x-rate-limit-reset"):
        if (seconds := _seconds(headers.get(name, ""), now)) is not None:
            return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
    return None


def _seconds(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:9])  # Nine digits are already years; more could overflow.
    try:
        return (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError):  # TypeError: a date without a zone cannot be compared.
        return None


def _check_content_type(answer: Answer) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not answer.format.is_named_by(kind):
        raise UnexpectedAnswer(f"is not {answer.format.name} (it calls itself {kind[:80] or 'nothing'})")


def _is_untrusted(failure: httpx.TransportError) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(failure)


def _what_broke(failure: httpx.TransportError) -> str:
    match failure:
        case httpx.ConnectTimeout():
            return "it did not accept the connection in time"
        case httpx.TimeoutException():
            return "no answer came in time"
        case httpx.ConnectError() if _is_untrusted(failure):
            return f"its certificate does not prove that it is this host ({str(failure)[:200]})"
        case httpx.ConnectError():
            return f"connecting failed ({str(failure)[:200] or 'no reason given'})"
        case _:
            return "the connection broke off"

"""The one door to the outside: every call to a provider goes through here and is reported once per attempt."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from json import dumps
from math import inf
from typing import TypeVar

import httpx
import stamina

from webapp.providers.account_settings import check_keys
from webapp.providers.addresses import AddressRules, CheckedTransport
from webapp.providers.answers import Answer, Interpreter
from webapp.providers.base import (
    AccountDisabled,
    CircuitOpen,
    Exchange,
    ProviderAccountRecord,
    ProviderError,
    Record,
    Transient,
)
from webapp.providers.formats import JSON, Format
from webapp.providers.lanes import lane_of_call
from webapp.providers.rate_limits import AccountRateLimiter, Clock
from webapp.providers.redaction import Redactor
from webapp.providers.shapes import JsonValue
from webapp.providers.shared_tokens import SharedTokens
from webapp.providers.traits import ProviderTraits
from webapp.statuses import ExchangeOutcome

T = TypeVar("T")

# Methods that change nothing, so that repeating one is always safe (RFC 9110, section 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD"})
# Seconds: less than this is no time-out that a healthy provider could keep.
SHORTEST_TIMEOUT = 0.5


@dataclass(frozen=True)
class Timing:
    """Seconds. `budget` bounds one call with its waiting and repeating: nothing new begins after it."""

    connect: float = 5.0
    read: float = 20.0
    # A body that drips one byte at a time never runs into `read`; this bounds the whole of it.
    whole_answer: float = 30.0
    # A person watches the page; what takes longer is better tried again by a later job.
    budget: float = 30.0


@dataclass(frozen=True)
class DoorOptions:
    """What is decided once per installation and handed to every door."""

    allow_sandbox: bool = False
    allow_real_hosts: bool = False
    redis_url: str | None = None
    # Where workers find the access tokens that others were given; None keeps them in each process.
    shared_tokens: SharedTokens | None = None
    timing: Timing = field(default_factory=Timing)
    # The largest documented page (500 orders) stays well under this.
    max_bytes: int = 5_000_000
    attempts: int = 3
    clock: Clock = field(default_factory=Clock)
    # Monotonic: when the patience of whoever waits for all the calls together ends; None is nobody in particular.
    until: float | None = None


@dataclass(frozen=True)
class Call:
    """One call; `operation` is the words under which people find it.

    `path` starts after the base URL and is already percent-encoded. `is_repeatable` is for a call that is
    not a GET but that the provider documents as idempotent. `names_nothing`: the path is the same for every
    order, so that status 404 says that the address is wrong, and nothing about an order. `form` is sent instead
    of a `body`. `format` is how the body is written and the answer read. `quota` names the one of the
    provider's limits that the call counts against, if it has many, `price` is what it counts for. A parameter
    with several values is sent once for each.
    """

    operation: str
    path: str
    method: str = "GET"
    params: Mapping[str, str | int | tuple[str, ...]] = field(default_factory=dict)
    body: JsonValue = None
    is_repeatable: bool = False
    names_nothing: bool = False
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    quota: str = ""
    price: int = 1
    format: Format = JSON

    @property
    def is_safe(self) -> bool:
        return self.is_repeatable or self.method in SAFE_METHODS


class Door:
    """Calls one account: checked address, timeouts, rate limit, safe repeats, and a record of every attempt."""

    def __init__(
        self,
        account: ProviderAccountRecord,
        traits: ProviderTraits,
        options: DoorOptions,
        record: Record,
        *,
        auth: httpx.Auth | tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._account = account
        self._label = traits.label
        self._options = options
        self._record = record
        self._clock = options.clock
        self.shared_tokens = options.shared_tokens
        self._rules = AddressRules(allow_sandbox=options.allow_sandbox, allow_real_hosts=options.allow_real_hosts)
        self.redactor = Redactor([*account.credentials.values(), *(headers or {}).values()], traits.personal, auth)
        self.who = f"{traits.label} (account “{account.name}”)"
        check_keys((headers or {}).values(), self.who)
        self._interpreter = Interpreter(self.who, self.redactor, traits, self._clock.now)
        self._traits = traits
        self._limiters: dict[str, AccountRateLimiter] = {}
        timing = options.timing
        self._client = httpx.Client(
            auth=auth,
            headers={"Accept": "application/json", "User-Agent": "Dockside", **(headers or {})},
            timeout=httpx.Timeout(timing.read, connect=timing.connect),
            transport=CheckedTransport(self._rules),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def authorize(self, token: str, header: str | None = None) -> None:
        """Send this token from now on, as bearer or in a header of its own, and keep it out of every record."""
        self.redactor.learn(token)
        self._client.headers[header or "Authorization"] = token if header else f"Bearer {token}"

    def call(self, call: Call, read: Callable[[JsonValue], T]) -> T:
        """Make the call and return what `read` makes of its JSON.

        Repeats it (three attempts, 30 seconds in all) only when the error says that this is safe. `read`
        raises UnexpectedAnswer when the shape is wrong. Raises a ProviderError for everything but success.
        """
        base_url = self._refuse_early()
        budget = self._options.timing.budget
        with ExitStack() as lane:
            lane.enter_context(lane_of_call())
            deadline = self._deadline(budget)
            for attempt in stamina.retry_context(
                on=partial(self._wait_before_repeating, deadline),
                attempts=self._options.attempts,
                timeout=budget,
                wait_initial=0.5,
                wait_max=5.0,
            ):
                with attempt:
                    self._limiter(call.quota).wait_for_turn(deadline, call.price)
                    return self._attempt(base_url, call, read, lane)
        raise AssertionError("stamina either returns an attempt's value or raises its error")

    def _deadline(self, budget: float) -> float:
        """When this call and its repeats must be over. Raises Transient when that is now."""
        moment, until = self._clock.monotonic(), self._options.until
        if until is not None and moment >= until:
            raise Transient(f"There was no time left to ask {self.who}. Nothing was sent by this step.")
        return moment + budget if until is None else min(moment + budget, until)

    def _timeout(self) -> httpx.Timeout:
        """As long as documented, but no longer than whoever waits has patience."""
        timing, until = self._options.timing, self._options.until
        left = max(until - self._clock.monotonic(), SHORTEST_TIMEOUT) if until is not None else timing.read
        return httpx.Timeout(min(timing.read, left), connect=min(timing.connect, left))

    def _refuse_early(self) -> httpx.URL:
        """What needs no network to be refused: a disabled account, an open circuit, a wrong address."""
        account = self._account
        if not account.is_enabled:
            raise AccountDisabled(f"The {self._label} account “{account.name}” is switched off.")
        now = self._clock.now()
        if account.circuit_open_until and account.circuit_open_until > now:
            raise CircuitOpen(
                f"{self.who} failed several times in a row and is left alone "
                f"until {account.circuit_open_until:%H:%M:%S} UTC.",
                retry_after=(account.circuit_open_until - now).total_seconds(),
            )
        return self._rules.check_url(account.base_url)

    def _wait_before_repeating(self, deadline: float, error: Exception) -> bool | float:
        """Stamina's question after a failure: False for no, True for its own back-off, or seconds to wait."""
        if not isinstance(error, ProviderError) or not error.retryable:
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if self._clock.monotonic() + error.retry_after <= deadline else False

    def _attempt(self, base_url: httpx.URL, call: Call, read: Callable[[JsonValue], T], lane: ExitStack) -> T:
        """Leaves the lane as soon as there is an answer that needs no further attempt."""
        request = self._request(base_url, call)
        started = self._clock.monotonic()
        report = partial(self._report, call, request, occurred_at=self._clock.now(), started=started)
        answer = None
        try:
            answer = replace(self._send(request, is_safe=call.is_safe), format=call.format)
            value = self._interpreter.value(answer, read, is_safe=call.is_safe, names_nothing=call.names_nothing)
        except ProviderError as error:
            report(answer=answer, error=error)
            raise
        lane.close()
        report(answer=answer, error=None)
        return value

    def _limiter(self, quota: str) -> AccountRateLimiter:
        if quota not in self._limiters:
            account = ":".join(filter(None, (self._traits.kind, str(self._account.id), quota)))
            limit, redis_url = self._traits.rate_limit, self._options.redis_url
            self._limiters[quota] = AccountRateLimiter(limit, account, redis_url, self._clock)
        return self._limiters[quota]

    def _request(self, base_url: httpx.URL, call: Call) -> httpx.Request:
        url = httpx.URL(str(base_url).rstrip("/") + call.path)
        params, headers = dict(call.params) or None, dict(call.headers)
        if call.form is not None:
            return self._client.build_request(call.method, url, params=params, data=call.form, headers=headers)
        content = None if call.body is None else call.format.write(call.body)
        if content is not None:
            headers["Content-Type"] = call.format.content_type
        return self._client.build_request(call.method, url, params=params, content=content, headers=headers)

    def _send(self, request: httpx.Request, *, is_safe: bool) -> Answer:
        try:
            request.extensions = {**request.extensions, "timeout": self._timeout().as_dict()}
            response = self._client.send(request, stream=True)
        except httpx.TransportError as failure:
            raise self._interpreter.no_answer(failure, is_safe=is_safe) from failure
        with closing(response):
            return self._receive(response)

    def _receive(self, response: httpx.Response) -> Answer:
        """Read the body only as far and as long as is allowed; what is missing is said in the answer."""
        limit, moment = self._options.max_bytes, self._clock.monotonic()
        until = min(moment + self._options.timing.whole_answer, self._options.until or inf)
        patience = until - moment
        whole = partial(Answer, response.status_code, response.headers)
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > limit:
                    return whole(bytes(body[:limit]), f"is larger than {limit:,} bytes")
                if self._clock.monotonic() > until:
                    return whole(bytes(body), f"was still coming in after {patience:.3g} seconds", True)
        except (httpx.TransportError, httpx.DecodingError):
            return whole(bytes(body), "broke off before its end", True)
        return whole(bytes(body))

    def _report(
        self,
        call: Call,
        request: httpx.Request,
        *,
        occurred_at: datetime,
        started: float,
        answer: Answer | None,
        error: ProviderError | None,
    ) -> None:
        exchange = Exchange(
            operation=call.operation,
            method=call.method,
            url=self.redactor.url(request.url),
            request_body=self._sent(call, request),
            response_status=answer.status if answer else None,
            response_body=self.redactor.body(answer.body) if answer else None,
            duration_ms=round((self._clock.monotonic() - started) * 1000),
            outcome=error.outcome if error else ExchangeOutcome.CONFIRMED,
            message=error.message if error else "",
            occurred_at=occurred_at,
        )
        self._record(exchange)

    def _sent(self, call: Call, request: httpx.Request) -> str | None:
        """A form is kept as JSON: percent-encoded, no secret in it would be recognised."""
        content = request.content if call.form is None else dumps(dict(call.form)).encode()
        return self.redactor.body(content) if content else None

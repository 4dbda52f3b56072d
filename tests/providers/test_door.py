"""The door itself: unsafe calls, early refusals, slow and large bodies, waiting."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import httpx
import pytest

from tests.providers.conftest import NOON, FakeTime
from webapp.providers.answers import seconds_to_wait
from webapp.providers.base import (
    AccountDisabled,
    CircuitOpen,
    Exchange,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)
from webapp.providers.http import Call, Door, DoorOptions, Timing
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shapes import as_object
from webapp.providers.shipstation.mapping import explain
from webapp.providers.traits import ProviderTraits
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shipstation import API_KEY, API_SECRET
from webapp.statuses import ExchangeOutcome

TRAITS = ProviderTraits("shipstation", "ShipStation", RateLimit(40, 60), explain)
CREATE = Call("Create order", "/orders/createorder", method="POST", body={"orderNumber": "SO-1.1"})
STORES = Call("Test connection", "/stores")
OpenDoor = Callable[..., Door]


@pytest.fixture
def open_door(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenDoor]:
    opened: list[Door] = []

    def open_one(on: ProviderAccountRecord = account, using: DoorOptions = options) -> Door:
        opened.append(Door(on, TRAITS, using, exchanges.append, auth=(API_KEY, API_SECRET)))
        return opened[-1]

    yield open_one
    for door in opened:
        door.close()


def _object(data: object) -> object:
    return data


@pytest.mark.parametrize(
    "fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY]
)
def test_it_never_repeats_an_unsafe_call_whose_outcome_is_unknown(
    fault: Fault, sandbox: SandboxControl, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    sandbox.fault("shipstation", fault, count=None)

    with pytest.raises(OutcomeUnknown) as caught:
        open_door().call(CREATE, lambda data: as_object(data, "order"))

    assert caught.value.ambiguous
    assert not caught.value.retryable
    assert len(sandbox.requests("shipstation")) == 1
    assert [exchange.outcome for exchange in exchanges] == [ExchangeOutcome.UNKNOWN]


def test_it_repeats_an_unsafe_call_that_was_turned_away_unread(
    sandbox: SandboxControl, open_door: OpenDoor
) -> None:
    sandbox.fault("shipstation", Fault.THROTTLED, count=None)

    with pytest.raises(Throttled):
        open_door().call(CREATE, _object)

    assert len(sandbox.requests("shipstation")) == 3


def test_it_repeats_a_call_that_the_provider_promises_to_be_idempotent(
    sandbox: SandboxControl, open_door: OpenDoor
) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, count=None)

    with pytest.raises(Transient):
        open_door().call(replace(CREATE, is_repeatable=True), _object)

    assert len(sandbox.requests("shipstation")) == 3


def test_it_says_that_nothing_was_sent_when_nobody_listens(
    account: ProviderAccountRecord, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    nobody = replace(account, base_url="http://127.0.0.1:9/shipstation")

    with pytest.raises(Transient, match=r"cannot be reached.*Nothing was sent"):
        open_door(nobody).call(CREATE, _object)

    assert [exchange.outcome for exchange in exchanges] == [ExchangeOutcome.REFUSED] * 3


def test_it_names_a_call_the_provider_does_not_offer(sandbox: SandboxControl, open_door: OpenDoor) -> None:
    with pytest.raises(Unsupported):
        open_door().call(replace(CREATE, path="/orders"), _object)


def test_it_refuses_a_disabled_account_before_sending(
    sandbox: SandboxControl, account: ProviderAccountRecord, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    with pytest.raises(AccountDisabled, match="switched off"):
        open_door(replace(account, is_enabled=False)).call(STORES, _object)

    assert not sandbox.requests("shipstation")
    assert not exchanges


def test_it_refuses_while_the_circuit_is_open_and_says_until_when(
    sandbox: SandboxControl, account: ProviderAccountRecord, open_door: OpenDoor
) -> None:
    paused = replace(account, circuit_open_until=NOON + timedelta(minutes=2))

    with pytest.raises(CircuitOpen, match=r"until 12:02:00 UTC") as caught:
        open_door(paused).call(STORES, _object)

    assert caught.value.retry_after == 120
    assert not sandbox.requests("shipstation")


def test_it_calls_again_when_the_pause_is_over(
    sandbox: SandboxControl, account: ProviderAccountRecord, open_door: OpenDoor
) -> None:
    assert open_door(replace(account, circuit_open_until=NOON)).call(STORES, _object)


def test_it_does_not_follow_a_redirect(sandbox: SandboxControl, open_door: OpenDoor) -> None:
    sandbox.fault("shipstation", Fault.REDIRECT)

    with pytest.raises(Rejected, match="never followed"):
        open_door().call(STORES, _object)


def test_it_does_not_wait_longer_than_its_budget_for_a_throttled_provider(
    sandbox: SandboxControl, open_door: OpenDoor
) -> None:
    sandbox.fault("shipstation", Fault.THROTTLED, count=None, seconds=31)

    with pytest.raises(Throttled) as caught:
        open_door().call(STORES, _object)

    assert caught.value.retry_after == 31
    assert len(sandbox.requests("shipstation")) == 1


def test_it_reads_shipstations_own_header_when_there_is_no_retry_after(
    sandbox: SandboxControl, sandbox_url: str, open_door: OpenDoor
) -> None:
    sandbox.limit_rate("shipstation", enabled=True)
    with httpx.Client(auth=(API_KEY, API_SECRET), trust_env=False) as other_system:
        for _ in range(40):
            other_system.get(f"{sandbox_url}/shipstation/stores")

    with pytest.raises(Throttled) as caught:
        open_door().call(STORES, _object)

    assert caught.value.retry_after is not None
    assert 30 < caught.value.retry_after <= 60


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Mon, 02 Mar 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Mon, 02 Mar 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "soon", "X-Rate-Limit-Reset": "12"}, 12),
        ({"X-Rate-Limit-Reset": "1767225600"}, 3600),
        ({"Retry-After": "9" * 400}, 3600),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_it_understands_how_long_a_provider_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_to_wait(httpx.Headers(headers), NOON) == seconds


def test_it_waits_as_long_as_asked_between_attempts(open_door: OpenDoor) -> None:
    door = open_door()

    assert door._wait_before_repeating(30, Throttled("", retry_after=12)) == 12
    assert door._wait_before_repeating(30, Throttled("", retry_after=31)) is False
    assert door._wait_before_repeating(30, Transient("")) is True
    assert door._wait_before_repeating(30, OutcomeUnknown("")) is False
    assert door._wait_before_repeating(30, TimeoutError()) is False


def test_it_stops_reading_a_body_that_drips(
    sandbox: SandboxControl, options: DoorOptions, open_door: OpenDoor
) -> None:
    ticking = replace(options.clock, monotonic=count(step=10).__next__)
    sandbox.fault("shipstation", Fault.SLOW_BODY, seconds=0.01)
    impatient = replace(options, clock=ticking, timing=Timing(budget=1_000_000, whole_answer=5), attempts=1)

    with pytest.raises(Transient, match="still coming in after 5 seconds"):
        open_door(using=impatient).call(STORES, _object)


def test_it_cuts_a_body_that_is_too_large(
    sandbox: SandboxControl, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    sandbox.fault("shipstation", Fault.HUGE_BODY)

    with pytest.raises(Rejected, match="larger than 5,000,000 bytes"):
        open_door().call(STORES, _object)

    assert exchanges[0].response_body is not None
    assert len(exchanges[0].response_body) < 20_000


def test_it_lets_an_error_that_is_not_the_providers_pass(sandbox: SandboxControl, open_door: OpenDoor) -> None:
    def broken(data: object) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_door().call(STORES, broken)


def test_an_error_knows_the_http_status_a_page_answers_with(fake_time: FakeTime) -> None:
    assert ProviderError("x").status == 502
    assert Throttled("x").status == 503

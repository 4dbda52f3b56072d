"""ShipHero's sign-in meets every fault; tokens and credits run out. The rest is in tests/proof."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.providers.conftest import OpenHero
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shiphero_access import LIFETIME, REFRESH_TOKEN
from webapp.statuses import ExchangeOutcome

NUMBER = "SO-1.1"
BY_ID = OrderReference("here", NUMBER)
REFUSED, UNKNOWN = ExchangeOutcome.REFUSED, ExchangeOutcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[ShipHeroAdapter], object]
    path: str


OPERATIONS = {
    "token": Operation(lambda hero: hero.fetch_order(BY_ID), "/auth/refresh"),
}


@dataclass(frozen=True)
class Expected:
    """The error, the requests really made, and what the record says about the last."""

    error: type[ProviderError]
    requests: int
    outcome: ExchangeOutcome
    status: int | None
    is_retryable: bool = False


FAULTS = {
    Fault.THROTTLED: Expected(Throttled, 3, REFUSED, 429, is_retryable=True),
    Fault.SERVER_ERROR: Expected(Transient, 3, REFUSED, 500, is_retryable=True),
    Fault.UNAUTHORIZED: Expected(AuthFailed, 1, REFUSED, 401),
    Fault.NOT_FOUND: Expected(Rejected, 1, REFUSED, 404),
    Fault.ERRORS_IN_BODY: Expected(Rejected, 1, REFUSED, 200),
    Fault.WRONG_SHAPE: Expected(Rejected, 1, REFUSED, 200),
    Fault.NOT_JSON: Expected(Rejected, 1, REFUSED, 200),
    Fault.HUGE_BODY: Expected(Rejected, 1, REFUSED, 200),
    Fault.REDIRECT: Expected(Rejected, 1, REFUSED, 302),
    Fault.TRUNCATED: Expected(Rejected, 1, REFUSED, 200),
    Fault.CUT_OFF: Expected(Transient, 3, REFUSED, 200, is_retryable=True),
    Fault.RESET: Expected(Transient, 3, UNKNOWN, None, is_retryable=True),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "here", "lines": [{"sku": "MUG"}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shiphero")]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_it_turns_a_fault_into_its_error_and_records_every_attempt(
    name: str, fault: Fault, sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    operation, expected = OPERATIONS[name], FAULTS[fault]
    sandbox.fault("shiphero", fault, count=None, path=operation.path)

    with pytest.raises(expected.error) as caught:
        operation.ask(hero)

    assert caught.value.retryable is expected.is_retryable
    assert caught.value.ambiguous is False
    assert "Main" in caught.value.message
    assert paths(sandbox).count(operation.path) == expected.requests
    assert len(exchanges) == len(paths(sandbox))
    assert exchanges[-1].outcome is expected.outcome
    assert exchanges[-1].response_status == expected.status
    assert exchanges[-1].message == caught.value.message
    assert REFRESH_TOKEN not in repr(exchanges)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_it_gives_up_on_an_answer_that_does_not_come(
    name: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_hero: OpenHero
) -> None:
    hero = open_hero()
    hero.test_connection()  # Its token is known now, so that no good answer has to come within the short time-out.
    impatient = open_hero(using=replace(options, timing=Timing(read=0.1)))
    operation = OPERATIONS[name]
    if name == "token":
        sandbox.advance(LIFETIME)
    sandbox.fault("shiphero", fault, count=None, seconds=60, path=operation.path)

    with pytest.raises(Transient):
        operation.ask(impatient)

    sandbox.clear_faults("shiphero")
    assert paths(sandbox)[-3:] == [operation.path] * 3


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("path", ["/graphql/Order", "/auth/refresh"])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, path: str, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, count=2, path=path)

    assert hero.fetch_order(BY_ID).number == NUMBER


def test_it_keeps_shipheros_own_words(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.fault("shiphero", Fault.ERRORS_IN_BODY, path="/graphql/Order")

    with pytest.raises(Rejected, match=r"answered 200 and yet said no: The warehouse is being moved\."):
        hero.fetch_order(BY_ID)


def test_an_order_that_is_nowhere_is_not_found_by_its_code(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    with pytest.raises(NotFound):
        hero.fetch_order(OrderReference("nowhere", "SO-7.7"))
    assert paths(sandbox)[1:] == ["/graphql/Order", "/graphql/FindOrders"]


def test_it_renews_a_token_that_expired_and_asks_again(
    sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    hero.test_connection()
    sandbox.advance(LIFETIME)

    assert hero.fetch_order(BY_ID).number == NUMBER

    expected = ["/auth/refresh", "/graphql/Quota", "/graphql/Order", "/auth/refresh", "/graphql/Order"]
    assert paths(sandbox) == expected
    assert [exchange.response_status for exchange in exchanges] == [200, 200, 401, 200, 200]


def test_it_renews_a_known_token_once_and_then_says_that_the_credentials_fail(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    hero.test_connection()
    sandbox.fault("shiphero", Fault.UNAUTHORIZED, count=None, path="/graphql")

    with pytest.raises(AuthFailed, match="refused the credentials"):
        hero.fetch_order(BY_ID)
    assert paths(sandbox)[2:] == ["/graphql/Order", "/auth/refresh", "/graphql/Order"]


def test_it_renews_early_when_the_token_is_about_to_expire(
    sandbox: SandboxControl, options: DoorOptions, open_hero: OpenHero
) -> None:
    open_hero().test_connection()
    now = options.clock.now()
    later = replace(options.clock, now=lambda: now.replace(month=4))

    open_hero(using=replace(options, clock=later)).test_connection()

    assert paths(sandbox).count("/auth/refresh") == 2


def test_accounts_share_no_tokens_and_one_account_asks_once(
    sandbox: SandboxControl, hero_account: ProviderAccountRecord, open_hero: OpenHero
) -> None:
    for account in (hero_account, hero_account, replace(hero_account, id=-1)):
        open_hero(account).test_connection()

    assert paths(sandbox).count("/auth/refresh") == 2


@pytest.mark.parametrize("credentials", [{"refresh_token": "somebody-elses-token"}, {}, {"refresh_token": ""}])
def test_wrong_credentials_are_said_to_be_wrong(
    credentials: dict[str, str], hero_account: ProviderAccountRecord, open_hero: OpenHero
) -> None:
    with pytest.raises(AuthFailed, match=r"Check them in the account|Add “refresh_token”"):
        open_hero(replace(hero_account, credentials=credentials)).test_connection()


def test_no_record_shows_a_token(
    sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    hero.fetch_order(BY_ID)

    assert exchanges[0].operation == "Renew access token"
    assert REFRESH_TOKEN not in repr(exchanges)
    assert "sandbox." not in repr(exchanges)


def _ask_for_ever(hero: ShipHeroAdapter) -> None:
    while True:
        hero.fetch_order(BY_ID)


def test_it_waits_as_long_as_shiphero_asks_when_credits_run_out(
    sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RateLimit, "window", 0.001)  # Only the provider counts.
    sandbox.limit_rate("shiphero", enabled=True)

    with pytest.raises(Throttled) as caught:
        _ask_for_ever(hero)

    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60
    assert "credits" in caught.value.message
    assert [exchange.response_status for exchange in exchanges[-3:]] == [200] * 3
    sandbox.advance(caught.value.retry_after)
    assert hero.fetch_order(BY_ID).number == NUMBER

"""Trackstar out of order: what passes, its own words, its keys and limits. Every fault is in tests/proof."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.providers.conftest import FakeTime, OpenStar
from webapp.providers.base import (
    AuthFailed,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    Rejected,
    Throttled,
)
from webapp.providers.rate_limits import RateLimit
from webapp.providers.trackstar import adapter as module
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY

NUMBER = "SO-1.1"
BY_ID, BY_NUMBER = OrderReference("here", NUMBER), OrderReference(None, NUMBER)
OPERATIONS: dict[str, Callable[[TrackstarAdapter], object]] = {
    "order by id": lambda star: star.fetch_order(BY_ID),
    "order by number": lambda star: star.fetch_order(BY_NUMBER),
    "test connection": lambda star: star.test_connection(),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "here", "lines": [{"sku": "MUG"}]}])


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("reference", [BY_ID, BY_NUMBER])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, reference: OrderReference, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", fault, count=2)

    assert star.fetch_order(reference).number == NUMBER


def test_it_keeps_the_words_and_says_whose_they_are(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.fault("trackstar", Fault.ERRORS_IN_BODY)

    with pytest.raises(Rejected, match=r"The warehouse is being moved\. \(said by the connected warehouse"):
        star.fetch_order(BY_ID)


@pytest.mark.parametrize(
    "credentials", [{}, {"api_key": API_KEY}, {"api_key": "guess", "access_token": ACCESS_TOKEN}]
)
def test_wrong_keys_are_said_to_be_wrong(
    credentials: dict[str, str], star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    with pytest.raises(AuthFailed, match="Check them in the account"):
        open_star(replace(star_account, credentials=credentials)).test_connection()


def test_keys_that_are_no_header_are_refused_here(
    star_account: ProviderAccountRecord, open_star: OpenStar, sandbox: SandboxControl
) -> None:
    smuggled = {"api_key": "key\r\nHost: elsewhere", "access_token": "schlüssel"}

    with pytest.raises(AuthFailed, match="cannot be sent"):
        open_star(replace(star_account, credentials=smuggled))
    assert sandbox.requests("trackstar") == []


def test_it_waits_as_long_as_trackstar_asks(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.limit_rate("trackstar", enabled=True)
    sandbox.fault("trackstar", Fault.THROTTLED, count=None, seconds=7)

    with pytest.raises(Throttled) as caught:
        star.fetch_order(BY_ID)
    assert caught.value.retry_after == 7


def test_its_own_limit_keeps_it_below_trackstars(
    open_star: OpenStar, monkeypatch: pytest.MonkeyPatch, fake_time: FakeTime, sandbox: SandboxControl
) -> None:
    adapter = open_star()
    monkeypatch.undo()

    assert RateLimit(10, 1) == module.RATE_LIMIT
    assert adapter.fetch_order(BY_ID).number == NUMBER


def test_an_unknown_id_is_not_found_in_trackstars_words(star: TrackstarAdapter) -> None:
    with pytest.raises(NotFound, match=r"no order with the number SO-7\.7"):
        star.fetch_order(OrderReference("nowhere", "SO-7.7"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_wrong_address_never_means_that_an_order_is_gone(
    name: str, star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    mistyped = open_star(replace(star_account, base_url=f"{star_account.base_url}/wms"))

    with pytest.raises(Rejected, match="Check the address in the account"):
        OPERATIONS[name](mistyped)

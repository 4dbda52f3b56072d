"""Amazon's sign-in meets every fault; tokens expire, limits bite. The rest is in tests/proof."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.providers.conftest import OpenAmazon
from tests.providers.new_orders import NEW_ORDER
from tests.providers.test_amazon_mcf import operations
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.amazon_mcf.client import sign_in_address
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.sandbox import SandboxControl
from webapp.sandbox.amazon_mcf_access import CREDENTIALS, LIFETIME
from webapp.sandbox.faults import Fault
from webapp.statuses import ExchangeOutcome

NUMBER = "SO-1.1"
BY_ID = OrderReference(NUMBER, NUMBER)
READ, LIST, SIGN_IN = "/getFulfillmentOrder", "/listAllFulfillmentOrders", "/auth/o2/token"
REFUSED, UNKNOWN = ExchangeOutcome.REFUSED, ExchangeOutcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[AmazonMcfAdapter], object]
    path: str


OPERATIONS = {
    "token": Operation(lambda amazon: amazon.fetch_order(BY_ID), SIGN_IN),
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
    sandbox.load("fba", [{"number": NUMBER, "lines": [{"sku": "MUG"}]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("fba")]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_it_turns_a_fault_into_its_error_and_records_every_attempt(
    name: str, fault: Fault, sandbox: SandboxControl, amazon: AmazonMcfAdapter, exchanges: list[Exchange]
) -> None:
    operation, expected = OPERATIONS[name], FAULTS[fault]
    sandbox.fault("fba", fault, count=None, path=operation.path)

    with pytest.raises(expected.error) as caught:
        operation.ask(amazon)

    assert caught.value.retryable is expected.is_retryable
    assert caught.value.ambiguous is False
    assert "Main" in caught.value.message
    assert paths(sandbox).count(operation.path) == expected.requests
    assert len(exchanges) == len(paths(sandbox))
    assert exchanges[-1].outcome is expected.outcome
    assert exchanges[-1].response_status == expected.status
    assert exchanges[-1].message == caught.value.message
    assert not [secret for secret in CREDENTIALS.values() if secret in repr(exchanges)]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_it_gives_up_on_an_answer_that_does_not_come(
    name: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_amazon: OpenAmazon
) -> None:
    open_amazon().test_connection()  # Its token is known now, so that the first request is the slow one.
    impatient = open_amazon(using=replace(options, timing=Timing(read=0.1)))
    if name == "token":
        sandbox.advance(LIFETIME)
    sandbox.fault("fba", fault, count=None, seconds=60, path=OPERATIONS[name].path)

    with pytest.raises(Transient):
        OPERATIONS[name].ask(impatient)

    sandbox.clear_faults("fba")
    assert paths(sandbox)[-3:] == [OPERATIONS[name].path] * 3


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("path", [READ, SIGN_IN])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, path: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", fault, count=2, path=path)

    assert amazon.fetch_order(BY_ID).number == NUMBER


def test_it_keeps_amazons_own_words(sandbox: SandboxControl, amazon: AmazonMcfAdapter) -> None:
    sandbox.fault("fba", Fault.ERRORS_IN_BODY, path=READ)

    words = r"answered 200 and yet said no: InternalFailure The fulfillment center is being moved\."
    with pytest.raises(Rejected, match=words):
        amazon.fetch_order(BY_ID)


def test_it_renews_a_token_that_expired_and_asks_again(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter, exchanges: list[Exchange]
) -> None:
    amazon.test_connection()
    sandbox.advance(LIFETIME)

    assert amazon.fetch_order(BY_ID).number == NUMBER

    assert paths(sandbox) == [SIGN_IN, LIST, READ, SIGN_IN, READ]
    assert [exchange.response_status for exchange in exchanges] == [200, 200, 403, 200, 200]


def test_it_renews_a_known_token_once_and_then_says_that_the_credentials_fail(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    amazon.test_connection()
    sandbox.fault("fba", Fault.UNAUTHORIZED, count=None, path=READ)

    with pytest.raises(AuthFailed, match="refused the credentials"):
        amazon.fetch_order(BY_ID)
    assert paths(sandbox)[2:] == [READ, SIGN_IN, READ]


def test_accounts_share_no_tokens_and_one_account_asks_once(
    sandbox: SandboxControl, amazon_account: ProviderAccountRecord, open_amazon: OpenAmazon
) -> None:
    for account in (amazon_account, amazon_account, replace(amazon_account, id=-1)):
        open_amazon(account).test_connection()

    assert paths(sandbox).count(SIGN_IN) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"client_secret": "somebody-elses"}, "Check them in the account.* invalid_client"),
        ({"refresh_token": "somebody-elses"}, "invalid_grant.* Check the credentials"),
        ({"refresh_token": ""}, "Add “refresh_token” to its credentials"),
    ],
)
def test_wrong_credentials_are_said_to_be_wrong(
    wrong: dict[str, str],
    words: str,
    sandbox: SandboxControl,
    amazon_account: ProviderAccountRecord,
    open_amazon: OpenAmazon,
) -> None:
    with pytest.raises(AuthFailed, match=words):
        open_amazon(replace(amazon_account, credentials=CREDENTIALS | wrong)).test_connection()


@pytest.mark.parametrize(
    ("base_url", "settings", "address"),
    [
        ("https://sellingpartnerapi-eu.amazon.com", {}, "https://api.amazon.com"),
        ("https://sandbox.sellingpartnerapi-na.amazon.com/", {}, "https://api.amazon.com"),
        ("http://127.0.0.1:8901/fba", {}, "http://127.0.0.1:8901/fba"),
        ("https://notamazon.com", {}, "https://notamazon.com"),
        ("https://proxy.example", {"sign_in_url": "https://lwa.example"}, "https://lwa.example"),
    ],
)
def test_it_signs_in_where_the_account_belongs(
    base_url: str, settings: dict[str, str], address: str, amazon_account: ProviderAccountRecord
) -> None:
    assert sign_in_address(replace(amazon_account, base_url=base_url, settings=settings)) == address


def test_its_own_limit_keeps_it_from_ever_meeting_amazons(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.limit_rate("fba", enabled=True)

    for _ in range(30):
        amazon.fetch_order(BY_ID)
    with pytest.raises(Throttled, match="used up its calls"):
        amazon.fetch_order(BY_ID)
    amazon.test_connection()  # Every operation has a limit of its own.
    assert operations(sandbox) == [READ] * 30 + [LIST]


@pytest.mark.parametrize("ask", ["fetch", "cancel", "create", "test"])
def test_a_wrong_address_is_never_taken_for_an_order_that_is_not_there(
    ask: str, sandbox: SandboxControl, amazon_account: ProviderAccountRecord, open_amazon: OpenAmazon
) -> None:
    settings = {"sign_in_url": amazon_account.base_url}
    adapter = open_amazon(
        replace(amazon_account, base_url=f"{amazon_account.base_url}/elsewhere", settings=settings)
    )
    asks: dict[str, Callable[[], object]] = {
        "fetch": lambda: adapter.fetch_order(BY_ID),
        "cancel": lambda: adapter.cancel_order(BY_ID, "Ordered twice"),
        "create": lambda: adapter.create_order(NEW_ORDER),
        "test": adapter.test_connection,
    }

    with pytest.raises(Rejected, match="Check the address in the account"):
        asks[ask]()


def test_a_wrong_address_to_sign_in_at_is_said_to_be_wrong(
    amazon_account: ProviderAccountRecord, open_amazon: OpenAmazon
) -> None:
    settings = {"sign_in_url": f"{amazon_account.base_url}/elsewhere"}

    with pytest.raises(Rejected, match="Check the address in the account"):
        open_amazon(replace(amazon_account, settings=settings)).test_connection()

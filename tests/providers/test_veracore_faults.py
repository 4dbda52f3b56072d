"""VeraCore meets every fault on each of its three surfaces: which error, how many requests, what is on record."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.providers.conftest import OpenCore
from tests.providers.new_orders import NEW_ORDER
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    NotCancellable,
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.redaction import Redactor
from webapp.providers.veracore.adapter import PERSONAL, VeraCoreAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.veracore_access import LIFETIME, PASSWORD, SYSTEM_ID, USERNAME
from webapp.sandbox.veracore_messages import answer
from webapp.sandbox.veracore_orders import DEFAULT_CUSTOMER, order_from, show_order
from webapp.statuses import ExchangeOutcome

NUMBER = "SO-1.1"
BY_ID = OrderReference(NUMBER, NUMBER)
READ, CHECK, SIGN_IN, PACKAGES = "/GetOrderInfo", "/GetShippingActivity", "/Login", "/GetPackages"
REFUSED, UNKNOWN = ExchangeOutcome.REFUSED, ExchangeOutcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """What is asked, and the path of the request that goes wrong."""

    ask: Callable[[VeraCoreAdapter], object]
    path: str

    @property
    def is_soap(self) -> bool:
        return self.path in (READ, CHECK)


OPERATIONS = {
    "order by id": Operation(lambda core: core.fetch_order(BY_ID), READ),
    "order by number": Operation(lambda core: core.fetch_order(OrderReference(None, NUMBER)), READ),
    "test connection": Operation(lambda core: core.test_connection(), CHECK),
    "token": Operation(lambda core: core.test_connection(), SIGN_IN),
    "packages": Operation(lambda core: core.fetch_order(BY_ID), PACKAGES),
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
    Fault.WRONG_TYPE: Expected(Rejected, 1, REFUSED, 200),
    Fault.HUGE_BODY: Expected(Rejected, 1, REFUSED, 200),
    Fault.REDIRECT: Expected(Rejected, 1, REFUSED, 302),
    Fault.TRUNCATED: Expected(Rejected, 1, REFUSED, 200),
    Fault.CUT_OFF: Expected(Transient, 3, REFUSED, 200, is_retryable=True),
    Fault.RESET: Expected(Transient, 3, UNKNOWN, None, is_retryable=True),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    """One that has left and whose tracking number only the REST service tells."""
    parcel = {"tracking_number": "1Z", "carrier": "UPS", "quiet": True}
    sandbox.load("veracore", [{"number": NUMBER, "lines": [{"sku": "MUG"}], "shipments": [parcel]}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("veracore")]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_it_turns_a_fault_into_its_error_and_records_every_attempt(
    name: str, fault: Fault, sandbox: SandboxControl, core: VeraCoreAdapter, exchanges: list[Exchange]
) -> None:
    operation, expected = OPERATIONS[name], FAULTS[fault]
    sandbox.fault("veracore", fault, count=None, path=operation.path)

    with pytest.raises(expected.error) as caught:
        operation.ask(core)

    assert caught.value.retryable is expected.is_retryable
    assert caught.value.ambiguous is False
    assert "Main" in caught.value.message
    assert paths(sandbox).count(operation.path) == expected.requests
    assert len(exchanges) == len(paths(sandbox))
    assert exchanges[-1].outcome is expected.outcome
    # In SOAP wrong credentials are a fault like any other, under 500.
    status = 500 if fault is Fault.UNAUTHORIZED and operation.is_soap else expected.status
    assert exchanges[-1].response_status == status
    assert exchanges[-1].message == caught.value.message
    assert not [secret for secret in (USERNAME, PASSWORD, SYSTEM_ID) if secret in repr(exchanges)]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.SLOW_BODY])
def test_it_gives_up_on_an_answer_that_does_not_come(
    name: str, fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_core: OpenCore
) -> None:
    operation = OPERATIONS[name]
    impatient = open_core(using=replace(options, timing=Timing(read=0.1)))
    sandbox.fault("veracore", fault, count=None, seconds=60, path=operation.path)

    with pytest.raises(Transient):
        operation.ask(impatient)

    sandbox.clear_faults("veracore")
    assert paths(sandbox)[-3:] == [operation.path] * 3


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF])
@pytest.mark.parametrize("path", [READ, SIGN_IN, PACKAGES])
def test_it_succeeds_when_a_passing_fault_has_passed(
    fault: Fault, path: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", fault, count=2, path=path)

    assert core.fetch_order(BY_ID).tracking_number == "1Z"


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_refusal_under_status_200_is_told_in_veracores_words(
    name: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.ERRORS_IN_BODY, path=OPERATIONS[name].path)

    with pytest.raises(Rejected, match=r"(said|no): The warehouse is being moved\.$"):
        OPERATIONS[name].ask(core)


def test_it_renews_a_token_that_expired_and_asks_again(
    sandbox: SandboxControl, core: VeraCoreAdapter, exchanges: list[Exchange]
) -> None:
    core.fetch_order(BY_ID)
    sandbox.advance(LIFETIME)

    assert core.fetch_order(BY_ID).tracking_number == "1Z"

    assert paths(sandbox) == [READ, SIGN_IN, PACKAGES, READ, PACKAGES, SIGN_IN, PACKAGES]
    assert [exchange.response_status for exchange in exchanges[-3:]] == [403, 200, 200]


def test_accounts_share_no_tokens_and_one_account_asks_once(
    sandbox: SandboxControl, core_account: ProviderAccountRecord, open_core: OpenCore
) -> None:
    for account in (core_account, core_account, replace(core_account, id=-1)):
        open_core(account).fetch_order(BY_ID)

    assert paths(sandbox).count(SIGN_IN) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "somebody-elses"}, r"Check them in the account\. It said: Invalid username or password\."),
        ({"username": "somebody-elses"}, "refused the credentials"),
        ({"system_id": "somebody-elses"}, "refused the credentials"),
        ({"username": "", "password": ""}, "Add “username”, “password” to its credentials"),
    ],
)
@pytest.mark.parametrize("ask", ["test", "fetch", "missing", "cancel", "create"])
def test_wrong_credentials_are_said_to_be_wrong(
    ask: str,
    wrong: dict[str, str],
    words: str,
    core_account: ProviderAccountRecord,
    open_core: OpenCore,
) -> None:
    core = open_core(replace(core_account, credentials={**core_account.credentials, **wrong}))
    asks: dict[str, Callable[[], object]] = {
        "test": core.test_connection,
        "fetch": lambda: core.fetch_order(BY_ID),
        "missing": lambda: core.fetch_order(OrderReference(None, "SO-7.7")),
        "cancel": lambda: core.cancel_order(BY_ID, "Ordered twice"),
        "create": lambda: core.create_order(NEW_ORDER),
    }
    if "system_id" in wrong and ask not in ("test", "fetch"):
        return  # The REST service is not asked.

    with pytest.raises(AuthFailed, match=words):
        asks[ask]()


def test_an_account_without_a_system_id_leaves_the_rest_service_alone(
    sandbox: SandboxControl, core_account: ProviderAccountRecord, open_core: OpenCore
) -> None:
    signed = {name: value for name, value in core_account.credentials.items() if name != "system_id"}
    core = open_core(replace(core_account, credentials=signed))

    core.test_connection()
    assert core.fetch_order(BY_ID).tracking_number is None
    assert paths(sandbox) == [CHECK, READ]


@pytest.mark.parametrize("name", ["oms_path", "adjustment_path", "rest_path"])
def test_a_wrong_address_is_never_taken_for_an_order_that_is_not_there(
    name: str, sandbox: SandboxControl, open_core: OpenCore
) -> None:
    core = open_core(**{name: "/elsewhere"})
    sandbox.load("veracore", [{"number": "SO-2.1", "lines": [{"sku": "MUG"}]}])
    asks: dict[str, Callable[[], object]] = {
        "oms_path": lambda: core.fetch_order(OrderReference(None, "SO-7.7")),
        "adjustment_path": lambda: core.cancel_order(OrderReference("SO-2.1", "SO-2.1"), "Ordered twice"),
        "rest_path": core.test_connection,
    }

    with pytest.raises((Rejected, NotCancellable), match="Check the address in the account"):
        asks[name]()


def test_a_wrong_namespace_is_told_in_veracores_words(open_core: OpenCore) -> None:
    with pytest.raises(Rejected, match="did not recognize the value of HTTP Header SOAPAction"):
        open_core(namespace="http://sma-promail/").fetch_order(BY_ID)


def _ask_for_ever(core: VeraCoreAdapter) -> None:
    while True:
        core.fetch_order(BY_ID)


def test_it_waits_as_long_as_veracore_asks(sandbox: SandboxControl, open_core: OpenCore) -> None:
    core = open_core(calls_per_minute=6_000)
    sandbox.limit_rate("veracore", enabled=True)

    with pytest.raises(Throttled, match="called too often") as caught:
        _ask_for_ever(core)

    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60


def test_an_account_asks_no_more_than_its_setting_allows_on_all_surfaces_together(
    open_core: OpenCore, exchanges: list[Exchange]
) -> None:
    with pytest.raises(Throttled, match="used up its calls"):
        _ask_for_ever(open_core(calls_per_minute=4))
    assert [exchange.response_status for exchange in exchanges] == [200] * 4


def test_half_an_answer_names_nobody_either() -> None:
    redactor = Redactor([PASSWORD], PERSONAL)
    order = order_from({"number": NUMBER, "lines": [{"sku": "MUG"}]}, NEW_ORDER.ordered_at)
    shown = show_order(order)
    # At the beginning, where the most of it would be shown.
    body = answer("GetOrderInfo", {"OrderedBy": shown["OrderedBy"], **shown}).get_data()

    for length in range(0, len(body) + 1, 3):
        kept = redactor.body(body[:length])
        assert not [word for word in DEFAULT_CUSTOMER.values() if word in kept]

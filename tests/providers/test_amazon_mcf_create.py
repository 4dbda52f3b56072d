"""Creating and changing an order at Amazon over real HTTP: once, whatever goes wrong, never under a spent id."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.providers.conftest import OpenAmazon
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from tests.providers.test_amazon_mcf import operations
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NewOrder,
    NewOrderLine,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    PostalAddress,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
LOOK, CREATE, UPDATE = "/getFulfillmentOrder", "/createFulfillmentOrder", "/updateFulfillmentOrder"
LINE = NEW_ORDER.lines[0]
HELD = {"number": NUMBER, "action": "Hold", "lines": [{"sku": "MUG", "key": "11", "quantity": 1}]}


def lines(count: int, units: int = 1) -> tuple[NewOrderLine, ...]:
    return tuple(replace(LINE, key=str(place), quantity=units) for place in range(count))


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = amazon.create_order(NEW_ORDER)

    assert operations(sandbox) == [LOOK, CREATE, LOOK]
    assert (snapshot.external_id, snapshot.number) == (NUMBER, NUMBER)
    assert snapshot.state is ProviderOrderState.AWAITING
    shown = sandbox.show("fba", NUMBER)
    order = shown["fulfillmentOrder"]
    assert order["displayableOrderDate"] == "2026-03-02T17:30:00Z"
    assert (order["shippingSpeedCategory"], order["fulfillmentPolicy"]) == ("Standard", "FillOrKill")
    assert order["destinationAddress"] == {
        "name": "Ada Example",
        "addressLine1": "34 Sample Lane",
        "addressLine2": "Example Works",
        "city": "Eugene",
        "stateOrRegion": "OR",
        "postalCode": "97401",
        "countryCode": "US",
        "phone": "555-0199",
    }
    items = [(item["sellerFulfillmentOrderItemId"], item["quantity"]) for item in shown["fulfillmentOrderItems"]]
    assert items == [("11", 2), ("12", 1)]
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


@pytest.mark.parametrize(
    ("method", "settings", "speed"),
    [
        ("", {}, "Standard"),
        ("FedEx Priority overnight", {}, "Priority"),
        ("expedited", {}, "Expedited"),
        ("ScheduledDelivery", {}, "Standard"),
        ("Priority", {"shipping_speed": "Standard"}, "Standard"),
    ],
)
def test_it_takes_the_speed_from_the_account_or_the_shipping_method(
    method: str,
    settings: dict[str, str],
    speed: str,
    sandbox: SandboxControl,
    amazon_account: ProviderAccountRecord,
    open_amazon: OpenAmazon,
) -> None:
    adapter = open_amazon(replace(amazon_account, settings=settings))

    assert adapter.create_order(replace(NEW_ORDER, shipping_method=method)).service == speed


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(NEW_ORDER, number="S" * 41), "longer than 40 characters"),
        (replace(NEW_ORDER, number="订单-9.1"), "packing slip"),
        (replace(NEW_ORDER, number="SO  9.1"), "packing slip"),
        (replace(NEW_ORDER, lines=()), "no lines"),
        (replace(NEW_ORDER, lines=lines(101)), "101 lines and Amazon takes 100"),
        (replace(NEW_ORDER, lines=lines(2, 126)), "252 units and Amazon takes 250"),
        (replace(NEW_ORDER, lines=(replace(LINE, sku="M" * 51),)), "longer than 50 characters"),
        (replace(NEW_ORDER, ship_to=PostalAddress(name="Cher")), "no street; its address has no postal code"),
    ],
)
def test_it_says_what_amazon_would_refuse_before_anything_is_sent(
    order: NewOrder, words: str, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    with pytest.raises(Rejected, match=words):
        amazon.create_order(order)
    assert CREATE not in operations(sandbox)


@pytest.mark.parametrize(
    "order", [replace(NEW_ORDER, lines=lines(100, 2)), replace(NEW_ORDER, lines=lines(1, 250))]
)
def test_it_sends_as_much_as_amazon_takes(order: NewOrder, amazon: AmazonMcfAdapter) -> None:
    assert amazon.create_order(order).number == NUMBER


@pytest.mark.parametrize("change", [{}, {"status": "Unfulfillable"}, {"shipments": [{"tracking_number": "1Z"}]}])
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [{"number": NUMBER, "lines": [{"sku": "MUG"}], **change}])

    assert amazon.create_order(NEW_ORDER).external_id == NUMBER
    assert CREATE not in operations(sandbox)


def test_a_cancelled_id_is_spent_and_the_next_order_has_one_of_its_own(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [{"number": NUMBER, "status": "Cancelled"}])

    first, again = amazon.create_order(NEW_ORDER), amazon.create_order(NEW_ORDER)

    assert first.external_id == again.external_id == f"{NUMBER}-R2"
    assert first.number == NUMBER
    assert operations(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_amazon: OpenAmazon
) -> None:
    amazon = open_amazon(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("fba", fault, seconds=30, path=CREATE)

    first = amazon.create_order(NEW_ORDER)

    sandbox.clear_faults("fba")
    assert amazon.create_order(NEW_ORDER).external_id == first.external_id
    assert operations(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE])
def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    fault: Fault, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", fault, path=CREATE)

    with pytest.raises(OutcomeUnknown, match="nothing under this id") as caught:
        amazon.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert amazon.create_order(NEW_ORDER).number == NUMBER


def test_an_id_that_somebody_took_a_moment_ago_is_read_and_not_refused(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [{"number": NUMBER}])
    sandbox.fault("fba", Fault.NOT_FOUND, path=LOOK)  # The first look comes too early to see the other's order.

    assert amazon.create_order(NEW_ORDER).external_id == NUMBER
    assert operations(sandbox) == [LOOK, CREATE, LOOK]


def test_an_order_that_was_created_is_unknown_until_it_was_seen_and_found_the_next_time(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", Fault.SERVER_ERROR, count=3, skip=1, path=LOOK)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking"):
        amazon.create_order(NEW_ORDER)
    assert amazon.create_order(NEW_ORDER).number == NUMBER
    assert operations(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.ERRORS_IN_BODY, CREATE, Rejected),
        (Fault.THROTTLED, CREATE, Throttled),
        (Fault.UNAUTHORIZED, CREATE, AuthFailed),
        (Fault.SERVER_ERROR, LOOK, Transient),
        (Fault.NOT_JSON, LOOK, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_creating(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.fault("fba", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        amazon.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("fba")
    assert amazon.create_order(NEW_ORDER).number == NUMBER


REFERENCE = OrderReference(NUMBER, NUMBER)


def test_it_changes_the_lines_of_an_order_on_hold_and_doing_it_twice_is_the_same(
    sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    gone = {"sku": "BOWL", "key": "99", "quantity": 3}
    sandbox.load("fba", [HELD | {"lines": [*HELD["lines"], gone]}])

    for _ in range(2):
        amazon.update_order(REFERENCE, NEW_ORDER)
    shown = sandbox.show("fba", NUMBER)
    assert {item["sellerSku"]: item["quantity"] for item in shown["fulfillmentOrderItems"]} == {
        "MUG": 2,
        "PLATE": 1,
    }
    assert shown["fulfillmentOrder"]["fulfillmentAction"] == "Hold"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"action": "Ship"}, NotUpdatable),
        ({"status": "Processing"}, NotUpdatable),
        ({"status": "Cancelled"}, NotUpdatable),
        ({"shipments": [{"tracking_number": "1Z"}]}, AlreadyShipped),
    ],
)
def test_it_changes_nothing_that_is_not_on_hold(
    change: dict[str, object], error: type[ProviderError], sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [HELD | change])

    with pytest.raises(error):
        amazon.update_order(REFERENCE, NEW_ORDER)
    assert UPDATE not in operations(sandbox)


Ask = Callable[[AmazonMcfAdapter], object]


@pytest.mark.parametrize(("fault", "is_done"), [(Fault.RESET, True), (Fault.SERVER_ERROR, False)])
def test_a_change_without_an_answer_is_seen_from_the_order(
    fault: Fault, is_done: bool, sandbox: SandboxControl, amazon: AmazonMcfAdapter
) -> None:
    sandbox.load("fba", [HELD])
    sandbox.fault("fba", fault, path=UPDATE)

    if is_done:
        assert amazon.update_order(REFERENCE, NEW_ORDER).number == NUMBER
        return
    with pytest.raises(OutcomeUnknown, match="whose lines are still others"):
        amazon.update_order(REFERENCE, NEW_ORDER)

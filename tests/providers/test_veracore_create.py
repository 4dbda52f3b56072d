"""Creating an order at VeraCore over real HTTP: once, whatever goes wrong, never under a spent id."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenCore
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    NewOrder,
    OrderReference,
    OutcomeUnknown,
    PostalAddress,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
LOOK, CREATE = "/GetOrderInfo", "/AddOrder"


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("veracore")]


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, core: VeraCoreAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = core.create_order(NEW_ORDER)

    assert paths(sandbox) == [LOOK, CREATE, LOOK]
    assert (snapshot.external_id, snapshot.number) == (NUMBER, NUMBER)
    assert (snapshot.state, snapshot.raw_status) == (ProviderOrderState.AWAITING, "Unprocessed")
    shown = sandbox.show("veracore", NUMBER)
    assert shown["OrderedBy"] == {
        "Contact": "Ada Example",
        "Company": "Example Works",
        "Address1": "34 Sample Lane",
        "City": "Eugene",
        "State": "OR",
        "PostalCode": "97401",
        "Country": "US",
        "Phone": "555-0199",
        "Email": "ada.example@example.com",
    }
    offers = [(offer["OfferId"], offer["OrderQty"]) for offer in shown["OfferInfo"]["OfferType"]]
    assert offers == [("MUG", 2), ("PLATE", 1)]
    assert shown["OrdHead"]["Service"] == "Ground"
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


@pytest.mark.parametrize(
    ("settings", "carrier", "service"),
    [
        ({}, None, "Ground"),
        ({"shipping_methods": {"Ground": {"carrier": "UPS", "service": "UPS Ground"}}}, "UPS", "UPS Ground"),
        ({"shipping_methods": {"Ground": {"code": "U11"}}}, None, "U11"),
        ({"order_fields": {"Shipping": {"FreightCarrier": {"Name": "Any"}}}}, "Any", "Ground"),
    ],
)
def test_it_translates_the_shipping_method_as_the_account_says(
    settings: dict[str, object], carrier: str | None, service: str, sandbox: SandboxControl, open_core: OpenCore
) -> None:
    open_core(**settings).create_order(NEW_ORDER)

    head = sandbox.show("veracore", NUMBER)["OrdHead"]
    assert (head["Carrier"], head["Service"]) == (carrier, service)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(NEW_ORDER, number="S" * 21), "longer than 20 characters"),
        (replace(NEW_ORDER, number="SO\n9"), "characters or spaces that an id cannot have"),
        (replace(NEW_ORDER, number=" "), "characters or spaces that an id cannot have"),
        (replace(NEW_ORDER, lines=()), "no lines"),
        (replace(NEW_ORDER, ship_to=PostalAddress(name="Cher")), "no street; its address has no city"),
    ],
)
def test_it_says_what_would_be_refused_before_anything_is_sent(
    order: NewOrder, words: str, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    with pytest.raises(Rejected, match=words):
        core.create_order(order)
    assert CREATE not in paths(sandbox)


def test_it_writes_what_xml_cannot_hold_without_it_and_the_rest_as_it_is(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    odd = replace(NEW_ORDER.ship_to, name="Ada <&> \x0bÉxample", city="]]>&amp;")

    core.create_order(replace(NEW_ORDER, ship_to=odd))

    customer = sandbox.show("veracore", NUMBER)["OrderedBy"]
    assert (customer["Contact"], customer["City"]) == ("Ada <&> Éxample", "]]>&amp;")


@pytest.mark.parametrize(
    "change", [{}, {"status": "Backordered, Unprocessed"}, {"shipments": [{"tracking_number": "1Z"}]}]
)
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.load("veracore", [{"number": NUMBER, "lines": [{"sku": "MUG"}], **change}])

    assert core.create_order(NEW_ORDER).external_id == NUMBER
    assert CREATE not in paths(sandbox)


def test_a_cancelled_id_is_spent_and_the_next_order_has_one_of_its_own(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.load("veracore", [{"number": NUMBER, "status": "Canceled"}])

    first, again = core.create_order(NEW_ORDER), core.create_order(NEW_ORDER)

    assert first.external_id == again.external_id == f"{NUMBER}-2"
    assert first.number == NUMBER
    assert core.fetch_order(OrderReference(None, NUMBER)).external_id == f"{NUMBER}-2"
    assert paths(sandbox).count(CREATE) == 1


def test_a_number_is_given_up_after_nine_cancelled_orders_or_where_the_next_id_does_not_fit(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    spent = [{"number": NUMBER, "external_id": f"{NUMBER}-{place}"} for place in range(2, 10)]
    long = "S" * 19
    sandbox.load("veracore", [{**each, "status": "Canceled"} for each in [*spent, {"number": NUMBER}]])
    sandbox.load("veracore", [{"number": long, "status": "Canceled"}])

    with pytest.raises(Rejected, match="9 cancelled orders with the number"):
        core.create_order(NEW_ORDER)
    with pytest.raises(Rejected, match=f"{long}-2, is longer than 20 characters"):
        core.create_order(replace(NEW_ORDER, number=long))
    assert CREATE not in paths(sandbox)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_core: OpenCore
) -> None:
    core = open_core(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("veracore", fault, seconds=30, path=CREATE)

    first = core.create_order(NEW_ORDER)

    sandbox.clear_faults("veracore")
    assert core.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE])
def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    fault: Fault, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", fault, path=CREATE)

    with pytest.raises(OutcomeUnknown, match=r"no order with the id SO-9\.1") as caught:
        core.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert core.create_order(NEW_ORDER).number == NUMBER


def test_an_id_that_somebody_took_a_moment_ago_is_read_and_not_refused(
    sandbox: SandboxControl, core: VeraCoreAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = core._walk

    def walk_and_be_overtaken(number: str) -> object:
        found = walk(number)
        sandbox.load("veracore", [{"number": NUMBER}])
        return found

    monkeypatch.setattr(core, "_walk", walk_and_be_overtaken)

    assert core.create_order(NEW_ORDER).external_id == NUMBER
    assert paths(sandbox) == [LOOK, CREATE, LOOK]


def test_an_order_that_was_created_is_unknown_until_it_was_seen_and_found_the_next_time(
    sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", Fault.SERVER_ERROR, count=3, skip=1, path=LOOK)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking"):
        core.create_order(NEW_ORDER)
    assert core.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.ERRORS_IN_BODY, CREATE, Rejected),
        (Fault.NOT_FOUND, CREATE, Rejected),
        (Fault.THROTTLED, CREATE, Throttled),
        (Fault.UNAUTHORIZED, CREATE, AuthFailed),
        (Fault.SERVER_ERROR, LOOK, Transient),
        (Fault.NOT_JSON, LOOK, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_creating(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.fault("veracore", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        core.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("veracore")
    assert core.create_order(NEW_ORDER).number == NUMBER


def test_a_refusal_that_cannot_be_checked_is_unknown(sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    sandbox.fault("veracore", Fault.ERRORS_IN_BODY, path=CREATE)
    sandbox.fault("veracore", Fault.UNAUTHORIZED, count=None, skip=1, path=LOOK)

    with pytest.raises(OutcomeUnknown, match="Looking at what stands there failed"):
        core.create_order(NEW_ORDER)

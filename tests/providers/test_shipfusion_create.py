"""Creating a shipment at Shipfusion, which keeps no number unique, over real HTTP: once, whatever goes wrong."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenFusion
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OutcomeUnknown,
    PostalAddress,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shapes import JsonValue
from webapp.providers.shipfusion.adapter import ShipfusionAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
SEARCH, CREATE = "/shipments/GET", "/shipments/POST"
READ = "/shipments/700001/GET"  # The sandbox's first free id.


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shipfusion")]


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, fusion: ShipfusionAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = fusion.create_order(NEW_ORDER)

    assert paths(sandbox) == [SEARCH, CREATE, READ]
    assert (snapshot.number, snapshot.state) == (NUMBER, ProviderOrderState.AWAITING)
    shown = sandbox.show("shipfusion", snapshot.external_id)
    assert [item["SKU"] for item in shown["shipmentItems"]] == ["MUG", "MUG", "PLATE"]
    assert (shown["warehouse"], shown["address"]["lastName"]) == ("IL", "Example")
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def sent_by(exchanges: list[Exchange]) -> str:
    body = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create shipment")
    assert body is not None
    return body


@pytest.mark.usefixtures("sandbox")
def test_it_says_the_day_and_our_own_word_for_the_method(
    fusion: ShipfusionAdapter, exchanges: list[Exchange]
) -> None:
    fusion.create_order(NEW_ORDER)

    assert '"orderDate": "20260302"' in sent_by(exchanges)
    assert '"shippingService": "Ground"' in sent_by(exchanges)
    assert "shippingCarrier" not in sent_by(exchanges)


@pytest.mark.usefixtures("sandbox")
def test_an_account_may_translate_our_methods(open_fusion: OpenFusion, exchanges: list[Exchange]) -> None:
    methods: JsonValue = {"Ground": {"carrier": "USPS", "service": "First"}}

    open_fusion(shipping_methods=methods).create_order(NEW_ORDER)

    assert '"shippingCarrier": "USPS", "shippingService": "First"' in sent_by(exchanges)


def test_without_a_warehouse_nothing_is_sent(sandbox: SandboxControl, open_fusion: OpenFusion) -> None:
    with pytest.raises(Rejected, match=r"names no warehouse.*Set “warehouse”"):
        open_fusion(warehouse="").create_order(NEW_ORDER)
    assert paths(sandbox) == []


def test_a_shipment_made_under_another_word_for_success_is_found(
    sandbox: SandboxControl, open_fusion: OpenFusion
) -> None:
    fusion = open_fusion(accepted_word="OK")

    first, again = fusion.create_order(NEW_ORDER), fusion.create_order(NEW_ORDER)

    assert first.external_id == again.external_id
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    "change", [{}, {"status": "onHold"}, {"status": "shipped"}, {"shipments": [{"tracking_number": "FUSION1"}]}]
)
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": "MUG"}], **change}])

    assert fusion.create_order(NEW_ORDER).external_id == "42"
    assert CREATE not in paths(sandbox)


def test_it_creates_another_after_a_cancelled_one_and_only_one(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": 42, "status": "cancelled"}])

    first, again = fusion.create_order(NEW_ORDER), fusion.create_order(NEW_ORDER)

    assert first.external_id == again.external_id != "42"
    assert paths(sandbox).count(CREATE) == 1


def test_it_refuses_to_choose_between_orders_that_stand(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.load("shipfusion", [{"number": NUMBER, "external_id": each} for each in (41, 42)])

    with pytest.raises(Rejected, match=r"several shipments with the number SO-9\.1"):
        fusion.create_order(NEW_ORDER)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_fusion: OpenFusion
) -> None:
    fusion = open_fusion(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("shipfusion", fault, seconds=30, path=CREATE)

    first = fusion.create_order(NEW_ORDER)

    sandbox.clear_faults("shipfusion")
    assert fusion.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    fault: Fault, sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, path=CREATE)

    with pytest.raises(OutcomeUnknown, match=r"no shipment with the number SO-9\.1") as caught:
        fusion.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert fusion.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 2


def test_a_refusal_is_told_in_shipfusions_words(sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    with pytest.raises(Rejected, match=r"refused \(status 400\).*Missing: items\.") as caught:
        fusion.create_order(replace(NEW_ORDER, lines=()))

    assert not caught.value.ambiguous
    assert paths(sandbox) == [SEARCH, CREATE, SEARCH]


def test_it_takes_an_address_of_which_little_is_known(sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    address = PostalAddress(name="Cher", country_code="US")
    order = replace(NEW_ORDER, ship_to=address, shipping_method="")

    shown = sandbox.show("shipfusion", fusion.create_order(order).external_id)

    assert (shown["address"]["firstName"], shown["address"]["country"]) == ("Cher", "US")


def test_a_refusal_that_cannot_be_checked_is_unknown(sandbox: SandboxControl, fusion: ShipfusionAdapter) -> None:
    sandbox.fault("shipfusion", Fault.ERRORS_IN_BODY, path=CREATE)
    sandbox.fault("shipfusion", Fault.UNAUTHORIZED, count=None, skip=1, path=SEARCH)

    with pytest.raises(OutcomeUnknown, match=r"The warehouse is being moved\. Looking .*refused the credentials"):
        fusion.create_order(NEW_ORDER)


def test_an_order_that_was_created_is_unknown_until_it_was_seen_and_found_the_next_time(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.UNAUTHORIZED, path=READ)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking.*refused the credentials"):
        fusion.create_order(NEW_ORDER)
    assert fusion.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.ERRORS_IN_BODY, Rejected), (Fault.THROTTLED, Throttled), (Fault.UNAUTHORIZED, AuthFailed)],
)
def test_it_passes_on_a_refusal_and_creates_nothing(
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, count=None, path=CREATE)

    with pytest.raises(error) as caught:
        fusion.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("shipfusion")
    fusion.create_order(NEW_ORDER)
    assert paths(sandbox).count(READ) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.SERVER_ERROR, Transient),
        (Fault.RESET, Transient),
        (Fault.ERRORS_IN_BODY, Rejected),
        (Fault.NOT_JSON, Rejected),
        (Fault.NOT_FOUND, Rejected),
    ],
)
def test_it_sends_nothing_when_it_cannot_look_first(
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", fault, count=None, path=SEARCH)

    with pytest.raises(error):
        fusion.create_order(NEW_ORDER)
    assert CREATE not in paths(sandbox)


def test_a_throttled_creation_is_sent_again_and_done_once(
    sandbox: SandboxControl, fusion: ShipfusionAdapter
) -> None:
    sandbox.fault("shipfusion", Fault.THROTTLED, seconds=2, path=CREATE)

    first = fusion.create_order(NEW_ORDER)

    assert fusion.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 2

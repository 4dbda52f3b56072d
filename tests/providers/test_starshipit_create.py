"""Creating an order at Starshipit, which keeps no number unique, over real HTTP: once, whatever goes wrong."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenShipit
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
from webapp.providers.starshipit.adapter import StarshipitAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
SEARCH, CREATE, READ = "/api/orders/search", "/api/orders/POST", "/api/orders/GET"


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("starshipit")]


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, shipit: StarshipitAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = shipit.create_order(NEW_ORDER)

    assert paths(sandbox) == [SEARCH, CREATE, READ]
    assert (snapshot.number, snapshot.state) == (NUMBER, ProviderOrderState.AWAITING)
    shown = sandbox.show("starshipit", snapshot.external_id)
    assert [(item["sku"], item["quantity"], item["value"]) for item in shown["items"]] == [
        ("MUG", 2, 12.5),
        ("PLATE", 1, 7.125),
    ]
    destination = shown["destination"]
    assert (destination["name"], destination["suburb"], destination["post_code"]) == (
        "Ada Example",
        "Eugene",
        "97401",
    )
    assert shown["shipping_method"] == "Ground"
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


@pytest.mark.usefixtures("sandbox")
def test_it_says_when_the_order_was_made_in_utc(shipit: StarshipitAdapter, exchanges: list[Exchange]) -> None:
    shipit.create_order(NEW_ORDER)

    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create order")
    assert sent is not None
    assert '"order_date": "2026-03-02T17:30:00Z"' in sent


@pytest.mark.parametrize(
    "change", [{}, {"status": "Saved"}, {"status": "Printed"}, {"shipments": [{"tracking_number": "STAR1"}]}]
)
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42, "lines": [{"sku": "MUG"}], **change}])

    assert shipit.create_order(NEW_ORDER).external_id == "42"
    assert CREATE not in paths(sandbox)


def test_it_creates_another_after_an_archived_one_and_only_one(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": 42, "archived": True}])

    first, again = shipit.create_order(NEW_ORDER), shipit.create_order(NEW_ORDER)

    assert first.external_id == again.external_id != "42"
    assert paths(sandbox).count(CREATE) == 1


def test_it_refuses_to_choose_between_orders_that_stand(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.load("starshipit", [{"number": NUMBER, "external_id": each} for each in (41, 42)])

    with pytest.raises(Rejected, match=r"several orders with the number SO-9\.1"):
        shipit.create_order(NEW_ORDER)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_shipit: OpenShipit
) -> None:
    shipit = open_shipit(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("starshipit", fault, seconds=30, path=CREATE)

    first = shipit.create_order(NEW_ORDER)

    sandbox.clear_faults("starshipit")
    assert shipit.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE, Fault.HUGE_BODY])
def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    fault: Fault, sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, path=CREATE)

    with pytest.raises(OutcomeUnknown, match=r"no order with the number SO-9\.1") as caught:
        shipit.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert shipit.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 2


def test_a_refusal_under_status_500_is_a_refusal_in_starshipits_words(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    with pytest.raises(Rejected, match=r"refused \(status 500\).*destination needs suburb") as caught:
        shipit.create_order(replace(NEW_ORDER, ship_to=replace(NEW_ORDER.ship_to, city="")))

    assert not caught.value.ambiguous
    assert paths(sandbox) == [SEARCH, CREATE, SEARCH]


@pytest.mark.parametrize("number", ["N" * 51])
def test_a_number_that_is_too_long_is_refused(number: str, shipit: StarshipitAdapter) -> None:
    with pytest.raises(Rejected, match="at most 50 characters"):
        shipit.create_order(replace(NEW_ORDER, number=number))


def test_it_takes_an_address_of_which_little_is_known(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    address = PostalAddress(name="Cher", address1="1 Way", city="Perth", country_code="AU")
    order = replace(NEW_ORDER, ship_to=address, shipping_method="")

    shown = sandbox.show("starshipit", shipit.create_order(order).external_id)

    assert (shown["destination"]["country"], shown["shipping_method"]) == ("AU", None)


def test_a_refusal_that_cannot_be_checked_is_unknown(sandbox: SandboxControl, shipit: StarshipitAdapter) -> None:
    sandbox.fault("starshipit", Fault.ERRORS_IN_BODY, path=CREATE)
    sandbox.fault("starshipit", Fault.UNAUTHORIZED, count=None, skip=1, path=SEARCH)

    with pytest.raises(OutcomeUnknown, match=r"The account is being moved\. Looking .*refused the credentials"):
        shipit.create_order(NEW_ORDER)


def test_an_order_that_was_created_is_unknown_until_it_was_seen_and_found_the_next_time(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.UNAUTHORIZED, path=READ)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking.*refused the credentials"):
        shipit.create_order(NEW_ORDER)
    assert shipit.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.ERRORS_IN_BODY, Rejected), (Fault.THROTTLED, Throttled), (Fault.UNAUTHORIZED, AuthFailed)],
)
def test_it_passes_on_a_refusal_and_creates_nothing(
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, count=None, path=CREATE)

    with pytest.raises(error) as caught:
        shipit.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("starshipit")
    shipit.create_order(NEW_ORDER)
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
    fault: Fault, error: type[ProviderError], sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", fault, count=None, path=SEARCH)

    with pytest.raises(error):
        shipit.create_order(NEW_ORDER)
    assert CREATE not in paths(sandbox)


def test_a_throttled_creation_is_sent_again_and_done_once(
    sandbox: SandboxControl, shipit: StarshipitAdapter
) -> None:
    sandbox.fault("starshipit", Fault.THROTTLED, seconds=2, path=CREATE)

    first = shipit.create_order(NEW_ORDER)

    assert shipit.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 2

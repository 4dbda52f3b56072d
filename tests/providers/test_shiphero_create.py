"""Creating an order at ShipHero, which keeps no number unique, over real HTTP: once, whatever goes wrong."""

from dataclasses import replace

import pytest

from tests.providers.conftest import OpenHero
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OutcomeUnknown,
    PostalAddress,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
SEARCH, CREATE, READ = "/graphql/FindOrders", "/graphql/CreateOrder", "/graphql/Order"


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shiphero") if seen.path != "/auth/refresh"]


def test_it_creates_the_order_and_reads_it_back(
    sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = hero.create_order(NEW_ORDER)

    assert paths(sandbox) == [SEARCH, CREATE, READ]
    assert (snapshot.number, snapshot.state) == (NUMBER, ProviderOrderState.AWAITING)
    shown = sandbox.show("shiphero", snapshot.external_id)
    assert (shown["partner_order_id"], shown["email"]) == (NUMBER, "ada.example@example.com")
    assert [
        (line["partner_line_item_id"], line["sku"], line["quantity"], line["price"])
        for line in shown["line_items"]
    ] == [("11", "MUG", 2, "12.50"), ("12", "PLATE", 1, "7.125")]
    address = shown["shipping_address"]
    assert (address["first_name"], address["last_name"], address["state_code"]) == ("Ada", "Example", "OR")
    assert shown["shipping_lines"]["title"] == "Ground"
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def test_it_says_what_the_goods_cost_and_when_they_were_ordered(
    hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    hero.create_order(NEW_ORDER)

    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create order")
    assert sent is not None
    assert '"total_price": "32.125"' in sent
    assert '"order_date": "2026-03-02T17:30:00+00:00"' in sent


def test_it_creates_for_the_accounts_shop_customer_and_warehouse(
    sandbox: SandboxControl, hero_account: ProviderAccountRecord, open_hero: OpenHero, exchanges: list[Exchange]
) -> None:
    settings = {"shop_name": "Second shop", "customer_account_id": "QWNjb3VudDoy", "warehouse_id": "V2FyZTox"}
    adapter = open_hero(replace(hero_account, settings=settings))

    first, again = adapter.create_order(NEW_ORDER), adapter.create_order(NEW_ORDER)

    assert first.external_id == again.external_id
    assert sandbox.show("shiphero", first.external_id)["shop_name"] == "Second shop"
    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create order")
    assert sent is not None
    assert sent.count('"warehouse_id": "V2FyZTox"') == 2


def test_it_takes_an_address_of_which_little_is_known(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    order = replace(NEW_ORDER, ship_to=PostalAddress(name="Cher"), shipping_method="")

    shown = sandbox.show("shiphero", hero.create_order(order).external_id)

    assert shown["shipping_address"]["first_name"] == "Cher"
    assert shown["shipping_lines"]["title"] == "Standard"


@pytest.mark.parametrize("change", [{}, {"status": "on_hold"}, {"shipments": [{"tracking_number": "1Z"}]}])
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    order = {"number": NUMBER, "external_id": "here", "lines": [{"sku": "MUG"}], **change}
    sandbox.load("shiphero", [order])

    assert hero.create_order(NEW_ORDER).external_id == "here"
    assert CREATE not in paths(sandbox)


def test_it_creates_another_after_a_cancelled_one_and_only_one(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "old", "status": "canceled"}])

    first, again = hero.create_order(NEW_ORDER), hero.create_order(NEW_ORDER)

    assert first.external_id == again.external_id != "old"
    assert paths(sandbox).count(CREATE) == 1


def test_it_refuses_to_choose_between_orders_that_stand(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": each} for each in ("one", "two")])

    with pytest.raises(Rejected, match=r"several orders with the number SO-9\.1"):
        hero.create_order(NEW_ORDER)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_it_finds_an_order_that_was_created_without_an_answer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_hero: OpenHero
) -> None:
    hero = open_hero(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("shiphero", fault, seconds=30, path=CREATE)

    first = hero.create_order(NEW_ORDER)

    sandbox.clear_faults("shiphero")
    assert hero.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE])
def test_it_does_not_know_when_the_call_failed_and_the_order_is_not_there(
    fault: Fault, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, path=CREATE)

    with pytest.raises(OutcomeUnknown, match=r"no order with the number SO-9\.1") as caught:
        hero.create_order(NEW_ORDER)

    assert caught.value.ambiguous
    assert hero.create_order(NEW_ORDER).number == NUMBER


def test_an_order_that_was_created_is_unknown_until_it_was_seen_and_found_the_next_time(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.UNAUTHORIZED, count=2, path=READ)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking.*refused the credentials"):
        hero.create_order(NEW_ORDER)
    assert hero.create_order(NEW_ORDER).number == NUMBER
    assert paths(sandbox).count(CREATE) == 1


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.ERRORS_IN_BODY, CREATE, Rejected),
        (Fault.THROTTLED, CREATE, Throttled),
        (Fault.UNAUTHORIZED, CREATE, AuthFailed),
        (Fault.SERVER_ERROR, SEARCH, Transient),
        (Fault.NOT_JSON, SEARCH, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_creating(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        hero.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("shiphero")
    hero.create_order(NEW_ORDER)
    assert paths(sandbox).count(READ) == 1


def test_a_throttled_creation_is_sent_again_and_done_once(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    sandbox.fault("shiphero", Fault.THROTTLED, seconds=2, path=CREATE)

    first = hero.create_order(NEW_ORDER)

    assert hero.create_order(NEW_ORDER).external_id == first.external_id
    assert paths(sandbox).count(CREATE) == 2

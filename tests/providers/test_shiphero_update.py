"""Changing the lines of an order at ShipHero over real HTTP: three calls, and the lines read back decide."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.providers.conftest import OpenHero
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    Exchange,
    NewOrderLine,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
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

NUMBER = NEW_ORDER.number
BY_ID = OrderReference("here", NUMBER)
READ, ADD, CHANGE, REMOVE = (f"/graphql/{name}" for name in ("Order", "AddLines", "ChangeLines", "RemoveLines"))
# Against these the order of `new_orders` has one line more (12), another quantity (11) and one line less (13).
LINES = [{"sku": "MUG", "key": "11", "quantity": 5}, {"sku": "LAMP", "key": "13", "quantity": 1}]
WANTED = [("11", "MUG", 2), ("12", "PLATE", 1)]


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "here", "lines": LINES}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("shiphero") if seen.path != "/auth/refresh"]


def lines(sandbox: SandboxControl) -> list[tuple[str, str, int]]:
    shown: list[dict[str, Any]] = sandbox.show("shiphero", "here")["line_items"]
    return sorted((line["partner_line_item_id"], line["sku"], line["quantity"]) for line in shown)


@pytest.mark.parametrize("external_id", ["here", None, "gone"])
def test_it_makes_the_lines_there_those_of_ours_and_reads_them_back(
    external_id: str | None, sandbox: SandboxControl, hero: ShipHeroAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = hero.update_order(OrderReference(external_id, NUMBER), NEW_ORDER)

    assert (snapshot.external_id, snapshot.number) == ("here", NUMBER)
    assert lines(sandbox) == WANTED
    assert paths(sandbox)[-5:] == [READ, ADD, CHANGE, REMOVE, READ]
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def test_it_sends_nothing_when_the_lines_are_right_already(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    hero.update_order(BY_ID, NEW_ORDER)
    asked_before = len(paths(sandbox))

    hero.update_order(BY_ID, NEW_ORDER)

    assert paths(sandbox)[asked_before:] == [READ]


def test_it_takes_back_a_line_that_stands_there_twice(sandbox: SandboxControl, hero: ShipHeroAdapter) -> None:
    plate = {"sku": "PLATE", "key": "12", "quantity": 1}
    twice = [{"sku": "MUG", "key": "11", "quantity": 2}, plate, plate]
    sandbox.load("shiphero", [{"number": NUMBER, "external_id": "here", "lines": twice}])

    hero.update_order(BY_ID, NEW_ORDER)

    assert lines(sandbox) == WANTED
    assert paths(sandbox) == [READ, REMOVE, READ]


def test_another_article_under_the_same_key_is_another_line(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    swapped = replace(NEW_ORDER, lines=(NewOrderLine("11", "CUP", "Cup", 5, Decimal(3)),))

    hero.update_order(BY_ID, swapped)

    assert lines(sandbox) == [("11", "CUP", 5)]


def test_it_names_the_customer_of_a_3pl(
    hero_account: ProviderAccountRecord, open_hero: OpenHero, exchanges: list[Exchange]
) -> None:
    adapter = open_hero(replace(hero_account, settings={"customer_account_id": "QWNjb3VudDoy"}))

    adapter.update_order(BY_ID, NEW_ORDER)

    sent = [
        e.request_body or "" for e in exchanges if e.operation in ("Add lines", "Change lines", "Remove lines")
    ]
    assert len(sent) == 3
    assert all('"customer_account_id": "QWNjb3VudDoy"' in body for body in sent)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"shipments": [{"lines": [{"sku": "MUG", "quantity": 1}]}]}, AlreadyShipped),
        ({"shipments": [{"lines": []}]}, AlreadyShipped),  # A label is printed, the parcel is still on the table.
        ({"status": "fulfilled"}, AlreadyShipped),
        ({"status": "canceled"}, NotUpdatable),
    ],
)
def test_it_asks_for_nothing_when_the_order_takes_no_change(
    change: dict[str, object], error: type[ProviderError], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.change("shiphero", "here", **change)

    with pytest.raises(error, match=r"SO-9\.1"):
        hero.update_order(BY_ID, NEW_ORDER)
    assert ADD not in paths(sandbox)


def test_it_sees_that_the_order_shipped_between_the_look_and_the_change(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.SHIPS_AFTERWARDS, path=READ, order=NUMBER)

    with pytest.raises(AlreadyShipped):
        hero.update_order(BY_ID, NEW_ORDER)
    assert paths(sandbox) == [READ, ADD, READ]


@pytest.mark.parametrize("path", [ADD, CHANGE])
@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF])
def test_after_a_call_without_an_answer_the_rest_is_sent_by_asking_again(
    fault: Fault, path: str, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, path=path)
    with pytest.raises(OutcomeUnknown) as caught:
        hero.update_order(BY_ID, NEW_ORDER)
    assert caught.value.retryable

    hero.update_order(BY_ID, NEW_ORDER)

    assert lines(sandbox) == WANTED
    assert paths(sandbox).count(path) == 1


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE])
def test_a_last_call_without_an_answer_is_found_done(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_hero: OpenHero
) -> None:
    hero = open_hero(using=replace(options, timing=Timing(read=0.5)))
    sandbox.fault("shiphero", fault, seconds=30, path=REMOVE)

    hero.update_order(BY_ID, NEW_ORDER)

    sandbox.clear_faults("shiphero")
    assert lines(sandbox) == WANTED


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.ERRORS_IN_BODY, Fault.UNAUTHORIZED])
def test_half_a_change_is_never_told_as_a_refusal(
    fault: Fault, sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, count=None, path=CHANGE)

    with pytest.raises(OutcomeUnknown, match="do not stand there as asked yet") as caught:
        hero.update_order(BY_ID, NEW_ORDER)
    assert caught.value.ambiguous
    assert caught.value.retryable

    sandbox.clear_faults("shiphero")
    hero.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == WANTED


def test_it_does_not_know_when_looking_afterwards_fails_too(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.SERVER_ERROR, count=None, skip=1, path=READ)

    with pytest.raises(OutcomeUnknown, match=r"The call was accepted\. Looking"):
        hero.update_order(BY_ID, NEW_ORDER)


def test_a_refusal_of_an_order_that_stands_is_told_in_shipheros_words(
    sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", Fault.ERRORS_IN_BODY, path=ADD)

    with pytest.raises(NotUpdatable, match=r"order SO-9\.1.*The warehouse is being moved\."):
        hero.update_order(BY_ID, NEW_ORDER)
    assert lines(sandbox) == [("11", "MUG", 5), ("13", "LAMP", 1)]


@pytest.mark.parametrize(
    ("fault", "path", "error"),
    [
        (Fault.THROTTLED, ADD, Throttled),
        (Fault.UNAUTHORIZED, ADD, AuthFailed),
        (Fault.THROTTLED, READ, Throttled),
        (Fault.SERVER_ERROR, READ, Transient),
        (Fault.NOT_JSON, READ, Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_changing_anything(
    fault: Fault, path: str, error: type[ProviderError], sandbox: SandboxControl, hero: ShipHeroAdapter
) -> None:
    sandbox.fault("shiphero", fault, count=None, path=path)

    with pytest.raises(error) as caught:
        hero.update_order(BY_ID, NEW_ORDER)
    assert not caught.value.ambiguous
    assert lines(sandbox) == [("11", "MUG", 5), ("13", "LAMP", 1)]


def test_there_is_nothing_to_change_where_there_is_no_order(hero: ShipHeroAdapter) -> None:
    with pytest.raises(NotFound):
        hero.update_order(OrderReference("nowhere", "SO-7.7"), NEW_ORDER)

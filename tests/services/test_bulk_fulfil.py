"""Voided shipments fulfilled again: each verdict, as it was foreseen, and none of their goods shipped twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.ledger import Intent, assert_sound, figures, intent, lose, ship
from tests.services.test_bulk import EVERYTHING, OPERATOR, ask, buckets, chosen, row
from tests.together import together
from webapp.errors import Conflict, Forbidden
from webapp.extensions import db
from webapp.models import Activity, CostLayer, Fulfillment, FulfillmentLine, FulfillmentOrder, Run
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.services import bulk_fulfil, voids
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.statuses import ROLE_PERMISSIONS, Role, RunKind, RunState

AGAIN, RESTORE = RunKind.BULK_FULFIL, RunKind.BULK_RESTORE
TEA, CUP = "NWP-011", "NWP-042"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[RunKind, int]]:
    """What workers were woken for."""
    found: list[tuple[RunKind, int]] = []

    def wake(runs: Sequence[tuple[RunKind, int]]) -> int:
        found.extend(runs)
        return 0

    monkeypatch.setattr("webapp.queue.wake", wake)
    return found


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id, request_id="request-1")


def void(*shipments: Fulfillment) -> None:
    results = voids.void_locally([one.id for one in shipments], reason="", actor=Actor(), force=True)
    assert [one.reason for one in results if one.reason] == []
    db.session.commit()
    db.session.expire_all()


def voided(make: Factory, parent: Intent, quantities: dict[str, int], **values: Any) -> Fulfillment:
    shipment = ship(make, parent, quantities, **values)
    void(shipment)
    return shipment


def foreseen(*shipments: Fulfillment) -> dict[int, tuple[str, str]]:
    ids = chosen(*shipments).ids
    return {
        one.fulfillment_id: (one.bucket.value, one.reason)
        for one in KINDS[AGAIN].foresee(ids, Terms(), EVERYWHERE)
    }


def newest() -> Fulfillment:
    return db.session.scalars(sa.select(Fulfillment).order_by(Fulfillment.id.desc()).limit(1)).one()


def lines_of(shipment: Fulfillment) -> list[tuple[int, int]]:
    rows = sa.select(FulfillmentLine.fulfillment_order_line_id, FulfillmentLine.quantity)
    found = db.session.execute(
        rows.where(FulfillmentLine.fulfillment_id == shipment.id).order_by(FulfillmentLine.id)
    )
    return [(line_id, quantity) for line_id, quantity in found]


def count_of(model: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_next_shipment_holds_what_the_voided_one_held(make: Factory, susan: Actor) -> None:
    parent = intent(make, {TEA: 3, CUP: 2})
    old = voided(make, parent, {TEA: 3, CUP: 2}, requested_shipping_method_manual="By bicycle")

    run_id = ask(AGAIN, chosen(old), susan)

    new = newest()
    assert buckets(run_id) == {old.id: ("done", f"Fulfilled again as {new.fulfillment_number}.")}
    assert (row(run_id).state, row(run_id).message) == (RunState.SUCCEEDED, "1 fulfilled again.")
    assert (new.sequence, new.status, new.fulfillment_type) == (old.sequence + 1, "packed", "manual")
    assert (new.warehouse_id, new.tracking_number) == (old.warehouse_id, None)
    assert new.requested_shipping_method_manual == "By bicycle"
    assert lines_of(new) == lines_of(old)
    assert db.session.get_one(FulfillmentOrder, parent.id).status == "closed"
    assert db.session.get_one(Fulfillment, old.id).voided_at is not None
    told = db.session.scalars(sa.select(Activity).where(Activity.run_id == run_id).order_by(Activity.id)).all()
    assert {(one.actor_id, one.request_id) for one in told} == {(susan.user_id, "request-1")}
    subjects = [(one.event, one.fulfillment_id, one.fulfillment_order_id) for one in told]
    assert subjects == [("created", new.id, None), ("updated", None, parent.id), ("updated", old.id, None)]
    assert_sound()


def test_what_comes_of_each_is_what_was_foreseen(make: Factory, susan: Actor) -> None:
    shared = intent(make, {TEA: 5})
    first = voided(make, shared, {TEA: 3})
    second, taken = voided(make, shared, {TEA: 3}), ship(make, shared, {TEA: 1})
    short = voided(make, intent(make, {CUP: 4}, layers=((4, "5.00"),)), {CUP: 4})
    lose(db.session.scalars(sa.select(CostLayer.id).order_by(CostLayer.id.desc())).first() or 0, 3)
    shipped = intent(make, {TEA: 2})
    gone = voided(make, shipped, {TEA: 2})
    ship(make, shipped, {TEA: 2})
    cancelled = intent(make, {TEA: 2})
    dead = voided(make, cancelled, {TEA: 2})
    db.session.get_one(FulfillmentOrder, cancelled.id).status = "cancelled"
    db.session.commit()
    every = (first, second, taken, short, gone, dead)

    said = foreseen(*every)
    done = buckets(ask(AGAIN, chosen(*every), susan))

    assert {id_: bucket for id_, (bucket, _) in done.items()} == {id_: bucket for id_, (bucket, _) in said.items()}
    assert {id_: why for id_, why in done.items() if id_ != first.id} == {
        second.id: ("errors", f"{TEA}: 3 requested, but only 1 is left to ship."),
        taken.id: ("skipped", "It is not voided."),
        short.id: (
            "errors",
            f"Stock does not suffice. {CUP}: 4 requested, 4 allocated, 1 on hand, 3 short.",
        ),
        gone.id: (
            "skipped",
            "Nothing of it is left to ship: its units are in other shipments of its fulfillment order.",
        ),
        dead.id: ("errors", f"FO-{cancelled.id} is cancelled, so nothing can be fulfilled from it."),
    }
    assert {id_: why for id_, why in said.items() if id_ != first.id} == {
        id_: why for id_, why in done.items() if id_ != first.id
    }
    assert said[first.id] == ("done", "")
    assert_sound()


def test_stock_and_promises_for_one_go_to_the_first(make: Factory, susan: Actor) -> None:
    one, other = intent(make, {TEA: 2}, layers=((2, "9.00"),)), intent(make, {TEA: 2}, layers=((2, "9.00"),))
    first, second = voided(make, one, {TEA: 2}), voided(make, other, {TEA: 2})
    lose(db.session.scalars(sa.select(CostLayer.id).order_by(CostLayer.id)).first() or 0, 1)

    said = foreseen(second, first)
    run_id = ask(AGAIN, chosen(second, first), susan)

    short = ("errors", f"Stock does not suffice. {TEA}: 2 requested, 2 allocated, 1 on hand, 1 short.")
    assert buckets(run_id)[first.id][0] == said[first.id][0] == "done"
    assert buckets(run_id)[second.id] == said[second.id] == short
    assert_sound()


def test_the_goods_of_one_go_once_although_there_is_budget_for_more(make: Factory, susan: Actor) -> None:
    parent = intent(make, {TEA: 10})
    one, other = voided(make, parent, {TEA: 2}), voided(make, parent, {TEA: 2})
    ask(AGAIN, chosen(one, other), susan)
    before = figures()

    assert {bucket for bucket, _ in foreseen(one, other).values()} == {"skipped"}
    again = ask(AGAIN, chosen(one, other), susan)

    assert set(buckets(again).values()) == {("skipped", "It was fulfilled again already, since it was voided.")}
    assert (row(again).state, figures()) == (RunState.SUCCEEDED, before)


def test_one_that_was_restored_and_voided_anew_is_fulfilled_anew(make: Factory, susan: Actor) -> None:
    parent = intent(make, {TEA: 10})
    old = voided(make, parent, {TEA: 2})
    ask(AGAIN, chosen(old), susan)
    ask(RESTORE, chosen(old), susan)
    void(db.session.get_one(Fulfillment, old.id))
    assert buckets(ask(AGAIN, chosen(old), susan))[old.id][0] == "done"
    assert_sound()


def test_what_became_of_it_can_be_voided_and_fulfilled_again(make: Factory, susan: Actor) -> None:
    old = voided(make, intent(make, {TEA: 2}), {TEA: 2})
    ask(AGAIN, chosen(old), susan)
    second = newest()
    void(second)
    assert buckets(ask(AGAIN, chosen(second), susan))[second.id][0] == "done"
    assert newest().sequence == 3
    assert_sound()


def test_several_at_once_ship_it_once(app: Flask, make: Factory, susan: Actor) -> None:
    parent = intent(make, {TEA: 20})
    shipments = [voided(make, parent, {TEA: 2}) for _ in range(2)]
    shipments += [voided(make, intent(make, {TEA: 2}), {TEA: 2}) for _ in range(2)]
    before, selection = count_of(Fulfillment), chosen(*shipments)

    runs = together(app, 3, lambda _: ask(AGAIN, selection, susan, expected=4))

    assert len(set(runs)) == 3
    assert {row(run_id).state for run_id in runs} == {RunState.SUCCEEDED}  # None was in the way of another.
    assert count_of(Fulfillment) - before == 4
    assert_sound()


def test_a_provider_is_asked_by_a_run_of_its_own(
    make: Factory, susan: Actor, woken: list[tuple[RunKind, int]]
) -> None:
    account = make.provider_account("shiphero")
    old = make.shipment(account=account, requested_shipping_method="Standard")
    void(old)
    assert foreseen(old)[old.id] == ("done", "It is then sent to ShipHero, by a run of its own.")

    run_id = ask(AGAIN, chosen(old), susan)

    new = newest()
    sending = db.session.scalars(sa.select(Run).where(Run.fulfillment_id == new.id)).one()
    assert (row(run_id).state, new.provider_account_id, new.status) == (
        RunState.SUCCEEDED,
        account.id,
        "submitted",
    )
    assert woken == [(RunKind.CREATE_PROVIDER_ORDER, sending.id)]
    order = db.session.get_one(FulfillmentOrder, new.fulfillment_order_id)
    assert order.request_status == "submitting"
    assert_sound()


def test_an_account_that_is_switched_off_is_an_error(make: Factory, susan: Actor) -> None:
    account = make.provider_account("shiphero")
    old = make.shipment(account=account)
    void(old)
    account.is_enabled = False
    db.session.commit()
    said = foreseen(old)
    assert said[old.id] == (
        "errors",
        f"The provider account {account.name} is switched off. Choose another one. "
        f"That can be done on the page of FO-{old.fulfillment_order_id}.",
    )
    assert buckets(ask(AGAIN, chosen(old), susan)) == said
    assert newest().id == old.id


def test_a_step_that_is_taken_back_in_the_request_wakes_nobody_for_what_is_gone(
    make: Factory, susan: Actor, woken: list[tuple[RunKind, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make.shipment(account=make.provider_account("shiphero"))
    void(old)

    def fail(*_: Any, **__: Any) -> datetime:
        raise Conflict("Another shipment took the number.")

    monkeypatch.setattr(bulk_fulfil, "now", fail)
    run_id = ask(AGAIN, chosen(old), susan)
    assert (row(run_id).state, woken) == (RunState.QUEUED, [(AGAIN, run_id)])
    assert newest().id == old.id


def test_only_shipments_of_ones_own_warehouses(make: Factory, susan: Actor) -> None:
    old = voided(make, intent(make, {TEA: 2}), {TEA: 2})
    elsewhere = Scope(frozenset({make.warehouse("Columbus, OH").id}))
    before = figures()
    for verdict in (
        *bulk_fulfil.foresee([old.id], Terms(), elsewhere),
        *bulk_fulfil.fulfil([old.id], Terms(), Actor(susan.user_id, elsewhere), 0),
    ):
        assert (verdict.bucket, verdict.reason.startswith("There is no such shipment")) == ("errors", True)
    assert figures() == before


def test_who_may_fulfil_may_fulfil_again(make: Factory, susan: Actor) -> None:
    old = voided(make, intent(make, {TEA: 2}), {TEA: 2})
    with pytest.raises(Forbidden, match="You may not fulfil shipments"):
        ask(AGAIN, chosen(old), susan, permissions=ROLE_PERMISSIONS[Role.VIEWER])
    db.session.rollback()
    assert OPERATOR < EVERYTHING
    assert buckets(ask(AGAIN, chosen(old), susan, permissions=OPERATOR))[old.id][0] == "done"

"""Restoring: a void undone to the unit, however often, or refused with what is missing."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.emptying import empty
from tests.factories import NOON, Factory
from tests.ledger import assert_sound, figures, intent, lose, receive, saved, ship
from tests.statements import statements
from tests.together import together
from webapp.errors import IdempotencyKeyReused, NotFound, Refused, Stale
from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
)
from webapp.queries.restores import refusal_of
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.services.actors import SYSTEM, Actor
from webapp.services.restores import Restored, restore, restore_locally
from webapp.services.voids import void_locally
from webapp.statuses import FulfillmentStatus, ProviderOrderState, VoidBucket

THREE_LINES = (("NWP-011", 2, "9.10"), ("NWP-042", 3, "5.00"), ("NWP-051", 1, None))


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id, request_id="request-2")


def key() -> str:
    return uuid.uuid4().hex


def void(*shipments: Fulfillment, actor: Actor = SYSTEM, **values: Any) -> None:
    results = void_locally([one.id for one in shipments], reason="Twice", actor=actor, **values)
    assert {one.bucket for one in results} == {VoidBucket.VOIDED}, results
    db.session.commit()


def bring_back(shipment: Fulfillment, actor: Actor, **values: Any) -> Restored:
    defaults = {"version": shipment.version, "key": key(), "actor": actor}
    restored = restore(shipment.id, **(defaults | values))
    db.session.commit()
    return restored


def refused(shipment: Fulfillment, actor: Actor) -> str:
    """Why it is refused: by the service, which changes nothing, and by the page, in the same words."""
    before, version = figures(), shipment.version
    with pytest.raises(Refused) as refusal:
        bring_back(shipment, actor)
    db.session.rollback()
    assert figures() == before
    assert shipment.version == version
    said = refusal.value.message.removeprefix(f"{shipment.fulfillment_number} cannot be restored. ")
    assert refusal_of(shipment.id, EVERYWHERE) == said
    return said


def all_of(model: Any) -> list[Any]:
    return list(db.session.scalars(sa.select(model).order_by(model.id)))


@pytest.mark.parametrize("status", ["packed", "fulfilled", "canceled"])
def test_everything_is_as_it_was_however_often(make: Factory, susan: Actor, status: str) -> None:
    is_done = status != "packed"
    order = make.order(status="closed" if is_done else "open")
    shipment = make.shipment(order=order, lines=THREE_LINES, status=status)
    before = figures()

    for turn in range(3):
        void(shipment, force=True)
        assert refusal_of(shipment.id, EVERYWHERE) is None
        assert figures() != before
        bring_back(shipment, susan)
        assert_sound()
        assert figures() == before
        assert shipment.version == 3 + 2 * turn

    assert len(all_of(Allocation)) == 3
    assert shipment.request_status_before_void is None


def test_history_tells_of_the_shipment_and_of_its_fulfillment_order(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)

    bring_back(shipment, susan)

    restored, closed = all_of(Activity)[-2:]
    assert (restored.event, restored.fulfillment_id, restored.actor_id) == ("restored", shipment.id, susan.user_id)
    assert restored.changes == {"status": ["canceled", "packed"], "void_reason": ["Twice", None]}
    assert (closed.event, closed.fulfillment_order_id) == ("updated", shipment.fulfillment_order_id)
    assert closed.note == f"{shipment.fulfillment_number} was restored"
    assert closed.changes == {
        "status": ["open", "closed"],
        "request_status": ["unsubmitted", "submitted"],
        "remaining": ["2", "0"],
    }


def test_it_takes_from_the_same_layers_while_they_hold_the_units(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5}, layers=((2, "1.00"), (20, "2.00")))
    shipment = ship(make, parent, {"A": 5})
    void(shipment)
    older = receive(parent.products["A"], parent.warehouse_id, 50, "0.50", NOON - timedelta(days=90))

    bring_back(shipment, susan)

    assert [layer.remaining for layer in all_of(CostLayer)] == [0, 17, 50]
    assert older.remaining == 50
    assert_sound()


def test_it_takes_what_is_missing_from_the_oldest_layers(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5}, layers=((5, "1.00"), (4, "2.00"), (4, "3.00")))
    shipment = ship(make, parent, {"A": 5})
    void(shipment)
    first, _second, _third = all_of(CostLayer)
    lose(first.id, 3)

    bring_back(shipment, susan)
    assert [layer.remaining for layer in all_of(CostLayer)] == [0, 1, 4]
    assert_sound()
    again = figures()
    void(shipment)
    bring_back(shipment, susan)

    assert figures() == again


def test_missing_stock_is_refused_with_its_figures(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 3, "B": 2}, layers=((4, "1.00"),))
    shipment = ship(make, parent, {"A": 3, "B": 2})
    void(shipment)
    lose(all_of(CostLayer)[0].id, 3)

    assert refused(shipment, susan) == "A: 3 needed, 1 in stock in Reno, NV."


def test_two_lines_of_one_product_need_stock_for_both(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(lines=(("A", 2, "1.00"), ("A", 3, "1.00")))
    void(shipment)
    for layer in all_of(CostLayer):
        lose(layer.id, layer.remaining - 2)

    assert refused(shipment, susan) == "A: 5 needed, 4 in stock in Reno, NV."


def test_a_budget_used_otherwise_is_refused_with_its_figures(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5})
    shipment = ship(make, parent, {"A": 4})
    void(shipment)
    ship(make, parent, {"A": 2}, created_at=NOON)

    assert refused(shipment, susan) == f"A: 4 needed, 3 left to ship on FO-{parent.id}."


def test_allocations_taken_away_are_refused_with_their_figures(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(lines=(("A", 2, "1.00"),))
    void(shipment)
    all_of(Allocation)[0].status = "cancelled"
    db.session.commit()

    assert refused(shipment, susan) == "A: 2 needed, 0 allocated and free."


def test_a_cancelled_fulfillment_order_is_refused(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)
    all_of(FulfillmentOrder)[0].status = "cancelled"
    db.session.commit()

    assert refused(shipment, susan) == f"Its fulfillment order FO-{shipment.fulfillment_order_id} is cancelled."


def test_a_fulfillment_order_submitted_anew_is_refused(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5})
    shipment = ship(make, parent, {"A": 2})
    void(shipment)
    account = make.provider_account()
    set_back = shipment.voided_at - timedelta(hours=1)  # Which came first is no matter of clocks.
    anew = ship(make, parent, {"A": 2}, created_at=set_back, provider_account_id=account.id)

    said = refused(shipment, susan)
    assert said == f"Its fulfillment order FO-{parent.id} was submitted anew as {anew.fulfillment_number}."

    void(anew, force=True)
    bring_back(shipment, susan)
    assert_sound()


def test_a_sibling_that_was_there_before_the_void_does_not_stand_in_the_way(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5})
    account = make.provider_account()
    shipment = ship(make, parent, {"A": 2})
    ahead = shipment.created_at + timedelta(days=365 * 80)
    ship(make, parent, {"A": 2}, created_at=ahead, provider_account_id=account.id)
    before = figures()
    void(shipment)

    bring_back(shipment, susan)

    assert figures() == before
    assert shipment.newest_sibling_at_void is None
    assert_sound()


def test_one_submitted_anew_that_has_no_shipment_yet_is_refused(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)
    all_of(FulfillmentOrder)[0].request_status = "submitting"
    db.session.commit()

    assert "submitted anew" in refused(shipment, susan)


def test_a_later_shipment_by_hand_does_not_stand_in_the_way(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 5})
    shipment = ship(make, parent, {"A": 2})
    void(shipment)
    ship(make, parent, {"A": 2})

    bring_back(shipment, susan)

    assert_sound()


def test_one_that_is_not_voided_is_refused(make: Factory, susan: Actor) -> None:
    assert refused(make.shipment(), susan) == "It is not voided."


def test_an_allocation_is_split_when_only_a_part_is_needed(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(lines=(("A", 4, "1.00"),))
    void(shipment)
    (budget,) = all_of(FulfillmentOrderLine)
    (promise,) = all_of(Allocation)
    # The same four units, promised in two pieces of which neither fits.
    promise.quantity = 3
    other = Allocation(
        sales_order_line_id=promise.sales_order_line_id,
        fulfillment_order_line_id=budget.id,
        status="allocated",
        quantity=1,
    )
    saved(other)

    bring_back(shipment, susan)

    assert [(one.status, one.quantity) for one in all_of(Allocation)] == [("fulfilled", 3), ("fulfilled", 1)]
    assert_sound()


def test_shipments_of_one_fulfillment_order_share_allocations(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"A": 7})
    shipments = [ship(make, parent, {"A": units}) for units in (3, 2, 2)]
    before = figures()
    void(*shipments)
    promises = all_of(Allocation)
    for one in promises[1:]:
        db.session.delete(one)
    promises[0].quantity = 7
    db.session.commit()

    results = restore_locally([one.id for one in shipments], actor=susan)
    db.session.commit()

    assert all(one.is_restored for one in results)
    assert_sound()
    assert figures() == before


def test_of_a_set_those_that_fit_come_back(make: Factory, susan: Actor) -> None:
    first, second = make.shipment(lines=(("A", 5, "1.00"),)), make.shipment(lines=(("A", 5, "1.00"),))
    untouched = make.shipment()
    void(first, second)
    for layer in all_of(CostLayer)[:2]:
        lose(layer.id, layer.remaining - 3)

    results = restore_locally([second.id, first.id, untouched.id, 10**9], actor=susan)
    db.session.commit()

    assert [one.is_restored for one in results] == [False, True, False, False]
    assert results[0].reason == "A: 5 needed, 1 in stock in Reno, NV."
    assert results[2].reason == "It is not voided."
    assert "no such shipment" in results[3].reason
    assert_sound()


def test_many_take_as_many_statements_as_one(make: Factory, susan: Actor) -> None:
    one, many = [make.shipment(lines=THREE_LINES)], [make.shipment(lines=THREE_LINES) for _ in range(12)]
    void(*one, *many)
    with statements() as for_one:
        restore_locally([shipment.id for shipment in one], actor=susan)
    db.session.commit()
    ids = [shipment.id for shipment in many]
    db.session.rollback()

    with statements() as for_many:
        restore_locally(ids, actor=susan)
    db.session.commit()

    assert len(for_many) <= len(for_one), for_many
    assert_sound()


def test_a_channel_that_was_told_of_the_void_is_told_again(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED, submitted_to_sales_channel_at=NOON)
    untold = make.shipment(status=FulfillmentStatus.FULFILLED, submitted_to_sales_channel_at=NOON)
    void(shipment, untold, force=True)
    shipment.void_told_to_channel_at = NOON
    db.session.commit()

    bring_back(shipment, susan)
    bring_back(untold, susan)

    assert (shipment.void_told_to_channel_at, shipment.submitted_to_sales_channel_at) == (None, None)
    assert untold.submitted_to_sales_channel_at == NOON
    told = [
        row.changes.get("submitted_to_sales_channel_at") for row in all_of(Activity) if row.event == "restored"
    ]
    assert told == [[NOON.isoformat(), None], None]


def test_one_to_be_cancelled_by_hand_is_so_no_more(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment)
    void(shipment, cancel_by_hand=True)
    assert shipment.cancel_by_hand

    bring_back(shipment, susan)

    assert not shipment.cancel_by_hand
    assert shipment.provider_problem is None


def test_one_that_is_cancelled_at_the_provider_says_so(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment, state=ProviderOrderState.CANCELLED.value)
    void(shipment)

    bring_back(shipment, susan)

    assert shipment.provider_problem is not None
    assert "its order at ShipStation is cancelled" in shipment.provider_problem
    void(shipment)
    assert shipment.provider_problem is None


def test_a_restore_from_an_older_version_is_refused(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)

    with pytest.raises(Stale) as stale:
        bring_back(shipment, susan, version=1)

    assert stale.value.version == 2


def test_a_shipment_outside_the_limit_does_not_exist(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)
    scope = Scope(frozenset({make.warehouse("Newark, NJ").id}))

    with pytest.raises(NotFound):
        bring_back(shipment, Actor(susan.user_id, scope))
    with pytest.raises(NotFound):
        refusal_of(shipment.id, scope)


def test_the_same_key_gives_the_first_answer_and_does_nothing(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    void(shipment)
    once = key()
    first = bring_back(shipment, susan, key=once, version=2)
    void(shipment)
    before = figures()

    assert bring_back(shipment, susan, key=once, version=2) == first

    assert figures() == before
    with pytest.raises(IdempotencyKeyReused):
        bring_back(shipment, susan, key=once, version=4)


def test_a_person_is_needed_at_the_front_door(make: Factory) -> None:
    with pytest.raises(ValueError, match="restore_locally"):
        bring_back(make.shipment(), SYSTEM)


def test_a_double_click_at_the_same_moment_is_one_restore(app: Flask, make: Factory, susan: Actor) -> None:
    shipment = make.shipment(lines=THREE_LINES)
    before = figures()
    void(shipment)
    shipment_id, once = shipment.id, key()

    def act(_: int) -> bool:
        restored = restore(shipment_id, version=2, key=once, actor=susan).is_restored
        db.session.commit()
        return restored

    assert together(app, 4, act) == [True] * 4
    assert figures() == before
    assert_sound()


def test_two_that_want_the_last_units_at_the_same_moment(app: Flask, make: Factory, susan: Actor) -> None:
    shipments = [make.shipment(lines=(("A", 3, "1.00"),)) for _ in range(2)]
    void(*shipments)
    for layer in all_of(CostLayer):
        lose(layer.id, layer.remaining - 2)
    ids = [one.id for one in shipments]

    def act(number: int) -> bool:
        (result,) = restore_locally([ids[number]], actor=susan)
        db.session.commit()
        return result.is_restored

    assert sorted(together(app, 2, act)) == [False, True]
    assert_sound()


STEPS = st.lists(st.tuples(st.sampled_from(["void", "restore"]), st.integers(0, 3)), max_size=14)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_any_order_and_however_often_the_ledger_comes_back(app: Flask, steps: list[tuple[str, int]]) -> None:
    with app.app_context():
        empty(db.engine)
        make = Factory()
        parent = intent(make, {"A": 5, "B": 3}, layers=((4, "1.00"), (2, "1.25"), (30, "2.00")))
        parts: list[dict[str, int]] = [{"A": 1, "B": 2}, {"A": 3}, {"A": 1, "B": 1}]
        ids = [ship(make, parent, units).id for units in parts]
        ids.append(make.shipment(lines=(("A", 2, "1.00"),)).id)
        before = figures()
        for act, number in steps:
            if act == "void":
                void_locally([ids[number]], reason="", actor=SYSTEM)
            else:
                restore_locally([ids[number]], actor=SYSTEM)
            db.session.commit()
            assert_sound()
        restore_locally(ids, actor=SYSTEM)
        db.session.commit()
        assert_sound()
        assert figures() == before
        db.session.remove()

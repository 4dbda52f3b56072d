"""Voiding: what comes back, who may, what is written down, and that twice is never more than once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.ledger import assert_sound, figures, intent, ship
from tests.statements import statements
from tests.together import together
from webapp.errors import Forbidden, IdempotencyKeyReused, NotFound, Refused, Stale
from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    InventoryMovement,
    Run,
    SalesOrder,
)
from webapp.queries.scope import Scope
from webapp.services import runs
from webapp.services.actors import SYSTEM, Actor
from webapp.services.voids import NeedsConfirmation, Outcome, void, void_locally
from webapp.statuses import FulfillmentStatus, ProviderOrderState, RunKind, RunState, VoidBucket

THREE_LINES = (("NWP-011", 2, "9.10"), ("NWP-042", 3, "5.00"), ("NWP-051", 1, None))


@pytest.fixture
def otto(cast: Cast) -> Actor:
    return Actor(cast.operator.id, request_id="request-1")


def key() -> str:
    return uuid.uuid4().hex


def void_now(shipment: Fulfillment, actor: Actor, **values: Any) -> Outcome:
    defaults = {"reason": "Ordered twice", "version": shipment.version, "key": key(), "actor": actor}
    outcome = void(shipment.id, **(defaults | values))
    db.session.commit()
    return outcome


def all_of(model: Any) -> list[Any]:
    return list(db.session.scalars(sa.select(model).order_by(model.id)))


def history_of(event: str) -> list[Activity]:
    return [row for row in all_of(Activity) if row.event == event]


def test_everything_comes_back_and_the_void_is_remembered(make: Factory, otto: Actor) -> None:
    order = make.order(status="closed")
    shipment = make.shipment(order=order, lines=THREE_LINES, status=FulfillmentStatus.PACKED)

    outcome = void_now(shipment, otto, reason="  Ordered twice ")

    assert outcome == Outcome(shipment.id, VoidBucket.VOIDED)
    assert (shipment.status, shipment.status_before_void) == ("canceled", "packed")
    assert (shipment.void_reason, shipment.voided_by_user_id) == ("Ordered twice", otto.user_id)
    assert shipment.request_status_before_void == "submitted"
    assert (shipment.version, shipment.updated_at) == (2, shipment.voided_at)
    assert not shipment.cancel_by_hand
    assert [layer.remaining for layer in all_of(CostLayer)] == [12, 13, 11]
    assert {one.status for one in all_of(Allocation)} == {"allocated"}
    assert {one.fulfillment_line_id for one in all_of(Allocation)} == {None}
    assert [budget.remaining for budget in all_of(FulfillmentOrderLine)] == [2, 3, 1]
    (parent,) = all_of(FulfillmentOrder)
    assert (parent.status, parent.request_status, parent.version) == ("open", "unsubmitted", 2)
    assert (order.status, order.fulfillment_status) == ("open", "unfulfilled")
    assert_sound()


def test_each_movement_is_reversed_by_its_exact_inverse(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(lines=THREE_LINES)
    originals = [one for one in all_of(InventoryMovement) if one.fulfillment_id]

    void_now(shipment, otto)

    reversals = [one for one in all_of(InventoryMovement) if one.reverses_id]
    assert [one.reverses_id for one in reversals] == [one.id for one in originals]
    for reversal, original in zip(reversals, originals, strict=True):
        assert reversal.quantity == -original.quantity
        assert reversal.occurred_at == shipment.voided_at
        for name in (
            "type",
            "inventory_status",
            "product_id",
            "warehouse_id",
            "cost_layer_id",
            "unit_cost",
            "fulfillment_id",
            "fulfillment_line_id",
            "reference",
        ):
            assert getattr(reversal, name) == getattr(original, name), name


def test_history_tells_of_the_shipment_and_of_its_fulfillment_order(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(void_problem="ShipHero did not answer.")

    void_now(shipment, otto)

    (voided,) = history_of("voided")
    assert voided.fulfillment_id == shipment.id
    assert (voided.note, voided.actor_id, voided.request_id) == ("Ordered twice", otto.user_id, "request-1")
    assert voided.changes == {
        "status": ["packed", "canceled"],
        "void_problem": ["ShipHero did not answer.", None],
    }
    (opened,) = history_of("updated")
    assert (opened.subject_type, opened.subject_id) == ("fulfillment_order", shipment.fulfillment_order_id)
    assert opened.fulfillment_order_id == shipment.fulfillment_order_id
    assert opened.note == f"{shipment.fulfillment_number} was voided"
    assert opened.changes == {
        "status": ["closed", "open"],
        "request_status": ["submitted", "unsubmitted"],
        "remaining": ["0", "2"],
    }
    assert opened.actor_id == otto.user_id
    assert shipment.void_problem is None


def test_a_part_of_a_fulfillment_order_gives_back_only_its_part(make: Factory, otto: Actor) -> None:
    parent = intent(make, {"A": 5, "B": 2}, layers=((2, "1.00"), (20, "2.00")))
    first = ship(make, parent, {"A": 3})
    second = ship(make, parent, {"A": 1, "B": 2})
    assert_sound()

    void_now(second, otto)

    assert_sound()
    assert [budget.remaining for budget in all_of(FulfillmentOrderLine)] == [2, 2]
    assert first.voided_at is None
    order = db.session.get_one(SalesOrder, parent.order_id)
    assert order.fulfillment_status == "partially_fulfilled"


def test_a_shipment_voided_already_is_refused(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    void_now(shipment, otto)
    before = figures()

    with pytest.raises(Refused, match="voided already"):
        void_now(shipment, otto)

    db.session.rollback()
    assert figures() == before


def test_a_merged_submission_is_refused(make: Factory, otto: Actor) -> None:
    with pytest.raises(Refused, match=r"Void standalone shipments only\."):
        void_now(make.shipment(merged_submission=True), otto)


def test_one_that_is_being_voided_is_refused(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    run = Run(kind="void", state=RunState.QUEUED.value, fulfillment_id=shipment.id)
    db.session.add(run)
    db.session.commit()

    with pytest.raises(Refused, match="being voided"):
        void_now(shipment, otto)
    db.session.rollback()

    (result,) = void_locally([shipment.id], reason="", actor=SYSTEM, run_id=run.id)
    assert result.bucket is VoidBucket.VOIDED


@pytest.mark.parametrize("status", [FulfillmentStatus.FULFILLED, FulfillmentStatus.FULFILLED_AWAITING_INFO])
def test_what_has_shipped_needs_confirmation(make: Factory, otto: Actor, status: FulfillmentStatus) -> None:
    shipment = make.shipment(status=status)

    with pytest.raises(NeedsConfirmation, match="return"):
        void_now(shipment, otto)

    db.session.rollback()
    assert shipment.voided_at is None
    assert void_now(shipment, otto, force=True, may_force=True).bucket is VoidBucket.VOIDED
    assert shipment.status_before_void == status
    assert shipment.fulfilled_at is not None
    assert_sound()


@pytest.mark.parametrize("state", ["shipped", "partially_shipped"])
def test_what_the_provider_has_shipped_needs_confirmation(make: Factory, otto: Actor, state: str) -> None:
    shipment = make.shipment(account=make.provider_account(), provider_state=state)

    with pytest.raises(NeedsConfirmation, match="ShipStation has shipped it"):
        void_now(shipment, otto)

    db.session.rollback()
    void_now(shipment, otto, force=True, may_force=True)
    assert not shipment.cancel_by_hand
    assert_sound()


def test_force_is_for_those_who_may(make: Factory, otto: Actor) -> None:
    with pytest.raises(Forbidden, match="supervisor"):
        void_now(make.shipment(status=FulfillmentStatus.FULFILLED), otto, force=True)


def test_one_with_an_order_at_its_provider_is_not_voided_at_once(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment)

    (result,) = void_locally([shipment.id], reason="", actor=otto)
    outcome = void_now(shipment, otto)

    assert result.bucket is outcome.bucket is VoidBucket.NEEDS_PROVIDER
    run = db.session.get_one(Run, outcome.run_id)
    assert (run.kind, run.fulfillment_id, run.state) == ("void", shipment.id, RunState.QUEUED)
    assert shipment.voided_at is None


def test_one_that_may_have_been_submitted_is_not_voided_at_once(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(account=make.provider_account())

    (result,) = void_locally([shipment.id], reason="", actor=otto)

    assert result.bucket is VoidBucket.NEEDS_PROVIDER


def test_one_whose_orders_are_all_cancelled_there_is_voided_at_once(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(account=make.provider_account(), provider_state="cancelled", provider_problem="Gone.")
    order = make.provider_order(shipment, state=ProviderOrderState.CANCELLED.value)
    other = make.provider_order(shipment)
    assert void_locally([shipment.id], reason="", actor=otto)[0].bucket is VoidBucket.NEEDS_PROVIDER
    other.state = order.state

    (result,) = void_locally([shipment.id], reason="", actor=otto)

    assert result.bucket is VoidBucket.VOIDED
    assert not shipment.cancel_by_hand
    assert shipment.provider_problem is None


def test_one_that_the_provider_canceled_gives_its_stock_back(make: Factory, otto: Actor) -> None:
    account = make.provider_account()
    shipment = make.shipment(account=account, status=FulfillmentStatus.CANCELED)

    void_now(shipment, otto)

    assert shipment.status_before_void == "canceled"
    assert_sound()


@pytest.mark.parametrize("how", [{"cancel_by_hand": True}, {"force": True}])
def test_one_left_at_its_provider_is_to_be_cancelled_there_by_hand(
    make: Factory, otto: Actor, how: dict[str, bool]
) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment)
    local = make.shipment()

    void_locally([shipment.id, local.id], reason="", actor=otto, **how)
    db.session.commit()

    assert shipment.cancel_by_hand
    assert not local.cancel_by_hand
    assert shipment.void_reason is None
    assert history_of("voided")[0].changes["cancel_by_hand"] == ["False", "True"]
    assert_sound()


def test_a_set_is_sorted_into_its_buckets(make: Factory, otto: Actor) -> None:
    plain, merged = make.shipment(), make.shipment(merged_submission=True)
    shipped = make.shipment(status=FulfillmentStatus.FULFILLED)
    elsewhere = make.shipment(warehouse="Newark, NJ")
    scope = Scope(frozenset({make.warehouse().id}))
    ids = [shipped.id, plain.id, merged.id, elsewhere.id, 10**9]

    results = void_locally(ids, reason="Late", actor=Actor(otto.user_id, scope))
    db.session.commit()

    assert [one.fulfillment_id for one in results] == ids
    assert [one.bucket.value for one in results] == [
        "needs_confirmation",
        "voided",
        "skipped",
        "skipped",
        "skipped",
    ]
    assert all(bool(one.reason) is (one.bucket is not VoidBucket.VOIDED) for one in results)
    assert results[3].reason == results[4].reason
    assert_sound()


def test_many_take_as_many_statements_as_one(make: Factory, otto: Actor) -> None:
    one = [make.shipment(lines=THREE_LINES).id]
    many = [make.shipment(lines=THREE_LINES).id for _ in range(12)]
    with statements() as for_one:
        void_locally(one, reason="", actor=otto)
    db.session.commit()

    with statements() as for_many:
        void_locally(many, reason="", actor=otto)
    db.session.commit()

    assert len(for_many) == len(for_one), for_many
    assert len(for_one) <= 13, for_one  # Four of them lock; SQLite does without those.
    assert_sound()


def test_two_shipments_of_one_fulfillment_order_are_voided_together(make: Factory, otto: Actor) -> None:
    parent = intent(make, {"A": 5}, layers=((2, "1.00"), (20, "2.00")))
    ids = [ship(make, parent, {"A": 3}).id, ship(make, parent, {"A": 2}).id]

    void_locally(ids, reason="", actor=otto)
    db.session.commit()

    assert_sound()
    (budget,) = all_of(FulfillmentOrderLine)
    assert budget.remaining == 5
    (opened,) = history_of("updated")
    assert opened.changes["remaining"] == ["0", "5"]
    assert opened.note.endswith("were voided")


def test_too_many_at_once_are_refused(make: Factory, otto: Actor) -> None:
    with pytest.raises(ValueError, match="At most 500"):
        void_locally(range(1, 502), reason="", actor=otto)


@pytest.mark.parametrize(("reason", "said"), [("x" * 1001, "1,001 characters"), ("a\x00b", "no text")])
def test_a_reason_that_cannot_be_kept_is_refused(make: Factory, otto: Actor, reason: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        void_now(make.shipment(), otto, reason=reason)


def test_the_longest_reason_is_kept_whole(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()

    void_now(shipment, otto, reason="é" * 1000)

    assert shipment.void_reason == "é" * 1000


def test_a_void_from_an_older_version_is_refused(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(version=3)

    with pytest.raises(Stale) as stale:
        void_now(shipment, otto, version=2)

    assert stale.value.version == 3
    db.session.rollback()
    assert shipment.voided_at is None


def test_a_shipment_outside_the_limit_does_not_exist(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    limited = Actor(otto.user_id, Scope(frozenset({make.warehouse("Newark, NJ").id})))

    with pytest.raises(NotFound):
        void_now(shipment, limited)


def test_the_same_key_gives_the_first_answer_and_does_nothing(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    once = key()
    first = void_now(shipment, otto, key=once, version=1)
    before = figures()

    assert void_now(shipment, otto, key=once, version=1) == first

    assert figures() == before
    with pytest.raises(IdempotencyKeyReused):
        void_now(shipment, otto, key=once, version=1, reason="Another")


def test_a_person_is_needed_at_the_front_door(make: Factory) -> None:
    with pytest.raises(ValueError, match="void_locally"):
        void_now(make.shipment(), SYSTEM)


def test_an_order_out_of_sync_stays_so_and_a_draft_is_left_alone(make: Factory, otto: Actor) -> None:
    order = make.order(status="draft", fulfillment_status="out_of_sync")

    void_now(make.shipment(order=order), otto)

    assert (order.status, order.fulfillment_status) == ("draft", "out_of_sync")


def test_a_double_click_at_the_same_moment_is_one_void(app: Flask, make: Factory, otto: Actor) -> None:
    shipment_id = make.shipment(lines=THREE_LINES).id
    once = key()

    def act(_: int) -> VoidBucket:
        outcome = void(shipment_id, reason="", version=1, key=once, actor=otto)
        db.session.commit()
        return outcome.bucket

    assert together(app, 4, act) == [VoidBucket.VOIDED] * 4
    assert len(history_of("voided")) == 1
    assert_sound()


def test_of_many_who_void_at_the_same_moment_one_does(app: Flask, make: Factory, otto: Actor) -> None:
    shipment_id = make.shipment(lines=THREE_LINES).id

    def act(_: int) -> str:
        try:
            void(shipment_id, reason="", version=1, key=key(), actor=otto)
        except Stale:
            db.session.rollback()
            return "stale"
        db.session.commit()
        return "voided"

    assert sorted(together(app, 6, act)) == ["stale"] * 5 + ["voided"]
    assert_sound()


def test_neighbours_of_one_order_and_one_layer_are_voided_at_once(app: Flask, make: Factory, otto: Actor) -> None:
    parent = intent(make, {"A": 8, "B": 8}, layers=((3, "1.00"), (50, "2.00")))
    ids = [ship(make, parent, {"A": 1, "B": 1}, created_at=NOON + timedelta(hours=n)).id for n in range(8)]

    def act(number: int) -> VoidBucket:
        (result,) = void_locally([ids[number]], reason="", actor=otto)
        db.session.commit()
        return result.bucket

    assert together(app, 8, act) == [VoidBucket.VOIDED] * 8
    assert_sound()
    assert db.session.get_one(SalesOrder, parent.order_id).fulfillment_status == "unfulfilled"


def test_one_that_is_being_sent_waits_until_that_is_over(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(account=make.provider_account(), status=FulfillmentStatus.SUBMITTED)
    run_id = runs.request(RunKind.CREATE_PROVIDER_ORDER, otto, fulfillment_id=shipment.id)
    db.session.commit()

    with pytest.raises(Refused, match="It is being sent to ShipStation"):
        void_now(shipment, otto)
    db.session.rollback()
    runs.cancel(run_id, otto)
    db.session.commit()
    assert void_now(shipment, otto).bucket is VoidBucket.NEEDS_PROVIDER

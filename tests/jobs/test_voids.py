"""Voiding a shipment whose order is with a provider, over real HTTP: what is said there decides."""

import uuid

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.ledger import assert_sound, figures
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, InventoryMovement, ProviderAccount, ProviderOrder, Run
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import restores, resyncs, runs, voids, voids_run
from webapp.services.actors import Actor
from webapp.services.provider_questions import Question
from webapp.services.voids_run import Verdict
from webapp.statuses import FulfillmentStatus, RunState, VoidBucket

PARCEL = {"tracking_number": "1Z 999-AA1", "carrier": "ups", "service": "ups_ground", "cost": 12.4}


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id)


def void(shipment: Fulfillment, actor: Actor, drain: Drain | None, reason: str = "Ordered twice") -> Run:
    """Ask for the void, let the worker work, and give back the run as it then stands."""
    outcome = voids.void(shipment.id, reason=reason, version=shipment.version, key=uuid.uuid4().hex, actor=actor)
    db.session.commit()
    assert outcome.bucket is VoidBucket.NEEDS_PROVIDER
    if drain:
        drain()
    return db.session.get_one(Run, outcome.run_id)


def events(shipment: Fulfillment) -> list[str]:
    rows = sa.select(Activity.event).where(Activity.fulfillment_id == shipment.id).order_by(Activity.id)
    return list(db.session.scalars(rows))


def reversals() -> int:
    return db.session.scalars(
        sa.select(sa.func.count()).select_from(InventoryMovement).where(InventoryMovement.reverses_id.is_not(None))
    ).one()


def test_until_the_provider_has_answered_nothing_changes(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl
) -> None:
    before = figures()
    run = void(shipment, susan, None)
    assert (run.state, run.parameters) == (RunState.QUEUED, {"reason": "Ordered twice"})
    assert figures() == before
    with pytest.raises(voids.Refused, match="It is being voided"):
        voids.void(shipment.id, reason="", version=shipment.version, key=uuid.uuid4().hex, actor=susan)


def test_where_the_provider_takes_no_cancellation_a_person_is_told_to_cancel_by_hand(
    shipment: Fulfillment, susan: Actor, drain: Drain
) -> None:
    run = void(shipment, susan, drain)
    assert (run.state, run.message) == (
        RunState.SUCCEEDED,
        "Voided here. ShipStation takes no cancellations from us: cancel its order there by hand.",
    )
    assert (shipment.status, shipment.cancel_by_hand) == (FulfillmentStatus.CANCELED, True)
    assert (shipment.void_reason, shipment.voided_by_user_id) == ("Ordered twice", susan.user_id)
    assert events(shipment) == ["created", "voided"]
    assert reversals() == 1
    assert_sound()


@pytest.mark.parametrize("done_by_hand", ["cancelled", "deleted"])
def test_a_resync_that_sees_the_order_gone_takes_the_reminder_away(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, done_by_hand: str
) -> None:
    void(shipment, susan, drain)
    if done_by_hand == "cancelled":
        sandbox.change("shipstation", shipment.fulfillment_number, status="cancelled")
    else:
        sandbox.reset()
    resyncs.request(shipment.id, susan, uuid.uuid4().hex)
    drain()
    assert (shipment.cancel_by_hand, shipment.provider_state, shipment.provider_problem) == (
        False,
        "cancelled",
        None,
    )
    assert shipment.status == FulfillmentStatus.CANCELED


def test_an_order_that_is_cancelled_there_already_is_voided_without_a_reminder(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="cancelled")
    run = void(shipment, susan, drain)
    assert (run.state, run.message) == (RunState.SUCCEEDED, "Voided, and cancelled at ShipStation.")
    assert (shipment.status, shipment.cancel_by_hand) == (FulfillmentStatus.CANCELED, False)
    assert shipment.status_before_void == FulfillmentStatus.PACKED


def test_an_order_the_provider_does_not_know_is_voided_without_a_reminder(
    make: Factory, account: ProviderAccount, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    shipment = make.shipment(account=account)
    run = void(shipment, susan, drain)
    assert (run.state, run.message) == (RunState.SUCCEEDED, "Voided. ShipStation has no such order.")
    assert (shipment.status, shipment.cancel_by_hand) == (FulfillmentStatus.CANCELED, False)


def test_what_has_shipped_there_is_not_voided_and_says_so(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    run = void(shipment, susan, drain)
    assert (run.state, run.can_retry) == (RunState.FAILED, False)
    assert run.result == {"bucket": "needs_confirmation"}
    assert "ShipStation has shipped it, so it was not voided." in run.message
    assert (shipment.status, shipment.voided_at) == (FulfillmentStatus.FULFILLED, None)
    assert shipment.tracking_number == "1Z 999-AA1"
    assert shipment.void_problem == run.message
    assert reversals() == 0
    assert_sound()


def test_a_supervisor_voids_by_force_what_has_shipped_and_the_carriers_order_is_left_alone(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    void(shipment, susan, drain)
    asked = len(sandbox.requests("shipstation"))
    outcome = voids.void(
        shipment.id,
        reason="Came back",
        version=shipment.version,
        key=uuid.uuid4().hex,
        actor=susan,
        force=True,
        may_force=True,
    )
    db.session.commit()
    assert outcome.bucket is VoidBucket.VOIDED
    assert (shipment.cancel_by_hand, shipment.void_problem) == (False, None)
    assert len(sandbox.requests("shipstation")) == asked
    assert_sound()


def test_a_provider_that_asks_to_wait_is_asked_again_later(
    shipment: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shipstation", Fault.THROTTLED, count=None, seconds=7)
    run = void(shipment, susan, drain)
    assert run.state == RunState.QUEUED
    assert "was called too often and asks to wait" in run.message
    assert shipment.voided_at is None


def test_a_void_and_its_restore_by_way_of_the_provider_lead_back_to_the_same_ledger(
    shipment: Fulfillment, susan: Actor, drain: Drain
) -> None:
    before = figures()
    for _ in range(3):
        void(shipment, susan, drain)
        restores.restore(shipment.id, version=shipment.version, key=uuid.uuid4().hex, actor=susan)
        db.session.commit()
        assert figures() == before
    assert_sound()


def test_a_run_that_is_cancelled_while_the_provider_is_asked_changes_nothing(
    shipment: Fulfillment, susan: Actor, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = figures()
    ask = voids_run.ask

    def ask_while_somebody_cancels(question: Question, reason: str) -> Verdict:
        verdict = ask(question, reason)
        runs.cancel(question.claim.run_id, susan)
        db.session.commit()
        return verdict

    monkeypatch.setattr(voids_run, "ask", ask_while_somebody_cancels)
    run = void(shipment, susan, drain)
    assert (run.state, run.message) == (RunState.CANCELLED, "Cancelled. Nothing was changed.")
    assert figures() == before


def test_the_order_is_kept_as_it_was_seen(shipment: Fulfillment, susan: Actor, drain: Drain) -> None:
    void(shipment, susan, drain)
    order = db.session.scalars(sa.select(ProviderOrder)).one()
    assert (order.fulfillment_id, order.state) == (shipment.id, "awaiting")

"""Tracking that changes after a channel was told of it, or refused it: told by the clock, and each change once."""

import uuid

import sqlalchemy as sa

from tests.cast import Cast
from tests.jobs.conftest import Drain
from tests.jobs.test_channel import events, fresh, told, work
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, Run
from webapp.sandbox import SandboxControl
from webapp.services import channel_owed, channel_settle, channel_sync, history, runs, shipping_details
from webapp.services import channel_questions as questions
from webapp.services.actors import Actor
from webapp.services.channel import request
from webapp.statuses import ActivityEvent, RunKind


def correct(shipment: Fulfillment, number: str | None, cast: Cast) -> None:
    """A person types another number."""
    version = fresh(shipment).version
    actor = Actor(cast.operator.id)
    shipping_details.edit(
        shipment.id, {"tracking_number": number}, version=version, key=uuid.uuid4().hex, actor=actor
    )
    db.session.commit()


def sync(drain: Drain) -> int:
    """How many shipments the clock found due; they are told."""
    asked = channel_sync.request_due()
    db.session.commit()
    work(drain)
    return asked


def updates(sandbox: SandboxControl) -> int:
    """How often the shop was told of other tracking for what it had."""
    return sum(seen.path.endswith("/Track") for seen in sandbox.requests("shopify"))


def test_a_corrected_number_is_told_by_the_clock_once(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    assert sync(drain) == 1
    correct(parcel, "1Z999AA2", cast)

    assert fresh(parcel).submitted_to_sales_channel_at is None
    newest = db.session.scalars(sa.select(Activity).order_by(Activity.id.desc())).first()
    assert newest is not None
    assert newest.event == ActivityEvent.UPDATED
    assert set(newest.changes) == {"tracking_number", "submitted_to_sales_channel_at"}
    assert [sync(drain), sync(drain)] == [1, 0]
    assert told(sandbox) == [("SUCCESS", "1Z999AA2")]
    assert updates(sandbox) == 1
    assert events(parcel).count(ActivityEvent.SUBMITTED_TO_CHANNEL) == 2


def test_a_number_that_is_changed_back_in_time_is_not_told_again(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    sync(drain)
    correct(parcel, "1Z999AA2", cast)
    correct(parcel, "1Z999AA1", cast)

    assert [sync(drain), sync(drain)] == [1, 0]
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    assert updates(sandbox) == 0


def test_what_the_channel_refused_is_told_once_its_number_is_another(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    parcel.channel_problem = "Shopify does not know this number."
    db.session.commit()
    assert sync(drain) == 0
    correct(parcel, "1Z999AA2", cast)

    assert fresh(parcel).channel_problem is None
    assert sync(drain) == 1
    assert told(sandbox) == [("SUCCESS", "1Z999AA2")]


def test_another_carrier_is_told_in_place_of_the_old_one(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sync(drain)
    shipment = fresh(parcel)
    channel_owed.after(history.set_and_compare(shipment, {"carrier": "FedEx"}), shipment)
    db.session.commit()

    assert [sync(drain), sync(drain)] == [1, 0]
    [parcel_there] = sandbox.show("shopify", "%231001")["fulfillments"]
    assert parcel_there["trackingInfo"][0]["company"] == "FedEx"
    assert updates(sandbox) == 1


def test_a_number_corrected_while_the_channel_is_told_stays_due(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    run_id = request(parcel.id, Actor(cast.operator.id))
    db.session.commit()
    assert run_id is not None
    claim = runs.claim(run_id)
    assert claim is not None
    question = questions.question_of(claim)
    db.session.commit()
    answer = questions.ask(question)
    correct(parcel, "1Z999AA2", cast)
    channel_settle.settle(question, answer)
    db.session.commit()

    assert fresh(parcel).submitted_to_sales_channel_at is None
    assert sync(drain) == 1
    assert told(sandbox) == [("SUCCESS", "1Z999AA2")]


def test_the_void_of_what_was_due_again_is_told(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    sync(drain)
    correct(parcel, "1Z999AA2", cast)
    shipment = fresh(parcel)
    shipment.status, shipment.status_before_void, shipment.voided_at = "canceled", "fulfilled", shipment.updated_at
    db.session.commit()
    correct(parcel, "1Z999AA3", cast)

    assert sync(drain) == 1
    assert told(sandbox) == [("CANCELLED", "1Z999AA1")]
    assert {run.kind for run in db.session.query(Run)} >= {RunKind.TAKE_BACK_AT_CHANNEL.value}

"""Telling a sales channel by a worker and by the clock: once, in the end, whatever goes wrong on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories import Factory
from tests.jobs.conftest import Drain
from webapp import queue
from webapp.extensions import db
from webapp.models import Activity, ChannelFulfillment, Fulfillment, ProviderAccount, ProviderExchange, Run
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.services import channel, channel_settle, channel_sync, restores, runs, runs_sweep, voids
from webapp.services.actors import SYSTEM, Actor
from webapp.statuses import ActivityEvent, RunState

ORDER = "%231001"


def told(sandbox: SandboxControl) -> list[tuple[str, str]]:
    """Status and tracking number of what the shop knows to be shipped."""
    found = sandbox.show("shopify", ORDER)["fulfillments"]
    return [(one["status"], one["trackingInfo"][0]["number"]) for one in found]


def fresh(shipment: Fulfillment) -> Fulfillment:
    db.session.expire_all()
    return db.session.get_one(Fulfillment, shipment.id)


def only_run() -> Run:
    db.session.expire_all()
    return db.session.query(Run).one()


def make_due() -> None:
    """Let the time pass that a run waits for."""
    db.session.execute(sa.update(Run).values(due_at=now() - timedelta(seconds=1)))
    db.session.commit()


def work(drain: Drain) -> None:
    """Whatever waits, as the sweeper would have it."""
    make_due()
    queue.wake(runs_sweep.due())
    drain()


def events(shipment: Fulfillment) -> list[str]:
    rows = sa.select(Activity.event).where(Activity.fulfillment_id == shipment.id).order_by(Activity.id)
    return list(db.session.scalars(rows))


def test_the_next_sync_tells_what_is_due_and_writes_it_down(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    assert channel_sync.request_due() == 1
    drain()

    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    shipment = fresh(parcel)
    assert shipment.submitted_to_sales_channel_at is not None
    assert events(shipment)[-1] == ActivityEvent.SUBMITTED_TO_CHANNEL
    run = only_run()
    assert (run.state, run.message) == (RunState.SUCCEEDED, "Shopify was told: order #1001, tracking 1Z999AA1.")
    row = db.session.query(ChannelFulfillment).one()
    assert (row.fulfillment_id, row.tracking_number) == (parcel.id, "1Z999AA1")
    assert {one.fulfillment_id for one in db.session.query(ProviderExchange)} == {parcel.id}
    assert channel_sync.request_due() == 0


def test_the_sync_is_safe_to_repeat_while_its_runs_wait(parcel: Fulfillment, drain: Drain) -> None:
    assert channel_sync.request_due() == 1
    assert channel_sync.request_due() == 0
    db.session.commit()
    assert only_run().state == RunState.QUEUED


NOT_DUE: dict[str, dict[str, Any]] = {
    "not shipped": {"status": "packed"},
    "without tracking": {"tracking_number": None, "tracking_key": None},
    "told": {"submitted_to_sales_channel_at": now()},
    "refused before": {"channel_problem": "No such order."},
    "archived": {"archived_at": now()},
    "shipped long ago": {"fulfilled_at": now() - timedelta(days=15)},
}


@pytest.mark.parametrize("case", NOT_DUE)
def test_the_sync_leaves_alone_what_is_not_due(case: str, parcel: Fulfillment) -> None:
    for name, value in NOT_DUE[case].items():
        setattr(parcel, name, value)
    db.session.commit()

    assert channel_sync.request_due() == 0


@pytest.mark.parametrize(
    "values",
    [{"is_enabled": False}, {"kind": "shipstation"}, {"circuit_open_until": now() + timedelta(days=1)}],
    ids=["switched off", "no channel's account", "paused"],
)
def test_the_sync_asks_no_account_that_cannot_be_called(
    values: dict[str, Any], parcel: Fulfillment, shop: ProviderAccount
) -> None:
    for name, value in values.items():
        setattr(shop, name, value)
    db.session.commit()

    assert channel_sync.request_due() == 0


def test_the_sync_asks_for_no_more_than_a_batch_the_oldest_first(make: Factory, parcel: Fulfillment) -> None:
    order = make.order(customer_reference="#1001")
    older = [
        make.shipment(
            order=order, status="fulfilled", tracking_number=f"T{age}", fulfilled_at=now() - timedelta(hours=age)
        )
        for age in range(1, channel_sync.BATCH + 2)
    ]

    assert channel_sync.request_due() == channel_sync.BATCH
    asked = set(db.session.scalars(sa.select(Run.fulfillment_id)))
    assert asked == {one.id for one in older[1:]}
    assert channel_sync.request_due() == 0


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET])
def test_a_submission_whose_outcome_is_unknown_is_looked_for_and_told_once(
    fault: Fault, parcel: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shopify", fault, path="/graphql/Submit", seconds=30)
    sandbox.fault("shopify", Fault.SERVER_ERROR, path="/graphql/Order", skip=1, count=3)
    channel_sync.request_due()
    drain()
    assert only_run().state == RunState.QUEUED

    sandbox.clear_faults("shopify")
    work(drain)

    assert only_run().state == RunState.SUCCEEDED
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    assert fresh(parcel).submitted_to_sales_channel_at is not None


def test_a_no_of_the_channel_is_kept_in_its_own_words_and_waits_for_a_person(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shopify", ORDER, holds=["INCORRECT_ADDRESS"])
    channel_sync.request_due()
    drain()

    shipment = fresh(parcel)
    assert "incorrect address" in (shipment.channel_problem or "")
    assert shipment.submitted_to_sales_channel_at is None
    assert only_run().state == RunState.FAILED
    assert channel_sync.request_due() == 0


def test_a_channel_out_of_order_leaves_the_shipment_due(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shopify", Fault.SERVER_ERROR, count=None, path="/graphql/FindOrders")
    channel_sync.request_due()
    drain()
    for _ in range(4):
        work(drain)

    assert only_run().state == RunState.FAILED
    assert fresh(parcel).channel_problem is None


def test_a_worker_killed_before_it_could_write_tells_nothing_twice(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_sync.request_due()
    claim = runs.claim(only_run().id)
    db.session.commit()
    assert claim is not None
    with monkeypatch.context() as patched:
        patched.setattr(channel_settle, "settle", _killed)
        with pytest.raises(SystemExit):
            channel.carry_out(claim)
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    db.session.rollback()
    db.session.execute(sa.update(Run).values(heartbeat_at=now() - timedelta(hours=1)))
    db.session.commit()

    assert runs_sweep.take_over_stale()
    db.session.commit()
    work(drain)

    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    assert only_run().state == RunState.SUCCEEDED
    assert fresh(parcel).submitted_to_sales_channel_at is not None


def _killed(*_: object) -> None:
    raise SystemExit


def test_two_syncs_at_once_ask_for_one_run(app: Flask, parcel: Fulfillment) -> None:
    db.session.commit()

    def sync(_: int) -> int:
        with app.app_context():
            asked = channel_sync.request_due()
            db.session.commit()
            return asked

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sync, range(4)))

    assert only_run().fulfillment_id == parcel.id


def void(shipment: Fulfillment, user_id: int) -> None:
    (result,) = voids.void_locally([shipment.id], reason="Test", actor=Actor(user_id), force=True)
    assert result.bucket == "voided"
    db.session.commit()


def test_a_void_is_told_by_the_sync_and_a_restore_is_told_anew(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Any
) -> None:
    channel_sync.request_due()
    drain()
    void(fresh(parcel), cast.supervisor.id)

    assert channel_sync.request_due() == 1
    drain()

    assert told(sandbox) == [("CANCELLED", "1Z999AA1")]
    assert fresh(parcel).void_told_to_channel_at is not None
    assert db.session.query(ChannelFulfillment).count() == 0
    assert channel_sync.request_due() == 0

    (restored,) = restores.restore_locally([parcel.id], actor=Actor(cast.supervisor.id))
    assert restored.is_restored
    db.session.commit()
    assert fresh(parcel).submitted_to_sales_channel_at is None
    assert channel_sync.request_due() == 1
    drain()
    assert told(sandbox) == [("CANCELLED", "1Z999AA1"), ("SUCCESS", "1Z999AA1")]


def test_a_void_the_channel_never_heard_of_is_not_told(parcel: Fulfillment, cast: Any) -> None:
    void(parcel, cast.supervisor.id)

    assert channel_sync.request_due() == 0


def test_a_shipment_voided_while_its_run_waited_is_not_told(
    parcel: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Any
) -> None:
    channel_sync.request_due()
    db.session.commit()
    void(fresh(parcel), cast.supervisor.id)
    drain()

    assert told(sandbox) == []
    assert only_run().state == RunState.FAILED
    assert channel.request(parcel.id, SYSTEM) is None

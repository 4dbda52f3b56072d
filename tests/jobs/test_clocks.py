"""Two schedulers and two workers: everything that runs by the clock, by two processes at the same moment."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import schedule
from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.processes import at_once
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, ProviderAccount, Run, RunItem
from webapp.queue import ACTIONS, BULK
from webapp.sandbox import SandboxControl
from webapp.schema import now
from webapp.services import resyncs, runs
from webapp.services.actors import SYSTEM
from webapp.statuses import FulfillmentStatus, RunKind, RunState

CLOCKS = 2
TIMES = 2
PARCEL = {"tracking_number": "1Z9", "carrier": "ups"}


def strike(barrier: Any) -> int:
    """Do all that is on the table a few times, each entry together with the other process; returns how much."""
    for _ in range(TIMES):
        for entry in schedule.TABLE:
            barrier.wait(60)
            entry.job()
    return TIMES * len(schedule.TABLE)


@pytest.fixture
def unknown(make: Factory, hero: ProviderAccount, sandbox: SandboxControl, cast: Cast) -> Run:
    """A cancellation of which nobody knows whether it happened; it did not."""
    shipment = make.shipment(account=hero, status=FulfillmentStatus.SUBMITTED, polled_at=now())
    ids = sandbox.load("shiphero", [{"number": shipment.fulfillment_number}])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    run = Run(
        kind=RunKind.CANCEL_PROVIDER_ORDER.value,
        state=RunState.UNKNOWN.value,
        requested_by_id=cast.operator.id,
        fulfillment_id=shipment.id,
        finished_at=now() - timedelta(minutes=6),
    )
    db.session.add(run)
    db.session.commit()
    return run


@pytest.fixture
def stale(make: Factory, account: ProviderAccount, sandbox: SandboxControl) -> Run:
    """A resync whose worker died."""
    shipment = make.shipment(account=account, polled_at=now())
    order = {"number": shipment.fulfillment_number, "status": "shipped", "shipments": [PARCEL]}
    ids = sandbox.load("shipstation", [order])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    run_id = resyncs.request(shipment.id, SYSTEM, None)
    runs.claim(run_id)
    run = db.session.get_one(Run, run_id)
    run.heartbeat_at = now() - timedelta(minutes=1)
    db.session.commit()
    return run


@pytest.mark.slow
def test_two_clocks_that_strike_together_double_nothing(
    app: Flask,
    settings: Settings,
    redis: Redis,
    shipment: Fulfillment,
    parcel: Fulfillment,
    unknown: Run,
    stale: Run,
    sandbox: SandboxControl,
    drain: Drain,
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    db.session.commit()

    assert at_once(CLOCKS, strike, settings=settings) == [TIMES * len(schedule.TABLE)] * CLOCKS

    db.session.expire_all()
    asked = Counter(db.session.scalars(sa.select(Run.kind)))
    assert asked == {
        RunKind.RESYNC_FROM_PROVIDER: 1,
        RunKind.BULK_RESYNC_FROM: 1,
        RunKind.CANCEL_PROVIDER_ORDER: 2,
        RunKind.SUBMIT_TO_CHANNEL: 1,
    }
    assert list(db.session.scalars(sa.select(RunItem.fulfillment_id))) == [shipment.id]
    assert (stale.state, stale.attempts) == (RunState.QUEUED, 1)

    for queue in (ACTIONS, BULK):
        drain(queue)
    states = Counter(db.session.scalars(sa.select(Run.state)))
    assert states == {RunState.SUCCEEDED: 4, RunState.UNKNOWN: 1}
    resynced = sa.select(Activity.fulfillment_id).where(Activity.event == "resynced")
    assert sorted(db.session.scalars(resynced)) == sorted([shipment.id, stale.fulfillment_id])
    assert [seen.path for seen in sandbox.requests("shiphero")].count("/graphql/CancelOrder") == 1
    assert len(sandbox.show("shopify", "#1001".replace("#", "%23"))["fulfillments"]) == 1

"""What is killed in the middle: a worker while a provider keeps it waiting, and Redis while people work."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import context, sweeper
from tests.cast import Cast
from tests.page import Page
from tests.workers import kill, stored, wait_until, work_off, worker
from webapp import create_app
from webapp.config import Settings
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db, limiter
from webapp.models import Activity, Fulfillment, Run
from webapp.queue import ACTIONS
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import resyncs, runs_sweep
from webapp.services.actors import SYSTEM
from webapp.statuses import FulfillmentStatus, RunState

PARCEL = {"tracking_number": "1Z 999-AA1", "carrier": "ups", "service": "ups_ground", "cost": 12.4}
KEY = "0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.slow


def test_a_worker_killed_while_it_waits_for_the_provider_loses_and_doubles_nothing(
    app: Flask,
    settings: Settings,
    redis: Redis,
    shipment: Fulfillment,
    sandbox: SandboxControl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipment_id = shipment.id
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    sandbox.fault("shipstation", Fault.SILENCE, count=None, seconds=60)
    run_id = resyncs.request(shipment_id, SYSTEM, None)
    db.session.commit()
    with worker(settings) as first:
        wait_until(lambda: len(sandbox.requests("shipstation")) > 0)
        assert stored(run_id).state == RunState.RUNNING
        kill(first)
    sandbox.clear_faults("shipstation")

    monkeypatch.setattr(sweeper, "application", lambda: app)
    monkeypatch.setattr(runs_sweep, "settings", lambda: replace(settings, run_stale_after=timedelta(0)))
    sweeper.sweep()
    assert (stored(run_id).state, stored(run_id).claim) == (RunState.QUEUED, None)

    with worker(settings):
        wait_until(lambda: stored(run_id).state not in {RunState.QUEUED, RunState.RUNNING})
    run = stored(run_id)
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 2)
    assert (
        db.session.get_one(Fulfillment, shipment_id, populate_existing=True).status == FulfillmentStatus.FULFILLED
    )
    of_this_run = sa.select(sa.func.count(Activity.id)).where(Activity.run_id == run_id)
    assert db.session.scalar(of_this_run) == 1
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 1


def test_without_redis_people_browse_and_act_and_the_work_is_done_when_it_is_back(
    app: Flask,
    settings: Settings,
    shipment: Fulfillment,
    cast: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with embedded_redis(tmp_path) as redis_url:
        pass  # Up once and gone again, as after a crash: its socket leads nowhere.
    for name, value in vars(limiter).items():  # There is one for all applications; later tests want theirs back.
        monkeypatch.setattr(limiter, name, value)
    without = create_app(replace(settings, redis_url=redis_url))
    page = Page(without).sign_in(cast.operator)
    address = f"/fulfillments/{shipment.id}"
    page.get(address)
    page.post(f"{address}/resync-from-provider", {"idempotency_key": KEY})
    run = db.session.query(Run).one()
    run_id = run.id
    run.due_at -= timedelta(seconds=10)
    page.get(f"{address}/resync-status", fragment="resync-status")
    assert "Waiting for a worker" in page.text
    assert stored(run_id).state == RunState.QUEUED

    for module in (context, sweeper):
        monkeypatch.setattr(module, "application", lambda: without)
    with embedded_redis(tmp_path), Redis.from_url(redis_url) as back:
        sweeper.sweep()
        work_off(ACTIONS, back)
        assert (stored(run_id).state, stored(run_id).attempts) == (RunState.SUCCEEDED, 1)
    page.get(f"{address}/resync-status", fragment="resync-status")
    assert "Done ShipStation answered" in page.text
    with without.app_context():
        db.engine.dispose()

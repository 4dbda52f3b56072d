"""A worker killed after the provider took the order and before anybody here knew: one order, all of it told."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import sweeper
from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import Wanted, open_order
from tests.workers import kill, stored, wait_until, worker
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, FulfillmentOrder, FulfillmentOrderLine, ProviderAccount, ProviderOrder
from webapp.queries.invariants import violations
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import runs_sweep
from webapp.services.actors import Actor
from webapp.services.fulfilling import fulfil
from webapp.statuses import RunState

CREATE = "/orders/createorder"
OVER = {RunState.SUCCEEDED, RunState.FAILED, RunState.UNKNOWN}

pytestmark = pytest.mark.slow


def test_a_worker_killed_after_the_provider_took_the_order_leaves_one_order(
    app: Flask,
    settings: Settings,
    redis: Redis,
    make: Factory,
    cast: Cast,
    account: ProviderAccount,
    sandbox: SandboxControl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = open_order(make, Wanted("NWP-011", 5))
    order_id, line_id = order.id, db.session.query(FulfillmentOrderLine.id).scalar()
    actor = Actor(cast.operator.id)
    sandbox.fault("shipstation", Fault.SILENCE, path=CREATE, seconds=60)
    fulfilled = fulfil(
        order_id,
        {line_id: 5},
        shipping_method="Standard",
        provider_account_id=account.id,
        version=1,
        key=uuid4().hex,
        actor=actor,
    )
    run_id = fulfilled.run_id or 0
    db.session.commit()

    def was_created() -> bool:
        return CREATE in {seen.path for seen in sandbox.requests("shipstation")}

    with worker(settings) as first:
        wait_until(was_created)
        assert stored(run_id).state == RunState.RUNNING
        kill(first)
    sandbox.clear_faults("shipstation")

    monkeypatch.setattr(sweeper, "application", lambda: app)
    monkeypatch.setattr(runs_sweep, "settings", lambda: replace(settings, run_stale_after=timedelta(0)))
    sweeper.sweep()
    with worker(settings):
        wait_until(lambda: stored(run_id).state in OVER)

    assert (stored(run_id).state, stored(run_id).attempts) == (RunState.SUCCEEDED, 2)
    assert [seen.path for seen in sandbox.requests("shipstation")].count(CREATE) == 1
    assert db.session.query(ProviderOrder).count() == 1
    assert db.session.get_one(FulfillmentOrder, order_id).request_status == "submitted"
    of_this_run = sa.select(Activity.event).where(Activity.run_id == run_id).order_by(Activity.id)
    assert list(db.session.scalars(of_this_run)) == ["sent_to_provider", "updated"]
    assert violations() == []

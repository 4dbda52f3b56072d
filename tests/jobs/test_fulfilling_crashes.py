"""Whoever asks and whoever works, killed at every point of sending a shipment to its provider: one order there."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import sweeper
from tests.cast import Cast
from tests.dying_worker import ASKING, BEFORE_COMMIT, IN_SENDING, REPEATS, die_asking
from tests.factories import Factory
from tests.jobs.conftest import Drain, Kill
from tests.open_orders import Wanted, open_order
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import (
    Activity,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    ProviderAccount,
    ProviderOrder,
    Run,
)
from webapp.queries.history_chains import broken_chains
from webapp.queries.invariants import violations
from webapp.queue import ACTIONS, waiting_run_ids, wake
from webapp.sandbox import SandboxControl
from webapp.services.actors import Actor
from webapp.services.fulfilling import fulfil
from webapp.statuses import RunKind, RunState

CREATE = "/orders/createorder"
OVER = "after that is committed"
UNITS = 5
Form = tuple[int, str, int, int]

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("repeat", range(REPEATS))]


@pytest.fixture
def form(make: Factory, cast: Cast, account: ProviderAccount, sandbox: SandboxControl) -> Form:
    """What a person sends to ship all of an open fulfillment order through ShipStation."""
    return open_order(make, Wanted("NWP-011", UNITS)).id, uuid4().hex, account.id, cast.operator.id


def ask(order_id: int, key: str, account_id: int, user_id: int) -> int:
    """The run that sends the shipment to its provider."""
    fulfilled = fulfil(
        order_id,
        dict.fromkeys(db.session.scalars(sa.select(FulfillmentOrderLine.id)), UNITS),
        shipping_method="Standard",
        provider_account_id=account_id,
        version=1,
        key=key,
        actor=Actor(user_id),
    )
    assert fulfilled.run_id
    return fulfilled.run_id


def assert_sent_once(sandbox: SandboxControl) -> None:
    """One shipment here, one order there, and each step told once."""
    assert [seen.path for seen in sandbox.requests("shipstation")].count(CREATE) == 1
    assert db.session.query(Fulfillment).count() == db.session.query(ProviderOrder).count() == 1
    assert db.session.query(FulfillmentOrder).one().request_status == "submitted"
    run = db.session.query(Run).one()
    of_this_run = sa.select(Activity.event).where(Activity.run_id == run.id).order_by(Activity.id)
    assert list(db.session.scalars(of_this_run)) == ["sent_to_provider", "updated"]
    assert violations() == []
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []


@pytest.mark.parametrize("point", IN_SENDING)
def test_a_worker_killed_while_it_sends_a_shipment_leaves_one_order(
    form: Form,
    sandbox: SandboxControl,
    drain: Drain,
    kill: Kill,
    point: str,
    repeat: int,
) -> None:
    run_id = ask(*form)
    db.session.commit()
    kill(ACTIONS, point)
    db.session.expire_all()
    assert db.session.get_one(Run, run_id).state == (RunState.SUCCEEDED if point == OVER else RunState.QUEUED)
    assert db.session.query(ProviderOrder).count() == (1 if point == OVER else 0)
    wake([(RunKind.CREATE_PROVIDER_ORDER, run_id)])  # As if the bell had been rung once more.
    drain()
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1 if point == OVER else 2)
    assert_sent_once(sandbox)


@pytest.mark.parametrize("point", ASKING)
def test_who_is_killed_while_fulfilling_has_fulfilled_once_or_not_at_all(
    app: Flask,
    settings: Settings,
    redis: Redis,
    form: Form,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    repeat: int,
) -> None:
    db.session.commit()
    assert die_asking(settings, point, ask, *form)
    assert waiting_run_ids() == set()
    assert db.session.query(Fulfillment).count() == (0 if point == BEFORE_COMMIT else 1)
    db.session.commit()
    if point == BEFORE_COMMIT:
        ask(*form)  # The person sends the form once more.
    monkeypatch.setattr(sweeper, "application", lambda: app)
    drain()
    sweeper.sweep()
    drain()
    run = db.session.query(Run).one()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1)
    assert ask(*form) == run.id
    db.session.commit()
    assert_sent_once(sandbox)

"""Whoever asks and whoever works, killed at every point of a void with a provider: cancelled and voided once."""

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from redis import Redis

from jobs import sweeper
from tests.cast import Cast
from tests.dying_worker import ASKING, BEFORE_COMMIT, IN_BULK, POINTS, REPEATS, die_asking
from tests.factories import Factory
from tests.jobs.conftest import Drain, Kill
from tests.jobs.test_voids import events, reversals, void
from tests.jobs.test_voids_shiphero import CANCEL
from tests.ledger import assert_sound
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run
from webapp.queries.bulk_selections import Chosen
from webapp.queries.history_chains import broken_chains
from webapp.queue import ACTIONS, BULK, waiting_run_ids, wake
from webapp.sandbox import SandboxControl
from webapp.services import bulk, voids
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.statuses import ROLE_PERMISSIONS, FulfillmentStatus, Role, RunKind, RunState

SHIPMENTS = 8
"""More than a worker can be at when it dies: two in their calls, two before or after theirs."""
OVER = "after the commit"

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("repeat", range(REPEATS))]


def parcels(make: Factory, hero: ProviderAccount, sandbox: SandboxControl, count: int) -> list[Fulfillment]:
    """Packed shipments whose orders wait at ShipHero."""
    shipments = [make.shipment(account=hero) for _ in range(count)]
    lines = [{"sku": "NWP-011", "quantity": 2, "allocated": 2}]
    ids = sandbox.load("shiphero", [{"number": one.fulfillment_number, "lines": lines} for one in shipments])
    for shipment in shipments:
        make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    return shipments


def ask_for_one(ids: list[int], key: str, user_id: int) -> int:
    """The run that asks the provider of the only one of these shipments."""
    outcome = voids.void(ids[0], reason="Lost", version=1, key=key, actor=Actor(user_id))
    assert outcome.run_id
    return outcome.run_id


def ask_for_bulk(ids: list[int], key: str, user_id: int) -> int:
    requested = bulk.request(
        KINDS[RunKind.BULK_VOID],
        Chosen(tuple(ids)),
        Terms(reason="Lost"),
        expected=len(ids),
        key=key,
        actor=Actor(user_id),
        permissions=ROLE_PERMISSIONS[Role.SUPERVISOR],
    )
    return requested.run_id


def assert_each_once(shipments: list[Fulfillment], sandbox: SandboxControl) -> None:
    """Each was cancelled there once and voided here once, whole and sound."""
    db.session.expire_all()
    for shipment in shipments:
        assert (shipment.status, shipment.cancel_by_hand) == (FulfillmentStatus.CANCELED, False)
        assert events(shipment).count("voided") == 1
        assert sandbox.show("shiphero", shipment.fulfillment_number)["fulfillment_status"] == "canceled"
    assert [seen.path for seen in sandbox.requests("shiphero")].count(CANCEL) == len(shipments)
    assert reversals() == db.session.query(ProviderOrder).count() == len(shipments)
    assert db.session.query(Run).count() == 1
    assert_sound()
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_during_a_void_loses_and_doubles_nothing(
    make: Factory,
    hero: ProviderAccount,
    cast: Cast,
    sandbox: SandboxControl,
    drain: Drain,
    kill: Kill,
    point: str,
    repeat: int,
) -> None:
    [shipment] = parcels(make, hero, sandbox, 1)
    run_id = void(shipment, Actor(cast.supervisor.id), None).id
    db.session.commit()
    kill(ACTIONS, point)
    db.session.expire_all()
    assert db.session.get_one(Run, run_id).state == (RunState.SUCCEEDED if point == OVER else RunState.QUEUED)
    assert (shipment.voided_at is not None, reversals()) == ((True, 1) if point == OVER else (False, 0))
    wake([(RunKind.VOID, run_id)])  # As if the bell had been rung once more.
    drain()
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1 if point == OVER else 2)
    assert_each_once([shipment], sandbox)


@pytest.mark.parametrize("point", IN_BULK)
def test_a_worker_killed_at_a_provider_during_a_bulk_void_loses_and_doubles_nothing(
    make: Factory,
    hero: ProviderAccount,
    cast: Cast,
    sandbox: SandboxControl,
    drain: Drain,
    kill: Kill,
    point: str,
    repeat: int,
) -> None:
    shipments = parcels(make, hero, sandbox, SHIPMENTS)
    run_id = ask_for_bulk([one.id for one in shipments], uuid.uuid4().hex, cast.supervisor.id)
    db.session.commit()
    for _ in range(2):  # And once more, after the worker that took over.
        kill(BULK, point)
    drain(BULK)
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.attempts, run.done) == (RunState.SUCCEEDED, 3, SHIPMENTS)
    assert_each_once(shipments, sandbox)


@pytest.mark.parametrize("point", ASKING)
@pytest.mark.parametrize(("ask", "count", "queue"), [(ask_for_one, 1, ACTIONS), (ask_for_bulk, SHIPMENTS, BULK)])
def test_who_is_killed_while_asking_for_a_void_has_asked_once_or_not_at_all(
    app: Flask,
    settings: Settings,
    redis: Redis,
    make: Factory,
    hero: ProviderAccount,
    cast: Cast,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[list[int], str, int], int],
    count: int,
    queue: str,
    point: str,
    repeat: int,
) -> None:
    shipments = parcels(make, hero, sandbox, count)
    asked = [one.id for one in shipments], uuid.uuid4().hex, cast.supervisor.id
    db.session.commit()
    assert die_asking(settings, point, ask, *asked)
    assert waiting_run_ids() == set()
    assert db.session.query(Run).count() == (0 if point == BEFORE_COMMIT else 1)
    db.session.commit()
    if point == BEFORE_COMMIT:
        ask(*asked)  # The person sends the form once more.
    monkeypatch.setattr(sweeper, "application", lambda: app)
    drain(queue)
    sweeper.sweep()
    drain(queue)
    run = db.session.query(Run).one()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1)
    assert ask(*asked) == run.id
    db.session.commit()
    assert_each_once(shipments, sandbox)

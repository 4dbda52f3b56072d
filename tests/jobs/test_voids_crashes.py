"""A worker killed at every point of a void with a provider: cancelled there once, voided here once, all told."""

import os
import uuid

import pytest

from tests.cast import Cast
from tests.dying_worker import IN_BULK, POINTS
from tests.factories import Factory
from tests.jobs.conftest import Drain, Kill
from tests.jobs.test_voids import events, reversals, void
from tests.jobs.test_voids_shiphero import CANCEL
from tests.ledger import assert_sound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run
from webapp.queries.bulk_selections import Chosen
from webapp.queries.history_chains import broken_chains
from webapp.queue import ACTIONS, BULK, wake
from webapp.sandbox import SandboxControl
from webapp.services import bulk
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.statuses import ROLE_PERMISSIONS, FulfillmentStatus, Role, RunKind, RunState

REPEATS = int(os.environ.get("KILL_REPEATS", "1"))
SHIPMENTS = 3
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
    requested = bulk.request(
        KINDS[RunKind.BULK_VOID],
        Chosen(tuple(one.id for one in shipments)),
        Terms(reason="Lost"),
        expected=SHIPMENTS,
        key=uuid.uuid4().hex,
        actor=Actor(cast.supervisor.id),
        permissions=ROLE_PERMISSIONS[Role.SUPERVISOR],
    )
    db.session.commit()
    for _ in range(2):  # And once more, after the worker that took over.
        kill(BULK, point)
    drain(BULK)
    run = db.session.get_one(Run, requested.run_id)
    assert (run.state, run.attempts, run.done) == (RunState.SUCCEEDED, 3, SHIPMENTS)
    assert_each_once(shipments, sandbox)

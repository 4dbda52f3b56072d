"""What a provider's answer about one shipment makes of its whole sales order."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_resyncs import PARCEL, resync
from tests.jobs.test_voids import void
from tests.ledger import assert_sound, figures
from tests.open_orders import Wanted, open_order
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, ProviderAccount, SalesOrder
from webapp.sandbox import SandboxControl
from webapp.services import restores, voids
from webapp.services.actors import Actor
from webapp.services.fulfilling import fulfil
from webapp.statuses import RunState, SalesOrderStatus

Ship = Callable[..., Fulfillment]


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id)


@pytest.fixture
def ship(make: Factory, susan: Actor) -> Ship:
    """Ships so many of the five units of one sales order: handed over here, or sent to a provider by a run."""
    order_id = open_order(make, Wanted("NWP-011", 5)).id

    def next_shipment(units: int, account: ProviderAccount | None = None) -> Fulfillment:
        fulfilled = fulfil(
            order_id,
            dict.fromkeys(db.session.scalars(sa.select(FulfillmentOrderLine.id)), units),
            shipping_method="Standard",
            provider_account_id=account.id if account else None,
            handed_over=account is None,
            version=db.session.get_one(FulfillmentOrder, order_id, populate_existing=True).version,
            key=uuid4().hex,
            actor=susan,
        )
        db.session.commit()
        return db.session.get_one(Fulfillment, fulfilled.fulfillment_id)

    return next_shipment


def order_status() -> str:
    db.session.expire_all()
    return db.session.query(SalesOrder).one().status


def leave(sandbox: SandboxControl, shipment: Fulfillment) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])


def test_an_order_closes_when_the_last_of_it_has_left(
    ship: Ship, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    first, second = ship(2, account), ship(3, account)
    drain()
    leave(sandbox, first)
    resync(first, drain)
    assert order_status() == SalesOrderStatus.OPEN
    leave(sandbox, second)
    assert resync(second, drain).state == RunState.SUCCEEDED
    assert order_status() == SalesOrderStatus.CLOSED
    assert_sound()


def test_an_order_closes_when_a_void_learns_that_the_last_of_it_has_left(
    ship: Ship, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, susan: Actor
) -> None:
    shipment = ship(5, account)
    drain()
    leave(sandbox, shipment)
    assert void(shipment, susan, drain).state == RunState.FAILED
    assert order_status() == SalesOrderStatus.CLOSED


def test_an_order_that_had_left_before_we_heard_that_it_was_made_closes(
    ship: Ship, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    shipment = ship(5, account)
    order = {"number": shipment.fulfillment_number, "status": "shipped", "shipments": [PARCEL]}
    sandbox.load("shipstation", [order])
    drain()
    assert order_status() == SalesOrderStatus.CLOSED


def test_a_void_and_its_restore_leave_an_order_as_it_was_whose_other_shipment_left_by_a_provider(
    ship: Ship, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, susan: Actor
) -> None:
    here, there = ship(2), ship(3, account)
    drain()
    leave(sandbox, there)
    resync(there, drain)
    before = figures()
    voids.void_locally([here.id], reason="", actor=susan, force=True)
    db.session.commit()
    assert order_status() == SalesOrderStatus.OPEN
    assert restores.restore_locally([here.id], actor=susan)[0].is_restored
    db.session.commit()
    assert figures() == before

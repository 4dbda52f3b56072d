"""Several processes write history of one shipment at once, as web and worker processes do; it stays one chain."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from tests.factories import Factory
from tests.processes import at_once
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.queries.history_chains import broken_chains
from webapp.services import history
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent

WRITERS, CHANGES = 3, 20


def write(barrier: Any, shipment_id: int) -> None:
    """Edit the shipment again and again, from the moment at which everybody is ready."""
    locked = sa.select(Fulfillment).where(Fulfillment.id == shipment_id).with_for_update()
    with create_app().app_context():
        barrier.wait(60)
        for number in range(CHANGES):
            shipment = db.session.scalars(locked.execution_options(populate_existing=True)).one()
            history.record(shipment, ActivityEvent.UPDATED, Actor(), note=str(number))
            db.session.commit()


def test_processes_that_write_at_once_keep_one_chain(app: Flask, make: Factory, settings: Settings) -> None:
    shipment_id = make.shipment().id
    db.session.commit()
    at_once(WRITERS, write, shipment_id, settings=settings)

    places = sa.select(Activity.chain_position).where(Activity.fulfillment_id == shipment_id)
    assert sorted(db.session.scalars(places)) == list(range(1, WRITERS * CHANGES + 2))
    assert db.session.get_one(Fulfillment, shipment_id).history_length == WRITERS * CHANGES + 1
    assert list(broken_chains(lambda _count: None)) == []

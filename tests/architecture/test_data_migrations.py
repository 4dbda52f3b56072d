"""Migrations that change rows: what an older Dockside has written is right afterwards, and goes on from there."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from tests.architecture.test_migrations import empty_app, empty_url  # noqa: F401 - fixtures
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.queries.history_chains import broken_chains, count_rows
from webapp.queries.invariants import violations
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.seeding import seed
from webapp.statuses import ActivityEvent


def siblings_of_voided() -> dict[int, int | None]:
    columns = sa.select(Fulfillment.id, Fulfillment.newest_sibling_at_void)
    rows = db.session.execute(columns.where(Fulfillment.voided_at.is_not(None)))
    return {row.id: row.newest_sibling_at_void for row in rows}


def test_voids_remember_their_siblings_and_orders_close_with_what_they_shipped(empty_app: Flask) -> None:  # noqa: F811
    upgrade()
    seed(fulfillments=300, random_seed=3)
    remembered = siblings_of_voided()
    db.session.remove()
    downgrade(revision="0012")
    db.session.execute(sa.text("UPDATE sales_orders SET status = 'open' WHERE status = 'closed' AND id % 2 = 0"))
    db.session.execute(sa.text("UPDATE sales_orders SET status = 'closed' WHERE status = 'open' AND id % 3 = 0"))
    db.session.commit()
    db.session.remove()

    upgrade()

    assert violations() == []
    assert siblings_of_voided() == remembered
    assert len(remembered) > 5
    assert any(newest and newest > id_ for id_, newest in remembered.items())


def test_history_that_is_there_already_is_chained(empty_app: Flask) -> None:  # noqa: F811
    upgrade()
    seed(fulfillments=300, random_seed=3)
    rows = count_rows()
    db.session.remove()
    downgrade(revision="0004")
    db.session.execute(sa.text("UPDATE activities SET note = note || '!'"))  # The old world allowed that.
    db.session.commit()
    db.session.remove()

    upgrade()

    assert list(broken_chains(lambda _count: None)) == []
    assert count_rows() == rows > 600
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text("UPDATE activities SET note = 'again'"))
    db.session.rollback()
    shipment = db.session.scalars(sa.select(Fulfillment).limit(1).with_for_update()).one()
    history.record(shipment, ActivityEvent.UPDATED, Actor())
    db.session.commit()
    assert list(broken_chains(lambda _count: None)) == []
    assert db.session.query(Activity).filter(Activity.note.endswith("!")).count() == rows

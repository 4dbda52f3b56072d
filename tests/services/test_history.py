"""History rows: single ones and sets of them, each with its place in the chain; nobody changes them afterwards."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.emptying import unguarded
from tests.factories import NOON, Factory
from tests.statements import statements
from tests.together import together
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentOrder, InventoryMovement
from webapp.models.history_chain import next_hash
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.history import Entry
from webapp.statuses import ActivityEvent

UPDATED = ActivityEvent.UPDATED


def rows_of(shipment_id: int) -> list[Activity]:
    statement = sa.select(Activity).where(Activity.fulfillment_id == shipment_id)
    return list(db.session.scalars(statement.order_by(Activity.chain_position)))


def locked(shipment_id: int) -> Fulfillment:
    statement = sa.select(Fulfillment).where(Fulfillment.id == shipment_id).with_for_update()
    return db.session.scalars(statement, execution_options={"populate_existing": True}).one()


def test_many_rows_are_written_in_their_order_with_few_statements(make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    shipment_id, intent = shipment.id, shipment.fulfillment_order_id
    actor = Actor(cast.operator.id, request_id="request-1")
    told = {"status": ["packed", "canceled"]}

    with statements() as sent:
        history.record_many(
            [
                Entry(ActivityEvent.ARCHIVED, fulfillment_id=shipment_id, changes=told, note="n" * 1001),
                Entry(UPDATED, fulfillment_order_id=intent),
            ],
            actor,
            occurred_at=NOON,
        )
    db.session.commit()

    assert len(sent) == 4, sent
    first, second = db.session.scalars(sa.select(Activity).order_by(Activity.id.desc()).limit(2)).all()[::-1]
    assert (first.subject_type, first.subject_id, first.changes) == ("fulfillment", shipment_id, told)
    assert (first.actor_id, first.request_id, first.occurred_at) == (actor.user_id, "request-1", NOON)
    assert len(first.note) == 1000
    assert (second.subject_type, second.subject_id) == ("fulfillment_order", intent)
    assert (second.fulfillment_id, second.fulfillment_order_id) == (None, intent)


def test_a_hundred_shipments_take_no_more_statements_than_one(make: Factory) -> None:
    ids = [make.shipment().id for _ in range(12)]
    entries = [Entry(UPDATED, fulfillment_id=id_) for id_ in ids * 3]

    with statements() as sent:
        history.record_many(entries, Actor(), occurred_at=NOON)
    db.session.commit()

    assert len(sent) == 3, sent
    assert [row.chain_position for row in rows_of(ids[5])] == [1, 2, 3, 4]


def test_no_rows_are_no_statement(make: Factory) -> None:
    with statements() as sent:
        history.record_many([], Actor(), occurred_at=NOON)

    assert sent == []


def test_single_rows_and_sets_of_rows_make_one_chain(make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    actor = Actor(cast.operator.id, request_id="request-1")
    history.record(shipment, UPDATED, actor, changes={"cost": ["1", "2"]}, note="Größe „x“", occurred_at=NOON)
    entry = Entry(UPDATED, fulfillment_id=shipment.id, changes={"b": [None, "é"], "a": ["1", None]})
    history.record_many([entry, entry], actor, occurred_at=NOON + timedelta(microseconds=1))
    history.record(shipment, UPDATED, actor)
    db.session.commit()

    rows = rows_of(shipment.id)
    assert [row.chain_position for row in rows] == [1, 2, 3, 4, 5]
    assert len({row.hash for row in rows}) == 5
    assert (shipment.history_length, shipment.history_head) == (5, rows[-1].hash)


def test_the_hash_is_what_the_documentation_says(make: Factory, cast: Cast) -> None:
    """Written out here once, because what is hashed may never change again."""
    content = (
        7,
        None,
        "fulfillment",
        7,
        "updated",
        3,
        '{"a":[null,"b"]}',
        "Größe",
        "r-1",
        None,
        "2026-11-03 20:00:00.000000",
    )
    first = next_hash(None, 1, content)
    assert first.hex() == "cd71d359904dc77f4b625d3df011b9cc9da7e4c373c112f5e2a43a6909a27baf"
    assert next_hash(first, 2, content).hex() == "e2133337ca8b74065c62250213c54733024157c411fe6879d9181dbd4df10bf0"


def test_a_shipment_nobody_has_read_is_refused(make: Factory) -> None:
    with pytest.raises(ValueError, match="under its lock"):
        history.record(Fulfillment(id=1), UPDATED, Actor())


def test_a_row_of_nothing_is_refused(make: Factory) -> None:
    with pytest.raises(ValueError, match="belongs to a shipment or to a fulfillment order"):
        history.record_many([Entry(UPDATED)], Actor(), occurred_at=NOON)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry(UPDATED, fulfillment_id=900), "no shipment 900"),
        (Entry(UPDATED, fulfillment_order_id=900), "no fulfillment order 900"),
    ],
)
def test_a_row_of_what_is_not_there_is_refused(app: Flask, entry: Entry, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        history.record_many([entry], Actor(), occurred_at=NOON)


def test_who_writes_without_the_lock_is_refused_when_another_was_first(make: Factory) -> None:
    shipment = make.shipment()
    history.record(shipment, UPDATED, Actor())
    db.session.commit()
    db.session.execute(
        sa.text("UPDATE fulfillments SET history_length = 1")
    )  # As it was read before the other wrote.
    with pytest.raises(sa.exc.IntegrityError):
        history.record_many([Entry(UPDATED, fulfillment_id=shipment.id)], Actor(), occurred_at=NOON)
    db.session.rollback()


def test_writers_at_the_same_moment_keep_one_chain(app: Flask, make: Factory) -> None:
    shipment = make.shipment()
    shipment_id, intent = shipment.id, shipment.fulfillment_order_id

    def write(number: int) -> None:
        for step in range(5):
            held = locked(shipment_id)
            db.session.execute(
                sa.select(FulfillmentOrder.id).where(FulfillmentOrder.id == intent).with_for_update()
            )
            history.record(held, UPDATED, Actor(), note=f"{number}.{step}")
            both = [Entry(UPDATED, fulfillment_id=shipment_id), Entry(UPDATED, fulfillment_order_id=intent)]
            history.record_many(both, Actor(), occurred_at=NOON)
            db.session.commit()

    together(app, 4, write)

    assert [row.chain_position for row in rows_of(shipment_id)] == list(range(1, 42))
    db.session.expire_all()
    assert db.session.get_one(Fulfillment, shipment_id).history_length == 41
    assert db.session.get_one(FulfillmentOrder, intent).history_length == 20


@pytest.mark.parametrize("table", ["activities", "inventory_movements"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET occurred_at = occurred_at", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_row(make: Factory, table: str, statement: str) -> None:
    make.shipment()
    with pytest.raises(sa.exc.IntegrityError, match=f"Rows of {table} are never changed or deleted"):
        db.session.execute(sa.text(statement.format(table)))
    db.session.rollback()


@pytest.mark.parametrize("table", ["activities", "inventory_movements"])
def test_postgresql_refuses_to_truncate_rows(make: Factory, table: str) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE.")
    make.shipment()
    with pytest.raises(sa.exc.IntegrityError, match=f"Rows of {table} are never changed or deleted"):
        db.session.execute(sa.text(f"TRUNCATE {table}"))
    db.session.rollback()


@pytest.mark.parametrize("model", [Activity, InventoryMovement])
@pytest.mark.parametrize("act", ["change", "delete"])
def test_the_session_refuses_before_the_database_is_asked(make: Factory, model: Any, act: str) -> None:
    make.shipment()
    row = db.session.scalars(sa.select(model).limit(1)).one()
    if act == "delete":
        db.session.delete(row)
    else:
        row.occurred_at = NOON - timedelta(days=900)
    with (
        statements() as sent,
        pytest.raises(RuntimeError, match=f"Rows of {model.__tablename__} are never changed"),
    ):
        db.session.flush()
    db.session.rollback()
    assert not [one for one in sent if one.startswith(("UPDATE", "DELETE"))]


def test_only_without_the_guards_a_row_can_be_changed(make: Factory) -> None:
    """And with them again afterwards: what the other tests rely on to tamper."""
    make.shipment()
    with unguarded(db.session.connection()):
        db.session.execute(sa.text("UPDATE activities SET note = 'tampered'"))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text("UPDATE activities SET note = 'again'"))
    db.session.rollback()

"""Every way of touching the history behind the product's back is found and named; sound history is not."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.emptying import unguarded
from tests.factories import NOON, Factory
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.models.history_chain import CONTENT, changes_text, instant_text, next_hash
from webapp.queries.history_chains import broken_chains, count_rows
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.history import Entry
from webapp.statuses import ActivityEvent

UPDATED = ActivityEvent.UPDATED
# What a person with the database's own tools does to the row at place 3 of 5, and what is found; {id} is its id.
CHANGED = "history row {id}: 3 of 5 was changed, or the one before it was."
CHANGES = {
    "event": "event = 'printed'",
    "note": "note = note || ' '",
    "changes": """changes = '{"cost": ["1", "3"]}'""",
    "instant": "occurred_at = '2026-11-03 20:00:00.000001+00'",
    "actor": "actor_id = NULL",
    "request": "request_id = 'request-2'",
    "subject": "subject_id = subject_id + 1",
    "kind of subject": "subject_type = 'provider_order'",
}


@pytest.fixture
def shipment(make: Factory, cast: Cast) -> Any:
    """A shipment with five history rows between two others; its fulfillment order has two."""
    make.shipment()
    shipment = make.shipment()
    actor = Actor(cast.operator.id, request_id="request-1")
    told = {"cost": ["1", "2"], "carrier": [None, "Größe “x” \\ 📦"]}
    for number in range(4):
        history.record(shipment, UPDATED, actor, changes=told, note=f"Note {number}")
    orders = [Entry(UPDATED, fulfillment_order_id=shipment.fulfillment_order_id, note=str(n)) for n in range(2)]
    history.record_many(orders, actor, occurred_at=NOON)
    db.session.commit()
    make.shipment()
    return shipment


def found() -> list[str]:
    db.session.commit()
    return [str(place) for place in broken_chains(lambda _count: None)]


def row_at(shipment: Fulfillment, place: int) -> Activity:
    statement = sa.select(Activity).where(Activity.fulfillment_id == shipment.id, Activity.chain_position == place)
    return db.session.scalars(statement).one()


def tamper(*statements: str) -> None:
    with unguarded(db.session.connection()):
        for statement in statements:
            db.session.connection().exec_driver_sql(statement)
    db.session.commit()


def tamper_without_keys(statement: str) -> None:
    """PostgreSQL checks no keys without the guards; SQLite only when a connection asks for it, as ours do."""
    if db.engine.dialect.name == "postgresql":
        tamper(statement)
        return
    db.session.commit()
    guards = [f"activities_append_only_{event}" for event in ("update", "delete")]
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as connection:
        made = connection.execute(
            f"SELECT sql FROM sqlite_master WHERE name IN ('{guards[0]}', '{guards[1]}')"
        ).fetchall()
        for sql in (*(f"DROP TRIGGER {name}" for name in guards), statement, *(row[0] for row in made)):
            connection.execute(sql)


def test_sound_history_is_sound_and_every_row_is_looked_at(shipment: Any) -> None:
    looked: list[int] = []
    assert list(broken_chains(looked.append)) == []
    assert sum(looked) == count_rows() == 9


def test_no_history_is_sound(app: Flask) -> None:
    assert found() == []


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_row_is_found(shipment: Any, column: str) -> None:
    number, row_id = shipment.fulfillment_number, row_at(shipment, 3).id
    tamper(f"UPDATE activities SET {CHANGES[column]} WHERE id = {row_id}")
    assert found() == [f"{number}: {CHANGED.format(id=row_id)}"]


def test_a_row_that_was_moved_to_another_shipment_is_found_on_both(shipment: Any, make: Factory) -> None:
    other, row_id = make.shipment(), row_at(shipment, 5).id
    tamper(f"UPDATE activities SET fulfillment_id = {other.id} , chain_position = 2 WHERE id = {row_id}")
    assert found() == [
        f"{shipment.fulfillment_number}: The end was cut off. Row 5 of 5 is missing.",
        f"{other.fulfillment_number}: history row {row_id}: was added as 2 of 1.",
    ]


def test_a_changed_row_with_a_hash_that_fits_gives_itself_away_by_the_next(shipment: Any) -> None:
    number = shipment.fulfillment_number
    row, following = row_at(shipment, 3), row_at(shipment, 4).id
    forged = forged_hash(row, row_at(shipment, 2).hash, note="forged")
    tamper(f"UPDATE activities SET note = 'forged', hash = {binary(forged)} WHERE id = {row.id}")
    assert found() == [f"{number}: history row {following}: 4 of 5 was changed, or the one before it was."]


def test_a_newest_row_with_a_hash_that_fits_is_found_too(shipment: Any) -> None:
    number, row = shipment.fulfillment_number, row_at(shipment, 5)
    forged = forged_hash(row, row_at(shipment, 4).hash, note="forged")
    tamper(f"UPDATE activities SET note = 'forged', hash = {binary(forged)} WHERE id = {row.id}")
    assert found() == [f"{number}: history row {row.id}: 5 of 5 is not the newest row that was written."]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ("3", "Row 3 of 5 is missing."),
        ("2, 3", "Rows 2 to 3 of 5 are missing."),
        ("1", "Row 1 of 5 is missing."),
        ("5", "The end was cut off. Row 5 of 5 is missing."),
        ("1, 2, 3, 4, 5", "The end was cut off. Rows 1 to 5 of 5 are missing."),
    ],
)
def test_rows_that_are_gone_are_found(shipment: Any, places: str, said: str) -> None:
    number = shipment.fulfillment_number
    tamper(f"DELETE FROM activities WHERE fulfillment_id = {shipment.id} AND chain_position IN ({places})")
    assert found() == [f"{number}: {said}"]


def test_two_rows_that_changed_places_are_found(shipment: Any) -> None:
    number, rows = shipment.fulfillment_number, [row_at(shipment, place).id for place in (2, 3)]
    swap = "UPDATE activities SET chain_position = {to} WHERE id = {id}"
    tamper(swap.format(to=99, id=rows[0]), swap.format(to=2, id=rows[1]), swap.format(to=3, id=rows[0]))
    told = found()
    assert told[:2] == [
        f"{number}: history row {rows[1]}: 2 of 5 was changed, or the one before it was.",
        f"{number}: history row {rows[0]}: 3 of 5 was changed, or the one before it was.",
    ]


def test_a_row_that_was_added_at_the_end_is_found(shipment: Any) -> None:
    number, last = shipment.fulfillment_number, row_at(shipment, 5)
    tamper(copied(last, 6))
    row_id = row_at(shipment, 6).id
    assert found() == [f"{number}: history row {row_id}: was added as 6 of 5."]


def test_a_row_that_was_slipped_in_is_found(shipment: Any) -> None:
    number, last = shipment.fulfillment_number, row_at(shipment, 5)
    tamper(f"UPDATE activities SET chain_position = 6 WHERE id = {last.id}", copied(row_at(shipment, 4), 5))
    slipped = row_at(shipment, 5).id
    assert found() == [
        f"{number}: history row {slipped}: 5 of 5 was changed, or the one before it was.",
        f"{number}: history row {last.id}: was added as 6 of 5.",
    ]


def test_a_place_that_is_taken_twice_is_found(shipment: Any) -> None:
    number, third = shipment.fulfillment_number, row_at(shipment, 3)
    index = "uq_activities_fulfillment_id_chain_position"
    tamper(f"DROP INDEX {index}", copied(third, 3))
    try:
        told = found()
        assert len(told) == 1
        assert told[0].startswith(f"{number}: history row ")
        assert told[0].endswith("was added: 3 of 5 is there twice.")
    finally:
        tamper(
            "DELETE FROM activities", f"CREATE UNIQUE INDEX {index} ON activities (fulfillment_id, chain_position)"
        )


def test_the_history_of_a_fulfillment_order_is_chained_as_well(shipment: Any) -> None:
    order = shipment.fulfillment_order_id
    tamper(f"DELETE FROM activities WHERE fulfillment_order_id = {order} AND chain_position = 2")
    assert found() == [f"FO-{order}: The end was cut off. Row 2 of 2 is missing."]


def test_rows_of_a_shipment_that_is_gone_are_found(shipment: Any) -> None:
    row_id = row_at(shipment, 5).id
    tamper_without_keys(f"UPDATE activities SET fulfillment_id = 9999 WHERE id = {row_id}")
    said = f"Nothing: history row {row_id}: the shipment or fulfillment order it belongs to is gone."
    try:
        assert found()[-1] == said
    finally:
        tamper_without_keys(f"DELETE FROM activities WHERE id = {row_id}")


def test_what_is_no_json_on_sqlite_is_a_finding_and_no_crash(shipment: Any) -> None:
    if db.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL takes nothing else.")
    row_id = row_at(shipment, 3).id
    tamper(f"UPDATE activities SET changes = '[not json' WHERE id = {row_id}")
    assert found() == [f"{shipment.fulfillment_number}: {CHANGED.format(id=row_id)}"]


def forged_hash(row: Activity, previous: bytes, **values: Any) -> bytes:
    """What somebody computes who knows how it is done."""
    content = {name: getattr(row, name) for name in CONTENT} | values
    content |= {"changes": changes_text(row.changes), "occurred_at": instant_text(row.occurred_at)}
    return next_hash(previous, row.chain_position, tuple(content.values()))  # type: ignore[arg-type]


def binary(value: bytes) -> str:
    """Bytes as each database writes them in a statement."""
    return f"x'{value.hex()}'" if db.engine.dialect.name == "sqlite" else f"'\\x{value.hex()}'"


def copied(row: Activity, place: int) -> str:
    """A statement that adds a copy of this row at another place."""
    names = ", ".join((*CONTENT, "hash"))
    original = f"SELECT {names}, {place} FROM activities WHERE id = {row.id}"
    return f"INSERT INTO activities ({names}, chain_position) {original}"

"""Archiving: out of the default lists and back; twice is a notice, not an error."""

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.ledger import assert_sound
from tests.statements import statements
from tests.together import together
from webapp.errors import IdempotencyKeyReused, NotFound, Stale
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.queries.scope import Scope
from webapp.services.actors import SYSTEM, Actor
from webapp.services.archiving import Archived, archive, archive_many, unarchive, unarchive_many


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id, request_id="request-3")


def key() -> str:
    return uuid.uuid4().hex


def history_of(shipment_id: int) -> list[Activity]:
    statement = sa.select(Activity).where(Activity.fulfillment_id == shipment_id, Activity.event != "created")
    return list(db.session.scalars(statement.order_by(Activity.id)))


def test_it_hides_a_shipment_and_brings_it_back(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()

    assert archive(shipment.id, key=key(), actor=susan, version=1) == Archived(shipment.id, True, True)
    db.session.commit()
    assert shipment.archived_at is not None
    archived_at = shipment.archived_at.isoformat()
    assert unarchive(shipment.id, key=key(), actor=susan) == Archived(shipment.id, False, True)
    db.session.commit()

    assert shipment.archived_at is None
    assert (shipment.version, shipment.status) == (3, "packed")
    first, second = history_of(shipment.id)
    assert (first.event, first.changes) == ("archived", {"archived_at": [None, archived_at]})
    assert (second.event, second.changes) == ("unarchived", {"archived_at": [archived_at, None]})
    assert (first.actor_id, first.request_id) == (susan.user_id, "request-3")
    assert_sound()


def test_twice_changes_nothing_and_says_so(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    assert not unarchive(shipment.id, key=key(), actor=susan).changed
    archive(shipment.id, key=key(), actor=susan)
    db.session.commit()

    again = archive(shipment.id, key=key(), actor=susan, version=1)
    db.session.commit()

    assert again == Archived(shipment.id, True, False)
    assert shipment.version == 2
    assert len(history_of(shipment.id)) == 1


def test_one_from_an_older_version_is_refused(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(version=3)

    with pytest.raises(Stale) as stale:
        archive(shipment.id, key=key(), actor=susan, version=2)

    assert stale.value.version == 3
    assert shipment.archived_at is None


def test_a_shipment_outside_the_limit_does_not_exist(make: Factory, susan: Actor) -> None:
    limited = Actor(susan.user_id, Scope(frozenset({make.warehouse("Newark, NJ").id})))
    shipment = make.shipment()

    with pytest.raises(NotFound):
        archive(shipment.id, key=key(), actor=limited)
    db.session.rollback()
    (result,) = archive_many([shipment.id], actor=limited)
    assert (result.is_archived, result.changed) == (False, False)
    assert "no such shipment" in result.reason


def test_the_same_key_gives_the_first_answer(make: Factory, susan: Actor) -> None:
    shipment, once = make.shipment(), key()
    first = archive(shipment.id, key=once, actor=susan)
    db.session.commit()

    assert archive(shipment.id, key=once, actor=susan) == first
    with pytest.raises(IdempotencyKeyReused):
        unarchive(shipment.id, key=once, actor=susan)


def test_a_set_says_which_of_it_changed(make: Factory, susan: Actor) -> None:
    first, second = make.shipment(), make.shipment()
    archive(first.id, key=key(), actor=susan)
    db.session.commit()

    results = archive_many([second.id, first.id], actor=susan)
    db.session.commit()

    assert [one.changed for one in results] == [True, False]
    assert [one.changed for one in unarchive_many([first.id, second.id], actor=susan)] == [True, True]


def test_many_take_as_many_statements_as_one(make: Factory, susan: Actor) -> None:
    ids = [make.shipment().id for _ in range(12)]
    db.session.rollback()
    with statements() as for_one:
        archive_many(ids[:1], actor=susan)
    with statements() as for_many:
        archive_many(ids[1:], actor=susan)

    assert len(for_many) == len(for_one), for_many


def test_too_many_at_once_and_a_front_door_without_a_person_are_refused(make: Factory) -> None:
    with pytest.raises(ValueError, match="At most 500"):
        archive_many(range(1, 502), actor=SYSTEM)
    with pytest.raises(ValueError, match="archive_many"):
        archive(make.shipment().id, key=key(), actor=SYSTEM)


def test_of_many_at_the_same_moment_one_archives(app: Flask, make: Factory, susan: Actor) -> None:
    shipment_id = make.shipment().id

    def act(_: int) -> bool:
        changed = archive(shipment_id, key=key(), actor=susan, version=1).changed
        db.session.commit()
        return changed

    assert sorted(together(app, 4, act)) == [False, False, False, True]
    assert db.session.get_one(Fulfillment, shipment_id).version == 2
    assert len(history_of(shipment_id)) == 1

"""Prepared statements: the same answers and errors as any Core statement, whether for one id or for a set."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.cast import Cast
from tests.factories import Factory
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, User
from webapp.queries.prepared import Prepared
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.queries.sets_of_ids import among
from webapp.queries.standings import standings_in

NAMED = Prepared(
    sa.update(User).where(among(User.id)).values(username=sa.bindparam("name", type_=User.username.type))
)

HEADS = Prepared(
    sa.update(Fulfillment)
    .values(history_length=sa.bindparam("length"))
    .where(Fulfillment.id == sa.bindparam("shipment"))
)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_rows_are_those_of_the_statement_itself(make: Factory, count: int) -> None:
    values = {"ids": [make.shipment().id for _ in range(2)][:count], "run_id": 0}
    connection = db.session.connection()
    statement = standings_in(EVERYWHERE)

    rows = Prepared(statement).rows(connection, **values)

    assert rows == [tuple(row) for row in connection.execute(statement, values)]
    assert len(rows) == count


@pytest.mark.parametrize("count", [1, 2])
def test_a_list_with_fixed_values_is_kept(make: Factory, count: int) -> None:
    shipments = [make.shipment() for _ in range(2)][:count]
    here, elsewhere = shipments[0].warehouse_id, shipments[0].warehouse_id + 1_000
    connection = db.session.connection()
    ids = [shipment.id for shipment in shipments]

    found = [
        Prepared(standings_in(Scope(frozenset(limit)))).rows(connection, ids=ids, run_id=0)
        for limit in ({here, elsewhere}, {elsewhere}, ())
    ]

    assert [len(rows) for rows in found] == [count, 0, 0]


def test_errors_are_those_of_sqlalchemy(cast: Cast) -> None:
    ids, taken = [cast.viewer.id], cast.operator.username

    with pytest.raises(IntegrityError):
        NAMED.run(db.session.connection(), ids=ids, name=taken)
    db.session.rollback()


def test_those_who_listen_to_statements_hear_of_them(app: Flask) -> None:
    connection = db.session.connection()

    with statements() as sent:
        NAMED.run(connection, ids=[1], name="nobody")
        HEADS.run_many(connection, [{"shipment": id_, "length": 1} for id_ in (1, 2)])
        HEADS.run_many(connection, [])

    assert len(sent) == 2, sent


def test_a_value_nobody_gives_is_missed(app: Flask) -> None:
    with pytest.raises(KeyError, match="name"):
        NAMED.run(db.session.connection(), ids=[1])


def test_a_default_in_python_is_refused_rather_than_forgotten(app: Flask) -> None:
    careless = Prepared(sa.insert(Activity), columns=("fulfillment_id", "subject_id"))

    with pytest.raises(ValueError, match="has a default in Python"):
        careless.run(db.session.connection(), fulfillment_id=1, subject_id=1)


def test_instants_come_back_aware_and_stay_the_same(make: Factory) -> None:
    shipment = make.shipment()
    created = Prepared(sa.select(Fulfillment.created_at).where(among(Fulfillment.id)))

    assert created.rows(db.session.connection(), ids=[shipment.id]) == [(shipment.created_at,)]

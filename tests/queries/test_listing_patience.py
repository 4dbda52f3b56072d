"""A list that takes too long is stopped by the database itself, and the message says what made it slow."""

import dataclasses
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories import Factory
from webapp.extensions import db, settings
from webapp.queries import filters
from webapp.queries.filters import typed
from webapp.queries.fulfillments import Criteria, Sort, TooSlow, list_page
from webapp.queries.listing import patience
from webapp.queries.scope import EVERYWHERE

# Work for about a minute, in the words of each database.
ENDLESS = {
    True: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3e8) SELECT count(*) FROM n",
    False: "SELECT pg_sleep(60)",
}


@pytest.fixture
def impatient(app: Flask) -> Iterator[None]:
    """The application with a patience of a tenth of a second, and reading as pages do."""
    before = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(before, list_patience=timedelta(seconds=0.1))
    db.session().info["reading"] = True
    yield
    app.extensions["settings"] = before


@pytest.mark.usefixtures("impatient")
def test_the_database_stops_what_takes_too_long() -> None:
    criteria = Criteria(scope=EVERYWHERE, filter=typed.parse("customer:e", zone=settings().business_time_zone))
    begin = time.monotonic()
    with pytest.raises(TooSlow), patience.limited(criteria):
        db.session.execute(sa.text(ENDLESS[settings().is_sqlite])).all()
    assert time.monotonic() - begin < 30
    assert db.session.scalar(sa.text("SELECT 1")) == 1


@pytest.mark.usefixtures("impatient")
def test_the_limit_ends_with_the_list() -> None:
    with patience.limited(Criteria(scope=EVERYWHERE)):
        db.session.execute(sa.text("SELECT 1"))
    if not settings().is_sqlite:
        assert db.session.scalar(sa.text("SHOW statement_timeout")) == "0"


@pytest.mark.usefixtures("impatient")
def test_the_message_names_the_conditions_that_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = typed.parse("customer:e status:packed ~sku:x", zone=settings().business_time_zone)
    monkeypatch.setattr(patience, "_is_slow", lambda _criteria, part: part.column == "customer_name")
    with pytest.raises(TooSlow) as raised, patience.limited(Criteria(scope=EVERYWHERE, filter=tree)):
        db.session.execute(sa.text(ENDLESS[settings().is_sqlite])).all()
    assert raised.value.message.startswith("“Customer name contains e” would take too long")
    assert "Status" not in raised.value.message


@pytest.mark.usefixtures("impatient")
def test_a_quick_condition_is_not_called_slow() -> None:
    tree = typed.parse("status:packed", zone=settings().business_time_zone)
    with pytest.raises(TooSlow) as raised, patience.limited(Criteria(scope=EVERYWHERE, filter=tree)):
        db.session.execute(sa.text(ENDLESS[settings().is_sqlite])).all()
    assert "This combination of conditions" in raised.value.message


def test_a_list_within_the_limit_is_shown(make: Factory) -> None:
    shipment = make.shipment()
    tree = filters.parse({"conjunction": "and", "children": [
        {"type": "condition", "condition": {"column": "id", "operator": "is", "value": shipment.id}}
    ]}, zone=settings().business_time_zone)  # fmt: skip
    assert [row.id for row in list_page(Criteria(scope=EVERYWHERE, filter=tree), Sort(), 25).rows] == [shipment.id]

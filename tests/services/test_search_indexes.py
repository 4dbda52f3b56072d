"""Without pg_trgm the migrations go on, the program says what that costs, and the indexes can be made later."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.factories import Factory
from webapp import create_app
from webapp.config import settings_from
from webapp.errors import Refused
from webapp.extensions import db
from webapp.queries import filters
from webapp.queries.fulfillments import Criteria, Sort, list_page
from webapp.queries.listing import search
from webapp.queries.scope import EVERYWHERE
from webapp.services import search_indexes
from webapp.web import start

BOTH = ["ix_fulfillment_search_texts_trigrams", "ix_sales_orders_trigrams"]


@pytest.fixture
def poor_url(postgres_url: str) -> Iterator[str]:
    """A database whose role may make tables, but no extensions."""
    name = f"dockside_poor_{uuid.uuid4().hex[:10]}"
    role, database = sql.Identifier(name), sql.Identifier(name)
    inside = make_url(postgres_url).set(database=name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
    with psycopg.connect(inside.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(role))
    yield inside.set(username=name, password=None).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
def poor(poor_url: str, redis_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application over such a database, migrated."""
    environment = {
        "DOCKSIDE_MODE": "test", "DATABASE_URL": poor_url, "REDIS_URL": redis_url, "DOCKSIDE_VAR": str(tmp_path),
    }  # fmt: skip
    app = create_app(settings_from(environment))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_search_and_filter_find_the_same_without_the_indexes(poor: Flask) -> None:
    make = Factory()
    found = make.shipment(order=make.order(name="Renate Meßner"), lines=(("NWP-042", 1, None),)).id
    make.shipment()
    for wanted in (
        Criteria(scope=EVERYWHERE, search=search.parse("meßner nwp-04")),
        Criteria(scope=EVERYWHERE, filter=_named("eßne")),
    ):
        assert [row.id for row in list_page(wanted, Sort(), 25).rows] == [found]


def _named(text: str) -> filters.Group:
    zone = settings_from({"DOCKSIDE_MODE": "test"}).business_time_zone
    return filters.read("", (("filter[customer_name.contains]", text),), zone=zone)


def test_the_migration_and_the_start_say_what_it_costs(
    poor_url: str, redis_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = {"DOCKSIDE_MODE": "test", "DATABASE_URL": poor_url, "REDIS_URL": redis_url}
    app = create_app(settings_from(environment | {"DOCKSIDE_VAR": str(tmp_path)}))
    start.warn(app)  # Without tables there is nothing to say yet.
    assert "search_indexes_missing" not in capfd.readouterr().err
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    assert "The extension pg_trgm cannot be created" in capfd.readouterr().err
    start.warn(app)
    said = capfd.readouterr().err
    assert "search_indexes_missing" in said
    assert "reads all rows" in said


def test_what_is_missing_is_made_once_the_extension_is_there(poor: Flask, postgres_url: str) -> None:
    assert search_indexes.missing() == BOTH
    with pytest.raises(Refused, match="CREATE EXTENSION pg_trgm"):
        search_indexes.make_missing()
    assert poor.test_cli_runner().invoke(args=["search", "index"]).exit_code == 1
    _as_administrator(poor, postgres_url, "CREATE EXTENSION pg_trgm")
    result = poor.test_cli_runner().invoke(args=["search", "index"])
    assert result.output == f"Made {' and '.join(BOTH)}.\n"
    assert search_indexes.missing() == []
    assert poor.test_cli_runner().invoke(args=["search", "index"]).output == "Nothing is missing.\n"


def _as_administrator(app: Flask, postgres_url: str, statement: str) -> None:
    database = app.extensions["settings"].database_url.database
    url = make_url(postgres_url).set(database=database).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.FeatureNotSupported as error:
            pytest.skip(f"this PostgreSQL comes without pg_trgm: {error}")


def test_they_are_what_the_migrations_make(app: Flask) -> None:
    """On SQLite nothing is ever missing; on PostgreSQL both ways lead to the same indexes."""
    assert search_indexes.missing() in ([], BOTH)
    if db.engine.dialect.name == "sqlite" or search_indexes.missing():
        return
    made = _definitions()
    for name in BOTH:
        db.session.execute(sa.text(f"DROP INDEX {name}"))
    assert search_indexes.make_missing() == BOTH
    assert _definitions() == made
    db.session.rollback()


def _definitions() -> list[str]:
    found = db.session.scalars(
        sa.text("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(:names) ORDER BY indexname"),
        {"names": BOTH},
    )
    return list(found)

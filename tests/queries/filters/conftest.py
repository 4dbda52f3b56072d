"""Both databases at once, so that one filter is answered by both."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from webapp import create_app
from webapp.config import settings_from
from webapp.extensions import db


@pytest.fixture(scope="package")
def apps(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[list[Flask]]:
    """The application over a SQLite and over a PostgreSQL of this folder's own, both migrated."""
    folder = tmp_path_factory.mktemp("filters")
    name = f"dockside_filters_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    postgres = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    made = [_migrated(url, redis_url, folder) for url in (f"sqlite:///{folder / 'filters.sqlite3'}", postgres)]
    yield made
    for app in made:
        _engine(app).dispose()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="package")
def engines(apps: list[Flask]) -> list[sa.Engine]:
    """The databases of these applications."""
    return [_engine(app) for app in apps]


def _engine(app: Flask) -> sa.Engine:
    with app.app_context():
        return db.engine


def _migrated(url: str, redis_url: str, folder: Path) -> Flask:
    given = {"DOCKSIDE_MODE": "test", "DATABASE_URL": url, "REDIS_URL": redis_url, "DOCKSIDE_VAR": str(folder)}
    app = create_app(settings_from(given))
    with app.app_context():
        upgrade()
    return app

"""The databases a benchmark runs over: made once, with the seed command, and kept for the next time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine import URL, make_url

from tests.benchmarks.pages import Landmarks
from webapp import create_app
from webapp.config import settings_from
from webapp.extensions import db
from webapp.models import Fulfillment, Product, User
from webapp.queries.listing.keyset import Place, Sort
from webapp.services import accounts
from webapp.services.seeding import seed
from webapp.statuses import Role
from webapp.web.pagination import write_cursor

USERNAME = "benchmark"
PASSWORD = "only for measuring"  # The databases hold nothing but seeded rows.
DEPTH = 500_000
FOLDER = Path(os.environ.get("BENCH_FOLDER", "var/bench"))


def sqlite_url(shipments: int) -> URL:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return make_url(f"sqlite:///{(FOLDER / f'dockside_{shipments}.sqlite3').absolute()}")


def postgres_url(server: str, shipments: int) -> URL:
    """A database named for its size on this server, created when it is not there."""
    name = f"dockside_bench_{shipments}"
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    return make_url(server).set(database=name)


def beside(url: URL, shipments: int) -> URL:
    """The database of another size where this one is."""
    if url.get_backend_name() == "sqlite":
        return sqlite_url(shipments)
    return postgres_url(url.render_as_string(hide_password=False), shipments)


@contextmanager
def application(database: URL, redis_url: str) -> Iterator[Flask]:
    """The application over this database, in a context, for work outside requests."""
    given = {"DOCKSIDE_MODE": "test", "DATABASE_URL": database.render_as_string(hide_password=False)}
    app = create_app(settings_from(given | {"REDIS_URL": redis_url}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def ready(shipments: int) -> None:
    """Migrate and seed the database of the current application, unless an earlier run did."""
    upgrade()
    if db.session.scalar(sa.select(sa.func.max(Fulfillment.id))) is None:
        db.session.remove()
        seed(fulfillments=shipments, random_seed=1)
    if db.session.scalar(sa.select(User.id).where(User.username == USERNAME)) is None:
        accounts.add(USERNAME, PASSWORD, Role.ADMIN)
    db.session.commit()


def landmarks() -> Landmarks:
    """Where in this data the measurements go: half a million rows deep, or half way down a smaller list."""
    newest = db.session.scalar(sa.select(sa.func.max(Fulfillment.id))) or 0
    deep = db.session.execute(
        sa.select(Fulfillment.id, Fulfillment.fulfillment_number)
        .where(Fulfillment.id <= max(newest - DEPTH, newest // 2))
        .order_by(Fulfillment.id.desc())
        .limit(1)
    ).one()
    sku = db.session.scalar(sa.select(Product.sku).order_by(Product.id).limit(1)) or ""
    return Landmarks(
        deep_id=deep.id,
        deep_cursor=write_cursor(Place(deep.id), Sort()),
        exact_number=deep.fulfillment_number,
        sku=sku,
        shipment_id=deep.id,
    )

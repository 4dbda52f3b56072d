"""One database for all faults of a module: each fault is met by a shipment and an account of its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stamina
from flask import Flask
from redis import Redis

from jobs import context
from tests.cast import Cast
from tests.emptying import empty
from tests.factories import Factory
from tests.ledger import assert_sound
from tests.page import Page
from tests.proof.stage import Props
from tests.workers import SteadyWorker
from webapp.extensions import db
from webapp.providers.http import DoorOptions, Timing
from webapp.queue import ACTIONS, BULK
from webapp.sandbox import SandboxControl, running
from webapp.services import provider_questions
from webapp.services.actors import Actor

ON_POSTGRESQL = 29  # Every so many-th test, which goes round all systems and faults; all of them on SQLite.


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL a fair part: what a provider does wrong does not depend on our database."""
    mine = [item for item in items if item.path.parent == Path(__file__).parent]
    again = [item for item in mine if _database_of(item) == "postgresql"]
    left_out = set(again) - set(again[::ON_POSTGRESQL])
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _database_of(item: pytest.Item) -> object:
    return item.callspec.params.get("database_url") if hasattr(item, "callspec") else None


MAX_BYTES = 100_000  # An answer that is larger need not be read to five megabytes a thousand times.


class Patience:
    """How long a call may take: five seconds, or hardly any time for one that is to be kept waiting."""

    def __init__(self) -> None:
        self.timing = Timing(connect=2, read=5)

    def end_soon(self, *, soon: bool = True) -> None:
        self.timing = replace(self.timing, read=0.4 if soon else 5)


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    with running(rate_limits=False) as url:
        yield url


@pytest.fixture(scope="session")
def control(sandbox_url: str) -> Iterator[SandboxControl]:
    with SandboxControl(sandbox_url) as control:
        yield control


@pytest.fixture(scope="module")
def app(migrated_app: Flask) -> Iterator[Flask]:
    """Emptied once rather than before each of a thousand tests."""
    with migrated_app.app_context():
        empty(db.engine)
        yield migrated_app
        assert_sound()  # Looked at once, after all that went wrong.
        db.session.remove()


@pytest.fixture(scope="module")
def make(app: Flask) -> Factory:
    return Factory()


@pytest.fixture(scope="module")
def cast(app: Flask) -> Cast:
    return Cast()


@pytest.fixture(scope="module")
def page(app: Flask, cast: Cast) -> Page:
    """The browser of an administrator."""
    return Page(app).sign_in(cast.admin)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[Patience]:
    """Calls that may be repeated are repeated once, without waiting."""
    options, patience = provider_questions._door_options, Patience()

    def changed() -> DoorOptions:
        return replace(options(), timing=patience.timing, max_bytes=MAX_BYTES)

    monkeypatch.setattr(provider_questions, "_door_options", changed)
    with stamina.set_testing(True, attempts=2, cap=True):
        yield patience


@pytest.fixture
def props(
    app: Flask,
    make: Factory,
    control: SandboxControl,
    sandbox_url: str,
    redis_url: str,
    cast: Cast,
    patience: Patience,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Props]:
    """A sandbox without orders, and workers for the queue."""
    control.reset()
    monkeypatch.setattr(context, "application", lambda: app)
    actor = Actor(cast.admin.id)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        workers = {queue: SteadyWorker([queue], connection=redis) for queue in (ACTIONS, BULK)}

        def drain(queue: str = ACTIONS) -> None:
            db.session.commit()
            workers[queue].perform_all()
            db.session.expire_all()

        yield Props(make, control, sandbox_url, drain, actor)

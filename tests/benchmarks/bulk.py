"""A bulk void of ten thousand shipments and its restore as a worker does them: pace, memory, every row's result.

The shipments are seeded practice data, all turned into packed ones that are with no provider.
"""

import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import sqlalchemy as sa
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from jobs import bulk as job
from jobs import context
from tests.benchmarks.pages import Result
from webapp import create_app
from webapp.config import settings_from
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.queries.bulk_selections import Matching, OfRun, ids
from webapp.queries.invariants import violations
from webapp.queries.listing.criteria import Criteria
from webapp.queries.scope import EVERYWHERE
from webapp.services import accounts, bulk
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.seeding import seed
from webapp.statuses import BulkBucket, Permission, Role, RunKind

SHIPMENTS = 10_000
SAMPLE_SECONDS = 0.05
MEGABYTE = 1024 * 1024
_LOCAL = (
    "DELETE FROM provider_orders",
    "UPDATE fulfillments SET fulfilled_at = NULL, tracking_number = NULL, tracking_key = NULL, "
    "provider_account_id = NULL, provider_state = NULL, merged_submission = :no, "
    "status = CASE WHEN voided_at IS NULL THEN 'packed' ELSE status END",
    "UPDATE sales_orders SET status = 'open' WHERE status = 'closed'",
)


@dataclass
class Sample:
    """Memory of this process in megabytes, and the share of the run that was done, over time."""

    memory: list[float]
    done: list[int]


def measure(database: str, redis_url: str, shipments: int = SHIPMENTS) -> Iterator[Result]:
    """A bulk void of so many shipments and more, and a restore of them, in a new database of this kind."""
    with tempfile.TemporaryDirectory() as folder, _database(database, Path(folder)) as url:
        given = {"DOCKSIDE_MODE": "test", "DATABASE_URL": url, "REDIS_URL": redis_url, "DOCKSIDE_VAR": folder}
        app = create_app(settings_from(given))
        context.application = lambda: app  # type: ignore[assignment]
        with app.app_context():
            yield from _measure(shipments)
            db.session.remove()
            db.engine.dispose()


def _measure(shipments: int) -> Iterator[Result]:
    upgrade()
    seed(fulfillments=shipments * 5 // 4, random_seed=1)
    for statement in _LOCAL:
        db.session.execute(sa.text(statement), {"no": False} if ":no" in statement else {})
    db.session.commit()
    actor = Actor(accounts.add("benchmark", "only for measuring", Role.ADMIN))
    db.session.commit()
    everything = Matching(Criteria(scope=EVERYWHERE), "")
    voided = yield from _run(RunKind.BULK_VOID, everything, actor)
    yield from _run(RunKind.BULK_RESTORE, OfRun(voided, BulkBucket.DONE), actor)
    broken = len(violations())
    yield Result("rules of the domain broken afterwards", broken, "", "", None, "0", not broken)


def _run(kind: RunKind, selection: Matching | OfRun, actor: Actor) -> Generator[Result, None, int]:
    expected = len(ids(selection, EVERYWHERE))
    db.session.rollback()
    begin = time.perf_counter()
    run_id = bulk.request(
        KINDS[kind],
        selection,
        Terms("Measured"),
        expected=expected,
        key=uuid.uuid4().hex,
        actor=actor,
        permissions=frozenset(Permission),
    ).run_id
    db.session.commit()
    asked = time.perf_counter() - begin
    db.session.remove()
    with _sampled(run_id) as sample:
        begin = time.perf_counter()
        job.work_off(run_id)
        took = time.perf_counter() - begin
    label = kind.label.lower()
    yield Result(f"{label}: {expected:,} asked for", asked, "s", "")
    yield Result(f"{label}: a second", expected / took, "/s", "")
    yield from _course(label, sample, expected)
    rows = db.session.scalar(
        sa.select(sa.func.count()).where(RunItem.run_id == run_id, RunItem.bucket == BulkBucket.DONE.value)
    )
    yield Result(f"{label}: rows with their result", rows or 0, "", f"{expected:,}", None, "all", rows == expected)
    db.session.remove()
    return run_id


def _course(label: str, sample: Sample, expected: int) -> Iterator[Result]:
    """Whether the second half went as fast as the first, and what memory did from a tenth of the way on."""
    half = next((place for place, done in enumerate(sample.done) if done >= expected / 2), len(sample.done) // 2)
    ratio = half / max(len(sample.done) - half, 1)
    yield Result(f"{label}: pace of the second half", ratio, "", "first half", ratio, "≥ 0.8", ratio >= 0.8)
    start, most = sample.memory[len(sample.memory) // 10], max(sample.memory)
    ratio = most / start
    yield Result(f"{label}: most memory", most, "MB", f"{start:.0f} MB", ratio, "≤ 1.15", ratio <= 1.15)


@contextmanager
def _sampled(run_id: int) -> Iterator[Sample]:
    sample, stop, engine = Sample([], []), threading.Event(), db.engine
    process = psutil.Process()

    def watch() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            with engine.connect().execution_options(reading=True) as connection:
                sample.done.append(connection.scalar(sa.select(Run.done).where(Run.id == run_id)) or 0)
            sample.memory.append(process.memory_info().rss / MEGABYTE)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield sample
    finally:
        stop.set()
        thread.join()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bulk.sqlite3'}"
        return
    server = os.environ.get("BENCH_POSTGRES_URL") or os.environ.get("TEST_POSTGRES_URL")
    if not server:
        sys.exit("Name a PostgreSQL server in BENCH_POSTGRES_URL.")
    name = f"dockside_bulk_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

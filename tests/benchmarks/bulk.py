"""`python -m tests.benchmarks.bulk`: a bulk void and its restore as a worker does them, with time and memory.

The shipments are seeded practice data, all turned into packed ones that are with no provider.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
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
from webapp import create_app
from webapp.config import settings_from
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db
from webapp.models import Run
from webapp.queries.bulk_selections import Matching, OfRun, ids
from webapp.queries.invariants import violations
from webapp.queries.listing.criteria import Criteria
from webapp.queries.scope import EVERYWHERE
from webapp.services import accounts, bulk
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.seeding import seed
from webapp.statuses import BulkBucket, Permission, Role, RunKind

SAMPLE_SECONDS = 0.05
MEGABYTE = 1024 * 1024
_LOCAL = (
    "DELETE FROM provider_orders",
    "UPDATE fulfillments SET fulfilled_at = NULL, tracking_number = NULL, tracking_key = NULL, "
    "provider_account_id = NULL, provider_state = NULL, merged_submission = :no, "
    "status = CASE WHEN voided_at IS NULL THEN 'packed' ELSE status END",
)


@dataclass
class Sample:
    """Memory of this process in megabytes, and the share of the run that was done, over time."""

    memory: list[float]
    done: list[int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bulk", description=__doc__)
    parser.add_argument("--shipments", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), required=True)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_redis(Path(folder)) as redis_url,
        _database(options.database, Path(folder)) as url,
    ):
        given = {"DOCKSIDE_MODE": "test", "DATABASE_URL": url, "REDIS_URL": redis_url, "DOCKSIDE_VAR": folder}
        app = create_app(settings_from(given))
        context.application = lambda: app  # type: ignore[assignment]
        with app.app_context():
            _measure(options.shipments)
            db.session.remove()
            db.engine.dispose()
    return 0


def _measure(shipments: int) -> None:
    upgrade()
    seed(fulfillments=shipments * 5 // 4, random_seed=1)
    for statement in _LOCAL:
        db.session.execute(sa.text(statement), {"no": False} if ":no" in statement else {})
    db.session.commit()
    actor = Actor(accounts.add("benchmark", "only for measuring", Role.ADMIN))
    db.session.commit()
    everything = Matching(Criteria(scope=EVERYWHERE), "")
    voided = _run(RunKind.BULK_VOID, everything, actor)
    _run(RunKind.BULK_RESTORE, OfRun(voided, BulkBucket.DONE), actor)
    found = violations()
    print(f"rules of the domain broken: {len(found)}", *found[:5], sep="\n  ")


def _run(kind: RunKind, selection: Matching | OfRun, actor: Actor) -> int:
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
    run = db.session.get_one(Run, run_id)
    rate = expected / took
    print(f"{kind.label}: {expected:,} asked for in {asked:.2f} s, done in {took:.1f} s, {rate:,.0f} a second")
    print(f"  {run.state}: {run.message}")
    tenth = max(len(sample.memory) // 10, 1)
    print("  MB of memory over the run:", *(f"{one:.0f}" for one in sample.memory[::tenth]))
    print("  rows done at those moments:", *(f"{one:,}" for one in sample.done[::tenth]))
    db.session.remove()
    return run_id


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


if __name__ == "__main__":
    sys.exit(main())

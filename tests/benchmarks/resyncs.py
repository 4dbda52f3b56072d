"""A bulk resync at a provider that is far away, and what a run costs beside RQ's own job that does nothing.

Runs with `make bench`, or alone: `python -m tests.benchmarks --parts resyncs`.
"""

import contextlib
import logging
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from redis import Redis
from rq import Queue, Worker
from sqlalchemy.engine import URL

from jobs import asking, context
from jobs.worker import make_ready_to_fork
from tests.benchmarks import data
from tests.benchmarks.pages import Result
from tests.benchmarks.servers import ROOT, served
from tests.benchmarks.slow_provider import LATENCY
from tests.emptying import unguarded
from webapp.extensions import db
from webapp.models import (
    Activity,
    Fulfillment,
    IdempotencyKey,
    ProviderAccount,
    ProviderExchange,
    ProviderOrder,
    Run,
    RunItem,
    User,
)
from webapp.queries.bulk_selections import Chosen
from webapp.queue import BULK
from webapp.sandbox import SandboxControl
from webapp.sandbox.shipfusion import PASSWORD, USERNAME
from webapp.services import bulk, runs
from webapp.services.actors import SYSTEM, Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.credentials import encrypt
from webapp.statuses import Permission, ProviderOrderState, RunKind, RunState

ROWS = 1_000
WORKERS = 1
JOBS = 150
ROUNDS = 3
PATIENCE = 600.0  # Seconds.
_APPENDED = (RunItem, ProviderExchange, Activity, Run, ProviderOrder, ProviderAccount, IdempotencyKey)


def measure(url: URL, redis_url: str) -> list[Result]:
    """Every line about resyncs for one database, which exists and is seeded."""
    with data.application(url, redis_url) as app, _left_as_it_was() as ids:
        environment = {
            "DOCKSIDE_MODE": "test",
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "REDIS_URL": redis_url,
        }
        results = _bulk(ids, environment)
        context.application = lambda: app  # type: ignore[assignment]
        return [*results, *_wrapper(ids, redis_url)]


def _bulk(ids: Sequence[int], environment: dict[str, str]) -> list[Result]:
    with served("tests.benchmarks.slow_provider:app", {}, "/_control/") as port:
        _move_to(f"http://127.0.0.1:{port}", ids)
        user_id = db.session.scalar(sa.select(User.id).where(User.username == data.USERNAME)) or 0
        requested = bulk.request(
            KINDS[RunKind.BULK_RESYNC_FROM],
            Chosen(tuple(ids)),
            Terms(),
            expected=len(ids),
            key=uuid.uuid4().hex,
            actor=Actor(user_id),
            permissions=frozenset(Permission),
        )
        db.session.commit()
        command = [sys.executable, "-m", "jobs.worker", BULK]
        worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL)
        try:
            run = _finished(requested.run_id)
        finally:
            worker.terminate()
            worker.wait()
    seconds = (run.finished_at - run.started_at).total_seconds()
    ideal = WORKERS * asking.AT_ONCE / LATENCY
    ratio = len(ids) / seconds / ideal
    what = f"bulk resync of {len(ids):,}, {asking.AT_ONCE} calls at once, 50 ms each"
    against = f"{ideal:.0f}/s, as fast as the provider answers"
    return [Result(what, len(ids) / seconds, "/s", against, ratio, "≥ 0.8", ratio >= 0.8)]


def _move_to(address: str, ids: Sequence[int]) -> None:
    """Let the shipments be with an account at this address, which has an order for each."""
    account = ProviderAccount(
        kind="shipfusion",
        name=f"benchmark {uuid.uuid4().hex[:8]}",
        base_url=f"{address}/shipfusion",
        credentials=encrypt({"username": USERNAME, "password": PASSWORD}),
        settings={"warehouse": "IL", "calls_per_minute": 6_000},
    )
    db.session.add(account)
    db.session.flush()
    moved = sa.update(Fulfillment).where(Fulfillment.id.in_(ids)).values(provider_account_id=account.id)
    db.session.execute(moved, execution_options={"synchronize_session": False})
    rows = sa.select(Fulfillment.fulfillment_number, Fulfillment.id).where(Fulfillment.id.in_(ids))
    numbers = {number: id_ for number, id_ in db.session.execute(rows)}  # noqa: C416 - rows are no pairs to mypy.
    with SandboxControl(address) as control:
        external_ids = control.load("shipfusion", [{"number": number} for number in numbers])
    orders = [
        {
            "fulfillment_id": numbers[number],
            "provider_account_id": account.id,
            "external_id": external_id,
            "external_number": number,
            "state": ProviderOrderState.AWAITING.value,
        }
        for number, external_id in external_ids.items()
    ]
    db.session.execute(sa.insert(ProviderOrder), orders)
    db.session.commit()


def _finished(run_id: int) -> Run:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run = db.session.get_one(Run, run_id, populate_existing=True)
        db.session.expunge(run)
        db.session.rollback()  # An open transaction would keep the worker waiting on SQLite.
        if run.finished_at is not None:
            if run.state != RunState.SUCCEEDED:
                raise RuntimeError(f"The run ended as {run.state}: {run.message}")
            return run
        time.sleep(0.2)
    raise RuntimeError(f"The run was not over after {PATIENCE:.0f} seconds.")


def nothing() -> None:
    """RQ's own job."""


def nothing_as_a_run(run_id: int) -> None:
    """The same through our wrapper: claimed, beating, its outcome recorded."""
    context.perform(run_id, _end)


def _end(claim: runs.Claim) -> None:
    runs.finish(claim, RunState.SUCCEEDED, "Nothing was to be done.")
    db.session.commit()


def _wrapper(ids: Sequence[int], redis_url: str) -> list[Result]:
    """Jobs a second of the worker that operations starts, which forks for each; both in turn."""
    logging.getLogger("rq").setLevel(logging.WARNING)
    make_ready_to_fork()
    rates: dict[str, list[float]] = {"rq": [], "ours": []}
    with Redis.from_url(redis_url) as connection:
        for _ in range(ROUNDS):
            rates["rq"].append(_rate(connection, [(nothing, ())] * JOBS))
            asked = [_run_of(id_) for id_ in ids[:JOBS]]
            db.session.commit()
            rates["ours"].append(_rate(connection, [(nothing_as_a_run, (run_id,)) for run_id in asked]))
            _must_have_ended(asked)
    rq, ours = statistics.median(rates["rq"]), statistics.median(rates["ours"])
    return [
        Result("RQ's own job that does nothing, forking worker", rq, "/s", ""),
        Result("a run that does nothing", ours, "/s", "RQ's own", ours / rq, "≥ 0.5", ours / rq >= 0.5),
    ]


def _run_of(fulfillment_id: int) -> int:
    return runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=fulfillment_id, wakes=False)


def _must_have_ended(run_ids: Sequence[int]) -> None:
    ended = sa.select(sa.func.count()).where(Run.id.in_(run_ids), Run.state == RunState.SUCCEEDED.value)
    if db.session.scalar(ended) != len(run_ids):
        raise RuntimeError("Not every run that does nothing was done.")
    db.session.commit()


def _rate(connection: Redis, jobs: Sequence[tuple[object, tuple[int, ...]]]) -> float:
    queue = Queue("benchmark", connection=connection)
    for function, arguments in jobs:
        queue.enqueue(function, *arguments, result_ttl=0)
    worker = Worker([queue], connection=connection)
    db.session.remove()
    start = time.perf_counter()
    worker.work(burst=True, logging_level="WARNING")
    return len(jobs) / (time.perf_counter() - start)


@contextlib.contextmanager
def _left_as_it_was() -> Iterator[list[int]]:
    """Shipments that can be asked about; afterwards every row is what it was, and no row is new."""
    candidates = (
        sa.select(Fulfillment.id)
        .where(
            Fulfillment.voided_at.is_(None),
            Fulfillment.archived_at.is_(None),
            Fulfillment.provider_account_id.is_(None),
            Fulfillment.merged_submission.is_(sa.false()),
        )
        .order_by(Fulfillment.id.desc())
        .limit(ROWS)
    )
    ids = list(db.session.scalars(candidates))
    if len(ids) < ROWS:
        raise RuntimeError(f"Only {len(ids)} shipments can be resynced here; seed more.")
    rows = sa.select(Fulfillment.__table__).where(Fulfillment.id.in_(ids))
    before = [dict(row) for row in db.session.execute(rows).mappings()]
    marks = {model: db.session.scalar(sa.select(sa.func.max(model.id))) or 0 for model in _APPENDED}
    db.session.commit()
    try:
        yield ids
    finally:
        db.session.rollback()
        with unguarded(db.session.connection()):
            db.session.execute(sa.update(Fulfillment), before)
            for model, mark in marks.items():
                db.session.execute(sa.delete(model).where(model.id > mark))
        db.session.commit()

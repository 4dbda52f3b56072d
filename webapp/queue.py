"""The only place that names jobs: which path and which queue belong to a kind of run, and how workers are woken.

Redis is a bell, not a memory: what is to be done stands in the table of runs. A bell that cannot be rung is
written to the log, and the sweeper rings it again.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from sqlalchemy import event
from sqlalchemy.orm import Session as AnySession

from webapp.database import Session
from webapp.extensions import db, settings
from webapp.statuses import BULK_KINDS, RunKind

log = structlog.get_logger()

ACTIONS = "actions"
BULK = "bulk"
EXPORTS = "exports"
SCHEDULE = "schedule"
QUEUES = (ACTIONS, BULK, EXPORTS, SCHEDULE)
"""One worker process for each: RQ moves a job from a single queue atomically, from several it can lose one.

Bulk runs and exports take minutes and have queues of their own, so that what a person waits for is not behind one.
"""

REDIS_SECONDS = 1.0  # Redis stands next door; a request must not wait longer than this to ring the bell.
FAILED_JOB_SECONDS = 7 * 24 * 3600  # RQ's own note of a failure; the run's row says the same for good.
_WAITING = "runs_to_wake"


@dataclass(frozen=True)
class JobPath:
    """Where the work of a kind of run is found, and how long a worker may spend on one run."""

    path: str
    queue: str
    timeout: timedelta


JOBS: dict[RunKind, JobPath] = {
    # Three calls, each with up to 30 seconds of its own repeats, and as much again for a split order.
    RunKind.RESYNC_FROM_PROVIDER: JobPath("jobs.resyncs.from_provider", ACTIONS, timedelta(minutes=5)),
    # Reads the order, cancels it and reads it back, each with the repeats of a resync.
    RunKind.VOID: JobPath("jobs.voids.with_provider", ACTIONS, timedelta(minutes=8)),
    # A search, the order itself, reading it back with its parcels, each with up to 30 seconds of repeats.
    RunKind.CREATE_PROVIDER_ORDER: JobPath("jobs.fulfilling.create_provider_order", ACTIONS, timedelta(minutes=5)),
    # Reads the order, changes its lines by up to three calls and reads it back, each with its repeats.
    RunKind.RESYNC_TO_PROVIDER: JobPath("jobs.provider_operations.update_order", ACTIONS, timedelta(minutes=10)),
    # Reads the order, cancels it and reads it back, or reads once more what has left.
    RunKind.CANCEL_PROVIDER_ORDER: JobPath("jobs.provider_operations.cancel_order", ACTIONS, timedelta(minutes=8)),
    # Reads one list at the most, and asks for runs.
    RunKind.PROVIDER_NOTICE: JobPath("jobs.webhooks.work_off", ACTIONS, timedelta(minutes=3)),
    # Three reads, a call for each location and a read, each with up to 30 seconds of repeats.
    RunKind.SUBMIT_TO_CHANNEL: JobPath("jobs.channel.tell", ACTIONS, timedelta(minutes=8)),
    RunKind.TAKE_BACK_AT_CHANNEL: JobPath("jobs.channel.tell", ACTIONS, timedelta(minutes=8)),
    # A run that asks a provider for each of thousands of shipments goes on through the night.
    **{kind: JobPath("jobs.bulk.work_off", BULK, timedelta(hours=12)) for kind in BULK_KINDS},
    # Ten million rows take some minutes; a storage that hangs is not waited for all night.
    RunKind.EXPORT: JobPath("jobs.exports.write", EXPORTS, timedelta(hours=2)),
    # Ten thousand slips take a minute or less.
    RunKind.PACKING_SLIPS: JobPath("jobs.packing_slips.write", EXPORTS, timedelta(minutes=30)),
}


def enqueue_after_commit(kind: RunKind | str, run_id: int) -> None:
    """Wake a worker for this run once the current transaction is committed; never raises for Redis."""
    db.session().info.setdefault(_WAITING, []).append((RunKind(kind), run_id))


def asked_for() -> int:
    """How many runs wait for the commit of the current transaction."""
    return len(db.session().info.get(_WAITING, ()))


def forget_all_but(count: int) -> None:
    """Forget the runs asked for after so many: a savepoint took them back, and SQLite gives their ids anew."""
    del db.session().info.get(_WAITING, [])[count:]


def wake(runs: Iterable[tuple[RunKind, int]]) -> int:
    """Put these runs on their queues now; returns how many. What Redis does not take is left to the sweeper."""
    woken = 0
    for kind, run_id in runs:
        job = JOBS[kind]
        try:
            _queue(job.queue).enqueue(
                job.path,
                run_id,
                job_id=f"run-{run_id}-{uuid.uuid4().hex}",
                job_timeout=int(job.timeout.total_seconds()),
                result_ttl=0,
                failure_ttl=FAILED_JOB_SECONDS,
            )
            woken += 1
        except RedisError as error:
            log.warning("run_not_enqueued", run_id=run_id, error=str(error))
    return woken


def waiting_run_ids() -> set[int]:
    """The runs that stand on a queue in Redis; raises RedisError."""
    names = {job.queue for job in JOBS.values()}
    job_ids = [job_id for name in names for job_id in _queue(name).get_job_ids()]
    return {int(job_id.split("-")[1]) for job_id in job_ids if job_id.startswith("run-")}


def queue_lengths() -> dict[str, int]:
    """How many jobs wait on each queue; raises RedisError."""
    return {name: _queue(name).count for name in QUEUES}


@event.listens_for(Session, "after_commit")
def _wake_after_commit(session: AnySession) -> None:
    """SQLAlchemy also says "commit" when a savepoint is released, and what it held may still be rolled back."""
    if not session.in_nested_transaction():
        wake(session.info.pop(_WAITING, ()))


@event.listens_for(Session, "after_rollback")
def _forget_after_rollback(session: AnySession) -> None:
    """What a rolled-back savepoint asked for stays on the list: a worker that finds no row does nothing."""
    if not session.in_nested_transaction():
        session.info.pop(_WAITING, None)


def _queue(name: str) -> Queue:
    return Queue(name, connection=_connection(settings().redis_url))


@lru_cache(maxsize=4)
def _connection(redis_url: str) -> Redis:
    """One repeat without a pause: enough for a connection that Redis dropped while it was restarted."""
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )

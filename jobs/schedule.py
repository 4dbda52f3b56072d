"""`python -m jobs.schedule`: puts what runs by the clock on its queue. Everything in the table is safe to repeat.

RQ's own scheduler keeps the time; the loop around it is ours, because RQ's ends when Redis goes away.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq.cron import CronScheduler

from jobs import channel, export_schedules, polling, sweeper
from jobs.context import application
from jobs.redis_connection import RETRY_SECONDS
from webapp.errors import ConfigurationError
from webapp.extensions import settings
from webapp.queue import EXPORTS, SCHEDULE

log = structlog.get_logger()


@dataclass(frozen=True)
class Entry:
    """One thing that runs by the clock, how often, how long it may take, and which worker does it.

    What may take minutes is not for the worker of the schedule: the sweeper, on which runs of killed workers wait,
    would stand behind it.
    """

    job: Callable[[], None]
    every: timedelta
    timeout: timedelta
    queue: str = SCHEDULE


TABLE = (
    Entry(sweeper.sweep, every=timedelta(seconds=10), timeout=timedelta(minutes=1)),
    Entry(polling.poll, every=timedelta(minutes=1), timeout=timedelta(minutes=1)),
    Entry(polling.ask_again, every=timedelta(minutes=1), timeout=timedelta(minutes=1)),
    Entry(sweeper.delete_old_files, every=timedelta(hours=1), timeout=timedelta(minutes=30), queue=EXPORTS),
    Entry(channel.tell_due, every=timedelta(minutes=1), timeout=timedelta(minutes=1)),
    Entry(export_schedules.start_due, every=timedelta(seconds=30), timeout=timedelta(minutes=1)),
    Entry(sweeper.delete_old_records, every=timedelta(hours=1), timeout=timedelta(minutes=30), queue=EXPORTS),
)


def scheduler_for(connection: Redis) -> CronScheduler:
    """RQ's scheduler with the table in it."""
    scheduler = CronScheduler(connection=connection)
    for entry in TABLE:
        seconds = int(entry.every.total_seconds())
        scheduler.register(
            entry.job,
            queue_name=entry.queue,
            interval=seconds,
            job_timeout=int(entry.timeout.total_seconds()),
            ttl=seconds,  # Without a worker they must not pile up: the next one does the same work.
            result_ttl=0,
            failure_ttl=24 * 3600,
        )
    return scheduler


def keep_time(scheduler: CronScheduler, stop: threading.Event) -> None:
    """Enqueue whatever is due until told to stop; while Redis is away, try again every two seconds."""
    while not stop.is_set():
        try:
            scheduler.enqueue_jobs()
            scheduler.heartbeat()
            pause = scheduler.calculate_sleep_interval()
        except RedisError as error:
            log.warning("schedule_waits_for_redis", error=str(error))
            pause = RETRY_SECONDS
        stop.wait(pause)


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    try:
        app = application()
    except ConfigurationError as error:
        sys.stderr.write(f"The scheduler cannot start: {error.message}\n")
        return 1
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    logging.getLogger("rq").setLevel(logging.WARNING)  # A line every ten seconds would bury those that matter.
    with app.app_context():
        connection = Redis.from_url(settings().redis_url, socket_connect_timeout=5, socket_timeout=5)
    log.info("schedule_started", entries=len(TABLE))
    keep_time(scheduler_for(connection), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m jobs.worker QUEUE`: a worker process for one queue, which runs each job in a process of its own."""

import argparse
import os
import sys

import structlog
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from jobs.context import application
from jobs.redis_connection import connect
from webapp.errors import ConfigurationError
from webapp.extensions import db, settings
from webapp.queue import EXPORTS, QUEUES
from webapp.services import runs

log = structlog.get_logger()

STEPS_BACK = 10  # Pages have the processor before whoever writes files, who alone is as quick as ever.
LONGEST_PAUSE = 5.0  # RQ doubles its pause while Redis is away, up to a minute; people wait on the page.


def work(queue: str) -> int:
    """Work until SIGTERM or SIGINT. Ends with 1 when Redis went away in the middle of a job; start it again then.

    RQ itself waits for Redis while it is idle. What it was doing is not lost: the sweeper finds the run.
    """
    if queue == EXPORTS:
        os.nice(STEPS_BACK)
    with application().app_context():
        redis_url = settings().redis_url
        make_ready_to_fork()
    try:
        worker = Worker([queue], connection=connect(redis_url))
        worker.max_connection_wait_time = LONGEST_PAUSE
        log.info("worker_started", queue=queue)
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("worker_lost_redis", queue=queue, error=str(error))
        return 1
    return 0


def make_ready_to_fork() -> None:
    """Let the process of each job find the statements around every run compiled, and use no connection of ours."""
    engine = db.engine
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    try:
        runs.rehearse()
    except SQLAlchemyError as error:
        log.warning("worker_not_warmed_up", error=str(error))
    finally:
        db.session.remove()
        engine.dispose()


def main() -> int:
    """Read the queue's name from the command line; a wrong setting is one sentence and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description=__doc__)
    parser.add_argument("queue", choices=QUEUES)
    queue = parser.parse_args().queue
    try:
        return work(queue)
    except ConfigurationError as error:
        sys.stderr.write(f"The worker cannot start: {error.message}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

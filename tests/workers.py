"""Workers of the tests: one that works off a queue here and now, and processes as operations starts them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from time import monotonic, sleep

import psutil
from redis import Redis
from rq import Queue, SimpleWorker

from jobs.worker import work
from tests.processes import started
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Run
from webapp.queue import ACTIONS


class BurstWorker(SimpleWorker):
    """Works in this process until a queue is empty.

    It hears no commands from elsewhere: RQ often waits a whole second for the thread that listens to them to end.
    """

    def subscribe(self) -> None:
        """Do not listen."""


class SteadyWorker(BurstWorker):
    """The same for a thousand tests in a row: it begins once and performs what waits, each time it is told to."""

    def perform_all(self) -> None:
        while found := Queue.dequeue_any(self.queues, None, connection=self.connection):
            self.execute_job(*found)


def work_off(queue: str, redis: Redis) -> BurstWorker:
    """Do all that waits on a queue; gives the worker that has done it."""
    worker = BurstWorker([queue], connection=redis)
    worker.work(burst=True, logging_level="ERROR")
    return worker


@contextmanager
def worker(settings: Settings, queue: str = ACTIONS) -> Iterator[BaseProcess]:
    """A worker process as operations starts it."""
    process = started(settings, work, queue)
    try:
        yield process
    finally:
        kill(process)


def kill(process: BaseProcess) -> None:
    """Kill the worker and the process of its job, which RQ gives a process group of its own."""
    if process.is_alive():
        alive = psutil.Process(process.pid)
        for one in (alive, *alive.children()):
            with suppress(psutil.NoSuchProcess):  # A job's process may have ended by itself in this moment.
                one.kill()
    process.join()


def wait_until(is_so: Callable[[], bool], seconds: float = 40) -> None:
    deadline = monotonic() + seconds
    while not is_so():
        assert monotonic() < deadline, "it did not come to pass in time"
        sleep(0.02)


def stored(run_id: int) -> Run:
    """The run as it now stands; the transaction is ended, since an open one keeps others waiting on SQLite."""
    db.session.rollback()
    run = db.session.get_one(Run, run_id)
    db.session.refresh(run)
    db.session.expunge(run)
    db.session.rollback()
    return run

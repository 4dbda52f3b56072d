"""A worker that kills itself, as an outage would, at a named point of a void with its order at a provider.

It is forked from a server that has imported everything already, which is many times quicker than to begin anew.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn

from rq import SimpleWorker

from jobs import voids as job
from jobs.context import application
from jobs.redis_connection import connect
from webapp.extensions import settings
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.queue import ACTIONS
from webapp.services import bulk_provider_voids, voids_run, voids_settle

Function = Callable[..., Any]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def before(function: Function) -> Function:
    @wraps(function)
    def dies(*_: Any, **__: Any) -> NoReturn:
        _die()

    return dies


def after(function: Function) -> Function:
    @wraps(function)
    def dies(*args: Any, **named: Any) -> NoReturn:
        function(*args, **named)
        _die()

    return dies


POINTS: dict[str, tuple[Any, str, Callable[[Function], Function]]] = {
    "before asking": (voids_run, "ask", before),
    "after asking": (ShipHeroAdapter, "cancel_order", before),
    "after the cancellation": (ShipHeroAdapter, "cancel_order", after),
    "before the transaction": (voids_settle, "settle", before),
    "before the commit": (voids_settle, "settle", after),
    "after the commit": (job, "_with_provider", after),
}
IN_BULK: dict[str, tuple[Any, str, Callable[[Function], Function]]] = {
    "before asking": (bulk_provider_voids, "ask", before),
    "after the cancellation": (ShipHeroAdapter, "cancel_order", after),
    "before the commit": (bulk_provider_voids, "settle", after),
}


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives that")


def die_at(queue: str, point: str, environment: Mapping[str, str]) -> int | None:
    """Let a worker begin with the runs that wait on a queue until it dies; its exit code, -SIGKILL if it did."""
    worker = _forks.Process(target=_work, args=(queue, point, dict(environment)))
    worker.start()
    worker.join()
    return worker.exitcode


def _work(queue: str, point: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    owner, name, dying = (POINTS if queue == ACTIONS else IN_BULK)[point]
    setattr(owner, name, dying(getattr(owner, name)))
    with application().app_context():
        redis_url = settings().redis_url
    SimpleWorker([queue], connection=connect(redis_url)).work(burst=True, logging_level="ERROR")

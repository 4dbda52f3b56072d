"""A worker that kills itself, as an outage would, at a named point of a void, an export or packing slips."""

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from jobs import exports as exports_job
from jobs import packing_slips as slips_job
from jobs import voids as job
from jobs.context import application
from jobs.redis_connection import connect
from tests.processes import started
from tests.workers import work_off
from webapp.config import Settings
from webapp.extensions import settings as current_settings
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.queue import ACTIONS, BULK, EXPORTS
from webapp.services import bulk_provider_voids, exports_run, packing_slips_run, voids_run, voids_settle
from webapp.services.export_files.xlsx_small import SmallXlsx
from webapp.services.slip_files import Document

Function = Callable[..., Any]


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
IN_EXPORTS: dict[str, tuple[Any, str, Callable[[Function], Function]]] = {
    "in the middle of the file": (SmallXlsx, "close", before),
    "after the file": (exports_run, "settle", before),
    "before the commit": (exports_run, "settle", after),
    "after the commit": (exports_job, "_write", after),
}
IN_SLIPS: dict[str, tuple[Any, str, Callable[[Function], Function]]] = {
    "in the middle of the slips": (Document, "close", before),
    "after the slips": (packing_slips_run, "settle", before),
    "before they are offered": (packing_slips_run, "settle", after),
    "before any is marked": (packing_slips_run, "mark_some", before),
    "before the marks are committed": (packing_slips_run, "mark_some", after),
    "after all are marked": (slips_job, "_write", after),
}
_POINTS_OF = {ACTIONS: POINTS, BULK: IN_BULK, EXPORTS: IN_EXPORTS | IN_SLIPS}


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives that")


def die_at(queue: str, point: str, settings: Settings) -> bool:
    """Let a worker begin with the runs that wait on a queue until it dies; says whether it was by SIGKILL."""
    worker = started(settings, _work, queue, point)
    worker.join()
    return worker.exitcode == -signal.SIGKILL


def _work(queue: str, point: str) -> None:
    owner, name, dying = _POINTS_OF[queue][point]
    setattr(owner, name, dying(getattr(owner, name)))
    with application().app_context():
        redis_url = current_settings().redis_url
    work_off(queue, connect(redis_url))

"""Processes that kill themselves, as an outage would, at a named point.

Workers in the middle of a void, a sending to a provider, an export or packing slips; and whoever asked for work,
between the commit and the bell that wakes a worker.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import httpx

from jobs import bulk as bulk_job
from jobs import exports as exports_job
from jobs import fulfilling as sending_job
from jobs import packing_slips as slips_job
from jobs import voids as job
from jobs.context import application
from jobs.redis_connection import connect
from tests.processes import started
from tests.workers import work_off
from webapp import queue as bell
from webapp.config import Settings
from webapp.extensions import db
from webapp.extensions import settings as current_settings
from webapp.providers.addresses import CheckedTransport
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.queue import ACTIONS, BULK, EXPORTS
from webapp.services import (
    bulk_provider_voids,
    exports_run,
    fulfilling_send,
    fulfilling_settle,
    packing_slips_run,
    voids_run,
    voids_settle,
)
from webapp.services.export_files.xlsx_small import SmallXlsx
from webapp.services.slip_files import Document

REPEATS = int(os.environ.get("KILL_REPEATS", "1"))

Function = Callable[..., Any]
Point = tuple[Any, str, Callable[[Function], Function]]


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


def during(words: bytes) -> Callable[[Function], Function]:
    """At the call with these words in it: the provider has done its work, and its answer is being received."""

    def wrap(handle_request: Function) -> Function:
        @wraps(handle_request)
        def dies(transport: httpx.BaseTransport, request: httpx.Request) -> httpx.Response:
            response: httpx.Response = handle_request(transport, request)
            if words in request.url.raw_path + request.content:
                _die()
            return response

        return dies

    return wrap


POINTS: dict[str, Point] = {
    "before asking": (voids_run, "ask", before),
    "after asking": (ShipHeroAdapter, "cancel_order", before),
    "in the cancellation": (CheckedTransport, "handle_request", during(b"CancelOrder")),
    "after the cancellation": (ShipHeroAdapter, "cancel_order", after),
    "before the transaction": (voids_settle, "settle", before),
    "before the commit": (voids_settle, "settle", after),
    "after the commit": (job, "_with_provider", after),
}
IN_BULK: dict[str, Point] = {
    "before asking": (bulk_provider_voids, "ask", before),
    "in the cancellation": (CheckedTransport, "handle_request", during(b"CancelOrder")),
    "after the cancellation": (ShipHeroAdapter, "cancel_order", after),
    "before the commit": (bulk_provider_voids, "settle", after),
    "between two rows": (bulk_job, "_settled", after),
}
IN_SENDING: dict[str, Point] = {
    "before sending": (fulfilling_send, "ask", before),
    "in the sending": (CheckedTransport, "handle_request", during(b"/orders/createorder")),
    "after the creation": (ShipStationAdapter, "create_order", after),
    "before it is written": (fulfilling_settle, "settle", before),
    "before that is committed": (fulfilling_settle, "settle", after),
    "after that is committed": (sending_job, "_create_provider_order", after),
}
IN_EXPORTS: dict[str, Point] = {
    "in the middle of the file": (SmallXlsx, "close", before),
    "after the file": (exports_run, "settle", before),
    "before the commit": (exports_run, "settle", after),
    "after the commit": (exports_job, "_write", after),
}
IN_SLIPS: dict[str, Point] = {
    "in the middle of the slips": (Document, "close", before),
    "after the slips": (packing_slips_run, "settle", before),
    "before they are offered": (packing_slips_run, "settle", after),
    "before any is marked": (packing_slips_run, "mark_some", before),
    "before the marks are committed": (packing_slips_run, "mark_some", after),
    "after all are marked": (slips_job, "_write", after),
}
BEFORE_COMMIT = "before the commit"
ASKING = (BEFORE_COMMIT, "after the commit, before a worker is woken")
_POINTS_OF = {ACTIONS: POINTS | IN_SENDING, BULK: IN_BULK, EXPORTS: IN_EXPORTS | IN_SLIPS}


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody outlives that")


def die_at(queue: str, point: str, settings: Settings) -> bool:
    """Let a worker begin with the runs that wait on a queue until it dies; says whether it was by SIGKILL."""
    worker = started(settings, _work, queue, point)
    worker.join()
    return worker.exitcode == -signal.SIGKILL


def die_asking(settings: Settings, point: str, service: Function, *args: Any) -> bool:
    """Let a process call a service and die as it commits, at one of `ASKING`; says whether it was by SIGKILL."""
    process = started(settings, _ask, point, service, args)
    process.join()
    return process.exitcode == -signal.SIGKILL


def _ask(point: str, service: Function, args: tuple[Any, ...]) -> None:
    bell.wake = before(bell.wake)
    with application().app_context():
        service(*args)
        if point == BEFORE_COMMIT:
            _die()
        db.session.commit()


def _work(queue: str, point: str) -> None:
    owner, name, dying = _POINTS_OF[queue][point]
    setattr(owner, name, dying(getattr(owner, name)))
    with application().app_context():
        redis_url = current_settings().redis_url
    work_off(queue, connect(redis_url))

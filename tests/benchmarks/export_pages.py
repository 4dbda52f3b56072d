"""What people wait for: the list while a worker writes a file, and a small file from the click to its end.

Runs with `make bench`, or alone: `python -m tests.benchmarks --parts waiting beside`.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import URL

from tests.benchmarks import data
from tests.benchmarks.measuring import WARM_UP, Target
from tests.benchmarks.pages import Result
from tests.benchmarks.servers import ROOT, contestants, sign_in
from webapp.extensions import db
from webapp.models import Export, IdempotencyKey, Run, User
from webapp.queries.accounts import Person, active_person
from webapp.queries.export_columns import ALL_KEYS
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE
from webapp.queue import EXPORTS
from webapp.services import exports
from webapp.services.exports import Order
from webapp.services.preferences import ExportPreferences
from webapp.statuses import UNFINISHED_RUN_STATES, ExportFormat, ExportMode, ExportScope, RunState

AT_A_TIME = 100  # Looks with the worker at work, and then as many while it is held.
WATCHED_OF_FEW, WATCHED_OF_ALL = 5, 1  # Exports: a short one gives a few hundred looks.
SMALL = 5_000
CLICKS = 10
PATIENCE = 600.0  # Seconds.
_HIDDEN = re.compile(r'name="(csrf_token|idempotency_key)"[^>]*value="([^"]+)"')


def measure(url: URL, redis_url: str) -> Iterator[Result]:
    """Every line for a database of a hundred thousand shipments."""
    with _running(url, redis_url) as (page, worker):
        for format_ in (ExportFormat.XLSX, ExportFormat.CSV):
            for mode in (ExportMode.SUMMARY, ExportMode.LINE_ITEMS):
                yield _small(page, format_, mode)
            yield from _beside_an_export(page, worker, format_, WATCHED_OF_FEW)


def beside(url: URL, redis_url: str, formats: Collection[ExportFormat]) -> Iterator[Result]:
    """The list while files of all shipments are written, which takes some minutes for each."""
    with _running(url, redis_url) as (page, worker):
        for format_ in formats:
            yield from _beside_an_export(page, worker, format_, WATCHED_OF_ALL)


def _beside_an_export(page: Target, worker: int, format_: ExportFormat, exports_watched: int) -> Iterator[Result]:
    """The list while the worker writes and while it is held, a hundred looks in turn, for as long as it has work.

    The machine's own p95 swings by half within minutes, so the looks without an export must not be of another one.
    """
    without: list[float] = []
    during: list[float] = []
    for _ in range(exports_watched):
        with _export(format_) as run_id:
            some = _times(page, AT_A_TIME)
            while _run(run_id).state == RunState.RUNNING.value:
                during += some
                with _held(worker):
                    without += _times(page, AT_A_TIME)
                some = _times(page, AT_A_TIME)
    if not during:
        raise RuntimeError("The file was ready before anybody had looked: take at least 100,000 shipments.")
    alone, written = _p95(without), _p95(during)
    what = f"list p95 during an export as {format_.value}, {len(during):,} looks"
    yield Result("list p95 while the worker is held", alone, "ms", "")
    yield Result(what, written, "ms", "held", written / alone, "≤ 1.5", written <= 1.5 * alone)


@contextmanager
def _held(worker: int) -> Iterator[None]:
    """Meanwhile the process of the worker's job stands still, and the database soon has nothing to do for it."""
    jobs = [int(job) for job in Path(f"/proc/{worker}/task/{worker}/children").read_text().split()]
    for job in jobs:
        os.kill(job, signal.SIGSTOP)
    try:
        yield
    finally:
        for job in jobs:
            os.kill(job, signal.SIGCONT)


@contextmanager
def _running(url: URL, redis_url: str) -> Iterator[tuple[Target, int]]:
    """The web server and a worker for exports over this database: the list to look at, and the worker's id."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contestants(url, redis_url, EXPORT_STORAGE=folder) as ports,
        data.application(url, redis_url),
        _worker(url, redis_url, folder) as worker,
    ):
        cookie = sign_in(ports["product"], data.USERNAME, data.PASSWORD)
        yield Target(ports["product"], "/fulfillments", cookie), worker


@contextmanager
def _worker(url: URL, redis_url: str, folder: str) -> Iterator[int]:
    environment = {
        "DOCKSIDE_MODE": "test",
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "REDIS_URL": redis_url,
        "EXPORT_STORAGE": folder,
    }
    command = [sys.executable, "-m", "jobs.worker", EXPORTS]
    worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait()


def _small(page: Target, format_: ExportFormat, mode: ExportMode) -> Result:
    """The file that a person is made to wait for, from the click to its last byte; the first one is for warmth."""
    of_lines = {ExportMode.SUMMARY: SMALL, ExportMode.LINE_ITEMS: SMALL // 3}  # Most have two or three lines.
    seconds = statistics.median([_clicked(page, format_, mode, of_lines[mode]) for _ in range(1 + CLICKS)][1:])
    what = f"{of_lines[mode]:,} shipments as {format_.value}, {mode.value}, from the click to the last byte"
    return Result(what, seconds, "s", "", None, "≤ 1", seconds <= 1)


def _clicked(page: Target, format_: ExportFormat, mode: ExportMode, shipments: int) -> float:
    """Fill the dialog in as a browser does, and give the seconds until the file is here; it is deleted then."""
    path = f"/fulfillments/export?{urlencode({'tab': 'all', 'filter[id.less_than_or_equal]': shipments})}"
    form: dict[str, Any] = {"order": ALL_KEYS, "shown": ALL_KEYS, "scope": ExportScope.FILTERED.value}
    form |= {"format": format_.value, "mode": mode.value}
    with httpx.Client(base_url=f"http://127.0.0.1:{page.port}", headers=page.headers, timeout=PATIENCE) as browser:
        form |= dict(_HIDDEN.findall(browser.get(path).text))
        begin = time.perf_counter()
        address = browser.post(path, data=form).headers["Location"]
        run_id = _run_of(address)
        if not address.endswith("/file"):  # It takes too long; the person is told when it is there.
            _wait(run_id, "the file was not made", lambda run: run.state not in UNFINISHED_RUN_STATES)
        else:
            browser.get(address).raise_for_status()
        seconds = time.perf_counter() - begin
    _forget(run_id, form["idempotency_key"])
    return seconds


def _run_of(address: str) -> int:
    """The run behind the address of a file, /exports/7/file, or of a run, /runs/7."""
    number = int(next(part for part in address.split("/") if part.isdecimal()))
    if "/runs/" in address:
        return number
    db.session.rollback()
    return db.session.scalars(sa.select(Export.run_id).where(Export.id == number)).one()


def _forget(run_id: int, key: str) -> None:
    db.session.rollback()
    db.session.execute(sa.delete(Export).where(Export.run_id == run_id))
    db.session.execute(sa.delete(Run).where(Run.id == run_id))
    db.session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.key == key))
    db.session.commit()


@contextmanager
def _export(format_: ExportFormat) -> Iterator[int]:
    """A run at work on its file; afterwards it is waited for, and nothing of it stays."""
    key = uuid.uuid4().hex
    file = ExportPreferences(format_, ExportMode.LINE_ITEMS, ALL_KEYS, has_mark=False)
    order = Order(file, ExportScope.ALL, Criteria(scope=EVERYWHERE, tab=Tab.ALL), Sort())
    run_id = exports.request_export(order, key=key, person=_person(), is_remembered=False)
    db.session.commit()
    try:
        # Not until it tells of its first rows, which it does a second later: a short file is done by then.
        _wait(run_id, "no worker took it", lambda run: run.state == RunState.RUNNING.value)
        yield run_id
        _wait(run_id, "it did not end", lambda run: run.state not in UNFINISHED_RUN_STATES)
    finally:
        _forget(run_id, key)


def _person() -> Person:
    user_id = db.session.scalar(sa.select(User.id).where(User.username == data.USERNAME))
    person = active_person(user_id or 0)
    if person is None:
        raise RuntimeError("The person of the benchmark is not there.")
    return person


def _run(run_id: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, run_id, populate_existing=True)


def _wait(run_id: int, why: str, is_so: Callable[[Run], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so(_run(run_id)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Within {PATIENCE:.0f} seconds {why}.")
        time.sleep(0.02)


def _times(page: Target, looks: int) -> list[float]:
    """Milliseconds of so many looks at the page."""
    connection, times = page.connect(), []
    for turn in range(WARM_UP + looks):
        begin = time.perf_counter()
        page.fetch(connection)
        if turn >= WARM_UP:
            times.append((time.perf_counter() - begin) * 1000)
    connection.close()
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]

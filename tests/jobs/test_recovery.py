"""A worker killed in the middle of a void, and the programs of operations started again, by their own clocks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import psutil
import pytest
from redis import Redis

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.test_voids import void
from tests.jobs.test_voids_crashes import assert_each_once, parcels
from tests.jobs.test_voids_shiphero import CANCEL
from tests.processes import environment_of
from tests.workers import stored, wait_until
from webapp.config import ROOT, Settings
from webapp.extensions import db
from webapp.models import ProviderAccount
from webapp.queue import ACTIONS, SCHEDULE
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.services.actors import Actor
from webapp.statuses import RunState

RECOVERED_WITHIN = 30.0
WORKER = ["jobs.worker", ACTIONS]
PROGRAMS = (WORKER, ["jobs.worker", SCHEDULE], ["jobs.schedule"])


@contextmanager
def running(settings: Settings, *programs: list[str]) -> Iterator[None]:
    """The programs as operations starts them; at the end they and the processes of their jobs are killed."""
    environment = os.environ | environment_of(settings)
    environment.pop("RUN_STALE_SECONDS", None)
    started = [
        subprocess.Popen([sys.executable, "-m", *program], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for program in programs
    ]
    try:
        yield
    finally:
        for program in started:
            with suppress(psutil.NoSuchProcess):  # A job's process may have ended by itself in this moment.
                for process in psutil.Process(program.pid).children(recursive=True):
                    process.kill()
            program.kill()
        for program in started:
            program.wait()


@pytest.mark.slow
def test_a_void_whose_worker_was_killed_is_over_half_a_minute_after_the_start(
    settings: Settings, redis: Redis, make: Factory, hero: ProviderAccount, cast: Cast, sandbox: SandboxControl
) -> None:
    [shipment] = parcels(make, hero, sandbox, 1)
    shipment.polled_at = now()  # The clock has nothing to ask about it meanwhile.
    sandbox.fault("shiphero", Fault.SILENCE, path=CANCEL, seconds=60)
    run_id = void(shipment, Actor(cast.supervisor.id), None).id
    db.session.rollback()  # On SQLite nobody else can write while a transaction is open.
    with running(settings, WORKER):
        wait_until(lambda: CANCEL in {seen.path for seen in sandbox.requests("shiphero")})
        first_beat = stored(run_id).heartbeat_at
        wait_until(lambda: stored(run_id).heartbeat_at != first_beat)  # The fresher, the later it is missed.
    assert stored(run_id).state == RunState.RUNNING

    begun = monotonic()
    with running(settings, *PROGRAMS):
        wait_until(lambda: stored(run_id).state not in {RunState.QUEUED, RunState.RUNNING}, RECOVERED_WITHIN)
        seconds = monotonic() - begun
    print(f"over after {seconds:.1f} s")
    run = stored(run_id)
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 2)
    db.session.rollback()
    assert_each_once([shipment], sandbox)

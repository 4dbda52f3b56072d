from typing import Any

import psutil
import pytest
from flask import Flask
from redis import Redis
from rq import Queue, Worker
from rq.utils import import_attribute

from tests.factories import Factory
from tests.workers import wait_until, worker
from webapp import queue
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.queue import ACTIONS, EXPORTS, JOBS, QUEUES
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.statuses import RunKind, RunState

KIND = RunKind.RESYNC_FROM_PROVIDER


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    return make.shipment()


@pytest.mark.parametrize(("name", "steps_back"), [(EXPORTS, 10), (ACTIONS, 0)])
def test_who_writes_files_lets_pages_have_the_processor(
    settings: Settings, redis: Redis, name: str, steps_back: int
) -> None:
    before = psutil.Process().nice()
    with worker(settings, name) as process:
        wait_until(lambda: Worker.count(connection=redis) == 1)
        assert psutil.Process(process.pid).nice() == min(before + steps_back, 19)


def waiting(redis: Redis) -> list[tuple[str, tuple[Any, ...]]]:
    return [(job.func_name, job.args) for job in Queue(ACTIONS, connection=redis).get_jobs()]


def test_every_kind_of_run_has_a_job_that_exists_and_a_queue_with_a_worker() -> None:
    assert set(JOBS) == set(RunKind)
    for job in JOBS.values():
        assert callable(import_attribute(job.path))
        assert job.queue in QUEUES


def test_a_worker_is_woken_when_the_transaction_is_committed(redis: Redis, shipment: Fulfillment) -> None:
    run_id = runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
    assert waiting(redis) == []
    db.session.commit()
    assert waiting(redis) == [("jobs.resyncs.from_provider", (run_id,))]
    assert queue.waiting_run_ids() == {run_id}
    db.session.commit()
    assert len(waiting(redis)) == 1


def test_nobody_is_woken_when_a_savepoint_is_released(redis: Redis, shipment: Fulfillment) -> None:
    with db.session.begin_nested():
        runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
    assert waiting(redis) == []
    db.session.commit()
    assert len(waiting(redis)) == 1


def test_nobody_is_woken_for_what_was_rolled_back(redis: Redis, shipment: Fulfillment) -> None:
    shipment_id = shipment.id
    runs.request(KIND, SYSTEM, fulfillment_id=shipment_id)
    db.session.rollback()
    db.session.commit()
    assert waiting(redis) == []


def test_a_rolled_back_savepoint_does_not_silence_the_rest(redis: Redis, shipment: Fulfillment) -> None:
    run_id = runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
    db.session.begin_nested().rollback()
    db.session.commit()
    assert waiting(redis) == [("jobs.resyncs.from_provider", (run_id,))]


def test_without_redis_the_run_is_accepted_and_waits(
    app: Flask, shipment: Fulfillment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_connection", lambda _: Redis(unix_socket_path="/nonexistent/redis.sock"))
    run_id = runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
    db.session.commit()
    assert db.session.get_one(Run, run_id).state == RunState.QUEUED

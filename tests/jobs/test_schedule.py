import threading
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue
from rq.utils import import_attribute

from jobs import channel, context, export_schedules, polling, schedule, sweeper
from tests.workers import work_off
from webapp.queue import EXPORTS, QUEUES, SCHEDULE


def test_everything_on_the_table_can_be_found_by_a_worker() -> None:
    assert SCHEDULE in QUEUES
    for entry in schedule.TABLE:
        path = f"{entry.job.__module__}.{entry.job.__qualname__}"
        assert import_attribute(path) is entry.job
        assert entry.every >= timedelta(seconds=1)


def test_what_is_due_is_enqueued_and_a_worker_does_it(
    app: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (channel, export_schedules, polling, sweeper):
        monkeypatch.setattr(module, "application", lambda: app)
    schedule.scheduler_for(redis).enqueue_jobs()
    assert Queue(SCHEDULE, connection=redis).count + Queue(EXPORTS, connection=redis).count == len(schedule.TABLE)
    for name in (SCHEDULE, EXPORTS):
        worker = work_off(name, redis)
        assert worker.failed_job_count == 0
        assert Queue(name, connection=redis).failed_job_registry.count == 0
        assert Queue(name, connection=redis).count == 0


def test_the_sweeper_never_stands_behind_what_may_take_minutes() -> None:
    deletions = {sweeper.delete_old_files, sweeper.delete_old_records}
    assert {entry.job for entry in schedule.TABLE if entry.queue == EXPORTS} == deletions
    behind = {entry.timeout for entry in schedule.TABLE if entry.queue == SCHEDULE}
    assert max(behind) <= timedelta(minutes=1)


class Flaky:
    """A scheduler whose Redis is away at first."""

    def __init__(self, stop: threading.Event) -> None:
        self.tries = 0
        self.stop = stop

    def enqueue_jobs(self) -> None:
        self.tries += 1
        if self.tries < 3:
            raise RedisConnectionError("away")

    def heartbeat(self) -> None:
        self.stop.set()

    def calculate_sleep_interval(self) -> float:
        return 0


def test_the_scheduler_comes_back_by_itself_when_redis_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "RETRY_SECONDS", 0.01)
    stop = threading.Event()
    flaky = Flaky(stop)
    schedule.keep_time(flaky, stop)  # type: ignore[arg-type]
    assert flaky.tries == 3


def test_the_application_is_made_once() -> None:
    assert context.application.cache_info().maxsize == 1

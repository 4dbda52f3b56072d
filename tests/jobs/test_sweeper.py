from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import context, schedule, sweeper
from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.together import together
from webapp import queue
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment, IdempotencyKey, ProviderAccount, ProviderExchange, Run, RunItem
from webapp.schema import now
from webapp.services import history, runs, runs_sweep_old
from webapp.services.actors import SYSTEM
from webapp.services.runs import MAX_ATTEMPTS, Claim
from webapp.statuses import ActivityEvent, ExchangeOutcome, RunKind, RunState

KIND = RunKind.RESYNC_FROM_PROVIDER


@pytest.fixture(autouse=True)
def _application(app: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "application", lambda: app)
    monkeypatch.setattr(sweeper, "application", lambda: app)


@pytest.fixture
def run(make: Factory) -> Run:
    run_id = runs.request(KIND, SYSTEM, fulfillment_id=make.shipment().id)
    db.session.commit()
    return db.session.get_one(Run, run_id)


def sweep() -> None:
    db.session.commit()
    sweeper.sweep()
    db.session.expire_all()


def dying_worker(run: Run, *, attempts: int = 1) -> Claim:
    """A worker that claimed the run and has not been heard of for a minute."""
    claim = runs.claim(run.id)
    assert claim is not None
    run.heartbeat_at = now() - timedelta(minutes=1)
    run.attempts = attempts
    db.session.commit()
    return claim


def test_a_run_that_redis_forgot_is_woken_again(run: Run, redis: Redis) -> None:
    redis.flushall()
    sweep()
    assert queue.waiting_run_ids() == {run.id}


def test_a_run_that_redis_knows_is_not_woken_twice(run: Run, redis: Redis) -> None:
    sweep()
    assert redis.llen("rq:queue:actions") == 1


def test_a_run_is_not_woken_before_it_is_due(run: Run, redis: Redis) -> None:
    redis.flushall()
    run.due_at = now() + timedelta(minutes=1)
    sweep()
    assert queue.waiting_run_ids() == set()


def test_a_run_whose_worker_died_is_started_again(run: Run, redis: Redis) -> None:
    redis.flushall()
    dying_worker(run)
    sweep()
    assert (run.state, run.claim, run.attempts) == (RunState.QUEUED, None, 1)
    assert run.message == "Its worker stopped, so another one starts it again."
    assert queue.waiting_run_ids() == {run.id}


def test_a_run_whose_worker_lives_is_left_alone(run: Run) -> None:
    claim = runs.claim(run.id)
    sweep()
    assert claim is not None
    assert (run.state, run.claim) == (RunState.RUNNING, claim.token)


def test_a_run_that_kills_every_worker_is_given_up(run: Run) -> None:
    dying_worker(run, attempts=MAX_ATTEMPTS)
    sweep()
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "stopped in the middle of this 5 times" in run.message
    assert run.finished_at is not None


def test_a_run_that_was_to_be_cancelled_when_its_worker_died_is_cancelled(run: Run) -> None:
    dying_worker(run)
    runs.cancel(run.id, SYSTEM)
    sweep()
    assert run.state == RunState.CANCELLED


def test_several_sweepers_at_once_do_no_more_than_one(app: Flask, run: Run, redis: Redis) -> None:
    redis.flushall()
    dying_worker(run)
    together(app, 4, lambda _: sweeper.sweep())
    db.session.expire_all()
    assert (run.state, run.attempts) == (RunState.QUEUED, 1)


def test_an_accepted_action_is_done_once_redis_is_back(
    shipment: Fulfillment, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_connection", lambda _: Redis(unix_socket_path="/nonexistent/redis.sock"))
        run_id = runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
        db.session.commit()
    drain()
    assert db.session.get_one(Run, run_id).state == RunState.QUEUED
    sweep()
    drain()
    assert db.session.get_one(Run, run_id).state == RunState.SUCCEEDED


def test_old_exchanges_and_keys_are_deleted_and_young_ones_stay(
    make: Factory, cast: Cast, account: ProviderAccount
) -> None:
    for age in (timedelta(days=29), timedelta(days=31)):
        make._save(
            ProviderExchange(
                provider_account_id=account.id,
                operation="Fetch order",
                method="GET",
                url="http://127.0.0.1/",
                duration_ms=1,
                outcome=ExchangeOutcome.CONFIRMED.value,
                occurred_at=now() - age,
            )
        )
    for days in (6, 8):
        key = {"user_id": cast.viewer.id, "key": f"key-{days}", "fingerprint": "f"}
        make._save(IdempotencyKey(**key, created_at=now() - timedelta(days=days)))
    sweeper.delete_old_records()
    assert db.session.scalar(sa.select(sa.func.count(ProviderExchange.id))) == 1
    assert list(db.session.scalars(sa.select(IdempotencyKey.key))) == ["key-6"]


def test_old_runs_of_the_clock_are_deleted_where_nothing_refers_to_them(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_sweep_old, "BATCH", 2)
    shipment = make.shipment()
    old, young = now() - timedelta(days=31), now() - timedelta(days=29)
    poll: dict[str, Any] = {"kind": RunKind.BULK_RESYNC_FROM, "state": RunState.SUCCEEDED, "finished_at": old}
    for _ in range(5):  # More than two batches.
        gone = make._save(Run(**poll))
        make._save(RunItem(run_id=gone.id, fulfillment_id=shipment.id, bucket="done", finished_at=old))
    make._save(Run(**poll | {"kind": RunKind.SUBMIT_TO_CHANNEL, "state": RunState.FAILED}))
    kept = [
        Run(**poll | {"finished_at": young}),
        Run(**poll | {"requested_by_id": cast.operator.id}),
        Run(**poll | {"kind": RunKind.SUBMIT_TO_CHANNEL, "state": RunState.UNKNOWN}),
        Run(**poll | {"state": RunState.RUNNING, "finished_at": None}),
        Run(**poll | {"kind": RunKind.EXPORT}),
        Run(**poll),
        Run(**poll),
    ]
    for run in kept:
        make._save(run)
    told_of, retried = kept[-2:]
    history.record(shipment, ActivityEvent.RESYNCED, SYSTEM, run_id=told_of.id)
    kept.append(make._save(Run(**poll | {"retry_of_id": retried.id, "finished_at": young})))
    expected = {run.id for run in kept}
    db.session.commit()

    sweeper.delete_old_records()
    sweeper.delete_old_records()

    assert set(db.session.scalars(sa.select(Run.id))) == expected
    assert db.session.scalar(sa.select(sa.func.count(RunItem.id))) == 0


def test_the_run_of_a_dead_worker_is_taken_over_well_within_half_a_minute(settings: Settings) -> None:
    """Five seconds are left for the sweep, the start of a worker and the work; test_recovery.py has it done."""
    [every] = [entry.every for entry in schedule.TABLE if entry.job is sweeper.sweep]
    assert settings.run_stale_after + every <= timedelta(seconds=25)

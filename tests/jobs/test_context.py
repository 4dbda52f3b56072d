import threading
from datetime import timedelta
from time import monotonic, sleep

import pytest
from flask import Flask
from redis import Redis
from rq.timeouts import JobTimeoutException

from jobs import context
from tests.factories import Factory
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.schema import now
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.services.runs import Claim
from webapp.statuses import RunKind, RunState


@pytest.fixture(autouse=True)
def _application(app: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "application", lambda: app)


@pytest.fixture
def run(make: Factory) -> Run:
    run_id = runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=make.shipment().id)
    db.session.commit()
    return db.session.get_one(Run, run_id)


def again(run: Run) -> Run:
    db.session.expire_all()
    return run


def test_a_run_that_is_over_is_not_done_again(run: Run) -> None:
    run_id = run.id
    runs.cancel(run_id, SYSTEM)
    db.session.commit()
    done: list[Claim] = []
    context.perform(run_id, done.append)
    assert done == []


def test_a_refusal_ends_the_run_with_its_words(run: Run) -> None:
    def refuse(_: Claim) -> None:
        raise Refused("That cannot be.")

    run_id = run.id
    db.session.commit()
    context.perform(run_id, refuse)
    assert (again(run).state, run.message, run.can_retry) == (RunState.FAILED, "That cannot be.", False)


@pytest.mark.parametrize(
    ("error", "words"),
    [(RuntimeError("pop"), "Something broke"), (JobTimeoutException("late"), "This took too long")],
)
def test_the_unexpected_is_recorded_and_raised_again(run: Run, error: Exception, words: str) -> None:
    def fail(claim: Claim) -> None:
        db.session.get_one(Fulfillment, claim.fulfillment_id).carrier = "half done"
        db.session.flush()
        raise error

    run_id = run.id
    db.session.commit()
    with pytest.raises(type(error)):
        context.perform(run_id, fail)
    assert (again(run).state, run.can_retry) == (RunState.FAILED, True)
    assert run.message.startswith(words)
    assert type(error).__name__ in (run.technical_error or "")
    assert db.session.get_one(Fulfillment, run.fulfillment_id).carrier is None


def test_a_worker_that_lost_its_claim_writes_nothing(run: Run) -> None:
    def be_superseded(claim: Claim) -> None:
        db.session.get_one(Fulfillment, claim.fulfillment_id).carrier = "too late"
        db.session.get_one(Run, claim.run_id).claim = "somebody else"
        db.session.flush()
        runs.finish(claim, RunState.SUCCEEDED, "Too late.")

    run_id = run.id
    db.session.commit()
    context.perform(run_id, be_superseded)
    assert again(run).state == RunState.RUNNING
    assert db.session.get_one(Fulfillment, run.fulfillment_id).carrier is None


def test_a_worker_beats_while_it_works_and_stops_beating_afterwards(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "BEAT_SECONDS", 0.05)
    long_ago = now() - timedelta(hours=1)

    def work(claim: Claim) -> None:
        db.session.get_one(Run, claim.run_id).heartbeat_at = long_ago
        db.session.commit()
        deadline = monotonic() + 20
        while db.session.get_one(Run, claim.run_id).heartbeat_at == long_ago and monotonic() < deadline:
            db.session.rollback()
            sleep(0.05)
        db.session.rollback()
        runs.finish(claim, RunState.SUCCEEDED, "Done.")
        db.session.commit()

    run_id = run.id
    db.session.commit()
    before = threading.active_count()
    context.perform(run_id, work)
    assert again(run).heartbeat_at is not None
    assert run.heartbeat_at > long_ago
    assert threading.active_count() == before

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.together import together
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.queries.scope import Scope
from webapp.schema import now
from webapp.services import runs
from webapp.services.actors import SYSTEM, Actor
from webapp.services.runs import Claim, ClaimLost
from webapp.statuses import RunKind, RunState

KIND = RunKind.RESYNC_FROM_PROVIDER


@pytest.fixture
def run_id(make: Factory) -> int:
    run_id = runs.request(KIND, SYSTEM, fulfillment_id=make.shipment().id)
    db.session.commit()
    return run_id


def claimed(run_id: int) -> Claim:
    claim = runs.claim(run_id)
    db.session.commit()
    assert claim is not None
    return claim


def row(run_id: int) -> Run:
    db.session.expire_all()
    return db.session.get_one(Run, run_id)


def test_asking_again_while_a_run_is_unfinished_gives_that_run(make: Factory) -> None:
    shipment = make.shipment()
    first = runs.request(KIND, SYSTEM, fulfillment_id=shipment.id)
    assert runs.request(KIND, SYSTEM, fulfillment_id=shipment.id) == first
    db.session.commit()
    claim = claimed(first)
    assert runs.request(KIND, SYSTEM, fulfillment_id=shipment.id) == first
    runs.finish(claim, RunState.SUCCEEDED, "Done.")
    db.session.commit()
    assert runs.request(KIND, SYSTEM, fulfillment_id=shipment.id) != first


def test_many_who_ask_at_once_get_one_run(app: Flask, make: Factory) -> None:
    shipment_id = make.shipment().id

    def ask(_: int) -> int:
        run_id = runs.request(KIND, SYSTEM, fulfillment_id=shipment_id)
        db.session.commit()
        return run_id

    assert len(set(together(app, 5, ask))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 1


def test_a_run_about_a_shipment_that_does_not_exist_is_an_error(app: Flask) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        runs.request(KIND, SYSTEM, fulfillment_id=4_711)
    db.session.rollback()


def test_one_of_many_workers_gets_the_run(app: Flask, run_id: int) -> None:
    def claim(_: int) -> Claim | None:
        claim = runs.claim(run_id)
        db.session.commit()
        return claim

    claims = together(app, 5, claim)
    assert len([claim for claim in claims if claim]) == 1
    assert (row(run_id).state, row(run_id).attempts) == (RunState.RUNNING, 1)


def test_a_run_is_not_claimed_before_it_is_due(run_id: int) -> None:
    row(run_id).due_at = now() + timedelta(minutes=1)
    db.session.commit()
    assert runs.claim(run_id) is None


def test_a_worker_thought_dead_cannot_overwrite_its_successor(run_id: int) -> None:
    dead = claimed(run_id)
    row(run_id).state = RunState.QUEUED.value
    db.session.commit()
    successor = claimed(run_id)
    for late in (
        lambda: runs.finish(dead, RunState.FAILED, "Too late."),
        lambda: runs.postpone(dead, now(), "Too late."),
        lambda: runs.hold(dead),
    ):
        with pytest.raises(ClaimLost):
            late()
        db.session.rollback()
    runs.finish(successor, RunState.SUCCEEDED, "Done.", result={"rows": 1})
    db.session.commit()
    with pytest.raises(ClaimLost):
        runs.finish(successor, RunState.FAILED, "Twice.")
    db.session.rollback()
    assert (row(run_id).message, row(run_id).result, row(run_id).attempts) == ("Done.", {"rows": 1}, 2)


def test_a_run_cannot_end_in_a_state_that_is_no_end(run_id: int) -> None:
    with pytest.raises(ValueError, match="no way for a run to end"):
        runs.finish(claimed(run_id), RunState.QUEUED, "")


def test_a_postponed_run_waits_until_it_is_due(run_id: int) -> None:
    until = now() + timedelta(minutes=1)
    runs.postpone(claimed(run_id), until, "Asked to wait.")
    db.session.commit()
    assert (row(run_id).state, row(run_id).claim, row(run_id).due_at) == (RunState.QUEUED, None, until)
    assert runs.claim(run_id) is None


def test_a_waiting_run_is_cancelled_at_once(run_id: int) -> None:
    assert runs.cancel(run_id, SYSTEM) is RunState.CANCELLED
    assert runs.cancel(run_id, SYSTEM) is RunState.CANCELLED
    db.session.commit()
    assert runs.claim(run_id) is None
    assert row(run_id).finished_at is not None


def test_a_working_run_is_told_to_stop(run_id: int) -> None:
    claim = claimed(run_id)
    assert runs.hold(claim) is RunState.RUNNING
    assert runs.cancel(run_id, SYSTEM) is RunState.CANCELLING
    assert runs.hold(claim) is RunState.CANCELLING


def test_a_run_that_is_over_cannot_be_cancelled(run_id: int) -> None:
    runs.finish(claimed(run_id), RunState.SUCCEEDED, "Done.")
    with pytest.raises(Refused, match="already over"):
        runs.cancel(run_id, SYSTEM)


def test_a_failed_run_is_repeated_as_a_new_run(run_id: int, cast: Cast) -> None:
    person = cast.operator
    runs.finish(claimed(run_id), RunState.FAILED, "No.", can_retry=True)
    again = runs.retry(run_id, person.id, Scope(), "k" * 32)
    assert runs.retry(run_id, person.id, Scope(), "k" * 32) == again
    db.session.commit()
    repeated = row(again)
    assert (repeated.retry_of_id, repeated.requested_by_id) == (run_id, person.id)
    assert repeated.fulfillment_id == row(run_id).fulfillment_id


def test_a_run_that_cannot_be_repeated_is_not(run_id: int, cast: Cast) -> None:
    runs.finish(claimed(run_id), RunState.FAILED, "No.")
    with pytest.raises(Refused, match="cannot be repeated"):
        runs.retry(run_id, cast.operator.id, Scope(), "k" * 32)


def test_a_run_outside_the_warehouses_of_a_person_does_not_exist(run_id: int, cast: Cast) -> None:
    elsewhere = Scope(frozenset({4_711}))
    with pytest.raises(NotFound):
        runs.cancel(run_id, Actor(cast.operator.id, elsewhere))
    with pytest.raises(NotFound):
        runs.retry(run_id, cast.operator.id, elsewhere, "k" * 32)


@pytest.mark.parametrize("result", [None, {"changes": {}}])
def test_after_a_rehearsal_nothing_about_a_run_is_left_to_compile(
    run_id: int, result: dict[str, object] | None
) -> None:
    db.engine.clear_compiled_cache()
    runs.rehearse()
    compiled = set(db.engine._compiled_cache or ())

    claim = claimed(run_id)
    runs.finish(claim, RunState.SUCCEEDED, "Done.", result=result)
    db.session.commit()
    assert compiled == set(db.engine._compiled_cache or ())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 1

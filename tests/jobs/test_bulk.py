"""A bulk run in the hands of a worker: step by step, cancelled, resumed, told to twice, with a bad row in it."""

import itertools
import os
import signal
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg.errors import DeadlockDetected
from redis import Redis
from sqlalchemy.exc import OperationalError

from jobs import asking, sweeper, worker
from tests.cast import Cast
from tests.dying_worker import REPEATS
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_crashes import PARCEL
from tests.ledger import assert_sound
from tests.processes import started
from tests.workers import kill, stored, wait_until
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, InventoryMovement, ProviderAccount, Run, RunItem
from webapp.queries.bulk_selections import Chosen
from webapp.queue import BULK, wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import bulk, bulk_provider_voids, bulk_steps, runs, runs_sweep, voids
from webapp.services.actors import SYSTEM, Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.runs import Claim
from webapp.statuses import Permission, RunKind, RunState

Ask = Callable[..., int]


@pytest.fixture
def ask(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks for a run over these shipments that a worker has to do, however few they are."""
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    susan = Actor(cast.supervisor.id)

    def request(shipments: list[Fulfillment], kind: RunKind = RunKind.BULK_VOID, **terms: Any) -> int:
        requested = bulk.request(
            KINDS[kind],
            Chosen(tuple(one.id for one in shipments)),
            Terms(**terms),
            expected=len(shipments),
            key=uuid.uuid4().hex,
            actor=susan,
            permissions=frozenset(Permission),
        )
        db.session.commit()
        return requested.run_id

    return request


@pytest.fixture(autouse=True)
def steps_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def set_to(size: int) -> None:
        waiting = bulk_steps.waiting
        monkeypatch.setattr(bulk_steps, "waiting", lambda run_id: waiting(run_id, size))

    return set_to


def buckets(run_id: int) -> list[str | None]:
    db.session.rollback()
    rows = sa.select(RunItem.bucket).where(RunItem.run_id == run_id).order_by(RunItem.id)
    return list(db.session.scalars(rows))


def reasons(run_id: int) -> list[str]:
    return list(db.session.scalars(sa.select(RunItem.reason).where(RunItem.run_id == run_id).order_by(RunItem.id)))


def reversals() -> int:
    found = sa.select(sa.func.count(InventoryMovement.id)).where(InventoryMovement.reverses_id.is_not(None))
    return db.session.scalar(found) or 0


def second_shipments() -> int:
    return db.session.scalar(sa.select(sa.func.count(Fulfillment.id)).where(Fulfillment.sequence > 1)) or 0


def test_a_run_is_worked_off_in_steps(
    make: Factory, ask: Ask, drain: Drain, steps_of: Callable[[int], None]
) -> None:
    steps_of(2)
    shipments = [make.shipment() for _ in range(5)]
    run_id = ask(shipments, reason="Recalled")
    drain(BULK)
    run = stored(run_id)
    assert (run.state, run.done, run.message) == (RunState.SUCCEEDED, 5, "5 voided.")
    assert run.result["buckets"]["done"] == 5
    assert buckets(run_id) == ["done"] * 5
    assert {one.void_reason for one in db.session.scalars(sa.select(Fulfillment))} == {"Recalled"}
    assert_sound()


def test_each_kind_is_worked_off(make: Factory, ask: Ask, drain: Drain) -> None:
    shipments = [make.shipment() for _ in range(3)]
    for kind, words in (
        (RunKind.BULK_ARCHIVE, "3 archived."),
        (RunKind.BULK_UNARCHIVE, "3 unarchived."),
        (RunKind.BULK_VOID, "3 voided."),
        (RunKind.BULK_RESTORE, "3 restored."),
        (RunKind.BULK_VOID, "3 voided."),
        (RunKind.BULK_FULFIL, "3 fulfilled again."),
    ):
        run_id = ask(shipments, kind)
        drain(BULK)
        assert stored(run_id).message == words
    assert_sound()


def test_many_are_fulfilled_again_in_short_steps(
    make: Factory, ask: Ask, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipments = [make.shipment() for _ in range(12)]
    voids.void_locally([one.id for one in shipments], reason="", actor=SYSTEM)
    db.session.commit()
    work, sizes = bulk_steps.work, []

    def measured(claim: Claim, ids: list[int], actor: Actor) -> Any:
        sizes.append(len(ids))
        return work(claim, ids, actor)

    monkeypatch.setattr(bulk_steps, "work", measured)
    run_id = ask(shipments, RunKind.BULK_FULFIL)
    drain(BULK)
    assert (sizes, stored(run_id).message) == ([10, 2], "12 fulfilled again.")
    assert_sound()


def at_provider(make: Factory, sandbox: SandboxControl, account: ProviderAccount, count: int) -> list[Fulfillment]:
    """Packed shipments whose orders wait at ShipStation."""
    shipments = [make.shipment(account=account) for _ in range(count)]
    orders = [
        {"number": one.fulfillment_number, "lines": [{"sku": "NWP-011", "quantity": 2}]} for one in shipments
    ]
    ids = sandbox.load("shipstation", orders)
    for one in shipments:
        make.provider_order(one, external_id=ids[one.fulfillment_number])
    return shipments


def test_each_with_an_order_at_a_provider_asks_for_itself(
    make: Factory, ask: Ask, drain: Drain, sandbox: SandboxControl, account: ProviderAccount
) -> None:
    standing, gone, left = at_provider(make, sandbox, account, 3)
    sandbox.change("shipstation", gone.fulfillment_number, status="cancelled")
    sandbox.change("shipstation", left.fulfillment_number, status="shipped", shipments=[PARCEL])
    run_id = ask([standing, gone, left, make.shipment()])
    drain(BULK)
    assert buckets(run_id) == ["done", "done", "needs_confirmation", "done"]
    told = reasons(run_id)
    assert "cancel its order there by hand" in told[0]
    assert told[1] == "Voided, and cancelled at ShipStation."
    assert told[2].startswith("ShipStation has shipped it")
    run = stored(run_id)
    assert (run.state, run.message) == (RunState.PARTLY_SUCCEEDED, "3 voided, 1 needs confirmation.")
    assert_sound()


def test_a_provider_that_asks_to_wait_is_waited_for(
    make: Factory,
    ask: Ask,
    drain: Drain,
    sandbox: SandboxControl,
    account: ProviderAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "LONGEST_WAIT", 0.01)
    (shipment,) = at_provider(make, sandbox, account, 1)
    sandbox.fault("shipstation", Fault.THROTTLED, count=4, seconds=1)
    run_id = ask([shipment])
    drain(BULK)
    assert buckets(run_id) == ["done"]


def test_a_provider_that_cannot_be_reached_changes_nothing_for_its_own(
    make: Factory,
    ask: Ask,
    drain: Drain,
    sandbox: SandboxControl,
    account: ProviderAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "LONGEST_WAIT", 0.01)
    (shipment,) = at_provider(make, sandbox, account, 1)
    account.base_url = "http://127.0.0.1:9/shipstation"
    db.session.commit()
    run_id = ask([shipment, make.shipment()])
    drain(BULK)
    assert buckets(run_id) == ["errors", "done"]
    assert reasons(run_id)[0].endswith("Nothing was changed here.")
    assert reversals() == 1


def test_a_run_is_cancelled_between_two_that_ask_a_provider(
    make: Factory,
    ask: Ask,
    drain: Drain,
    sandbox: SandboxControl,
    account: ProviderAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    monkeypatch.setattr(asking, "AHEAD", 0)
    run_id = ask(at_provider(make, sandbox, account, 3))
    ask_provider = bulk_provider_voids.ask

    def ask_and_be_cancelled(*args: Any) -> Any:
        verdict = ask_provider(*args)
        runs.cancel(run_id, SYSTEM)
        db.session.commit()
        return verdict

    monkeypatch.setattr(bulk_provider_voids, "ask", ask_and_be_cancelled)
    drain(BULK)
    assert buckets(run_id) == ["done", None, None]  # What the provider was told is kept.
    assert stored(run_id).state == RunState.CANCELLED


def test_one_that_lost_its_account_is_an_error(
    make: Factory,
    ask: Ask,
    drain: Drain,
    sandbox: SandboxControl,
    account: ProviderAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (shipment,) = at_provider(make, sandbox, account, 1)
    run_id = ask([shipment])
    question = bulk_provider_voids.question

    def too_late(claim: Claim, fulfillment_id: int) -> Any:
        db.session.execute(sa.update(Fulfillment).values(provider_account_id=None))
        return question(claim, fulfillment_id)

    monkeypatch.setattr(bulk_provider_voids, "question", too_late)
    drain(BULK)
    assert (buckets(run_id), reversals()) == (["errors"], 0)
    assert "nobody to ask" in reasons(run_id)[0]


def test_a_job_that_is_delivered_twice_does_nothing_more(make: Factory, ask: Ask, drain: Drain) -> None:
    shipments = [make.shipment() for _ in range(3)]
    run_id = ask(shipments)
    wake([(RunKind.BULK_VOID, run_id)] * 2)
    drain(BULK)
    before = stored(run_id).finished_at
    wake([(RunKind.BULK_VOID, run_id)])
    drain(BULK)
    run = stored(run_id)
    assert (run.finished_at, run.attempts, reversals()) == (before, 1, 3)


def test_a_run_is_cancelled_between_steps(
    app: Flask,
    make: Factory,
    ask: Ask,
    drain: Drain,
    steps_of: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps_of(2)
    run_id = ask([make.shipment() for _ in range(5)])
    work = bulk_steps.work

    def work_and_be_cancelled(*args: Any) -> Any:
        goes_on = work(*args)
        runs.cancel(run_id, SYSTEM)
        return goes_on

    monkeypatch.setattr(bulk_steps, "work", work_and_be_cancelled)
    drain(BULK)
    run = stored(run_id)
    assert (run.state, run.done) == (RunState.CANCELLED, 2)
    assert run.message == "Cancelled. 2 voided. 3 were not worked on."
    assert buckets(run_id) == ["done", "done", None, None, None]
    assert reversals() == 2


def test_one_bad_row_is_one_error(make: Factory, ask: Ask, drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    shipments = [make.shipment() for _ in range(4)]
    bad = shipments[1].id
    write = voids._write

    def write_unless_bad(connection: Any, chosen: Any, *args: Any) -> None:
        write(connection, chosen, *args)
        if bad in {one.standing.fulfillment_id for one in chosen}:
            raise LookupError("its layer is gone")

    monkeypatch.setattr(voids, "_write", write_unless_bad)
    run_id = ask(shipments)
    drain(BULK)
    assert buckets(run_id) == ["done", "errors", "done", "done"]
    assert "Something broke on our side" in reasons(run_id)[1]
    assert "its layer" not in reasons(run_id)[1]
    assert (stored(run_id).message, reversals()) == ("3 voided, 1 could not be changed.", 3)
    assert_sound()


@pytest.mark.parametrize(("failures", "outcome"), [(2, "done"), (100, "errors")])
def test_a_deadlock_is_tried_again_and_becomes_an_error_only_if_it_stays(
    make: Factory, ask: Ask, drain: Drain, monkeypatch: pytest.MonkeyPatch, failures: int, outcome: str
) -> None:
    left = iter(range(failures))
    work = bulk_steps.work

    def work_after_deadlocks(*args: Any) -> Any:
        goes_on = work(*args)
        if next(left, None) is not None:
            raise OperationalError("UPDATE", {}, DeadlockDetected("deadlock detected"))
        return goes_on

    monkeypatch.setattr(bulk_steps, "work", work_after_deadlocks)
    run_id = ask([make.shipment()])
    drain(BULK)
    assert buckets(run_id) == [outcome]
    assert reversals() == (outcome == "done")
    assert outcome == "done" or "Others were changing it" in reasons(run_id)[0]


def test_a_database_in_trouble_ends_the_run_and_blames_no_row(
    make: Factory, ask: Ask, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = bulk_steps.work

    def break_down(*args: Any) -> Any:
        work(*args)
        raise OperationalError("UPDATE", {}, OSError("no space left on device"))

    monkeypatch.setattr(bulk_steps, "work", break_down)
    run_id = ask([make.shipment(), make.shipment()])
    drain(BULK)
    run = stored(run_id)
    assert (run.state, run.can_retry, buckets(run_id)) == (RunState.FAILED, True, [None, None])
    assert reversals() == 0


def test_what_broke_keeps_the_count_of_what_was_done(
    make: Factory, ask: Ask, drain: Drain, steps_of: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_of(1)
    work, calls = bulk_steps.work, iter(range(10))

    def break_at_the_second(*args: Any) -> Any:
        if next(calls) == 1:
            raise RuntimeError("out of luck")
        return work(*args)

    monkeypatch.setattr(bulk_steps, "work", break_at_the_second)
    run_id = ask([make.shipment(), make.shipment()])
    drain(BULK)
    run = stored(run_id)
    assert (run.state, run.done, run.result["buckets"]["done"]) == (RunState.FAILED, 1, 1)


def test_a_worker_that_lost_its_claim_writes_nothing(
    make: Factory, ask: Ask, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipments = [make.shipment() for _ in range(2)]
    run_id = ask(shipments)
    work = bulk_steps.work

    def work_too_late(claim: Any, ids: Any, actor: Any) -> Any:
        db.session.execute(sa.update(Run).where(Run.id == run_id).values(claim="another"))
        db.session.commit()
        return work(claim, ids, actor)

    monkeypatch.setattr(bulk_steps, "work", work_too_late)
    drain(BULK)
    assert (buckets(run_id), stored(run_id).state, reversals()) == ([None, None], RunState.RUNNING, 0)


def work_until_killed(where: str) -> None:
    """Work off the bulk queue two rows at a step, and die in the second step or before the third."""
    waiting, do, record, steps = bulk_steps.waiting, bulk_steps.work, bulk_steps.record, itertools.count()
    bulk_steps.waiting = lambda run_id, *_, **__: waiting(run_id, 2)

    def die_in_the_second_step(*args: Any) -> None:
        record(*args)
        if next(steps) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def die_before_the_third_step(*args: Any) -> Any:
        if next(steps) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*args)

    if where == "before commit":
        bulk_steps.record = die_in_the_second_step
    else:
        bulk_steps.work = die_before_the_third_step
    worker.work(BULK)


@pytest.mark.slow
@pytest.mark.parametrize("repeat", range(REPEATS))
@pytest.mark.parametrize(
    ("where", "done_before", "kind", "changed", "words"),
    [
        ("before commit", 2, RunKind.BULK_VOID, reversals, "voided"),
        ("between steps", 4, RunKind.BULK_VOID, reversals, "voided"),
        ("before commit", 2, RunKind.BULK_FULFIL, second_shipments, "fulfilled again"),
    ],
)
def test_a_worker_killed_in_the_middle_leaves_no_row_done_twice_and_none_forgotten(
    app: Flask,
    settings: Settings,
    redis: Redis,
    make: Factory,
    ask: Ask,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    done_before: int,
    kind: RunKind,
    changed: Callable[[], int],
    words: str,
    repeat: int,
) -> None:
    shipments = [make.shipment() for _ in range(7)]
    if kind is RunKind.BULK_FULFIL:
        voids.void_locally([one.id for one in shipments], reason="", actor=SYSTEM)
        db.session.commit()
    run_id = ask(shipments, kind)
    process = started(settings, work_until_killed, where)
    try:
        wait_until(lambda: stored(run_id).done == done_before)
        wait_until(lambda: redis.llen("rq:queue:bulk") == 0)
    finally:
        wait_until(lambda: _is_idle(process))
        kill(process)
    assert buckets(run_id) == ["done"] * done_before + [None] * (7 - done_before)
    assert (stored(run_id).state, changed()) == (RunState.RUNNING, done_before)

    db.session.rollback()
    monkeypatch.setattr(sweeper, "application", lambda: app)
    monkeypatch.setattr(runs_sweep, "settings", lambda: replace(settings, run_stale_after=timedelta(0)))
    sweeper.sweep()
    drain(BULK)
    run = stored(run_id)
    assert (run.state, run.attempts, run.done, run.message) == (RunState.SUCCEEDED, 2, 7, f"7 {words}.")
    assert (buckets(run_id), changed()) == (["done"] * 7, 7)
    told = sa.select(sa.func.count(Activity.id)).where(Activity.run_id == run_id)
    event = "voided" if kind is RunKind.BULK_VOID else "created"
    of_shipments = told.where(Activity.event == event, Activity.fulfillment_id.is_not(None))
    assert db.session.scalar(of_shipments) == 7
    assert_sound()


def _is_idle(process: BaseProcess) -> bool:
    """RQ's own process lives on; the one of the job is gone."""
    return not psutil.Process(process.pid).children()

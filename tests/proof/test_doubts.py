"""Who may have done something before: a worker that died, a row of a bulk run, the run that was asked for last."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from jobs import asking
from tests.proof.stage import Props, Stage
from tests.proof.systems import PROVIDERS, Work
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.queries.bulk_selections import Chosen
from webapp.queue import BULK
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.services import bulk, fulfilling_send, runs, runs_sweep
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.statuses import Permission, RunKind, RunState

HERO = next(system for system in PROVIDERS if system.kind == "shiphero")
IN_DOUBT = "An earlier try may have been carried out there."


@pytest.mark.parametrize("work", [Work.VOID, Work.CANCEL, Work.CREATE])
def test_what_a_worker_did_before_it_died_is_not_called_undone(work: Work, props: Props) -> None:
    stage = Stage(props, HERO, work)
    run_id = stage.ask()
    assert runs.claim(run_id)
    db.session.execute(sa.update(Run).where(Run.id == run_id).values(heartbeat_at=now() - timedelta(hours=1)))
    assert runs_sweep.take_over_stale() == 1
    db.session.commit()
    stage.go_wrong(Fault.SERVER_ERROR, HERO.looks)

    run = stage.work_to_the_end(run_id)[-1]

    assert (run.state, run.can_retry) == (RunState.UNKNOWN, True)
    assert IN_DOUBT in run.message


def test_a_run_asked_for_anew_does_not_call_undone_what_the_last_one_left_open(props: Props) -> None:
    stage = Stage(props, HERO, Work.CREATE)
    run_id = stage.ask()
    stage.go_wrong(Fault.SERVER_ERROR, (HERO.changes[Work.CREATE],))
    assert stage.work_to_the_end(run_id)[-1].state == RunState.UNKNOWN
    stage.go_wrong(Fault.UNAUTHORIZED, HERO.looks)

    again = fulfilling_send.request(stage.shipment_id, props.actor, uuid.uuid4().hex)
    db.session.commit()
    run = stage.work_to_the_end(again)[-1]

    assert run.state == RunState.UNKNOWN
    assert "refused the credentials" in run.message
    assert IN_DOUBT in run.message
    props.sandbox.clear_faults(HERO.kind)
    assert stage.again(run).state == RunState.SUCCEEDED
    assert stage.is_done_there()


@pytest.mark.parametrize("kind", [RunKind.BULK_CANCEL_ORDERS, RunKind.BULK_VOID])
def test_a_row_of_many_does_not_call_undone_what_it_may_have_done(
    kind: RunKind, props: Props, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LONGEST_WAIT", 0)
    stage = Stage(props, HERO, Work.CANCEL)
    stage.waiting_there()
    run_id = bulk.request(
        KINDS[kind],
        Chosen((stage.shipment_id,)),
        Terms(),
        expected=1,
        key=uuid.uuid4().hex,
        actor=props.actor,
        permissions=frozenset(Permission),
    ).run_id
    db.session.commit()
    looks_first = 1 if kind is RunKind.BULK_CANCEL_ORDERS else 2
    stage.go_wrong(Fault.SERVER_ERROR, HERO.looks[:1], skip=looks_first)
    stage.go_wrong(Fault.RESET, (HERO.changes[Work.CANCEL],))

    props.drain(BULK)

    bucket, reason = db.session.execute(
        sa.select(RunItem.bucket, RunItem.reason).where(RunItem.run_id == run_id)
    ).one()
    assert (bucket, IN_DOUBT in reason) == ("errors", True), reason
    assert "not cancelled" not in reason
    assert "looked into again by itself" in reason

    # A run about this shipment alone finds out what came of it.
    alone = db.session.execute(sa.select(Run.id, Run.kind).where(Run.fulfillment_id == stage.shipment_id)).one()
    assert alone.kind == {RunKind.BULK_VOID: "void"}.get(kind, "cancel_provider_order")
    stage.props.sandbox.clear_faults(HERO.kind)
    db.session.commit()
    assert stage.work_to_the_end(alone.id)[-1].state == RunState.SUCCEEDED
    assert stage.is_done_there()

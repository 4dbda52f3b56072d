"""What the sweeper does to runs: takes them from workers that died, and finds those that nobody was woken for."""

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.models import Run
from webapp.queue import enqueue_after_commit
from webapp.schema import now
from webapp.services.runs import IN_DOUBT, MAX_ATTEMPTS
from webapp.statuses import RunKind, RunState

# What the worker was about to do outside it may have done; a run over many keeps its counts instead.
_IN_DOUBT = sa.case(
    (Run.fulfillment_id.is_not(None), sa.literal({IN_DOUBT: True}, Run.result.type)), else_=Run.result
)
BATCH = 500  # Far more than wait at once; whatever is beyond it has its turn ten seconds later.


def take_over_stale() -> int:
    """Free every run whose worker stopped beating and return how many; the commit wakes workers for them.

    Each change is one conditional statement, so two sweepers at once do no more than one.
    """
    return _give_up() + _stop_cancelled() + _queue_again()


def due() -> list[tuple[RunKind, int]]:
    """The runs that wait and may start, oldest first."""
    waiting = (Run.state == RunState.QUEUED.value, Run.due_at <= now())
    rows = db.session.execute(sa.select(Run.kind, Run.id).where(*waiting).order_by(Run.id).limit(BATCH))
    return [(RunKind(kind), run_id) for kind, run_id in rows]


def _queue_again() -> int:
    changed = db.session.execute(
        sa.update(Run)
        .where(*_stale(RunState.RUNNING), Run.attempts < MAX_ATTEMPTS)
        .values(
            state=RunState.QUEUED.value,
            claim=None,
            heartbeat_at=None,
            due_at=now(),
            message="Its worker stopped, so another one starts it again.",
            result=_IN_DOUBT,
        )
        .returning(Run.kind, Run.id),
        execution_options={"synchronize_session": False},
    ).all()
    for kind, run_id in changed:
        enqueue_after_commit(kind, run_id)
    return len(changed)


def _give_up() -> int:
    return _end(
        RunState.RUNNING,
        Run.attempts >= MAX_ATTEMPTS,
        state=RunState.FAILED.value,
        message=f"The worker stopped in the middle of this {MAX_ATTEMPTS} times, so it was given up. Try again, "
        "and tell an administrator if it happens once more.",
        can_retry=True,
    )


def _stop_cancelled() -> int:
    return _end(
        RunState.CANCELLING,
        state=RunState.CANCELLED.value,
        message="Cancelled. What was finished before stays finished.",
    )


def _end(stale_in: RunState, /, *conditions: sa.ColumnElement[bool], **values: object) -> int:
    ended = db.session.execute(
        sa.update(Run).where(*_stale(stale_in), *conditions).values(finished_at=now(), **values).returning(Run.id),
        execution_options={"synchronize_session": False},
    )
    return len(ended.all())


def _stale(state: RunState) -> tuple[sa.ColumnElement[bool], ...]:
    return Run.state == state.value, Run.heartbeat_at < now() - settings().run_stale_after

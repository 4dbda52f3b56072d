"""Runs: asked for in the caller's transaction, claimed by one worker at a time, finished by whoever holds them."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from webapp.database import reading_engine
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.queries.runs import find
from webapp.queries.scope import Scope
from webapp.queue import enqueue_after_commit
from webapp.schema import now
from webapp.services import idempotency
from webapp.services.actors import Actor
from webapp.statuses import FINISHED_RUN_STATES, UNFINISHED_RUN_STATES, RunKind, RunState

MESSAGE_LENGTH = 1000
IN_DOUBT = "in_doubt"  # In the result of a run about one shipment, until its end.
MAX_ATTEMPTS = 5  # A run that five workers could not finish would not be finished by a sixth.
_HELD = (RunState.RUNNING.value, RunState.CANCELLING.value)
_UNFINISHED = tuple(state.value for state in UNFINISHED_RUN_STATES)
_NEVER_STARTED = "Cancelled before it started. Nothing was changed."
_BETWEEN_TRIES = (
    "Cancelled between two tries. What was finished before stays finished; if a provider was asked to do "
    "something, look there whether it did."
)


class ClaimLost(Exception):
    """This worker was thought dead and another has the run: whatever it was about to write must not be written."""


@dataclass(frozen=True)
class Claim:
    """A run in the hands of one worker, and what it is to do."""

    run_id: int
    token: str
    kind: RunKind
    fulfillment_id: int | None
    requested_by_id: int | None
    attempts: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_last_attempt(self) -> bool:
        return self.attempts >= MAX_ATTEMPTS

    @property
    def is_in_doubt(self) -> bool:
        """Whether an earlier try may have done outside what the run is for."""
        return bool(self.result.get(IN_DOUBT))

    @property
    def actor(self) -> Actor:
        """Who the changes of this run are by: the person who asked, without their limits, which were checked."""
        return Actor(user_id=self.requested_by_id)


_NOBODY = Claim(0, "", RunKind.RESYNC_FROM_PROVIDER, None, None, 0)


def request(
    kind: RunKind,
    actor: Actor,
    *,
    fulfillment_id: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    retry_of_id: int | None = None,
    is_in_doubt: bool = False,
    wakes: bool = True,
) -> int:
    """Ask for a run, to start after the commit, and return its id.

    While the same work on the same shipment is unfinished, that run's id is returned and nothing is added. Without
    `wakes` no worker is woken: the caller does the work, and the sweeper wakes one if the caller dies over it.
    With `is_in_doubt` something else may have done outside what the run is for.
    """
    run = Run(
        kind=kind.value,
        requested_by_id=actor.user_id,
        fulfillment_id=fulfillment_id,
        parameters=dict(parameters or {}),
        retry_of_id=retry_of_id,
        result={IN_DOUBT: True} if is_in_doubt else {},
    )
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError:
        unfinished = _unfinished(kind, fulfillment_id)
        if unfinished is None:
            raise
        return unfinished
    if wakes:
        enqueue_after_commit(kind, run.id)
    return run.id


def retry(run_id: int, user_id: int, scope: Scope, key: str | None) -> int:
    """Ask again for a run that failed and return the new run's id; the same key again returns the same run.

    Raises NotFound, Refused when the run cannot be repeated, and what services.idempotency.claim raises.
    """
    run = find(run_id, scope, user_id)
    first = idempotency.claim(user_id, key, "retry_run", {"run_id": run_id})
    if first is not None:
        return int(first["run_id"])
    if not run.can_retry:
        raise Refused(f"Run {run_id} cannot be repeated. Its state is: {run.state.label.lower()}.")
    parameters = db.session.scalar(sa.select(Run.parameters).where(Run.id == run_id))
    again = request(
        run.kind,
        Actor(user_id, scope),
        fulfillment_id=run.fulfillment_id,
        parameters=parameters,
        retry_of_id=run_id,
    )
    idempotency.remember(user_id, key, {"run_id": again})
    return again


def cancel(run_id: int, actor: Actor) -> RunState:
    """Stop a run: at once while it waits, else at its next step; twice is the same as once.

    Raises NotFound, or Refused when the run is over.
    """
    run = find(run_id, actor.scope, actor.user_id)
    if run.state in {RunState.CANCELLING, RunState.CANCELLED}:
        return run.state
    moment = now()
    stopped = _change(
        run_id,
        Run.state == RunState.QUEUED.value,
        state=RunState.CANCELLED.value,
        cancel_requested_at=moment,
        finished_at=moment,
        message=sa.case((Run.attempts == 0, _NEVER_STARTED), else_=_BETWEEN_TRIES),
    )
    if stopped:
        return RunState.CANCELLED
    if _change(run_id, Run.state.in_(_HELD), state=RunState.CANCELLING.value, cancel_requested_at=moment):
        return RunState.CANCELLING
    raise Refused("This run is already over, so there is nothing to cancel.")


def claim(run_id: int) -> Claim | None:
    """Take a run that waits and is due; None when there is nothing to do, because it is held, over or not due."""
    moment = now()
    token = uuid.uuid4().hex
    statement = (
        sa.update(Run)
        .where(Run.id == run_id, Run.state == RunState.QUEUED.value, Run.due_at <= moment)
        .values(
            state=RunState.RUNNING.value,
            claim=token,
            heartbeat_at=moment,
            attempts=Run.attempts + 1,
            started_at=sa.func.coalesce(Run.started_at, sa.bindparam("started", moment, Run.started_at.type)),
            message="",
        )
        .returning(Run.kind, Run.fulfillment_id, Run.requested_by_id, Run.attempts, Run.parameters, Run.result)
    )
    row = db.session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    if row is None:
        return None
    kind, *rest = row
    return Claim(run_id, token, RunKind(kind), *rest)


def hold(claim: Claim) -> RunState:
    """Lock the run until the end of the transaction; says whether it is to be cancelled. Raises ClaimLost."""
    state = db.session.scalar(sa.select(Run.state).where(*_held_by(claim)).with_for_update())
    if state is None:
        raise ClaimLost(claim.run_id)
    return RunState(state)


def goes_on(claim: Claim) -> bool:
    """Whether the run is this worker's and nobody wants it to stop by now; takes no lock and waits for none."""
    running = sa.select(Run.id).where(
        Run.id == claim.run_id, Run.claim == claim.token, Run.state == RunState.RUNNING.value
    )
    with reading_engine(db.engine).connect() as connection:
        return connection.scalar(running) is not None


def finish(
    claim: Claim,
    state: RunState,
    message: str,
    *,
    result: Mapping[str, Any] | None = None,
    technical_error: str | None = None,
    can_retry: bool = False,
) -> None:
    """Record the outcome, in the transaction of the change it tells of. Raises ClaimLost.

    Without a `result` the one recorded on the way stays.
    """
    if state not in FINISHED_RUN_STATES:
        raise ValueError(f"{state.value} is no way for a run to end.")
    _change_held(
        claim,
        state=state.value,
        message=message[:MESSAGE_LENGTH],
        technical_error=technical_error,
        can_retry=can_retry,
        finished_at=now(),
        **({} if result is None else {"result": dict(result)}),
    )


def advance(claim: Claim, done: int, result: Mapping[str, Any]) -> None:
    """Record that so many more rows are done, in the transaction that did them. Raises ClaimLost."""
    _change_held(claim, done=Run.done + done, result=dict(result))


def postpone(claim: Claim, until: datetime, message: str, *, in_doubt: bool = False) -> None:
    """Give the run back, to be started again at `until` by whoever is free. Raises ClaimLost.

    `in_doubt`: nobody knows whether this try did outside what the run is for.
    """
    _change_held(
        claim,
        state=RunState.QUEUED.value,
        claim=None,
        heartbeat_at=None,
        due_at=until,
        message=message[:MESSAGE_LENGTH],
        **({"result": {IN_DOUBT: True}} if in_doubt else {}),
    )


def rehearse() -> None:
    """Claim and finish a run that does not exist, so that the statements are compiled; leaves nothing behind.

    Compiling them takes longer than carrying them out, and RQ's worker forks for each job.
    """
    claim(_NOBODY.run_id)
    nothing: dict[str, Any] = {}
    for result in (None, nothing):
        with suppress(ClaimLost):
            finish(_NOBODY, RunState.SUCCEEDED, "", result=result)
    db.session.rollback()


def _unfinished(kind: RunKind, fulfillment_id: int | None) -> int | None:
    same = (Run.kind == kind.value, Run.fulfillment_id == fulfillment_id, Run.state.in_(_UNFINISHED))
    return db.session.scalar(sa.select(Run.id).where(*same))


def _held_by(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return Run.id == claim.run_id, Run.claim == claim.token, Run.state.in_(_HELD)


def _change_held(held: Claim, /, **values: Any) -> None:
    if not _change(held.run_id, *_held_by(held), **values):
        raise ClaimLost(held.run_id)


def _change(run_id: int, *conditions: sa.ColumnElement[bool], **values: Any) -> bool:
    changed = db.session.execute(
        sa.update(Run).where(Run.id == run_id, *conditions).values(**values).returning(Run.id),
        execution_options={"synchronize_session": False},
    )
    return changed.one_or_none() is not None

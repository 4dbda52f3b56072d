"""Submit to the sales channel, and clear what was submitted: for people, and by the clock."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import AppError, NotFound, Refused
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.channel import bulk_run_telling, standing_of
from webapp.queries.scope import EVERYWHERE
from webapp.schema import now
from webapp.services import channel_questions, channel_settle, history, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.runs import Claim, ClaimLost
from webapp.statuses import ActivityEvent, RunState


@dataclass(frozen=True)
class Started:
    """The run that tells the channel; `claim` is the asker's own, None when somebody else works on it."""

    run_id: int
    claim: Claim | None = None


@dataclass(frozen=True)
class Cleared:
    """Whether there was anything to clear."""

    changed: bool


def start(fulfillment_id: int, *, key: str | None, actor: Actor) -> Started:
    """Ask for a shipment, or for its void, to be told, and take the run to do so at once; see `carry_out`.

    The same key again returns the same run and claims nothing. Raises NotFound, Refused with the reason why the
    channel cannot be told, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person submits here; the clock uses request.")
    standing = standing_of(fulfillment_id, actor.scope)
    first = idempotency.claim(actor.user_id, key, "submit_to_channel", {"fulfillment_id": fulfillment_id})
    if first is not None:
        return Started(int(first["run_id"]))
    if refusal := standing.refusal_to_submit:
        raise Refused(refusal)
    if (bulk_run := bulk_run_telling(fulfillment_id)) is not None:
        raise Refused(f"Run {bulk_run} is about to tell {standing.channel} of this shipment already.")
    run_id = runs.request(standing.kind, actor, fulfillment_id=fulfillment_id, wakes=False)
    idempotency.remember(actor.user_id, key, {"run_id": run_id})
    return Started(run_id, runs.claim(run_id))


def request(fulfillment_id: int, actor: Actor) -> int | None:
    """Ask for the channel to be told by a worker; returns the run, None when there is nothing that can be told."""
    standing = standing_of(fulfillment_id, EVERYWHERE)
    if standing.refusal_to_submit:
        return None
    return runs.request(standing.kind, actor, fulfillment_id=fulfillment_id)


def carry_out(claim: Claim, *, patience: float | None = None) -> None:
    """Tell the channel, within so many seconds, and end the run or put it off.

    Commits twice: before the channel is called, so that nothing is held open meanwhile, and with the outcome. A
    claim that was lost writes nothing.
    """
    try:
        question = channel_questions.question_of(claim)
        db.session.commit()
        answer = channel_questions.ask(question, patience=patience)
        channel_settle.settle(question, answer)
        db.session.commit()
    except ClaimLost:
        db.session.rollback()
    except AppError as refusal:
        db.session.rollback()
        _end(claim, refusal)


def _end(claim: Claim, refusal: AppError) -> None:
    """What must not be told any more; the shipment itself is as it should be."""
    try:
        runs.finish(claim, RunState.FAILED, refusal.message, technical_error=refusal.code)
        db.session.commit()
    except ClaimLost:
        db.session.rollback()


def clear(fulfillment_id: int, *, key: str | None, actor: Actor) -> Cleared:
    """Forget that the channel was told, so that the next sync tells it again; twice is the same as once.

    Whatever the order's status. What the channel has there is found again and not told twice. Raises NotFound, and
    what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person clears a submission.")
    first = idempotency.claim(actor.user_id, key, "clear_channel_submission", {"fulfillment_id": fulfillment_id})
    if first is not None:
        return Cleared(bool(first["changed"]))
    shipment = _locked(fulfillment_id, actor)
    changed = _clear(shipment, actor)
    idempotency.remember(actor.user_id, key, {"changed": changed})
    return Cleared(changed)


def clear_many(ids: Collection[int], *, actor: Actor, run_id: int) -> tuple[set[int], set[int]]:
    """Do so for these shipments, all in this transaction; returns which of them there are, and which changed."""
    statement = sa.select(Fulfillment).where(Fulfillment.id.in_(sorted(ids)), actor.scope.limit())
    locked = statement.order_by(Fulfillment.id).with_for_update()
    shipments = db.session.scalars(locked, execution_options={"populate_existing": True}).all()
    changed = {one.id for one in shipments if _clear(one, actor, run_id)}
    return {one.id for one in shipments}, changed


def _clear(shipment: Fulfillment, actor: Actor, run_id: int | None = None) -> bool:
    changes = history.set_and_compare(shipment, {"submitted_to_sales_channel_at": None, "channel_problem": None})
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
        event = ActivityEvent.CHANNEL_SUBMISSION_CLEARED
        history.record(shipment, event, actor, changes=changes, run_id=run_id)
    return bool(changes)


def _locked(fulfillment_id: int, actor: Actor) -> Fulfillment:
    statement = sa.select(Fulfillment).where(Fulfillment.id == fulfillment_id, actor.scope.limit())
    shipment = db.session.scalar(statement.with_for_update(), execution_options={"populate_existing": True})
    if shipment is None:
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    return shipment

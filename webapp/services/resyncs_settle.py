"""The last step of a resync: the provider's answer and the run's outcome, in one transaction."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from webapp.errors import AppError, Refused
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderOrder
from webapp.providers.base import (
    AccountDisabled,
    AuthFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderOrderSnapshot,
    Rejected,
    Throttled,
)
from webapp.schema import now
from webapp.services import exchanges, history, runs, search_index
from webapp.services.history import Changes
from webapp.services.resyncs import Answer, Question
from webapp.services.resyncs_merge import check, merge
from webapp.statuses import ActivityEvent, FulfillmentStatus, RunState

WAIT_WHEN_UNSAID = timedelta(seconds=30)  # For a provider that says "too often" without saying until when.
PROBLEM_LENGTH = 500
# Asking again can bring another answer: by itself, or once somebody has mended the account.
_WORTH_REPEATING = (Rejected, AuthFailed, AccountDisabled, OutcomeUnknown)


def settle(question: Question, answer: Answer) -> None:
    """Merge the answer into the shipment, or note why there is none, and end the run or put it off.

    Raises ClaimLost when another worker has the run by now; the caller then rolls everything back.
    """
    error = answer.error
    if isinstance(error, Throttled) and not question.claim.is_last_attempt:
        _put_off(question, error)
    elif error is not None:
        _fail(question, error, is_about_account=answer.was_asked)
    elif answer.snapshot is not None:
        _succeed(question, answer.snapshot)


def _succeed(question: Question, snapshot: ProviderOrderSnapshot) -> None:
    shipment = _locked(question.fulfillment_id)
    if _was_cancelled(question):
        return
    try:
        check(snapshot, question.label)
        _keep_order(question, snapshot)
    except (Refused, Rejected) as refusal:
        _note_problem(question, shipment, refusal, can_retry=isinstance(refusal, Rejected))
        return
    moment = now()
    changes = _apply(shipment, merge(shipment, snapshot, question.label, moment))
    shipment.last_synced_from_provider_at = moment
    if changes:
        shipment.version += 1
        shipment.updated_at = moment
        claim = question.claim
        history.record(shipment, ActivityEvent.RESYNCED, claim.actor, changes=changes, run_id=claim.run_id)
    exchanges.note_success(question.account.id)
    message = _summary(question.label, shipment, changes)
    runs.finish(question.claim, RunState.SUCCEEDED, message, result={"changes": changes})


def _apply(shipment: Fulfillment, values: dict[str, Any]) -> Changes:
    tracking_number = values["tracking_number"]
    changes = history.set_and_compare(shipment, values)
    if "tracking_number" in changes:
        search_index.set_tracking_number(shipment, tracking_number)
    return changes


def _keep_order(question: Question, snapshot: ProviderOrderSnapshot) -> None:
    """Insert or update the provider's order; refuses one that is known to belong to another shipment."""
    order = db.session.scalar(
        sa.select(ProviderOrder).where(
            ProviderOrder.provider_account_id == question.account.id,
            ProviderOrder.external_id == snapshot.external_id,
        )
    )
    if order is None:
        order = ProviderOrder(
            fulfillment_id=question.fulfillment_id,
            provider_account_id=question.account.id,
            external_id=snapshot.external_id,
        )
        db.session.add(order)
    elif order.fulfillment_id != question.fulfillment_id:
        number = db.session.scalar(
            sa.select(Fulfillment.fulfillment_number).where(Fulfillment.id == order.fulfillment_id)
        )
        raise Refused(
            f"{question.label} answered with order {snapshot.external_id}, which belongs to shipment {number}. "
            "Give one of the two another number there."
        )
    _copy(snapshot, order)


def _copy(snapshot: ProviderOrderSnapshot, order: ProviderOrder) -> None:
    order.external_number = snapshot.number[:140]
    order.raw_status = snapshot.raw_status[:60]
    order.state = snapshot.state.value
    order.tracking_number = snapshot.tracking_number or order.tracking_number
    order.carrier = (snapshot.carrier or order.carrier or "")[:60] or None
    order.service = (snapshot.service or order.service or "")[:120] or None
    order.cost = order.cost if snapshot.cost is None else snapshot.cost
    order.shipped_at = snapshot.shipped_at or order.shipped_at
    order.url = snapshot.url or order.url
    order.payload = snapshot.payload
    order.updated_at = now()


def _fail(question: Question, error: ProviderError, *, is_about_account: bool) -> None:
    shipment = _locked(question.fulfillment_id)
    if _was_cancelled(question):
        return
    if is_about_account:
        exchanges.note_failure(question.account.id, error)
    can_retry = error.retryable or isinstance(error, _WORTH_REPEATING)
    _note_problem(question, shipment, error, can_retry=can_retry)


def _note_problem(question: Question, shipment: Fulfillment, error: AppError, *, can_retry: bool) -> None:
    """The shipment keeps its values and says what went wrong; so do its history and the run."""
    claim = question.claim
    problem = error.message[:PROBLEM_LENGTH]
    changes = history.set_and_compare(shipment, {"provider_problem": problem})
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
    history.record(
        shipment,
        ActivityEvent.RESYNC_FAILED,
        claim.actor,
        changes=changes,
        note=error.message,
        run_id=claim.run_id,
    )
    is_unknown = isinstance(error, ProviderError) and error.ambiguous
    runs.finish(
        claim,
        RunState.UNKNOWN if is_unknown else RunState.FAILED,
        f"{error.message} Nothing was changed on the shipment.",
        technical_error=f"{type(error).__name__} ({error.code}): {error.message}",
        can_retry=can_retry,
    )


def _put_off(question: Question, error: Throttled) -> None:
    wait = WAIT_WHEN_UNSAID if error.retry_after is None else timedelta(seconds=error.retry_after)
    runs.postpone(
        question.claim,
        now() + wait,
        f"{question.label} was called too often and asks to wait, so this goes on by itself a little later.",
    )


def _locked(fulfillment_id: int) -> Fulfillment:
    return db.session.scalars(
        sa.select(Fulfillment)
        .where(Fulfillment.id == fulfillment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _was_cancelled(question: Question) -> bool:
    """Hold the run, and end it here when somebody asked for that while the provider was being asked."""
    if runs.hold(question.claim) is not RunState.CANCELLING:
        return False
    runs.finish(
        question.claim, RunState.CANCELLED, "Cancelled. The provider's answer was not used, nothing was changed."
    )
    return True


def _summary(label: str, shipment: Fulfillment, changes: Changes) -> str:
    if shipment.provider_problem:
        return shipment.provider_problem
    status = FulfillmentStatus(shipment.status).label.lower()
    if not changes:
        return f"{label} has nothing new. The shipment is {status}."
    news = [f"tracking {shipment.tracking_number}"] if "tracking_number" in changes else []
    news += [f"now {status}"] if "status" in changes else []
    return f"{label} answered: {', '.join(news)}." if news else f"{label} answered, and details were updated."

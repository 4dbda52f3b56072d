"""The last step of a resync: the provider's answer and the run's outcome, in one transaction."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.errors import AppError, Refused
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.providers.base import (
    AccountDisabled,
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    ProviderOrderSnapshot,
    Rejected,
    Throttled,
)
from webapp.schema import now
from webapp.services import (
    channel_owed,
    exchanges,
    history,
    problems,
    provider_orders,
    provider_runs,
    runs,
    search_index,
)
from webapp.services.history import Changes
from webapp.services.ledger import order_status
from webapp.services.provider_questions import Question
from webapp.services.provider_runs import Settled
from webapp.services.resyncs import Answer
from webapp.services.resyncs_merge import check, merge
from webapp.statuses import ActivityEvent, BulkBucket, FulfillmentStatus, ProviderOrderState, RunState

WAIT_WHEN_UNSAID = timedelta(seconds=30)  # For a provider that says "too often" without saying until when.
# Asking again can bring another answer: by itself, or once somebody has mended the account.
_WORTH_REPEATING = (Rejected, AuthFailed, AccountDisabled, OutcomeUnknown)


def settle(question: Question, answer: Answer) -> None:
    """Merge the answer into the shipment, or note why there is none, and end the run or put it off.

    Raises ClaimLost when another worker has the run by now; the caller then rolls everything back.
    """
    error = answer.error
    if isinstance(error, Throttled) and not question.claim.is_last_attempt:
        _put_off(question, error)
        return
    shipment = locked(question.fulfillment_id)
    if not _was_cancelled(question):
        provider_runs.end(question.claim, carry_out(question, answer, shipment))


def carry_out(question: Question, answer: Answer, shipment: Fulfillment) -> Settled:
    """Merge the answer into the shipment, which is locked, or note why there is none."""
    if answer.snapshot is not None:
        return _succeed(question, answer.snapshot, shipment)
    if answer.error is None:
        raise ValueError("An answer is an order or an error.")
    return _fail(question, answer.error, shipment, is_about_account=answer.was_asked)


def _succeed(question: Question, snapshot: ProviderOrderSnapshot, shipment: Fulfillment) -> Settled:
    try:
        changes = take_over(question, snapshot, shipment)
    except (Refused, Rejected) as refusal:
        return _note_problem(question, shipment, refusal, can_retry=isinstance(refusal, Rejected))
    exchanges.note_success(question.account.id)
    refresh_order(shipment, changes)
    message = _summary(question.label, shipment, changes)
    return Settled(BulkBucket.DONE, RunState.SUCCEEDED, message, result={"changes": changes})


def refresh_order(shipment: Fulfillment, changes: Changes) -> None:
    """Work out the status of the sales order anew where its shipment has another one now.

    The last lock of a transaction, as in a void; the account has had its own by then.
    """
    if "status" in changes:
        db.session.flush()
        order_status.refresh(db.session.connection(), {shipment.sales_order_id}, shipment.updated_at)


def take_over(question: Question, snapshot: ProviderOrderSnapshot, shipment: Fulfillment) -> Changes:
    """Merge what the provider said into the shipment, which is locked, and return what that changed.

    The caller ends with refresh_order. Raises Rejected for figures no shipment can have, and Refused for the order
    of another shipment.
    """
    moment = now()
    changes = absorb(question, snapshot, shipment, moment)
    shipment.last_synced_from_provider_at = moment
    if changes:
        shipment.version += 1
        shipment.updated_at = moment
        claim = question.claim
        history.record(shipment, ActivityEvent.RESYNCED, claim.actor, changes=changes, run_id=claim.run_id)
    return changes


def absorb(
    question: Question,
    snapshot: ProviderOrderSnapshot,
    shipment: Fulfillment,
    moment: datetime,
    **instead: Any,
) -> Changes:
    """Keep the order and merge it into the shipment, which is locked; `instead` are values known better.

    The caller ends with refresh_order. Raises Rejected for figures no shipment can have, and Refused for the order
    of another shipment.
    """
    check(snapshot, question.label)
    provider_orders.keep(
        snapshot, fulfillment_id=shipment.id, account_id=question.account.id, label=question.label
    )
    return _apply(shipment, merge(shipment, snapshot, question.label, moment) | instead)


def _apply(shipment: Fulfillment, values: dict[str, Any]) -> Changes:
    tracking_number = values["tracking_number"]
    changes = history.set_and_compare(shipment, values)
    if "tracking_number" in changes:
        search_index.set_tracking_number(shipment, tracking_number)
    return channel_owed.after(changes, shipment)


def _fail(question: Question, error: ProviderError, shipment: Fulfillment, *, is_about_account: bool) -> Settled:
    if isinstance(error, NotFound) and shipment.cancel_by_hand:
        return _note_gone(question, shipment)
    if is_about_account:
        exchanges.note_failure(question.account.id, error)
    can_retry = error.retryable or isinstance(error, _WORTH_REPEATING)
    return _note_problem(question, shipment, error, can_retry=can_retry)


def _note_gone(question: Question, shipment: Fulfillment) -> Settled:
    """Somebody was to cancel the order by hand, and it is not there any more: that is done."""
    claim = question.claim
    provider_orders.mark_gone(shipment.id, question.account.id)
    gone = {
        "cancel_by_hand": False,
        "provider_state": ProviderOrderState.CANCELLED.value,
        "provider_problem": None,
        "last_synced_from_provider_at": now(),
    }
    changes = history.set_and_compare(shipment, gone)
    del changes["last_synced_from_provider_at"]
    shipment.version += 1
    shipment.updated_at = now()
    history.record(shipment, ActivityEvent.RESYNCED, claim.actor, changes=changes, run_id=claim.run_id)
    exchanges.note_success(question.account.id)
    message = f"{question.label} has no such order any more, so there is nothing left to cancel there."
    return Settled(BulkBucket.DONE, RunState.SUCCEEDED, message, result={"changes": changes})


def _note_problem(question: Question, shipment: Fulfillment, error: AppError, *, can_retry: bool) -> Settled:
    """The shipment keeps its values and says what went wrong; so do its history and the run."""
    claim = question.claim
    problem = problems.worded(error)
    changes = history.set_and_compare(shipment, {"provider_problem": problem})
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
    if changes or claim.requested_by_id is not None:  # What asks by the clock says the same thing only once.
        history.record(
            shipment,
            ActivityEvent.RESYNC_FAILED,
            claim.actor,
            changes=changes,
            note="" if changes else error.message,  # The change already says it.
            run_id=claim.run_id,
        )
    is_unknown = isinstance(error, ProviderError) and error.ambiguous
    return Settled(
        BulkBucket.ERRORS,
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


def locked(fulfillment_id: int) -> Fulfillment:
    """The shipment, locked until the end of the transaction and as it stands now."""
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

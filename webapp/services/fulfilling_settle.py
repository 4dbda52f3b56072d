"""The last step of sending a shipment: what the provider answered and the run's outcome, in one transaction."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.errors import AppError, Refused
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentOrder
from webapp.providers.base import (
    OutcomeUnknown,
    ProviderError,
    ProviderOrderSnapshot,
    Rejected,
    Throttled,
    Unsupported,
)
from webapp.schema import now
from webapp.services import doubts, exchanges, history, problems, provider_orders, runs, search_index
from webapp.services.fulfilling_send import Errand
from webapp.services.history import Entry
from webapp.services.ledger.entries import compared
from webapp.services.resyncs import Answer
from webapp.services.resyncs_merge import check, merge
from webapp.services.resyncs_settle import locked, refresh_order
from webapp.statuses import (
    ActivityEvent,
    FulfillmentOrderRequestStatus,
    ProviderOrderState,
    RunState,
)

FIRST_WAIT = timedelta(seconds=30)  # Doubled at each try: about eight minutes until the fifth, which is the last.
_Request = FulfillmentOrderRequestStatus
# What a failure may speak for: a request that somebody has accepted meanwhile is none of it.
_OPEN_REQUESTS = (_Request.SUBMITTING, _Request.REJECTED)


def settle(errand: Errand, answer: Answer) -> None:
    """Record the order that now stands there, or why there is none, and end the run or put it off.

    An outcome that nobody knows is not guessed: the next try looks for the order by our number before it sends
    anything. Raises ClaimLost when another worker has the run by now; the caller then rolls everything back.
    """
    if answer.snapshot is not None:
        _succeed(errand, answer.snapshot)
    elif answer.error is not None:
        _fail_or_put_off(errand, answer.error, is_about_account=answer.was_asked)


def _succeed(errand: Errand, snapshot: ProviderOrderSnapshot) -> None:
    """Also when somebody cancelled the run meanwhile: the order is there, and must not be forgotten."""
    shipment = locked(errand.question.fulfillment_id)
    runs.hold(errand.claim)
    try:
        check(snapshot, errand.label)
        _keep(errand, snapshot)
    except (Refused, Rejected) as refusal:
        _fail(errand, shipment, refusal)
        return
    moment = now()
    changes = history.set_and_compare(shipment, _values(errand, shipment, snapshot, moment))
    if "tracking_number" in changes:
        search_index.set_tracking_number(shipment, shipment.tracking_number)
    _note(shipment, ActivityEvent.SENT_TO_PROVIDER, errand, changes, f"Order {snapshot.external_id} there")
    shipment.last_synced_to_provider_at = moment
    exchanges.note_success(errand.question.account.id, wrote=True)  # Before fulfillment orders, as a void does.
    if shipment.voided_at is None:
        said = f"{shipment.fulfillment_number} was sent to {errand.label}"
        _set_request(shipment, _Request.SUBMITTED, errand, said, only_from=tuple(_Request))
    refresh_order(shipment, changes)
    result = {"external_id": snapshot.external_id}
    runs.finish(errand.claim, RunState.SUCCEEDED, _summary(errand, shipment, snapshot), result=result)


def _keep(errand: Errand, snapshot: ProviderOrderSnapshot) -> None:
    provider_orders.keep(
        snapshot,
        fulfillment_id=errand.question.fulfillment_id,
        account_id=errand.question.account.id,
        label=errand.label,
    )


def _values(
    errand: Errand, shipment: Fulfillment, snapshot: ProviderOrderSnapshot, moment: datetime
) -> dict[str, Any]:
    """Like a resync's, for the order may be older. One that was voided meanwhile is to be cancelled there."""
    values = merge(shipment, snapshot, errand.label, moment)
    if shipment.voided_at is not None and snapshot.state is not ProviderOrderState.CANCELLED:
        values["cancel_by_hand"] = True
    return values


def _summary(errand: Errand, shipment: Fulfillment, snapshot: ProviderOrderSnapshot) -> str:
    if shipment.voided_at is not None:
        return f"{shipment.fulfillment_number} was voided while it was sent. Cancel it at {errand.label} by hand."
    if shipment.provider_problem:
        return shipment.provider_problem
    return f"{errand.label} has the order, under its number {snapshot.external_id}."


def _fail_or_put_off(errand: Errand, error: ProviderError, *, is_about_account: bool) -> None:
    shipment = locked(errand.question.fulfillment_id)
    is_cancelling = runs.hold(errand.claim) is RunState.CANCELLING
    error = doubts.carried_over(error, errand.claim) or error
    may_pass = error.retryable or error.ambiguous
    if is_about_account and not isinstance(error, Throttled):
        exchanges.note_failure(errand.question.account.id, error)
    if may_pass and not errand.claim.is_last_attempt and not is_cancelling:
        _put_off(errand, error)
    else:
        _fail(errand, shipment, error, is_cancelling=is_cancelling)


def _put_off(errand: Errand, error: ProviderError) -> None:
    wait = FIRST_WAIT * 2 ** (errand.claim.attempts - 1)
    if error.retry_after is not None:
        wait = max(wait, timedelta(seconds=error.retry_after))
    if error.ambiguous:
        message = f"{error.message} It is looked for there by its number before anything is sent again."
    else:
        message = f"{error.message} This is tried again by itself."
    runs.postpone(errand.claim, now() + wait, message, in_doubt=error.ambiguous)


def _fail(errand: Errand, shipment: Fulfillment, error: AppError, *, is_cancelling: bool = False) -> None:
    """Note on the shipment what went wrong, where Needs attention finds it, and what is known of the request."""
    is_unknown = isinstance(error, OutcomeUnknown)
    was_refused = not is_unknown and not (isinstance(error, ProviderError) and error.retryable)
    problem = problems.worded(error, *_advice(errand, is_unknown=is_unknown))
    if shipment.voided_at is None:  # A voided one, and what became of its fulfillment order, are left alone.
        _say_problem(errand, shipment, problem)
        if not is_unknown:
            request = _Request.REJECTED if was_refused else _Request.UNSUBMITTED
            said = f"{shipment.fulfillment_number} could not be sent to {errand.label}"
            _set_request(shipment, request, errand, said, only_from=_OPEN_REQUESTS)
    state = RunState.UNKNOWN if is_unknown else RunState.CANCELLED if is_cancelling else RunState.FAILED
    runs.finish(
        errand.claim,
        state,
        problem,
        technical_error=f"{type(error).__name__} ({error.code}): {error.message}",
        can_retry=not isinstance(error, Unsupported),
    )


def _say_problem(errand: Errand, shipment: Fulfillment, problem: str) -> None:
    changes = history.set_and_compare(shipment, {"provider_problem": problem})
    if changes:
        _note(shipment, ActivityEvent.UPDATED, errand, changes, f"Could not be sent to {errand.label}")


def _advice(errand: Errand, *, is_unknown: bool) -> tuple[str, ...]:
    if is_unknown:
        return f"Nobody knows whether {errand.label} has the order.", problems.outlook(errand.claim.kind)
    return ("The order was not created. Mend what is wrong and send it again, or void the shipment.",)


def _note(
    shipment: Fulfillment, event: ActivityEvent, errand: Errand, changes: history.Changes, note: str
) -> None:
    claim = errand.claim
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
    history.record(shipment, event, claim.actor, changes=changes, note=note, run_id=claim.run_id)


def _set_request(
    shipment: Fulfillment,
    request: FulfillmentOrderRequestStatus,
    errand: Errand,
    said: str,
    *,
    only_from: tuple[FulfillmentOrderRequestStatus, ...],
) -> None:
    """Let the fulfillment order, locked after its shipment, say how the request stands."""
    order = db.session.scalars(
        sa.select(FulfillmentOrder)
        .where(FulfillmentOrder.id == shipment.fulfillment_order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    changes = compared({"request_status": (order.request_status, request.value)})
    if not changes or order.request_status not in {one.value for one in only_from}:
        return
    moment = now()
    order.request_status = request.value
    order.version += 1
    order.updated_at = moment
    entry = Entry(ActivityEvent.UPDATED, fulfillment_order_id=order.id, changes=changes, note=said)
    history.record_many([entry], errand.claim.actor, occurred_at=moment, run_id=errand.claim.run_id)

"""The last step of a void with a provider: what the order there came to, and the shipment, in one transaction."""

from dataclasses import dataclass, replace
from datetime import timedelta

from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.providers.base import (
    AccountDisabled,
    AuthFailed,
    NotCancellable,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
)
from webapp.providers.stale_copy import StaleCopy
from webapp.schema import now
from webapp.services import doubts, exchanges, history, problems, provider_orders, resyncs_settle, runs
from webapp.services.provider_questions import Question
from webapp.services.voids import void_locally
from webapp.services.voids_run import Found, Verdict
from webapp.statuses import ActivityEvent, ProviderOrderState, RunState, VoidBucket

NOTHING_CHANGED = "Nothing was changed here."
WAIT_TO_ASK_AGAIN = timedelta(seconds=20)  # A provider that was silent is asked again while people still remember.
# Trying again can bring another answer: by itself, or once somebody has mended the account or the order there.
_WORTH_REPEATING = (Rejected, AuthFailed, AccountDisabled, NotCancellable, OutcomeUnknown)


@dataclass(frozen=True)
class Settled:
    """What a void with a provider came to, in words, and whether trying again makes sense."""

    bucket: VoidBucket
    message: str
    is_unknown: bool = False
    can_retry: bool = False
    technical_error: str | None = None


def settle(question: Question, verdict: Verdict, reason: str) -> None:
    """Carry out the verdict and end the run, or put it off. Raises ClaimLost; the caller then rolls back."""
    error = doubts.carried_over(verdict.error, question.claim)
    verdict = replace(verdict, error=error)
    pause = pause_before(verdict)
    if pause is not None and not question.claim.is_last_attempt:
        message = f"{question.label} {pause[1]}, so it is asked again."
        runs.postpone(question.claim, now() + pause[0], message, in_doubt=error is not None and error.ambiguous)
        return
    shipment = resyncs_settle.locked(question.fulfillment_id)
    if runs.hold(question.claim) is RunState.CANCELLING:
        _stop(question, verdict, shipment)
        return
    settled = carry_out(question, verdict, reason, shipment)
    runs.finish(
        question.claim,
        _state_of(settled),
        settled.message,
        result={"bucket": settled.bucket.value},
        technical_error=settled.technical_error,
        can_retry=settled.can_retry,
    )


def pause_before(verdict: Verdict) -> tuple[timedelta, str] | None:
    """How long to wait before asking again, and what the provider did; None when the verdict stands."""
    error = verdict.error
    if error is None:
        return None
    wait = WAIT_TO_ASK_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
    if isinstance(error, Throttled):
        return wait, "was called too often and asks to wait"
    if isinstance(error, StaleCopy):
        return wait, "answers from a copy older than the order"
    return (wait, "did not answer when it was told to cancel") if error.ambiguous else None


def carry_out(question: Question, verdict: Verdict, reason: str, shipment: Fulfillment) -> Settled:
    """Void the shipment, which is locked, or leave it and note why not; the verdict is final."""
    if verdict.error is not None:
        return _failed(question, shipment, verdict.error, was_asked=verdict.was_asked)
    if verdict.was_asked:
        exchanges.note_success(question.account.id, wrote=verdict.was_told)
    if verdict.found is Found.LEFT:
        return _left(question, verdict, shipment)
    _note_order(question, verdict, shipment)
    claim = question.claim
    (result,) = void_locally(
        [shipment.id], reason=reason, actor=claim.actor, cancel_by_hand=True, run_id=claim.run_id
    )
    if result.bucket is not VoidBucket.VOIDED:
        return Settled(result.bucket, f"{result.reason} {NOTHING_CHANGED}")
    return Settled(result.bucket, _done(question, verdict))


def _done(question: Question, verdict: Verdict) -> str:
    if verdict.found is Found.STANDING:
        return f"Voided here. {question.label} takes no cancellations from us: cancel its order there by hand."
    if verdict.order is None:
        return f"Voided. {question.label} has no such order."
    return f"Voided, and cancelled at {question.label}."


def _left(question: Question, verdict: Verdict, shipment: Fulfillment) -> Settled:
    """The parcel is gone: the shipment says so, as after a resync, and is not voided."""
    changes = resyncs_settle.take_over(question, verdict.order, shipment) if verdict.order is not None else {}
    message = (
        f"{question.label} has shipped it, so it was not voided. If the goods really left, bring them back as a "
        "return; a supervisor can void it by force."
    )
    _note_problem(question, shipment, message)
    resyncs_settle.refresh_order(shipment, changes)
    return Settled(VoidBucket.NEEDS_CONFIRMATION, message)


def _failed(question: Question, shipment: Fulfillment, error: ProviderError, *, was_asked: bool) -> Settled:
    if was_asked:
        exchanges.note_failure(question.account.id, error)
    message = problems.worded(
        error, NOTHING_CHANGED, problems.outlook(question.claim.kind) if error.ambiguous else ""
    )
    _note_problem(question, shipment, message)
    return Settled(
        VoidBucket.ERRORS,
        message,
        is_unknown=error.ambiguous,
        can_retry=error.retryable or isinstance(error, _WORTH_REPEATING),
        technical_error=f"{type(error).__name__} ({error.code}): {error.message}",
    )


def _note_order(question: Question, verdict: Verdict, shipment: Fulfillment) -> None:
    """Keep how the order stands there; one that is not found is as good as cancelled."""
    if verdict.order is not None:
        provider_orders.keep(
            verdict.order,
            fulfillment_id=shipment.id,
            account_id=question.account.id,
            label=question.label,
        )
        shipment.provider_state = verdict.order.state.value
    elif verdict.found is Found.GONE:
        provider_orders.mark_gone(shipment.id, question.account.id)
        shipment.provider_state = ProviderOrderState.CANCELLED.value
    if verdict.was_told:
        _tell(question, shipment, ActivityEvent.PROVIDER_ORDER_CANCELLED)
    db.session.flush()


def _note_problem(question: Question, shipment: Fulfillment, message: str) -> None:
    changes = history.set_and_compare(shipment, {"void_problem": message[: problems.LENGTH]})
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
        _tell(question, shipment, ActivityEvent.UPDATED, changes)


def _tell(
    question: Question, shipment: Fulfillment, event: ActivityEvent, changes: history.Changes | None = None
) -> None:
    claim = question.claim
    history.record(shipment, event, claim.actor, changes=changes, run_id=claim.run_id)


def _stop(question: Question, verdict: Verdict, shipment: Fulfillment) -> None:
    """Somebody cancelled the run meanwhile: the shipment stays, what happened at the provider is kept."""
    message = "Cancelled. Nothing was changed."
    if verdict.found is Found.GONE:
        _note_order(question, verdict, shipment)
        shipment.version += 1
        shipment.updated_at = now()
        message = f"Cancelled. Its order at {question.label} is cancelled there, but the shipment was not voided."
    runs.finish(question.claim, RunState.CANCELLED, message)


def _state_of(settled: Settled) -> RunState:
    if settled.is_unknown:
        return RunState.UNKNOWN
    return RunState.SUCCEEDED if settled.bucket is VoidBucket.VOIDED else RunState.FAILED

"""The last step of a run that asked a provider about one shipment: what came of it, and the run's outcome."""

from dataclasses import replace
from datetime import timedelta

from webapp.errors import AppError
from webapp.models import Fulfillment
from webapp.providers.base import (
    AccountDisabled,
    AuthFailed,
    NotCancellable,
    NotUpdatable,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
)
from webapp.schema import now
from webapp.services import doubts, exchanges, history, problems, provider_runs, resyncs_settle, runs
from webapp.services.provider_runs import Errand, Operation, Settled
from webapp.services.resyncs import Answer
from webapp.statuses import ActivityEvent, BulkBucket, RunState

NOTHING_YET = "Nothing was changed here yet."
WAIT_TO_ASK_AGAIN = timedelta(seconds=20)  # A provider that was silent is asked again while people still remember.
# Trying again can bring another answer: by itself, or once somebody has mended the account or the order there.
_WORTH_REPEATING = (Rejected, AuthFailed, AccountDisabled, NotCancellable, NotUpdatable, OutcomeUnknown)


def settle(operation: Operation, errand: Errand, answer: Answer) -> None:
    """Carry out the answer and end the run, or put it off. Raises ClaimLost; the caller then rolls back.

    An outcome that nobody knows is not guessed: the provider is asked again, which does no harm.
    """
    claim = errand.claim
    shipment = resyncs_settle.locked(errand.question.fulfillment_id)
    is_cancelling = runs.hold(claim) is RunState.CANCELLING
    answer = replace(answer, error=doubts.carried_over(answer.error, claim))
    pause = pause_before(answer)
    if pause is not None and not claim.is_last_attempt and not is_cancelling:
        message = f"{errand.label} {_did(answer)}, so it is asked again."
        runs.postpone(claim, now() + pause, message, in_doubt=_is_ambiguous(answer))
        return
    if is_cancelling and not (operation.changes_provider and _may_have_changed(answer)):
        runs.finish(claim, RunState.CANCELLED, "Cancelled. Nothing was changed.")
        return
    provider_runs.end(claim, operation.carry_out(errand, answer, shipment))


def pause_before(answer: Answer) -> timedelta | None:
    """How long to wait before asking again; None when the answer stands."""
    error = answer.error
    if error is None or not (error.ambiguous or isinstance(error, Throttled)):
        return None
    return WAIT_TO_ASK_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)


def failed(errand: Errand, shipment: Fulfillment, answer: Answer, event: ActivityEvent, advice: str) -> Settled:
    """Note on the shipment, in its history and on the account what went wrong; nothing else is changed."""
    error = answer.error
    if error is None:
        raise ValueError("An answer without an error has not failed.")
    if answer.was_asked:
        exchanges.note_failure(errand.question.account.id, error)
    return refused(errand, shipment, error, event, advice)


def refused(errand: Errand, shipment: Fulfillment, error: AppError, event: ActivityEvent, advice: str) -> Settled:
    """The same for an answer that cannot be used, which says nothing of the account."""
    is_unknown = isinstance(error, ProviderError) and error.ambiguous
    said = (NOTHING_YET, problems.outlook(errand.claim.kind)) if is_unknown else (advice,)
    message = problems.worded(error, *said)
    note_problem(errand, shipment, message, event)
    may_pass = isinstance(error, ProviderError) and error.retryable
    return Settled(
        BulkBucket.ERRORS,
        RunState.UNKNOWN if is_unknown else RunState.FAILED,
        message,
        can_retry=may_pass or isinstance(error, _WORTH_REPEATING),
        technical_error=f"{type(error).__name__} ({error.code}): {error.message}",
    )


def note_problem(errand: Errand, shipment: Fulfillment, message: str, event: ActivityEvent) -> None:
    """Let the shipment say what a person has to look at, where Needs attention finds it."""
    changes = history.set_and_compare(shipment, {"provider_problem": message[: problems.LENGTH]})
    if changes:
        tell(errand, shipment, event, changes)


def tell(
    errand: Errand, shipment: Fulfillment, event: ActivityEvent, changes: history.Changes, note: str = ""
) -> None:
    """One history row, by whoever asked for the run; a shipment that changed has a new version."""
    claim = errand.claim
    if changes:
        shipment.version += 1
        shipment.updated_at = now()
    history.record(shipment, event, claim.actor, changes=changes, note=note, run_id=claim.run_id)


def _may_have_changed(answer: Answer) -> bool:
    return answer.snapshot is not None or _is_ambiguous(answer)


def _is_ambiguous(answer: Answer) -> bool:
    return answer.error is not None and answer.error.ambiguous


def _did(answer: Answer) -> str:
    if isinstance(answer.error, Throttled):
        return "was called too often and asks to wait"
    return "did not say whether it did what was asked"

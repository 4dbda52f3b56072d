"""The last step of telling a sales channel: what it has by now and the run's outcome, in one transaction."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import ChannelFulfillment, Fulfillment
from webapp.providers.base import NotFound, OutcomeUnknown, ProviderError, Throttled
from webapp.providers.channel import Receipt
from webapp.schema import now
from webapp.services import doubts, exchanges, history, problems, runs
from webapp.services.channel_questions import ChannelAnswer, ChannelQuestion
from webapp.services.resyncs_settle import locked
from webapp.statuses import ActivityEvent, BulkBucket, RunState

# A call without an answer may still be at work: a minute is longer than a shop takes over anything.
WAIT_AFTER_SILENCE = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=15)  # Doubled at each try: some four minutes until the fifth, which is the last.


@dataclass(frozen=True)
class Settled:
    """What telling the channel came to, in words. `technical_error` is empty when it knows the shipment now."""

    bucket: BulkBucket
    message: str
    is_unknown: bool = False
    technical_error: str | None = None
    order_id: str = ""


def settle(question: ChannelQuestion, answer: ChannelAnswer) -> None:
    """Record what the channel has, or why nothing, and end the run or put it off.

    An outcome that nobody knows is not guessed: the next try looks before it tells anything. Raises ClaimLost when
    another worker has the run by now; the caller then rolls everything back.
    """
    shipment = locked(question.fulfillment_id)
    is_cancelling = runs.hold(question.claim) is RunState.CANCELLING
    answer = replace(answer, error=doubts.carried_over(answer.error, question.claim))
    pause = pause_before(answer, attempts=question.claim.attempts)
    if pause is not None and not question.claim.is_last_attempt and not is_cancelling:
        note_failure(question, answer)
        _put_off(question, answer, pause)
        return
    settled = carry_out(question, answer, shipment)
    runs.finish(
        question.claim,
        _state_of(settled, is_cancelling=is_cancelling),
        settled.message,
        result={"order_id": settled.order_id},
        technical_error=settled.technical_error,
        can_retry=settled.technical_error is not None,
    )


def pause_before(answer: ChannelAnswer, *, attempts: int) -> timedelta | None:
    """How long to wait before asking again; None when the answer stands."""
    error = answer.error
    if error is None or not (error.retryable or error.ambiguous):
        return None
    wait = WAIT_AFTER_SILENCE if error.ambiguous else FIRST_WAIT * 2 ** (attempts - 1)
    return wait if error.retry_after is None else max(wait, timedelta(seconds=error.retry_after))


def note_failure(question: ChannelQuestion, answer: ChannelAnswer) -> None:
    """Count a failure that says something about the account."""
    if answer.was_asked and answer.error is not None and not isinstance(answer.error, Throttled):
        exchanges.note_failure(question.account.id, answer.error)


def carry_out(question: ChannelQuestion, answer: ChannelAnswer, shipment: Fulfillment) -> Settled:
    """Write down what the channel has by now, on the shipment, which is locked; the answer is final."""
    error = answer.error
    if isinstance(error, NotFound) and question.takes_back:
        return _succeed(question, Receipt("", (), was_changed=False), shipment)
    if error is not None:
        note_failure(question, answer)
        return _fail(question, error, shipment)
    return _succeed(question, answer.receipt or Receipt("", (), was_changed=False), shipment)


def _state_of(settled: Settled, *, is_cancelling: bool) -> RunState:
    """Done also when somebody cancelled the run meanwhile: the channel knows, and that must not be forgotten."""
    if settled.bucket is BulkBucket.DONE:
        return RunState.SUCCEEDED
    if settled.is_unknown:
        return RunState.UNKNOWN
    return RunState.CANCELLED if is_cancelling else RunState.FAILED


def _put_off(question: ChannelQuestion, answer: ChannelAnswer, wait: timedelta) -> None:
    error = answer.error
    is_unknown = error is not None and error.ambiguous
    what = "It is looked for there before anything is told again" if is_unknown else "It is tried again"
    said = error.message if error else ""
    runs.postpone(question.claim, now() + wait, f"{said} {what}, by itself.", in_doubt=is_unknown)


def _succeed(question: ChannelQuestion, receipt: Receipt, shipment: Fulfillment) -> Settled:
    moment = now()
    _keep(question, receipt)
    stamp = "void_told_to_channel_at" if question.takes_back else "submitted_to_sales_channel_at"
    if _was_corrected(question, shipment):  # Meanwhile, so it stays due.
        changes: history.Changes = {}
    else:
        changes = history.set_and_compare(shipment, {stamp: moment, "channel_problem": None})
    event = ActivityEvent.UPDATED if question.takes_back else ActivityEvent.SUBMITTED_TO_CHANNEL
    message = _summary(question, receipt)
    _note(question, shipment, event, changes, message)
    exchanges.note_success(question.account.id, wrote=receipt.was_changed)
    return Settled(BulkBucket.DONE, message, order_id=receipt.order_id)


def _fail(question: ChannelQuestion, error: ProviderError, shipment: Fulfillment) -> Settled:
    """Note on the shipment what the channel said; what passes by itself leaves it due."""
    passes = error.retryable and not error.ambiguous
    problem = problems.worded(error, problems.outlook(question.claim.kind) if error.ambiguous else "")
    if not passes and not _was_corrected(question, shipment):
        changes = history.set_and_compare(shipment, {"channel_problem": problem})
        if changes:
            _note(question, shipment, ActivityEvent.UPDATED, changes, f"{question.label} could not be told")
    technical = f"{type(error).__name__} ({error.code}): {error.message}"
    is_unknown = isinstance(error, OutcomeUnknown)
    return Settled(BulkBucket.ERRORS, problem, is_unknown=is_unknown, technical_error=technical)


def _was_corrected(question: ChannelQuestion, shipment: Fulfillment) -> bool:
    """Whether the tracking changed while the channel was being told: what it knows or refused is the old one."""
    told = question.shipment.tracking
    return not question.takes_back and (told.number, told.carrier) != (
        shipment.tracking_number or "",
        shipment.carrier,
    )


def _keep(question: ChannelQuestion, receipt: Receipt) -> None:
    """Remember what stands for the shipment there, and forget what does no longer."""
    told = ChannelFulfillment
    mine = (told.fulfillment_id == question.fulfillment_id, told.provider_account_id == question.account.id)
    db.session.execute(sa.delete(told).where(*mine), execution_options={"synchronize_session": False})
    ids = [one.external_id for one in receipt.fulfillments]
    of_account = (told.provider_account_id == question.account.id, told.external_id.in_(ids))
    # Two shipments in one parcel, told at the same moment: the first to write has it.
    taken = set(db.session.scalars(sa.select(told.external_id).where(*of_account)))
    for one in (one for one in receipt.fulfillments if one.external_id not in taken):
        db.session.add(
            told(
                fulfillment_id=question.fulfillment_id,
                provider_account_id=question.account.id,
                external_id=one.external_id,
                external_order_id=receipt.order_id,
                tracking_number=question.shipment.tracking.number,
            )
        )


def _summary(question: ChannelQuestion, receipt: Receipt) -> str:
    label, shipment = question.label, question.shipment
    if question.takes_back:
        done = "was told of the void" if receipt.was_changed else "has nothing of this shipment to take back"
        return f"{label} {done} (order {shipment.order_name})."
    done = "was told" if receipt.was_changed else "knew already"
    return f"{label} {done}: order {shipment.order_name}, tracking {shipment.tracking.number}."


def _note(
    question: ChannelQuestion, shipment: Fulfillment, event: ActivityEvent, changes: history.Changes, note: str
) -> None:
    claim = question.claim
    shipment.version += 1
    shipment.updated_at = now()
    history.record(shipment, event, claim.actor, changes=changes, note=note, run_id=claim.run_id)

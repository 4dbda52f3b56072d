"""What a provider can be asked about one shipment: how its order stands, to change its lines, to cancel it."""

from typing import Any

from webapp.errors import Refused
from webapp.models import Fulfillment
from webapp.providers.base import AlreadyShipped, NotFound, Rejected
from webapp.queries.provider_actions import Refusal, standing_of
from webapp.queries.scope import EVERYWHERE
from webapp.schema import now
from webapp.services import exchanges, history, idempotency, provider_orders, resyncs, resyncs_settle, runs
from webapp.services.actors import Actor
from webapp.services.fulfilling_send import order_of
from webapp.services.provider_questions import Talk, question_of
from webapp.services.provider_runs import Errand, Operation, Settled, answer_to
from webapp.services.provider_settle import failed, refused, tell
from webapp.services.resyncs import Answer
from webapp.services.runs import Claim
from webapp.statuses import ActivityEvent, BulkBucket, ProviderOrderState, RunKind, RunState

REFUSALS: dict[RunKind, Refusal] = {
    RunKind.RESYNC_TO_PROVIDER: lambda standing: standing.update_refusal,
    RunKind.CANCEL_PROVIDER_ORDER: lambda standing: standing.cancel_refusal,
}
NOT_CHANGED = "Nothing was changed here."
NOT_CANCELLED = "The order was not cancelled, and nothing was changed here."


def request(kind: RunKind, fulfillment_id: int, actor: Actor, key: str | None) -> int:
    """Ask for one of these and return the run's id; the same key again returns the same run.

    Raises NotFound outside the actor's scope, and Refused naming the provider where it cannot be done.
    """
    if actor.user_id is None:
        raise ValueError("This is asked for by a person.")
    standing = standing_of(fulfillment_id, actor.scope)
    first = idempotency.claim(actor.user_id, key, kind.value, {"fulfillment_id": fulfillment_id})
    if first is not None:
        return int(first["run_id"])
    if refusal := REFUSALS[kind](standing):
        raise Refused(refusal)
    run_id = runs.request(kind, actor, fulfillment_id=fulfillment_id)
    idempotency.remember(actor.user_id, key, {"run_id": run_id})
    return run_id


def _prepared(claim: Claim, kind: RunKind) -> Errand:
    """The errand without an order. Raises Refused for a shipment that must not be asked about any more."""
    question = question_of(claim)
    if refusal := REFUSALS[kind](standing_of(question.fulfillment_id, EVERYWHERE)):
        raise Refused(f"{refusal} Nothing was sent.")
    return Errand(question)


def _prepare_update(claim: Claim) -> Errand:
    errand = _prepared(claim, RunKind.RESYNC_TO_PROVIDER)
    return Errand(errand.question, order_of(errand.question.fulfillment_id))


def _update(errand: Errand) -> Answer:
    order = errand.order
    if order is None:
        raise ValueError("There is no order to be sent.")

    def update(talk: Talk) -> Answer:
        with talk as adapter:
            return Answer(snapshot=adapter.update_order(errand.question.reference, order))

    return answer_to(errand, update)


def _updated(errand: Errand, answer: Answer, shipment: Fulfillment) -> Settled:
    if answer.snapshot is None:
        return failed(errand, shipment, answer, ActivityEvent.RESYNC_FAILED, NOT_CHANGED)
    moment = now()
    try:
        changes = resyncs_settle.absorb(errand.question, answer.snapshot, shipment, moment)
    except (Refused, Rejected) as refusal:
        return refused(errand, shipment, refusal, ActivityEvent.RESYNC_FAILED, NOT_CHANGED)
    shipment.last_synced_to_provider_at = moment
    exchanges.note_success(errand.question.account.id, wrote=True)
    tell(errand, shipment, ActivityEvent.SENT_TO_PROVIDER, changes, "The lines as they stand here")
    resyncs_settle.refresh_order(shipment, changes)
    message = f"{errand.label} has the lines as they stand here."
    return Settled(BulkBucket.DONE, RunState.SUCCEEDED, shipment.provider_problem or message)


def _cancel(errand: Errand) -> Answer:
    def cancel(talk: Talk) -> Answer:
        reference = errand.question.reference
        with talk as adapter:
            try:
                return Answer(snapshot=adapter.cancel_order(reference, _reason(errand)))
            except AlreadyShipped:
                # Looking once more brings its tracking number.
                return Answer(snapshot=adapter.fetch_order(reference))

    return answer_to(errand, cancel)


def _reason(errand: Errand) -> str:
    return str(errand.claim.parameters.get("reason") or "Cancelled by the warehouse")


def _cancelled(errand: Errand, answer: Answer, shipment: Fulfillment) -> Settled:
    """The shipment keeps its status: voiding it, which brings the stock back, is for a person to decide."""
    if isinstance(answer.error, NotFound):
        return _is_gone(errand, shipment)
    if answer.snapshot is None:
        return failed(errand, shipment, answer, ActivityEvent.UPDATED, NOT_CANCELLED)
    exchanges.note_success(errand.question.account.id, wrote=True)
    try:
        if answer.snapshot.state is not ProviderOrderState.CANCELLED:
            return _has_left(errand, answer, shipment)
        kept = {"status": shipment.status, "cancel_by_hand": False, "provider_problem": None}
        changes = resyncs_settle.absorb(errand.question, answer.snapshot, shipment, now(), **kept)
    except (Refused, Rejected) as refusal:
        return refused(errand, shipment, refusal, ActivityEvent.UPDATED, NOT_CANCELLED)
    tell(errand, shipment, ActivityEvent.PROVIDER_ORDER_CANCELLED, changes)
    return _done(
        f"Cancelled at {errand.label}. The shipment stays as it is here; void it to bring its stock back."
    )


def _is_gone(errand: Errand, shipment: Fulfillment) -> Settled:
    provider_orders.mark_gone(shipment.id, errand.question.account.id)
    gone: dict[str, Any] = {
        "provider_state": ProviderOrderState.CANCELLED.value,
        "cancel_by_hand": False,
        "provider_problem": None,
    }
    changes = history.set_and_compare(shipment, gone)
    exchanges.note_success(errand.question.account.id)
    tell(errand, shipment, ActivityEvent.PROVIDER_ORDER_CANCELLED, changes, "There is no such order there")
    return _done(f"{errand.label} has no such order any more, so there is nothing left to cancel there.")


def _has_left(errand: Errand, answer: Answer, shipment: Fulfillment) -> Settled:
    """The shipment says that it has left, as after a resync."""
    if answer.snapshot is not None:
        changes = resyncs_settle.take_over(errand.question, answer.snapshot, shipment)
        resyncs_settle.refresh_order(shipment, changes)
    message = f"{errand.label} has shipped it, so its order was not cancelled."
    return Settled(BulkBucket.SKIPPED, RunState.FAILED, message)


def _done(message: str) -> Settled:
    return Settled(BulkBucket.DONE, RunState.SUCCEEDED, message)


RESYNC_FROM = Operation(
    prepare=lambda claim: Errand(question_of(claim)),
    ask=lambda errand: resyncs.ask(errand.question),
    carry_out=lambda errand, answer, shipment: resyncs_settle.carry_out(errand.question, answer, shipment),
    changes_provider=False,
)
RESYNC_TO = Operation(prepare=_prepare_update, ask=_update, carry_out=_updated, changes_provider=True)
CANCEL_ORDER = Operation(
    prepare=lambda claim: _prepared(claim, RunKind.CANCEL_PROVIDER_ORDER),
    ask=_cancel,
    carry_out=_cancelled,
    changes_provider=True,
)

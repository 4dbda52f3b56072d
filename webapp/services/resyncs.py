"""Resync from provider: ask how the order stands there, then merge the answer into the shipment."""

from dataclasses import dataclass

from webapp.errors import Refused
from webapp.providers.base import ProviderError, ProviderOrderSnapshot
from webapp.queries.resyncs import status_of
from webapp.services import idempotency, runs
from webapp.services.actors import Actor
from webapp.services.provider_questions import Question, Talk
from webapp.statuses import RunKind


@dataclass(frozen=True)
class Answer:
    """The provider's order, or why there is none; `was_asked` is false when nothing was sent at all."""

    snapshot: ProviderOrderSnapshot | None = None
    error: ProviderError | None = None
    was_asked: bool = True


def request(fulfillment_id: int, actor: Actor, idempotency_key: str | None) -> int:
    """Ask for a resync and return the run's id; the same key again returns the same run.

    Raises NotFound outside the actor's scope, and Refused naming the provider when it cannot be asked.
    """
    status = status_of(fulfillment_id, actor.scope)
    if status.refusal:
        raise Refused(status.refusal)
    if actor.user_id is None:
        return runs.request(RunKind.RESYNC_FROM_PROVIDER, actor, fulfillment_id=fulfillment_id)
    parameters = {"fulfillment_id": fulfillment_id}
    first = idempotency.claim(actor.user_id, idempotency_key, RunKind.RESYNC_FROM_PROVIDER, parameters)
    if first is not None:
        return int(first["run_id"])
    run_id = runs.request(RunKind.RESYNC_FROM_PROVIDER, actor, fulfillment_id=fulfillment_id)
    idempotency.remember(actor.user_id, idempotency_key, {"run_id": run_id})
    return run_id


def ask(question: Question) -> Answer:
    """Ask the provider. Takes as long as it takes, holds no transaction, keeps every exchange."""
    talk = Talk(question)
    try:
        with talk as adapter:
            return Answer(snapshot=adapter.fetch_order(question.reference))
    except ProviderError as error:
        return Answer(error=error, was_asked=talk.was_used)

"""Resync from provider: ask how the order stands there, then merge the answer into the shipment.

A job takes three steps, so that no transaction is open while the provider is asked: `prepare`, `ask`, `settle`.
What `settle` writes and the run's outcome are one transaction: a worker that dies leaves both or neither.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder
from webapp.providers.base import (
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    ProviderOrderSnapshot,
)
from webapp.providers.http import DoorOptions
from webapp.providers.registry import adapter_for, label_of
from webapp.queries.resyncs import status_of
from webapp.services import exchanges, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.credentials import decrypt
from webapp.services.runs import Claim
from webapp.statuses import RunKind


@dataclass(frozen=True)
class Question:
    """What a worker needs to ask a provider about one shipment, once the database is let go."""

    claim: Claim
    fulfillment_id: int
    account: ProviderAccountRecord
    reference: OrderReference

    @property
    def label(self) -> str:
        return label_of(self.account.kind)


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


def prepare(claim: Claim) -> Question:
    """Read what is to be asked and of whom; the shipment's newest order at the provider is the one meant.

    Raises Refused when the shipment has lost its account since the run was asked for.
    """
    if claim.fulfillment_id is None:
        raise Refused("This run names no shipment.")
    row = db.session.execute(_subject(claim.fulfillment_id)).one_or_none()
    if row is None:
        raise Refused("This shipment is with no provider account any more, so there is nobody to ask.")
    account = ProviderAccountRecord(
        id=row.id,
        kind=row.kind,
        name=row.name,
        base_url=row.base_url,
        credentials=decrypt(row.credentials),
        settings=row.settings,
        circuit_open_until=row.circuit_open_until,
        is_enabled=row.is_enabled,
    )
    reference = OrderReference(row.external_id, row.fulfillment_number)
    return Question(claim, claim.fulfillment_id, account, reference)


def ask(question: Question) -> Answer:
    """Ask the provider. Takes as long as it takes, holds no transaction, keeps every exchange."""
    keep = exchanges.keeper(
        question.account.id, fulfillment_id=question.fulfillment_id, run_id=question.claim.run_id
    )
    asked: list[str] = []

    def record(exchange: Any) -> None:
        asked.append(exchange.operation)
        keep(exchange)

    try:
        with closing(adapter_for(question.account, options=_door_options(), record=record)) as adapter:
            return Answer(snapshot=adapter.fetch_order(question.reference))
    except ProviderError as error:
        return Answer(error=error, was_asked=bool(asked))


def _door_options() -> DoorOptions:
    running = settings()
    return DoorOptions(
        allow_sandbox=not running.is_production,
        allow_real_hosts=running.allow_real_hosts,
        redis_url=running.redis_url,
    )


def _subject(fulfillment_id: int) -> sa.Select[Any]:
    newest_order = (
        sa.select(ProviderOrder.external_id)
        .where(
            ProviderOrder.fulfillment_id == Fulfillment.id,
            ProviderOrder.provider_account_id == ProviderAccount.id,
        )
        .order_by(ProviderOrder.id.desc())
        .limit(1)
        .correlate(Fulfillment, ProviderAccount)
        .scalar_subquery()
    )
    account = ProviderAccount
    return (
        sa.select(
            Fulfillment.fulfillment_number,
            newest_order.label("external_id"),
            account.id,
            account.kind,
            account.name,
            account.base_url,
            account.credentials,
            account.settings,
            account.circuit_open_until,
            account.is_enabled,
        )
        .join(account, account.id == Fulfillment.provider_account_id)
        .where(Fulfillment.id == fulfillment_id)
    )

"""Who is asked about a shipment and with what key, and the adapter with which a worker asks.

A job that calls a provider takes three steps, so that no transaction is open while the provider is asked: read
the question, ask, settle. What the last one writes and the run's outcome are one transaction: a worker that dies
leaves both or neither.
"""

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder
from webapp.providers.base import (
    Exchange,
    OrderReference,
    ProviderAccountRecord,
    ProviderAdapter,
)
from webapp.providers.http import DoorOptions
from webapp.providers.registry import adapter_for, label_of
from webapp.providers.shared_tokens import SharedTokens
from webapp.queries.fulfilling_send import last_sent_at
from webapp.services import exchanges
from webapp.services.credentials import decrypt
from webapp.services.runs import Claim

_ACCOUNT = (
    ProviderAccount.id,
    ProviderAccount.kind,
    ProviderAccount.name,
    ProviderAccount.base_url,
    ProviderAccount.credentials,
    ProviderAccount.settings,
    ProviderAccount.circuit_open_until,
    ProviderAccount.is_enabled,
)


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


class Talk:
    """A connection to the provider for one question; every exchange is kept. `was_used`: something was sent.

    talk = Talk(question)
    with talk as adapter:  # Raises Unsupported for a kind of provider without an adapter.
        adapter.fetch_order(question.reference)
    """

    def __init__(self, question: Question) -> None:
        self.was_used = False
        self._question = question
        self._keep = exchanges.keeper(
            question.account.id, fulfillment_id=question.fulfillment_id, run_id=question.claim.run_id
        )

    def __enter__(self) -> ProviderAdapter:
        self._adapter = adapter_for(self._question.account, options=_door_options(), record=self._record)
        return self._adapter

    def __exit__(self, *_: object) -> None:
        self._adapter.close()

    def _record(self, exchange: Exchange) -> None:
        self.was_used = True
        self._keep(exchange)


class Inquiry:
    """The same for a question that is about an account and no single shipment."""

    def __init__(self, account: ProviderAccountRecord, run_id: int) -> None:
        keep = exchanges.keeper(account.id, run_id=run_id)
        self._adapter = adapter_for(account, options=_door_options(), record=keep)

    def __enter__(self) -> ProviderAdapter:
        return self._adapter

    def __exit__(self, *_: object) -> None:
        self._adapter.close()


def account_of(account_id: int) -> ProviderAccountRecord:
    """The account as the outside layer needs it. Raises Refused when it is gone."""
    row = db.session.execute(sa.select(*_ACCOUNT).where(ProviderAccount.id == account_id)).one_or_none()
    if row is None:
        raise Refused("This provider account is not there any more, so there is nobody to ask.")
    return _record(row)


def question_of(claim: Claim) -> Question:
    """Read what is to be asked and of whom; the shipment's newest order at the provider is the one meant.

    Raises Refused when the shipment has lost its account since the run was asked for.
    """
    if claim.fulfillment_id is None:
        raise Refused("This run names no shipment.")
    row = db.session.execute(_subject(claim.fulfillment_id)).one_or_none()
    if row is None:
        raise Refused("This shipment is with no provider account any more, so there is nobody to ask.")
    sent_at = last_sent_at(claim.fulfillment_id, asking_run_id=claim.run_id)
    reference = OrderReference(row.external_id, row.fulfillment_number, sent_at)
    return Question(claim, claim.fulfillment_id, _record(row), reference)


def _record(row: sa.Row[*tuple[Any, ...]]) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=row.id,
        kind=row.kind,
        name=row.name,
        base_url=row.base_url,
        credentials=decrypt(row.credentials),
        settings=row.settings,
        circuit_open_until=row.circuit_open_until,
        is_enabled=row.is_enabled,
    )


def door_options(*, until: float | None = None) -> DoorOptions:
    """What this installation allows a call to do; `until` (monotonic) is when the patience of the asker ends."""
    return replace(_door_options(), until=until)


def _door_options() -> DoorOptions:
    running = settings()
    return DoorOptions(
        allow_sandbox=not running.is_production,
        allow_real_hosts=running.allow_real_hosts,
        redis_url=running.redis_url,
        shared_tokens=SharedTokens(running.redis_url, running.credential_keys),
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
    return (
        sa.select(
            Fulfillment.fulfillment_number,
            newest_order.label("external_id"),
            *_ACCOUNT,
        )
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id)
        .where(Fulfillment.id == fulfillment_id)
    )

"""The provider's copies of a shipment, their payloads, and every exchange with the outside about it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderExchange, ProviderOrder
from webapp.providers.registry import label_of
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope
from webapp.queries.slices import Slice, slice_of
from webapp.statuses import ExchangeOutcome, ProviderOrderState


@dataclass(frozen=True)
class ProviderOrderRow:
    """A provider order as the card shows it, without its payload."""

    id: int
    external_id: str
    external_number: str
    state: ProviderOrderState
    raw_status: str
    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: Decimal | None
    shipped_at: datetime | None
    updated_at: datetime
    url: str | None
    kind: str
    account: str

    @property
    def link(self) -> str | None:
        """The provider's page of the order; only an address of the web is ever made a link."""
        return self.url if self.url and self.url.startswith(("https://", "http://")) else None


@dataclass(frozen=True)
class Payload:
    """What the provider last answered about an order, as it was stored."""

    external_number: str
    kind: str
    updated_at: datetime
    content: dict[str, Any]


@dataclass(frozen=True)
class ExchangeRow:
    """One call to the outside and what came of it, without its bodies."""

    id: int
    operation: str
    response_status: int | None
    duration_ms: int
    outcome: ExchangeOutcome
    message: str
    occurred_at: datetime
    kind: str

    @property
    def system(self) -> str:
        """Who was called, a provider or a sales channel, as people call it."""
        return label_of(self.kind)

    @property
    def operation_label(self) -> str:
        return self.operation.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Exchange(ExchangeRow):
    """The same with everything that was sent and answered."""

    method: str
    url: str
    request_body: str | None
    response_body: str | None
    run_id: int | None


_ROW = (
    ProviderExchange.id,
    ProviderExchange.operation,
    ProviderExchange.response_status,
    ProviderExchange.duration_ms,
    ProviderExchange.outcome,
    ProviderExchange.message,
    ProviderExchange.occurred_at,
    ProviderAccount.kind,
)


_ORDERS = Prepared(
    sa.select(
        ProviderOrder.id,
        ProviderOrder.external_id,
        ProviderOrder.external_number,
        ProviderOrder.state,
        ProviderOrder.raw_status,
        ProviderOrder.tracking_number,
        ProviderOrder.carrier,
        ProviderOrder.service,
        ProviderOrder.cost,
        ProviderOrder.shipped_at,
        ProviderOrder.updated_at,
        ProviderOrder.url,
        ProviderAccount.kind,
        ProviderAccount.name.label("account"),
    )
    .join(ProviderAccount, ProviderAccount.id == ProviderOrder.provider_account_id)
    .where(ProviderOrder.fulfillment_id == sa.bindparam("fulfillment_id"))
    .order_by(ProviderOrder.id.desc())
)


def provider_orders_of(fulfillment_id: int) -> list[ProviderOrderRow]:
    """The orders, newest first, of a shipment that the caller was allowed to read."""
    rows = _ORDERS.named(db.session.connection(), fulfillment_id=fulfillment_id)
    return [ProviderOrderRow(**row._asdict() | {"state": ProviderOrderState(row.state)}) for row in rows]


def payload_of(fulfillment_id: int, provider_order_id: int, scope: Scope) -> Payload:
    """The stored payload of one order of the shipment; raises NotFound when there is none in the scope."""
    statement = (
        sa.select(
            ProviderOrder.external_number, ProviderAccount.kind, ProviderOrder.updated_at, ProviderOrder.payload
        )
        .join(Fulfillment, Fulfillment.id == ProviderOrder.fulfillment_id)
        .join(ProviderAccount, ProviderAccount.id == ProviderOrder.provider_account_id)
        .where(ProviderOrder.id == provider_order_id, Fulfillment.id == fulfillment_id, scope.limit())
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("This shipment has no such provider order.")
    return Payload(*row)


def exchanges_of(fulfillment_id: int, *, page: int, size: int) -> Slice[ExchangeRow]:
    """One page, newest first, of the exchanges about a shipment that the caller was allowed to read."""
    statement = (
        sa.select(*_ROW)
        .join(ProviderAccount, ProviderAccount.id == ProviderExchange.provider_account_id)
        .where(ProviderExchange.fulfillment_id == fulfillment_id)
        .order_by(ProviderExchange.id.desc())
    )
    rows = slice_of(statement, page=page, size=size)
    return rows.map(lambda row: ExchangeRow(**{**row, "outcome": ExchangeOutcome(row["outcome"])}))


def exchange(fulfillment_id: int, exchange_id: int, scope: Scope) -> Exchange:
    """One exchange with its bodies; raises NotFound when the shipment has none such in the scope."""
    statement = (
        sa.select(
            *_ROW,
            ProviderExchange.method,
            ProviderExchange.url,
            ProviderExchange.request_body,
            ProviderExchange.response_body,
            ProviderExchange.run_id,
        )
        .join(ProviderAccount, ProviderAccount.id == ProviderExchange.provider_account_id)
        .join(Fulfillment, Fulfillment.id == ProviderExchange.fulfillment_id)
        .where(ProviderExchange.id == exchange_id, Fulfillment.id == fulfillment_id, scope.limit())
    )
    row = db.session.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound("This shipment has no such call. Calls are deleted after a while.")
    return Exchange(**{**row, "outcome": ExchangeOutcome(row["outcome"])})

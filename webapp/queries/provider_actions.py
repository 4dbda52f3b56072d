"""What a provider can be asked about a shipment's order, and why not: one rule for page, forms, runs and bulk."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run
from webapp.models.runs import IS_UNFINISHED
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.scope import Scope
from webapp.queries.shipment_page import NOT_HERE
from webapp.schema import HIGHEST_ID
from webapp.statuses import FulfillmentStatus, FulfillmentType, ProviderOrderState, RunKind

_LEFT = frozenset({ProviderOrderState.SHIPPED, ProviderOrderState.PARTIALLY_SHIPPED})


@dataclass(frozen=True, kw_only=True)
class ProviderStanding:
    """A shipment with its provider and its newest order there, as last seen."""

    fulfillment_id: int
    fulfillment_number: str
    status: FulfillmentStatus
    voided_at: datetime | None
    provider: str
    account_kind: str | None
    trouble: Trouble | None
    order_state: ProviderOrderState | None
    is_being_voided: bool

    @property
    def resync_refusal(self) -> str | None:
        """Why the provider cannot be asked how the order stands, in a sentence; None when it can."""
        return self._of_provider(Capability.RESYNC_FROM, "cannot be asked how its orders stand.")

    @property
    def update_refusal(self) -> str | None:
        """Why the lines cannot be sent to the provider, in a sentence; None when they can."""
        refusal = self._of_provider(Capability.RESYNC_TO, "takes no changes to its orders from here.")
        if refusal:
            return refusal
        if self.status is not FulfillmentStatus.SUBMITTED:
            return f"It is {self.status.label.lower()}; only what is submitted, and no further, is sent again."
        return self._of_order("changed")

    @property
    def cancel_refusal(self) -> str | None:
        """Why the order cannot be cancelled at the provider, in a sentence; None when it can."""
        hint = "takes no cancellations from here. Cancel the order there by hand."
        return self._of_provider(Capability.CANCEL, hint) or self._of_order("cancelled")

    @property
    def passing_trouble(self) -> str | None:
        """Why asking now will fail although it is possible, in a sentence."""
        return self.trouble.sentence if self.trouble and not self.trouble.is_lasting else None

    @property
    def is_cancelled_there(self) -> bool:
        """Whether the order is cancelled at the provider while the shipment still stands here."""
        return self.order_state is ProviderOrderState.CANCELLED and self.voided_at is None

    def _of_provider(self, capability: Capability, hint: str) -> str | None:
        if self.account_kind is None:
            return f"This shipment ({self.provider}) is with no provider account, so there is nobody to ask."
        if capability not in capabilities_of(self.account_kind):
            return f"{self.provider} {hint}"
        return self.trouble.sentence if self.trouble and self.trouble.is_lasting else None

    def _of_order(self, done: str) -> str | None:
        if self.is_being_voided:
            return "It is being voided."
        if self.order_state is None:
            return f"No order at {self.provider} is known. Send it there, or resync it, first."
        if self.order_state in _LEFT:
            return f"{self.provider} has shipped its order, which cannot be {done} any more."
        if self.order_state is ProviderOrderState.CANCELLED:
            return f"Its order at {self.provider} is cancelled already."
        return None


Refusal = Callable[[ProviderStanding], str | None]
_ORDER_STATE = (
    sa.select(ProviderOrder.state)
    .where(ProviderOrder.fulfillment_id == Fulfillment.id)
    .order_by(ProviderOrder.id.desc())
    .limit(1)
    .correlate(Fulfillment)
    .scalar_subquery()
)
_IS_BEING_VOIDED = (
    sa.exists()
    .where(Run.fulfillment_id == Fulfillment.id, Run.kind == RunKind.VOID.value, IS_UNFINISHED)
    .correlate(Fulfillment)
)
_STANDINGS = (
    sa.select(
        Fulfillment.id,
        Fulfillment.fulfillment_number,
        Fulfillment.status,
        Fulfillment.voided_at,
        Fulfillment.fulfillment_type,
        ProviderAccount.kind,
        ProviderAccount.name,
        ProviderAccount.is_enabled,
        ProviderAccount.circuit_open_until,
        _ORDER_STATE.label("order_state"),
        _IS_BEING_VOIDED.label("is_being_voided"),
    )
    .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    .order_by(Fulfillment.id)
)


def standings_of(ids: Collection[int], scope: Scope) -> list[ProviderStanding]:
    """How these shipments stand with their providers; those outside the scope are left out. One statement."""
    wanted = _STANDINGS.where(Fulfillment.id.in_(sorted(ids)), scope.limit())
    return [_standing(row) for row in db.session.execute(wanted)]


def standing_of(fulfillment_id: int, scope: Scope) -> ProviderStanding:
    """One of them. Raises NotFound."""
    found = standings_of([fulfillment_id], scope) if fulfillment_id <= HIGHEST_ID else []
    if not found:
        raise NotFound(NOT_HERE)
    return found[0]


def _standing(row: sa.Row[*tuple[Any, ...]]) -> ProviderStanding:
    return ProviderStanding(
        fulfillment_id=row.id,
        fulfillment_number=row.fulfillment_number,
        status=FulfillmentStatus(row.status),
        voided_at=row.voided_at,
        provider=FulfillmentType(row.fulfillment_type).label,
        account_kind=row.kind,
        trouble=trouble_of(row.kind, row.name, is_enabled=row.is_enabled, paused_until=row.circuit_open_until),
        order_state=ProviderOrderState(row.order_state) if row.order_state else None,
        is_being_voided=bool(row.is_being_voided),
    )

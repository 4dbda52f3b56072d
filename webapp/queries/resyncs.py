"""What the shipment page shows about resyncing: the provider, whether it can be asked, the last run that did."""

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.runs import RunRow, latest_of
from webapp.queries.scope import Scope
from webapp.statuses import FulfillmentType, RunKind

_ACCOUNT = (
    ProviderAccount.kind,
    ProviderAccount.name,
    ProviderAccount.is_enabled,
    ProviderAccount.circuit_open_until,
)


@dataclass(frozen=True, kw_only=True)
class ResyncStatus:
    """A shipment's provider, whether it can be asked, and the last run that asked it."""

    fulfillment_id: int
    fulfillment_number: str
    provider: str
    has_account: bool
    is_supported: bool
    trouble: Trouble | None
    run: RunRow | None

    @property
    def can_ask(self) -> bool:
        return self.refusal is None and (self.run is None or self.run.is_finished)

    @property
    def refusal(self) -> str | None:
        """Why the provider cannot be asked, in a sentence; None when it can."""
        if self.is_supported:
            return self.trouble.sentence if self.trouble and self.trouble.is_lasting else None
        if self.has_account:
            return f"{self.provider} cannot be asked how its orders stand."
        return f"This shipment ({self.provider}) is with no provider account, so there is nobody to ask."


def status_of(fulfillment_id: int, scope: Scope) -> ResyncStatus:
    """What the page shows about resyncing a shipment; two cheap statements. Raises NotFound."""
    row = db.session.execute(
        sa.select(Fulfillment.fulfillment_number, Fulfillment.fulfillment_type, *_ACCOUNT)
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
        .where(Fulfillment.id == fulfillment_id, scope.limit())
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such shipment.")
    number, fulfillment_type, kind, name, is_enabled, paused_until = row
    return ResyncStatus(
        fulfillment_id=fulfillment_id,
        fulfillment_number=number,
        provider=FulfillmentType(fulfillment_type).label,
        has_account=kind is not None,
        is_supported=kind is not None and Capability.RESYNC_FROM in capabilities_of(kind),
        trouble=trouble_of(kind, name, is_enabled=is_enabled, paused_until=paused_until),
        run=latest_of(fulfillment_id, RunKind.RESYNC_FROM_PROVIDER),
    )

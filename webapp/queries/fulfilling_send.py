"""What the shipment page shows about sending a shipment to its provider: the last run, whether it can be sent."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.runs import RunRow, latest_of
from webapp.queries.scope import Scope
from webapp.queries.shipment_page import NOT_HERE
from webapp.schema import HIGHEST_ID, now
from webapp.statuses import (
    OPEN_STATUSES,
    UNFINISHED_RUN_STATES,
    FulfillmentStatus,
    FulfillmentType,
    RunKind,
    RunState,
)

_UNFINISHED = [state.value for state in UNFINISHED_RUN_STATES]


@dataclass(frozen=True, kw_only=True)
class SendingStatus:
    """A shipment that a provider is to ship, and the last run that sent it there."""

    fulfillment_id: int
    fulfillment_number: str
    status: FulfillmentStatus
    provider: str
    account_kind: str | None
    trouble: Trouble | None
    has_order: bool
    voided_at: datetime | None
    run: RunRow | None

    @property
    def is_being_sent(self) -> bool:
        return self.run is not None and not self.run.is_finished

    @property
    def refusal(self) -> str | None:
        """Why it cannot be sent, in a sentence; None when it can, also while it is being sent."""
        if self.account_kind is None:
            return f"{self.fulfillment_number} is with no provider account, so there is nobody to send it to."
        if Capability.CREATE not in capabilities_of(self.account_kind):
            return f"{self.provider} cannot be given orders from here."
        if self.voided_at is not None or self.status not in OPEN_STATUSES:
            return f"{self.fulfillment_number} is {self.status.label.lower()}, so it is not sent."
        if self.has_order:
            return f"{self.provider} has the order of {self.fulfillment_number} already."
        return self.trouble.sentence if self.trouble and self.trouble.is_lasting else None

    @property
    def can_be_sent(self) -> bool:
        return self.refusal is None and not self.is_being_sent


def sending_of(fulfillment_id: int, scope: Scope) -> SendingStatus:
    """What the page shows about sending a shipment; two cheap statements. Raises NotFound.

    The run is read first: when it is over, what it has done is then seen too.
    """
    run = latest_of(fulfillment_id, RunKind.CREATE_PROVIDER_ORDER) if fulfillment_id <= HIGHEST_ID else None
    has_order = sa.exists().where(ProviderOrder.fulfillment_id == Fulfillment.id).correlate(Fulfillment)
    row = db.session.execute(
        sa.select(
            Fulfillment.fulfillment_number,
            Fulfillment.status,
            Fulfillment.fulfillment_type,
            Fulfillment.voided_at,
            ProviderAccount.kind,
            ProviderAccount.name,
            ProviderAccount.is_enabled,
            ProviderAccount.circuit_open_until,
            has_order.label("has_order"),
        )
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
        .where(Fulfillment.id == fulfillment_id, scope.limit())
    ).one_or_none()
    if row is None:
        raise NotFound(NOT_HERE)
    return SendingStatus(
        fulfillment_id=fulfillment_id,
        fulfillment_number=row.fulfillment_number,
        status=FulfillmentStatus(row.status),
        provider=FulfillmentType(row.fulfillment_type).label,
        account_kind=row.kind,
        trouble=trouble_of(row.kind, row.name, is_enabled=row.is_enabled, paused_until=row.circuit_open_until),
        has_order=row.has_order,
        voided_at=row.voided_at,
        run=run,
    )


def last_sent_at(fulfillment_id: int, *, asking_run_id: int) -> datetime | None:
    """When the shipment was last sent to its provider, or may have been; None when it certainly never was.

    At the latest then: a try of the asking run ended before the next one was due, a run under way may send this
    very moment. A single try that failed was refused, so it left nothing there.
    """
    is_sending = (Run.kind == RunKind.CREATE_PROVIDER_ORDER.value, Run.fulfillment_id == fulfillment_id)
    has_sent = (Run.attempts > 0, sa.or_(Run.state != RunState.FAILED.value, Run.attempts > 1))
    rows = db.session.execute(
        sa.select(Run.id, Run.attempts, Run.due_at, Run.finished_at).where(*is_sending, *has_sent)
    )
    moments = [
        row.due_at if row.id == asking_run_id else row.finished_at or now()
        for row in rows
        if row.id != asking_run_id or row.attempts > 1
    ]
    return max(moments, default=None)


def is_being_voided(fulfillment_id: int) -> bool:
    """Whether a run is about to void this shipment, which then must not be sent."""
    of_it = (Run.fulfillment_id == fulfillment_id, Run.kind == RunKind.VOID.value, Run.state.in_(_UNFINISHED))
    is_so = sa.exists().where(*of_it)
    return bool(db.session.scalar(sa.select(is_so)))

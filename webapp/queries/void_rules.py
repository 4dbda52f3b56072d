"""Whether a shipment may be voided, and why not: one rule for the page, the preview, the form, runs and bulk."""

from dataclasses import dataclass
from datetime import datetime

from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.statuses import (
    SHIPPED_STATUSES,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
    ProviderOrderState,
    VoidBucket,
)

_LEFT = frozenset({ProviderOrderState.SHIPPED, ProviderOrderState.PARTIALLY_SHIPPED})
RETURN_INSTEAD = "If the goods really left, bring them back as a return instead of voiding."


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A shipment as voiding and restoring see it, with its fulfillment order and what its provider said."""

    fulfillment_id: int
    fulfillment_number: str
    version: int
    status: FulfillmentStatus
    status_before_void: FulfillmentStatus | None
    request_status_before_void: str | None
    newest_sibling_at_void: int | None
    type: FulfillmentType
    unit_count: int
    warehouse_id: int
    sales_order_id: int
    voided_at: datetime | None
    archived_at: datetime | None
    merged_submission: bool
    provider_account_id: int | None
    provider_state: ProviderOrderState | None
    provider_order_states: tuple[ProviderOrderState, ...]
    provider_problem: str | None
    cancel_by_hand: bool
    void_problem: str | None
    void_reason: str | None
    void_told_to_channel_at: datetime | None
    submitted_to_sales_channel_at: datetime | None
    is_being_voided: bool
    is_being_sent: bool
    fulfillment_order_id: int
    fulfillment_order_status: FulfillmentOrderStatus
    fulfillment_order_request_status: FulfillmentOrderRequestStatus

    @property
    def is_shipped_here(self) -> bool:
        return self.status in SHIPPED_STATUSES

    @property
    def is_shipped_there(self) -> bool:
        return self.provider_state in _LEFT or not _LEFT.isdisjoint(self.provider_order_states)

    @property
    def is_cancelled_there(self) -> bool:
        """Every order at the provider is known to be cancelled; without one, its last word counts."""
        if self.provider_order_states:
            return all(state is ProviderOrderState.CANCELLED for state in self.provider_order_states)
        return self.provider_state is ProviderOrderState.CANCELLED

    @property
    def is_with_provider(self) -> bool:
        """A provider has, or may have, an order that is not known to be cancelled."""
        if self.provider_account_id is None or self.is_cancelled_there:
            return False
        return bool(self.provider_order_states) or self.status is not FulfillmentStatus.CANCELED


@dataclass(frozen=True)
class Judgement:
    """What a void comes to, and the sentence that says why it does not simply happen."""

    bucket: VoidBucket
    reason: str = ""


ALLOWED = Judgement(VoidBucket.VOIDED)


def judge(standing: Standing, *, force: bool = False, provider_settled: bool = False) -> Judgement:
    """What a void of this shipment comes to now.

    `force` voids what has shipped and does not ask the provider. `provider_settled` says that the provider was
    asked and nothing more can be done there.
    """
    refusal = _refusal(standing)
    if refusal:
        return Judgement(VoidBucket.SKIPPED, refusal)
    if force:
        return ALLOWED
    label = standing.type.label
    if standing.is_shipped_here or standing.is_shipped_there:
        who = "It has shipped" if standing.is_shipped_here else f"{label} has shipped it"
        return Judgement(VoidBucket.NEEDS_CONFIRMATION, f"{who}. {RETURN_INSTEAD}")
    return ALLOWED if provider_settled else _with_provider(standing, label)


def _with_provider(standing: Standing, label: str) -> Judgement:
    if standing.is_being_sent:
        # Otherwise the order could be made there after it was looked for.
        return Judgement(VoidBucket.SKIPPED, f"It is being sent to {label}. Wait until that is over.")
    if standing.is_with_provider:
        return Judgement(VoidBucket.NEEDS_PROVIDER, _what_is_asked(standing, label))
    return ALLOWED


def takes_cancellations(kind: FulfillmentType) -> bool:
    """Whether the provider can be told to cancel; where not, a person has to do it there."""
    return Capability.CANCEL in capabilities_of(kind)


def _what_is_asked(standing: Standing, label: str) -> str:
    if takes_cancellations(standing.type):
        return f"{label} is asked whether it has shipped, and to cancel its order. Then it is voided."
    return (
        f"{label} is asked whether it has shipped; then it is voided here. {label} takes no cancellations from "
        "us: cancel its order there by hand afterwards."
    )


def is_left_at_provider(standing: Standing) -> bool:
    """Whether somebody must cancel at the provider by hand once this shipment is voided here."""
    return standing.is_with_provider and not standing.is_shipped_here and not standing.is_shipped_there


def _refusal(standing: Standing) -> str | None:
    if standing.voided_at is not None:
        return "It is voided already."
    if standing.merged_submission:
        return "It was submitted together with other shipments. Void standalone shipments only."
    if standing.is_being_voided:
        return "It is being voided."
    return None

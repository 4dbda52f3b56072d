"""What a provider's answer makes of a shipment: merged, never blanked, and never a status backwards."""

from datetime import datetime
from typing import Any

from webapp.models import Fulfillment
from webapp.models.fulfillments import COST_LIMIT
from webapp.providers.base import ProviderOrderSnapshot, Rejected
from webapp.statuses import (
    FULFILLMENT_PROGRESS,
    OPEN_STATUSES,
    SHIPPED_STATUSES,
    FulfillmentStatus,
    ProviderOrderState,
)


def check(snapshot: ProviderOrderSnapshot, label: str) -> None:
    """Raises Rejected for a figure that no shipment can have, so that nonsense never reaches the shipment."""
    if snapshot.cost is not None and not 0 <= snapshot.cost < COST_LIMIT:
        raise Rejected(
            f"{label} says that the shipping cost is {snapshot.cost:,}, which cannot be right. "
            "Correct it there, then resync."
        )


def merge(shipment: Fulfillment, snapshot: ProviderOrderSnapshot, label: str, moment: datetime) -> dict[str, Any]:
    """The values the columns are to have, also where they have them already; changes nothing itself.

    `label` is the provider's name for people. A shipment keeps the moment at which it became shipped; the ship
    date only says when that was, and stays with the provider's order.
    """
    values: dict[str, Any] = {
        "tracking_number": snapshot.tracking_number or shipment.tracking_number,
        "carrier": _fitting(snapshot.carrier, 60) or shipment.carrier,
        "fulfilled_shipping_method": _fitting(snapshot.service, 120) or shipment.fulfilled_shipping_method,
        "cost": shipment.cost if snapshot.cost is None else snapshot.cost,
        "provider_state": snapshot.state.value,
        "provider_problem": _problem(shipment, snapshot, label),
    }
    present = FulfillmentStatus(shipment.status)
    status = _status(present, snapshot, has_tracking=bool(values["tracking_number"]))
    values["status"] = status.value
    if status is not present and status in SHIPPED_STATUSES:
        values["fulfilled_at"] = shipment.fulfilled_at or snapshot.shipped_at or moment
        values["submitted_to_sales_channel_at"] = None  # Due: the channel has not heard of this yet.
    if snapshot.state is ProviderOrderState.CANCELLED:
        values["cancel_by_hand"] = False
    return values


def _status(
    present: FulfillmentStatus, snapshot: ProviderOrderSnapshot, *, has_tracking: bool
) -> FulfillmentStatus:
    """The furthest of what we hold and what the provider says; canceled is an end that only open ones reach."""
    said = snapshot.fulfillment_status
    if present is FulfillmentStatus.CANCELED:
        return present
    if said is FulfillmentStatus.CANCELED:
        return said if present in OPEN_STATUSES else present
    if said in SHIPPED_STATUSES or present is FulfillmentStatus.FULFILLED_AWAITING_INFO:
        said = FulfillmentStatus.FULFILLED if has_tracking else FulfillmentStatus.FULFILLED_AWAITING_INFO
    return max(present, said or present, key=FULFILLMENT_PROGRESS.index)


def _problem(shipment: Fulfillment, snapshot: ProviderOrderSnapshot, label: str) -> str | None:
    """What a person has to look at although the provider answered; None when all is well."""
    present = FulfillmentStatus(shipment.status)
    has_left = snapshot.state in {ProviderOrderState.SHIPPED, ProviderOrderState.PARTIALLY_SHIPPED}
    if present is FulfillmentStatus.CANCELED and has_left:
        word = "Voided" if shipment.voided_at else "Canceled"
        return f"{word} here, but {label} has shipped it. If the goods really left, bring them back as a return."
    match snapshot.state:
        case ProviderOrderState.CANCELLED if present in SHIPPED_STATUSES:
            return f"Shipped here, but cancelled at {label}. Look at the order there."
        case ProviderOrderState.EXCEPTION:
            return f"{label} reports a problem with this order ({snapshot.raw_status[:60]}). Look at it there."
        case ProviderOrderState.UNKNOWN:
            return f"{label} gives this order a status Dockside does not know ({snapshot.raw_status[:60]})."
        case _:
            return None


def _fitting(text: str | None, length: int) -> str | None:
    """A carrier's or service's name as long as its column."""
    return text[:length] if text else None

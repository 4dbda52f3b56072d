"""The provider's copy of a shipment, kept as it was last seen."""

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderOrder
from webapp.providers.base import ProviderOrderSnapshot
from webapp.schema import now
from webapp.statuses import ProviderOrderState


def keep(snapshot: ProviderOrderSnapshot, *, fulfillment_id: int, account_id: int, label: str) -> None:
    """Insert or update the provider's order. Raises Refused for one that is known to belong to another shipment.

    `label` is the provider's name for people. What the provider does not say any more keeps its old value.
    """
    order = db.session.scalar(
        sa.select(ProviderOrder).where(
            ProviderOrder.provider_account_id == account_id, ProviderOrder.external_id == snapshot.external_id
        )
    )
    if order is None:
        order = ProviderOrder(
            fulfillment_id=fulfillment_id, provider_account_id=account_id, external_id=snapshot.external_id
        )
        db.session.add(order)
    elif order.fulfillment_id != fulfillment_id:
        number = db.session.scalar(
            sa.select(Fulfillment.fulfillment_number).where(Fulfillment.id == order.fulfillment_id)
        )
        raise Refused(
            f"{label} answered with order {snapshot.external_id}, which belongs to shipment {number}. "
            "Give one of the two another number there."
        )
    _copy(snapshot, order)


def mark_gone(fulfillment_id: int, account_id: int) -> None:
    """The provider has no such order any more: whatever we hold of it is as good as cancelled."""
    db.session.execute(
        sa.update(ProviderOrder)
        .where(ProviderOrder.fulfillment_id == fulfillment_id, ProviderOrder.provider_account_id == account_id)
        .values(state=ProviderOrderState.CANCELLED.value, updated_at=now())
    )


def _copy(snapshot: ProviderOrderSnapshot, order: ProviderOrder) -> None:
    order.external_number = snapshot.number[:140]
    order.raw_status = snapshot.raw_status[:60]
    order.state = snapshot.state.value
    order.tracking_number = snapshot.tracking_number or order.tracking_number
    order.carrier = (snapshot.carrier or order.carrier or "")[:60] or None
    order.service = (snapshot.service or order.service or "")[:120] or None
    order.cost = order.cost if snapshot.cost is None else snapshot.cost
    order.shipped_at = snapshot.shipped_at or order.shipped_at
    order.url = snapshot.url or order.url
    order.payload = snapshot.payload
    order.updated_at = now()

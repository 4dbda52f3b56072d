"""Correct a shipment's tracking number and shipping cost, in whatever state it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from webapp.errors import NotFound, Stale
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.schema import now
from webapp.services import channel_owed, history, idempotency, search_index
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent

EDITABLE = frozenset({"tracking_number", "cost"})
Values = Mapping[str, str | Decimal | None]


@dataclass(frozen=True)
class Saved:
    """The names of the fields that really changed; none when all of them held these values already."""

    changed: tuple[str, ...]


def edit(fulfillment_id: int, values: Values, *, version: int, key: str | None, actor: Actor) -> Saved:
    """Set `tracking_number`, `cost` or both, only what is named; the status stays as it is.

    The values are those of a valid ShippingDetailsForm. Needs no open order and no particular status. Raises
    NotFound, Stale when `version` is not the present one, and what services.idempotency.claim raises.
    """
    if not EDITABLE.issuperset(values):
        raise ValueError(f"Only {sorted(EDITABLE)} can be edited, not {sorted(values)}.")
    if actor.user_id is None:
        raise ValueError("Shipping details are edited by a person; what a provider says comes by a resync.")
    texts = {name: history.as_text(value) for name, value in values.items()}
    asked = {"fulfillment_id": fulfillment_id, "version": version, "values": texts}
    first = idempotency.claim(actor.user_id, key, "edit_shipping_details", asked)
    if first is not None:
        return Saved(tuple(first["changed"]))
    shipment = _locked(fulfillment_id, actor)
    if shipment.version != version:
        raise Stale(shipment.version)
    saved = Saved(tuple(_change(shipment, values, actor)))
    idempotency.remember(actor.user_id, key, {"changed": saved.changed})
    return saved


def _locked(fulfillment_id: int, actor: Actor) -> Fulfillment:
    statement = sa.select(Fulfillment).where(Fulfillment.id == fulfillment_id, actor.scope.limit())
    shipment = db.session.scalar(statement.with_for_update(), execution_options={"populate_existing": True})
    if shipment is None:
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    return shipment


def _change(shipment: Fulfillment, values: Values, actor: Actor) -> history.Changes:
    changes = history.set_and_compare(shipment, values)
    if not changes:
        return changes
    if "tracking_number" in changes:
        changes = channel_owed.after(changes, shipment)
        search_index.set_tracking_number(shipment, shipment.tracking_number)
    shipment.version += 1
    shipment.updated_at = now()
    history.record(shipment, ActivityEvent.UPDATED, actor, changes=changes)
    return changes

"""History rows: written in the transaction of the change they tell of, one for each change."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent, ActivitySubject

Changes = dict[str, list[str | None]]


def record(
    fulfillment: Fulfillment,
    event: ActivityEvent,
    actor: Actor,
    *,
    changes: Changes | None = None,
    note: str = "",
    run_id: int | None = None,
    subject_type: ActivitySubject = ActivitySubject.FULFILLMENT,
    subject_id: int | None = None,
) -> Activity:
    """Add one history row of a shipment or of one of its children."""
    row = Activity(
        fulfillment_id=fulfillment.id,
        subject_type=subject_type.value,
        subject_id=fulfillment.id if subject_id is None else subject_id,
        event=event.value,
        actor_id=actor.user_id,
        changes=changes or {},
        note=note[:1000],
        request_id=actor.request_id,
        run_id=run_id,
    )
    db.session.add(row)
    return row


def set_and_compare(row: object, values: Mapping[str, Any]) -> Changes:
    """Set these attributes and return those that really changed, as [old, new] text."""
    changes: Changes = {}
    for name, new in values.items():
        old = getattr(row, name)
        if old != new:
            changes[name] = [as_text(old), as_text(new)]
            setattr(row, name, new)
    return changes


def as_text(value: object) -> str | None:
    """How a value is written into history: plain text that never loses anything."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)

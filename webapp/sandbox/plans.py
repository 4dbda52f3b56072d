"""What will happen to an order by itself: it ships once its time has come, in one parcel that holds everything."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.sandbox.systems import Json


@dataclass(frozen=True)
class Plan:
    """The moment and the label of a shipment to come."""

    due: datetime
    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: float | None


def plan_from(entry: Json, now: datetime) -> Plan:
    """A plan as the control door describes it: `ships_after_seconds` and what will be on the label."""
    return Plan(
        due=now + timedelta(seconds=float(entry.get("ships_after_seconds", 0))),
        tracking_number=entry.get("tracking_number"),
        carrier=entry.get("carrier"),
        service=entry.get("service"),
        cost=None if entry.get("cost") is None else float(entry["cost"]),
    )

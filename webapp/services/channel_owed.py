"""When a sales channel is owed a word again: the tracking changed after it was told, or after it refused."""

from webapp.models import Fulfillment
from webapp.services import history
from webapp.services.history import Changes

_TOLD = frozenset({"tracking_number", "carrier"})  # The address to follow a parcel is made of both.


def after(changes: Changes, shipment: Fulfillment) -> Changes:
    """Make a shipment due again of which something just changed that the channel was told; returns all changes.

    One that is voided keeps what the channel is to take back, one without a number has nothing to tell.
    """
    if _TOLD.isdisjoint(changes) or shipment.voided_at is not None or not shipment.tracking_number:
        return changes
    due = {"submitted_to_sales_channel_at": None, "channel_problem": None}
    return changes | history.set_and_compare(shipment, due)

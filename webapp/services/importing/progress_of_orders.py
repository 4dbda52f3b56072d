"""How far an order is once its plan is carried out."""

from webapp.services.importing.planning import OrderPlan
from webapp.statuses import (
    SHIPPED_STATUSES,
    FulfillmentStatus,
    SalesOrderFulfillmentStatus,
    SalesOrderStatus,
)

_DONE = (*SHIPPED_STATUSES, FulfillmentStatus.CANCELED)


def fulfillment_status_of(plan: OrderPlan) -> SalesOrderFulfillmentStatus:
    """By the units that shipments hold which are not voided."""
    known = plan.known.shipments.values() if plan.known else ()
    held = sum(sum(shipment.quantities.values()) for shipment in known if not shipment.is_voided)
    held += sum(take.quantity for shipment in plan.shipments for take in shipment.takes)
    if not held:
        return SalesOrderFulfillmentStatus.UNFULFILLED
    if held < sum(line.quantity for line in plan.lines.values()):
        return SalesOrderFulfillmentStatus.PARTIALLY_FULFILLED
    return SalesOrderFulfillmentStatus.FULFILLED


def order_status_of(plan: OrderPlan) -> SalesOrderStatus:
    """Closed when all of it is in shipments and none of these is still on its way out."""
    known = plan.known.shipments.values() if plan.known else ()
    statuses = [shipment.values["status"] for shipment in known]
    statuses += [new.shipment.values["status"] for new in plan.shipments]
    is_whole = fulfillment_status_of(plan) is SalesOrderFulfillmentStatus.FULFILLED
    return SalesOrderStatus.CLOSED if is_whole and all(s in _DONE for s in statuses) else SalesOrderStatus.OPEN

"""Every row that a new shipment brings: itself, its lines and movements, what it holds and uses up, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError

from webapp.errors import Conflict
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine
from webapp.schema import now
from webapp.services import history, search_index
from webapp.services.actors import Actor
from webapp.services.fulfilling_locks import LockedLine, LockedOrder, NextNumber, lock_next_number
from webapp.services.history import Entry
from webapp.services.ledger import allocations, budgets, order_status, postings
from webapp.services.ledger.allocations import Free
from webapp.services.ledger.entries import compared
from webapp.services.ledger.postings import Place, Stock, Want
from webapp.services.search_text import tracking_key
from webapp.statuses import (
    SHIPPED_STATUSES,
    ActivityEvent,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
)


@dataclass(frozen=True)
class Details:
    """What a person says about the new shipment beside its units."""

    shipping_method: str
    tracking_number: str | None
    cost: Decimal | None
    handed_over: bool
    provider_account_id: int | None

    @property
    def status(self) -> FulfillmentStatus:
        """A provider is still to be asked; a parcel of our own stands ready, or has left, with a number or not."""
        if self.provider_account_id is not None:
            return FulfillmentStatus.SUBMITTED
        if not self.handed_over:
            return FulfillmentStatus.PACKED
        return FulfillmentStatus.FULFILLED if self.tracking_number else FulfillmentStatus.FULFILLED_AWAITING_INFO


@dataclass(frozen=True)
class Portion:
    """Units of one line of the fulfillment order."""

    line: LockedLine
    quantity: int


@dataclass(frozen=True)
class Supply:
    """What the portions are taken from, under its locks: free allocations by line, and the layers."""

    free: Mapping[int, list[Free]]
    stock: Stock

    def allocated(self, line_id: int) -> int:
        return sum(one.quantity for one in self.free.get(line_id, ()))

    def on_hand(self, place: Place) -> int:
        return self.stock.available(place)


def write(
    order: LockedOrder,
    portions: Sequence[Portion],
    supply: Supply,
    details: Details,
    *,
    kind: str | None,
    actor: Actor,
    run_id: int | None = None,
) -> Fulfillment:
    """Write the shipment of these portions, for all of which the supply suffices."""
    moment = now()
    number = lock_next_number(order.sales_order_id)
    shipment = _add_shipment(order, portions, details, number, kind=kind, moment=moment)
    lines = _add_lines(shipment, portions)
    _take_units(order, shipment, lines, supply, moment)
    request_status = _request_status(order, portions, details)
    connection = db.session.connection()
    budgets.take(connection, [shipment.id], {order.id: request_status.value}, moment)
    order_status.refresh(connection, {order.sales_order_id}, moment)
    search_index.refresh(shipment)
    history.record_many(
        _history(order, portions, shipment, request_status), actor, occurred_at=moment, run_id=run_id
    )
    return shipment


def _add_shipment(
    order: LockedOrder,
    portions: Sequence[Portion],
    details: Details,
    number: NextNumber,
    *,
    kind: str | None,
    moment: datetime,
) -> Fulfillment:
    status = details.status
    shipment = Fulfillment(
        sales_order_id=order.sales_order_id,
        fulfillment_order_id=order.id,
        warehouse_id=order.warehouse_id,
        provider_account_id=details.provider_account_id,
        sequence=number.sequence,
        fulfillment_number=number.text,
        fulfillment_type=kind or FulfillmentType.MANUAL.value,
        status=status.value,
        item_count=len(portions),
        unit_count=sum(portion.quantity for portion in portions),
        tracking_number=details.tracking_number,
        tracking_key=tracking_key(details.tracking_number),
        cost=details.cost,
        fulfilled_at=moment if status in SHIPPED_STATUSES else None,
        created_at=moment,
        updated_at=moment,
        **_methods(details, number.order_method),
    )
    db.session.add(shipment)
    try:
        db.session.flush()
    except IntegrityError as error:
        # Whoever adds shipments without the order's lock, such as an import, was faster by a moment.
        raise Conflict(
            f"Another shipment took the number {number.text} in this moment, so nothing was changed. Try again."
        ) from error
    return shipment


def _methods(details: Details, order_method: str) -> dict[str, Any]:
    """The order's own method is one that is known; any other was typed by hand."""
    method = details.shipping_method
    is_known = method == order_method
    methods = {"requested_shipping_method" if is_known else "requested_shipping_method_manual": method}
    if details.handed_over:
        methods["fulfilled_shipping_method_manual"] = method
    return methods


def _add_lines(shipment: Fulfillment, portions: Sequence[Portion]) -> list[FulfillmentLine]:
    lines = [
        FulfillmentLine(
            fulfillment_id=shipment.id,
            fulfillment_order_line_id=portion.line.id,
            sales_order_line_id=portion.line.sales_order_line_id,
            product_id=portion.line.product_id,
            quantity=portion.quantity,
        )
        for portion in portions
    ]
    db.session.add_all(lines)
    db.session.flush()
    return lines


def _take_units(
    order: LockedOrder,
    shipment: Fulfillment,
    lines: Sequence[FulfillmentLine],
    supply: Supply,
    moment: datetime,
) -> None:
    """The lines hold their allocations, and their units leave the oldest layers."""
    holds, movements = [], []
    for line in lines:
        holds += allocations.choose(supply.free[line.fulfillment_order_line_id], line.id, line.quantity)
        want = Want(
            fulfillment_id=shipment.id,
            line_id=line.id,
            place=(line.product_id, order.warehouse_id),
            quantity=line.quantity,
            reference=shipment.fulfillment_number,
        )
        movements += supply.stock.take(want)
    connection = db.session.connection()
    allocations.hold(connection, holds)
    postings.post(connection, movements, moment)


def _request_status(
    order: LockedOrder, portions: Sequence[Portion], details: Details
) -> FulfillmentOrderRequestStatus:
    """A provider is about to be asked; without one, the warehouse has accepted what it has wholly shipped."""
    if details.provider_account_id is not None:
        return FulfillmentOrderRequestStatus.SUBMITTING
    if order.remaining == sum(portion.quantity for portion in portions):
        return FulfillmentOrderRequestStatus.ACCEPTED
    if order.request_status is FulfillmentOrderRequestStatus.REJECTED:
        return FulfillmentOrderRequestStatus.UNSUBMITTED
    return order.request_status


def _history(
    order: LockedOrder,
    portions: Sequence[Portion],
    shipment: Fulfillment,
    request_status: FulfillmentOrderRequestStatus,
) -> list[Entry]:
    units = ", ".join(f"{portion.quantity} of {portion.line.sku}" for portion in portions)
    left = order.remaining - shipment.unit_count
    begun = {
        "status": (None, shipment.status),
        "tracking_number": (None, shipment.tracking_number),
        "cost": (None, shipment.cost),
    }
    status = FulfillmentOrderStatus.OPEN if left else FulfillmentOrderStatus.CLOSED
    lowered = {
        "status": (order.status.value, status.value),
        "request_status": (order.request_status.value, request_status.value),
        "remaining": (order.remaining, left),
    }
    return [
        Entry(
            ActivityEvent.CREATED,
            fulfillment_id=shipment.id,
            changes=compared(begun),
            note=f"Fulfilled from {order.number}: {units}",
        ),
        Entry(
            ActivityEvent.UPDATED,
            fulfillment_order_id=order.id,
            changes=compared(lowered),
            note=f"{shipment.fulfillment_number} was fulfilled: {units}",
        ),
    ]

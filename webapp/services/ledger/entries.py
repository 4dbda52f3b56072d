"""History of what happened to stock: rows for shipments, and one for each fulfillment order behind them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from webapp.queries.void_rules import Standing
from webapp.services.history import Changes, Entry, as_text
from webapp.services.ledger.locks import Locked
from webapp.statuses import ActivityEvent, FulfillmentOrderStatus


@dataclass(frozen=True)
class OrderState:
    """What a fulfillment order becomes."""

    status: FulfillmentOrderStatus
    request_status: str
    remaining: int


def compared(pairs: Mapping[str, tuple[object, object]]) -> Changes:
    """Those of the [old, new] values that differ, as text."""
    return {name: [as_text(old), as_text(new)] for name, (old, new) in pairs.items() if old != new}


def by_order(shipments: Iterable[Standing]) -> dict[int, list[Standing]]:
    """The shipments by their fulfillment order, both in the order of their ids."""
    groups: dict[int, list[Standing]] = defaultdict(list)
    for one in sorted(shipments, key=lambda one: (one.fulfillment_order_id, one.fulfillment_id)):
        groups[one.fulfillment_order_id].append(one)
    return groups


def order_entries(changed: Collection[Locked], states: Mapping[int, OrderState], done: str) -> list[Entry]:
    """The rows of the fulfillment orders of these shipments, to which `done` happened (voided, restored)."""
    before = {one.standing.fulfillment_order_id: one.remaining for one in changed}
    orders = by_order(one.standing for one in changed)
    return [_order_entry(of_one, before[id_], states[id_], done) for id_, of_one in orders.items()]


def _order_entry(shipments: list[Standing], remaining: int, state: OrderState, done: str) -> Entry:
    first = shipments[0]
    numbers = ", ".join(one.fulfillment_number for one in shipments)
    return Entry(
        ActivityEvent.UPDATED,
        fulfillment_order_id=first.fulfillment_order_id,
        changes=compared(
            {
                "status": (first.fulfillment_order_status, state.status),
                "request_status": (first.fulfillment_order_request_status, state.request_status),
                "remaining": (remaining, state.remaining),
            }
        ),
        note=f"{numbers} {'was' if len(shipments) == 1 else 'were'} {done}",
    )

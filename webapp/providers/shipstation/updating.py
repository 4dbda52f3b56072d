"""Making the lines of an order at ShipStation those of ours: the whole order is written anew while it is open."""

from collections import Counter
from collections.abc import Sequence

from webapp.providers.base import AlreadyShipped, NewOrderLine, NotFound, NotUpdatable, OutcomeUnknown, Rejected
from webapp.providers.reading_back import write_and_read_back
from webapp.providers.shipstation import mapping, writing
from webapp.providers.shipstation.client import ShipStationClient
from webapp.providers.shipstation.mapping import Order


def replace_lines(client: ShipStationClient, parts: Sequence[Order], wanted: tuple[NewOrderLine, ...]) -> Order:
    """The order with the lines asked for, read back. Raises what `update_order` of the protocol says.

    OutcomeUnknown is retryable when the order still stands there: the same order written twice stays one.
    """
    before = _whole(parts)
    _refuse(client, before)
    if _has_lines(before, wanted):
        return before
    body = writing.update_body(before.raw, wanted)
    try:
        after = write_and_read_back(lambda: client.replace(body), lambda _: _read(client, before))
    except (Rejected, NotFound) as refusal:
        _refuse(client, _read(client, before))
        raise NotUpdatable(f"ShipStation did not change order {before.number}. {refusal.message}") from refusal
    if _has_lines(after, wanted):
        return after
    _refuse(client, after)
    raise OutcomeUnknown(
        f"ShipStation was asked to change the lines of order {after.number}, which do not stand there as asked "
        "yet. Asking again does no harm.",
        retryable=True,
    )


def _whole(parts: Sequence[Order]) -> Order:
    """The order, when it is still one. Without its key the call would create another beside it."""
    main = parts[0]
    if len(parts) > 1 or main.is_merged_or_split:
        raise NotUpdatable(
            f"Order {main.number} was split or merged at ShipStation, so it cannot be written anew as one. "
            "Change it there by hand."
        )
    if not main.raw.get("orderKey"):
        raise NotUpdatable(f"Order {main.number} has no key at ShipStation. Change it there by hand.")
    return main


def _refuse(client: ShipStationClient, order: Order) -> None:
    if order.status == mapping.SHIPPED or client.live_parcels(order.order_id):
        raise AlreadyShipped(f"ShipStation has shipped order {order.number} or has a label for it.")
    if order.status not in mapping.OPEN:
        raise NotUpdatable(
            f"Order {order.number} is “{order.status}” at ShipStation, which changes only open orders."
        )


def _read(client: ShipStationClient, before: Order) -> Order:
    order = client.order(before.order_id)
    if order is None:
        raise NotFound(f"ShipStation has order {before.number} no more.")
    return order


def _has_lines(order: Order, wanted: tuple[NewOrderLine, ...]) -> bool:
    there = Counter((line.name("lineItemKey"), line.name("sku"), line.quantity) for line in order.lines)
    return there == Counter((line.key, line.sku, line.quantity) for line in wanted)

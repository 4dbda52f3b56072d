"""Which fulfillment orders of a Shopify order the units of a shipment are taken from, by location."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.providers.base import AlreadyShipped, NotUpdatable, ProviderError, Rejected
from webapp.providers.channel import (
    ChannelFulfillment,
    ChannelFulfillmentOrder,
    ChannelOrder,
    ShippedUnits,
    ToldShipment,
)
from webapp.providers.shopify.companies import company_of
from webapp.providers.shopify.mapping import plain

# Lines of one fulfillment order: id and quantity.
Taken = dict[str, int]


@dataclass(frozen=True)
class Portion:
    """What one call submits: by fulfillment order the lines with their quantities, all of one location."""

    location_id: str
    lines: dict[str, Taken]
    units: Counter[str]


@dataclass(frozen=True)
class Shortage:
    """Units that no fulfillment order can give, by SKU."""

    missing: Counter[str]


def is_ours(one: ChannelFulfillment, shipment: ToldShipment) -> bool:
    """Whether this stands for our shipment: because we know its id, or because it carries our tracking number."""
    if not one.is_live or one.external_id in shipment.others:
        return False
    return one.external_id in shipment.ours or carries(one, shipment.tracking.number)


def carries(one: ChannelFulfillment, tracking_number: str) -> bool:
    return plain(tracking_number) in {plain(number) for number in one.tracking_numbers}


def is_outdated(one: ChannelFulfillment, shipment: ToldShipment) -> bool:
    """Whether the shop is to hear another number for this, or, of what we told it ourselves, another carrier.

    Only a carrier whose name at Shopify is known is compared: it may write others in its own way.
    """
    if not carries(one, shipment.tracking.number):
        return True
    company = company_of(shipment.tracking.carrier)
    return company is not None and one.external_id in shipment.ours and company not in one.carriers


def ours_in(order: ChannelOrder, shipment: ToldShipment) -> list[ChannelFulfillment]:
    return [one for one in order.fulfillments if is_ours(one, shipment)]


def units_of(entries: Iterable[ShippedUnits]) -> Counter[str]:
    """Units by SKU."""
    found: Counter[str] = Counter()
    for entry in entries:
        found[entry.sku] += entry.quantity
    return found


def untold(shipment: ToldShipment, ours: Iterable[ChannelFulfillment]) -> Counter[str]:
    """What of the shipment the channel does not know yet."""
    return units_of(shipment.units) - units_of(entry for one in ours for entry in one.units)


def plan(order: ChannelOrder, missing: Counter[str], place: str) -> list[Portion] | Shortage:
    """Take the units from where they can be fulfilled, first from the location named like our warehouse."""
    left = Counter(missing)
    portions: dict[str, Portion] = {}
    for source in _sources(order, place):
        taken, units = _take(source, left)
        if taken:
            portion = portions.setdefault(source.location_id, Portion(source.location_id, {}, Counter()))
            portion.lines[source.external_id] = taken
            portion.units.update(units)
            left -= units
    return Shortage(left) if left else list(portions.values())


def _sources(order: ChannelOrder, place: str) -> list[ChannelFulfillmentOrder]:
    open_ones = [one for one in order.fulfillment_orders if one.can_be_fulfilled]
    return sorted(open_ones, key=lambda one: one.location != place)


def _take(source: ChannelFulfillmentOrder, wanted: Counter[str]) -> tuple[Taken, Counter[str]]:
    taken: Taken = {}
    units: Counter[str] = Counter()
    for line in source.lines:
        quantity = min(line.remaining, wanted[line.sku] - units[line.sku])
        if quantity > 0:
            taken[line.external_id] = quantity
            units[line.sku] += quantity
    return taken, units


def refusal_for(order: ChannelOrder, shortage: Shortage, who: str) -> ProviderError:
    """Why the units cannot be submitted: unknown there, held there, or told under other numbers already."""
    known: dict[str, int] = defaultdict(int)
    for entry in order.fulfillment_orders:
        for line in entry.lines:
            known[line.sku] += line.quantity
    missing = shortage.missing
    if unknown := sorted(sku for sku in missing if not known[sku]):
        return Rejected(f"{who} has no line with the SKU {', '.join(unknown)} in order {order.name}.")
    if waiting := _waiting(order, missing):
        holds = ", ".join(hold.replace("_", " ").lower() for one in waiting for hold in one.holds)
        states = ", ".join(sorted({one.raw_status.replace("_", " ").lower() for one in waiting}))
        return NotUpdatable(
            f"{who} lets nothing of order {order.name} be fulfilled now ({holds or states}). Release it there."
        )
    numbers = sorted({number for one in order.fulfillments if one.is_live for number in one.tracking_numbers})
    told = f" It was told there under {', '.join(numbers[:5])}." if numbers else ""
    short = ", ".join(f"{quantity} of {sku}" for sku, quantity in sorted(missing.items()))
    return AlreadyShipped(
        f"{who} wants fewer units of order {order.name} than were shipped: {short} too many.{told}"
    )


def _waiting(order: ChannelOrder, missing: Counter[str]) -> list[ChannelFulfillmentOrder]:
    """Those that have the units but do not let them go."""
    return [
        one
        for one in order.fulfillment_orders
        if not one.can_be_fulfilled and any(line.remaining and missing[line.sku] for line in one.lines)
    ]

"""Fulfil: units of an open fulfillment order become the next shipment of its sales order."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from webapp.errors import Conflict, Refused
from webapp.extensions import db
from webapp.models import ProviderAccount
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of, label_of
from webapp.services import fulfilling_rows, history, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.fulfilling_locks import LockedLine, LockedOrder, lock_order
from webapp.services.fulfilling_rows import Details, Portion, Supply
from webapp.services.ledger import allocations, postings
from webapp.statuses import FulfillmentOrderStatus, RunKind


@dataclass(frozen=True)
class Fulfilled:
    """The new shipment; `run_id` is the run that sends it to its provider, None when no provider ships it."""

    fulfillment_id: int
    fulfillment_number: str
    run_id: int | None = None


@dataclass(frozen=True)
class Shortage:
    """A line for which stock does not suffice; `on_hand` is what lines before it left of its product."""

    line_id: int
    sku: str
    requested: int
    allocated: int
    on_hand: int

    @property
    def shortfall(self) -> int:
        return self.requested - min(self.allocated, self.on_hand)

    def __str__(self) -> str:
        return (
            f"{self.requested} requested, {self.allocated} allocated, {self.on_hand} on hand, "
            f"{self.shortfall} short"
        )


class ShortStock(Refused):
    """Stock does not suffice for these lines; nothing was changed."""

    code = "short_stock"

    def __init__(self, shortages: list[Shortage]) -> None:
        named = "; ".join(f"{shortage.sku}: {shortage}" for shortage in shortages)
        super().__init__(f"Stock does not suffice. {named}.")
        self.problems = {shortage.line_id: f"{shortage}." for shortage in shortages}


class WrongQuantities(Refused):
    """Quantities that cannot be shipped: what is wrong with each of these lines; nothing was changed."""

    code = "wrong_quantities"

    def __init__(self, problems: Mapping[LockedLine, str]) -> None:
        super().__init__(" ".join(f"{line.sku}: {problem}" for line, problem in problems.items()))
        self.problems = {line.id: problem for line, problem in problems.items()}


class OrderChanged(Conflict):
    """The fulfillment order has another version than the form was made from; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__("Someone changed this fulfillment order while you had it open, so nothing was changed.")
        self.version = version


def fulfil(
    fulfillment_order_id: int,
    quantities: Mapping[int, int],
    *,
    shipping_method: str,
    tracking_number: str | None = None,
    cost: Decimal | None = None,
    provider_account_id: int | None = None,
    handed_over: bool = False,
    version: int,
    key: str | None,
    actor: Actor,
) -> Fulfilled:
    """Ship so many units of these fulfillment order lines as the next shipment; the same key gives it again.

    With a provider account the shipment is submitted, and a run creates its order there. Without one it is packed,
    or shipped when it was handed over already. The other values are those of a valid FulfilForm. Raises NotFound,
    OrderChanged, ShortStock, WrongQuantities, Refused, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person fulfils; nothing does it by itself.")
    details = Details(shipping_method, tracking_number, cost, handed_over, provider_account_id)
    asked = {
        "fulfillment_order_id": fulfillment_order_id,
        "quantities": {str(line_id): quantity for line_id, quantity in quantities.items()},
        "version": version,
        "details": [shipping_method, tracking_number, history.as_text(cost), handed_over, provider_account_id],
    }
    first = idempotency.claim(actor.user_id, key, "fulfil", asked)
    if first is not None:
        return Fulfilled(**first)
    fulfilled = _fulfil(fulfillment_order_id, quantities, details, version, actor)
    idempotency.remember(actor.user_id, key, vars(fulfilled))
    return fulfilled


def _fulfil(
    fulfillment_order_id: int, quantities: Mapping[int, int], details: Details, version: int, actor: Actor
) -> Fulfilled:
    db.session.flush()
    order = lock_order(fulfillment_order_id, actor.scope)
    if order.version != version:
        raise OrderChanged(order.version)
    if order.status is not FulfillmentOrderStatus.OPEN:
        raise Refused(f"{order.number} is {order.status.label.lower()}, so nothing can be fulfilled from it.")
    portions = _portions(order, quantities)
    connection = db.session.connection()
    supply = Supply(
        allocations.lock_free(connection, [portion.line.id for portion in portions]),
        postings.lock_stock(connection, {(portion.line.product_id, order.warehouse_id) for portion in portions}),
    )
    shortages = _shortages(order, portions, supply)
    if shortages:
        raise ShortStock(shortages)
    shipment = fulfilling_rows.write(order, portions, supply, details, kind=_kind_of(details), actor=actor)
    run_id = None
    if details.provider_account_id is not None:
        run_id = runs.request(RunKind.CREATE_PROVIDER_ORDER, actor, fulfillment_id=shipment.id)
    return Fulfilled(shipment.id, shipment.fulfillment_number, run_id)


def _portions(order: LockedOrder, quantities: Mapping[int, int]) -> list[Portion]:
    """The lines with the units asked of each; refuses everything that is wrong with them in one message."""
    lines = {line.id: line for line in order.lines}
    strangers = sorted(set(quantities) - set(lines))
    if strangers:
        raise Refused(f"{order.number} has no line {', '.join(map(str, strangers))}.")
    if not quantities:
        raise Refused("Say of at least one line how many units are shipped.")
    asked = [(lines[line_id], quantities[line_id]) for line_id in sorted(quantities)]
    wrong = {line: problem for line, quantity in asked if (problem := _problem(line, quantity))}
    if wrong:
        raise WrongQuantities(wrong)
    return [Portion(line, quantity) for line, quantity in asked]


def _problem(line: LockedLine, quantity: int) -> str | None:
    if type(quantity) is not int or quantity < 1:
        return f"{quantity} is not a whole number of units above 0."
    if quantity > line.remaining:
        left = f"{line.remaining} {'is' if line.remaining == 1 else 'are'} left to ship"
        return f"{quantity} requested, but only {left}."
    return None


def _shortages(order: LockedOrder, portions: list[Portion], supply: Supply) -> list[Shortage]:
    left: dict[int, int] = {}
    shortages = []
    for portion in portions:
        line, requested = portion.line, portion.quantity
        allocated = sum(one.quantity for one in supply.free.get(line.id, ()))
        on_hand = left.setdefault(line.product_id, supply.stock.available((line.product_id, order.warehouse_id)))
        if requested > min(allocated, on_hand):
            shortages.append(Shortage(line.id, line.sku, requested, allocated, on_hand))
        left[line.product_id] = max(on_hand - requested, 0)
    return shortages


def _kind_of(details: Details) -> str | None:
    """The kind of the chosen provider account; None without one. Refuses one that cannot take the order."""
    if details.provider_account_id is None:
        return None
    if details.handed_over:
        raise Refused("What has been handed over already is not sent to a provider. Choose one of the two.")
    account = db.session.execute(
        sa.select(ProviderAccount.kind, ProviderAccount.name, ProviderAccount.is_enabled).where(
            ProviderAccount.id == details.provider_account_id
        )
    ).one_or_none()
    if account is None:
        raise Refused("There is no such provider account. Choose another one.")
    if not account.is_enabled:
        raise Refused(f"The provider account {account.name} is switched off. Choose another one.")
    if Capability.CREATE not in capabilities_of(account.kind):
        raise Refused(f"{label_of(account.kind)} cannot be given orders from here. Choose another account.")
    return str(account.kind)

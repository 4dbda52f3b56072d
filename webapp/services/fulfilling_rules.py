"""What may be shipped of a fulfillment order: one rule for the form, for many at once and for their preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import ProviderAccount
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of, label_of
from webapp.services.fulfilling_locks import LockedLine, LockedOrder
from webapp.services.fulfilling_rows import Details, Portion
from webapp.services.ledger.postings import Place
from webapp.statuses import FulfillmentOrderStatus


class Shelf(Protocol):
    """What can be taken, under its locks or as it was read without them."""

    def allocated(self, line_id: int) -> int:
        """Units promised to a line of a fulfillment order and held by no shipment."""
        ...

    def on_hand(self, place: Place) -> int:
        """Units in the cost layers of a product in a warehouse."""
        ...


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


def portions_of(order: LockedOrder, quantities: Mapping[int, int]) -> list[Portion]:
    """The lines with the units asked of each; refuses everything that is wrong with them in one message."""
    if order.status is not FulfillmentOrderStatus.OPEN:
        raise Refused(f"{order.number} is {order.status.label.lower()}, so nothing can be fulfilled from it.")
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


def check_stock(order: LockedOrder, portions: list[Portion], shelf: Shelf) -> None:
    """Raises ShortStock naming every line for which the shelf does not hold enough."""
    left: dict[int, int] = {}
    shortages = []
    for portion in portions:
        line, requested = portion.line, portion.quantity
        allocated = shelf.allocated(line.id)
        on_hand = left.setdefault(line.product_id, shelf.on_hand((line.product_id, order.warehouse_id)))
        if requested > min(allocated, on_hand):
            shortages.append(Shortage(line.id, line.sku, requested, allocated, on_hand))
        left[line.product_id] = max(on_hand - requested, 0)
    if shortages:
        raise ShortStock(shortages)


def kind_of(details: Details) -> str | None:
    """The kind of the chosen provider account; None without one. Refuses one that cannot take the order."""
    if details.provider_account_id is None:
        return None
    if details.handed_over:
        raise Refused("What has been handed over already is not sent to a provider. Choose one of the two.")
    return kind_of_account(details.provider_account_id)


def kind_of_account(account_id: int) -> str:
    """The kind of this provider account. Refuses one that cannot take new orders."""
    account = db.session.execute(
        sa.select(ProviderAccount.kind, ProviderAccount.name, ProviderAccount.is_enabled).where(
            ProviderAccount.id == account_id
        )
    ).one_or_none()
    if account is None:
        raise Refused("There is no such provider account. Choose another one.")
    if not account.is_enabled:
        raise Refused(f"The provider account {account.name} is switched off. Choose another one.")
    if Capability.CREATE not in capabilities_of(account.kind):
        raise Refused(f"{label_of(account.kind)} cannot be given orders from here. Choose another account.")
    return str(account.kind)

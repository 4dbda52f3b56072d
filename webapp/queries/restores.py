"""Whether voided shipments can come back: what they need of budget, allocations and stock, and what is free."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import (
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrderLine,
    Product,
    Warehouse,
)
from webapp.models.fulfillments import IS_NOT_VOIDED
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.queries.standings import standings
from webapp.queries.void_rules import Standing
from webapp.statuses import AllocationStatus, FulfillmentOrderRequestStatus, FulfillmentOrderStatus

Statement = sa.Select[*tuple[Any, ...]]
Place = tuple[int, int]
"""A product in a warehouse, by their ids."""

_NOT_VOIDED = "It is not voided."
_NEEDS = (
    sa.select(
        FulfillmentLine.fulfillment_id,
        FulfillmentLine.id.label("line_id"),
        FulfillmentLine.fulfillment_order_line_id.label("budget_id"),
        FulfillmentLine.product_id,
        Fulfillment.warehouse_id,
        Product.sku,
        Warehouse.name.label("warehouse"),
        FulfillmentLine.quantity,
    )
    .join(Fulfillment, Fulfillment.id == FulfillmentLine.fulfillment_id)
    .join(Product, Product.id == FulfillmentLine.product_id)
    .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
    .where(among(FulfillmentLine.fulfillment_id))
    .order_by(FulfillmentLine.id)
)
_LIVE_OF_ORDERS = (
    sa.select(
        Fulfillment.id,
        Fulfillment.fulfillment_order_id,
        Fulfillment.fulfillment_number,
        Fulfillment.provider_account_id,
    )
    .where(among(Fulfillment.fulfillment_order_id), IS_NOT_VOIDED)
    .order_by(Fulfillment.id)
)
_REMAINING = sa.select(FulfillmentOrderLine.id, FulfillmentOrderLine.remaining).where(
    among(FulfillmentOrderLine.id)
)
_FREE = (
    sa.select(Allocation.fulfillment_order_line_id, sa.func.sum(Allocation.quantity))
    .where(among(Allocation.fulfillment_order_line_id), Allocation.status == AllocationStatus.ALLOCATED.value)
    .group_by(Allocation.fulfillment_order_line_id)
)
_STOCK = (
    sa.select(CostLayer.product_id, CostLayer.warehouse_id, sa.func.sum(CostLayer.remaining))
    .where(
        sa.tuple_(CostLayer.product_id, CostLayer.warehouse_id).in_(sa.bindparam("places", expanding=True)),
        CostLayer.remaining > 0,
    )
    .group_by(CostLayer.product_id, CostLayer.warehouse_id)
)


@dataclass(frozen=True, kw_only=True)
class Need:
    """One line of a voided shipment: the units it takes when it comes back, and where."""

    fulfillment_id: int
    line_id: int
    budget_id: int
    product_id: int
    warehouse_id: int
    sku: str
    warehouse: str
    quantity: int

    @property
    def place(self) -> Place:
        return self.product_id, self.warehouse_id


@dataclass(frozen=True)
class Sibling:
    """A live shipment of the same fulfillment order."""

    id: int
    fulfillment_order_id: int
    fulfillment_number: str
    provider_account_id: int | None


@dataclass
class Supply:
    """What is free to be taken: units of budgets, of allocations, and in stock."""

    remaining: Counter[int] = field(default_factory=Counter)
    free: Counter[int] = field(default_factory=Counter)
    stock: Counter[Place] = field(default_factory=Counter)

    def allocated(self, budget_id: int) -> int:
        return self.free[budget_id]

    def on_hand(self, place: Place) -> int:
        return self.stock[place]

    def take(self, needs: Iterable[Need]) -> None:
        for need in needs:
            self.remaining[need.budget_id] -= need.quantity
            self.free[need.budget_id] -= need.quantity
            self.stock[need.place] -= need.quantity

    def shortages(self, needs: Iterable[Need], fulfillment_order_id: int) -> list[str]:
        """What is missing for these lines, each in a few words with its SKU and both quantities."""
        missing: list[str] = []
        wanted: Counter[Place] = Counter()
        for need in needs:
            wanted[need.place] += need.quantity
            remaining, free = self.remaining[need.budget_id], self.free[need.budget_id]
            if remaining < need.quantity:
                left = f"left to ship on FO-{fulfillment_order_id}"
                missing.append(_shortage(need.sku, need.quantity, remaining, left))
            elif free < need.quantity:
                missing.append(_shortage(need.sku, need.quantity, free, "allocated and free"))
            elif self.stock[need.place] < wanted[need.place]:
                held = f"in stock in {need.warehouse}"
                missing.append(_shortage(need.sku, wanted[need.place], self.stock[need.place], held))
        return missing


def refusal(standing: Standing, needs: list[Need], siblings: Iterable[Sibling], supply: Supply) -> str | None:
    """Why this shipment cannot be restored now, in a sentence; None when it can."""
    if standing.voided_at is None:
        return _NOT_VOIDED
    number = f"FO-{standing.fulfillment_order_id}"
    if standing.fulfillment_order_status is FulfillmentOrderStatus.CANCELLED:
        return f"Its fulfillment order {number} is cancelled."
    live = [one for one in siblings if one.fulfillment_order_id == standing.fulfillment_order_id]
    newest = standing.newest_sibling_at_void or standing.fulfillment_id
    anew = [one for one in live if one.provider_account_id is not None and one.id > newest]
    if anew:
        return f"Its fulfillment order {number} was submitted anew as {anew[0].fulfillment_number}."
    is_submitted = standing.fulfillment_order_request_status != FulfillmentOrderRequestStatus.UNSUBMITTED
    if is_submitted and not live:
        return f"Its fulfillment order {number} was submitted anew."
    missing = supply.shortages(needs, standing.fulfillment_order_id)
    return f"{'; '.join(missing)}." if missing else None


def needs_of(ids: Collection[int]) -> dict[int, list[Need]]:
    """The lines of these shipments by shipment."""
    needs: dict[int, list[Need]] = defaultdict(list)
    for row in _run(_NEEDS, ids=sorted(ids)).mappings():
        needs[row["fulfillment_id"]].append(Need(**row))
    return needs


def siblings_of(fulfillment_order_ids: Collection[int]) -> list[Sibling]:
    """The live shipments of these fulfillment orders."""
    return [Sibling(**row) for row in _run(_LIVE_OF_ORDERS, ids=sorted(fulfillment_order_ids)).mappings()]


def refusal_of(fulfillment_id: int, scope: Scope) -> str | None:
    """Why this shipment cannot be restored at this moment, for its page; None when it can. Raises NotFound."""
    found = standings([fulfillment_id], scope)
    if not found:
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    return refusal_now(found[0])


def refusals_of(ids: Collection[int], scope: Scope) -> dict[int, str | None]:
    """Why each of these cannot be restored now, None when it can, if they are restored together as their ids go.

    Those outside the scope are left out. The number of statements does not grow with theirs.
    """
    found = sorted(standings(ids, scope), key=lambda one: one.fulfillment_id)
    needs = needs_of([one.fulfillment_id for one in found])
    siblings = siblings_of({one.fulfillment_order_id for one in found})
    supply = supply_of([need for of_one in needs.values() for need in of_one])
    reasons = {}
    for one in found:
        lines = needs[one.fulfillment_id]
        reasons[one.fulfillment_id] = reason = refusal(one, lines, siblings, supply)
        if reason is None:
            supply.take(lines)
    return reasons


def refusal_now(standing: Standing) -> str | None:
    """The same for a shipment that was read already; no statement for one that is not voided."""
    if standing.voided_at is None:
        return _NOT_VOIDED
    needs = needs_of([standing.fulfillment_id])[standing.fulfillment_id]
    siblings = siblings_of([standing.fulfillment_order_id])
    return refusal(standing, needs, siblings, supply_of(needs))


def supply_of(needs: list[Need]) -> Supply:
    """What is free of all that these lines need."""
    budgets = sorted({need.budget_id for need in needs})
    places = sorted({need.place for need in needs})
    stock = _run(_STOCK, places=places)
    return Supply(
        remaining=Counter(dict(_pairs(_REMAINING, budgets))),
        free=Counter(dict(_pairs(_FREE, budgets))),
        stock=Counter({(product, warehouse): units for product, warehouse, units in stock}),
    )


def _pairs(statement: Statement, ids: list[int]) -> list[tuple[int, int]]:
    return [(id_, units) for id_, units in _run(statement, ids=ids)]


def _shortage(sku: str, wanted: int, there: int, where: str) -> str:
    return f"{sku}: {wanted} needed, {there} {where}"


def _run(statement: Statement, **values: Any) -> sa.CursorResult[*tuple[Any, ...]]:
    return db.session.connection().execute(statement, values)

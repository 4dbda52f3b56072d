"""What a void will do, before it does it: read with the very conditions by which it is then written.

The units are those `reversals.LIVE` selects, which is what the reversals are inserted from; the allocations those
of `allocations.IS_HELD`; the budgets rise by `budgets.HELD`; and `judge` decides for both. Nothing is worked out
twice.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.models import (
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrderLine,
    InventoryMovement,
    Product,
    ProviderAccount,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    Store,
    Warehouse,
)
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.queries.standings import standings
from webapp.queries.void_rules import Standing, is_left_at_provider, judge
from webapp.services.ledger.allocations import IS_HELD
from webapp.services.ledger.budgets import HELD
from webapp.services.ledger.entries import by_order
from webapp.services.ledger.reversals import LIVE
from webapp.services.ledger.statements import run
from webapp.services.voids_preview import FreedAllocation, Plan, RaisedBudget, ReopenedOrder, ShipmentPlan, Units
from webapp.statuses import VoidBucket

_UNITS = (
    sa.select(
        InventoryMovement.fulfillment_id,
        InventoryMovement.id.label("movement_id"),
        Product.sku,
        Product.name.label("product_name"),
        (-InventoryMovement.quantity).label("quantity"),
        Warehouse.name.label("warehouse"),
        InventoryMovement.cost_layer_id.label("layer_id"),
        CostLayer.received_at,
        InventoryMovement.unit_cost,
    )
    .join(Product, Product.id == InventoryMovement.product_id)
    .join(Warehouse, Warehouse.id == InventoryMovement.warehouse_id)
    .join(CostLayer, CostLayer.id == InventoryMovement.cost_layer_id, isouter=True)
    .where(*LIVE)
    .order_by(InventoryMovement.id)
)
_line = aliased(FulfillmentLine)  # IS_HELD looks through the lines itself.
_ALLOCATIONS = (
    sa.select(
        _line.fulfillment_id,
        Allocation.id,
        Allocation.fulfillment_order_line_id.label("budget_id"),
        Product.sku,
        Allocation.quantity,
    )
    .join(_line, _line.id == Allocation.fulfillment_line_id)
    .join(Product, Product.id == _line.product_id)
    .where(IS_HELD)
    .order_by(Allocation.id)
)
_BUDGETS = (
    sa.select(
        FulfillmentOrderLine.fulfillment_order_id,
        FulfillmentOrderLine.id,
        Product.sku,
        FulfillmentOrderLine.quantity,
        FulfillmentOrderLine.remaining,
        (FulfillmentOrderLine.remaining + HELD.c.quantity).label("remaining_after"),
    )
    .join(HELD, HELD.c.budget_id == FulfillmentOrderLine.id)
    .join(SalesOrderLine, SalesOrderLine.id == FulfillmentOrderLine.sales_order_line_id)
    .join(Product, Product.id == SalesOrderLine.product_id)
    .order_by(FulfillmentOrderLine.id)
)
_OUTSIDE = (
    sa.select(
        Fulfillment.id,
        SalesChannel.name.label("channel"),
        ProviderAccount.kind,
        ProviderAccount.name,
        ProviderAccount.is_enabled,
        ProviderAccount.circuit_open_until,
    )
    .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    .where(among(Fulfillment.id))
)


def plan(ids: Collection[int], scope: Scope, *, force: bool = False) -> Plan:
    """What a void of these shipments would do now; those outside the scope are left out. Five statements."""
    found = sorted(standings(ids, scope), key=lambda one: one.fulfillment_id)
    known = [one.fulfillment_id for one in found]
    units, held, outside = _units_of(known), _allocations_of(known), _outside_of(known)
    shipments = tuple(
        _shipment_plan(
            one,
            force=force,
            units=units[one.fulfillment_id],
            held=held[one.fulfillment_id],
            outside=outside[one.fulfillment_id],
        )
        for one in found
    )
    going = {one.fulfillment_id for one in shipments if one.goes_on}
    return Plan(shipments, _orders([one for one in found if one.fulfillment_id in going]))


def _shipment_plan(
    one: Standing,
    *,
    force: bool,
    units: list[Units],
    held: list[FreedAllocation],
    outside: "_Outside",
) -> ShipmentPlan:
    verdict = judge(one, force=force)
    is_asked = verdict.bucket is VoidBucket.NEEDS_PROVIDER
    can_cancel = Capability.CANCEL in capabilities_of(one.type)
    is_left = is_left_at_provider(one) and not (is_asked and can_cancel)
    return ShipmentPlan(
        fulfillment_id=one.fulfillment_id,
        fulfillment_number=one.fulfillment_number,
        version=one.version,
        bucket=verdict.bucket,
        reason=verdict.reason,
        units=tuple(units),
        allocations=tuple(held),
        provider_step=_provider_step(one, is_asked=is_asked, can_cancel=can_cancel, force=force),
        account_trouble=outside.trouble.sentence if outside.trouble and is_asked else None,
        is_left_at_provider=is_left,
        channel=outside.channel,
        channel_told_at=one.submitted_to_sales_channel_at,
    )


def _provider_step(one: Standing, *, is_asked: bool, can_cancel: bool, force: bool) -> str | None:
    label = one.type.label
    if is_asked and can_cancel:
        return f"{label} is asked whether it has shipped, and to cancel its order. Only then does stock come back."
    if is_asked:
        return f"{label} is asked whether it has shipped. It cannot cancel orders: do that there by hand."
    if force and one.is_with_provider:
        return f"{label} is not asked. Its order there stays as it is."
    return None


def _units_of(ids: list[int]) -> dict[int, list[Units]]:
    found: dict[int, list[Units]] = defaultdict(list)
    for id_, values in _by_first(_UNITS, ids):
        found[id_].append(Units(**values))
    return found


def _allocations_of(ids: list[int]) -> dict[int, list[FreedAllocation]]:
    found: dict[int, list[FreedAllocation]] = defaultdict(list)
    for id_, values in _by_first(_ALLOCATIONS, ids):
        found[id_].append(FreedAllocation(**values))
    return found


def _orders(voided: list[Standing]) -> tuple[ReopenedOrder, ...]:
    budgets: dict[int, list[RaisedBudget]] = defaultdict(list)
    for id_, values in _by_first(_BUDGETS, [one.fulfillment_id for one in voided]):
        budgets[id_].append(RaisedBudget(**values))
    return tuple(
        ReopenedOrder(
            id=id_,
            status=shipments[0].fulfillment_order_status,
            request_status=shipments[0].fulfillment_order_request_status,
            budgets=tuple(budgets[id_]),
        )
        for id_, shipments in by_order(voided).items()
    )


@dataclass(frozen=True)
class _Outside:
    """The sales channel of a shipment, and what keeps its provider from being asked."""

    channel: str
    trouble: Trouble | None


def _outside_of(ids: list[int]) -> dict[int, _Outside]:
    return {id_: _outside(**values) for id_, values in _by_first(_OUTSIDE, ids)}


def _outside(
    channel: str,
    kind: str | None,
    name: str | None,
    is_enabled: bool | None,
    circuit_open_until: datetime | None,
) -> _Outside:
    trouble = trouble_of(kind, name, is_enabled=is_enabled, paused_until=circuit_open_until)
    return _Outside(channel, trouble)


def _by_first(statement: sa.Select[*tuple[Any, ...]], ids: list[int]) -> list[tuple[int, dict[str, Any]]]:
    """Each row as the id in its first column and the values of the others."""
    found = run(statement, ids=ids)
    _, *names = found.keys()
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in found]

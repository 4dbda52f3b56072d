"""The orders that practice mode puts into the sandbox: what the database says each provider said of them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zlib import crc32

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, Product, ProviderAccount, ProviderOrder
from webapp.services.practice_shop import SHOP, shop_orders
from webapp.statuses import FulfillmentType, ProviderOrderState

SHIPS_WITHIN_SECONDS = 600


def sandbox_orders() -> dict[str, list[dict[str, Any]]]:
    """Every order the database knows at the providers that are played, as the sandbox's control door takes them.

    An order that waits gets a plan: it ships within ten minutes, some at once, so that a resync brings news.
    """
    lines = _lines_by_shipment()
    statement = (
        sa.select(
            ProviderAccount.kind,
            ProviderOrder.external_id,
            ProviderOrder.external_number,
            ProviderOrder.state,
            ProviderOrder.tracking_number,
            ProviderOrder.carrier,
            ProviderOrder.service,
            ProviderOrder.cost,
            ProviderOrder.shipped_at,
            ProviderOrder.fulfillment_id,
        )
        .join(ProviderAccount, ProviderAccount.id == ProviderOrder.provider_account_id)
        .where(ProviderAccount.kind.in_(PLAYED))
    )
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in PLAYED}
    for row in db.session.execute(statement):
        order = {"number": row.external_number, "external_id": row.external_id}
        found[row.kind].append(order | _TELLERS[row.kind](row, lines.get(row.fulfillment_id, [])))
    return found | {SHOP: shop_orders()}


def _lines_by_shipment() -> dict[int, list[dict[str, Any]]]:
    statement = (
        sa.select(FulfillmentLine.fulfillment_id, Product.sku, Product.name, FulfillmentLine.quantity)
        .join(Product, Product.id == FulfillmentLine.product_id)
        .join(Fulfillment, Fulfillment.id == FulfillmentLine.fulfillment_id)
        .where(Fulfillment.fulfillment_type.in_(PLAYED))
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for shipment, sku, name, quantity in db.session.execute(statement):
        found.setdefault(shipment, []).append({"sku": sku, "name": name, "quantity": quantity})
    return found


def _shipstation_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "status": "shipped", "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "cancelled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "status": "rejected_fulfillment"}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _shiphero_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Work under way is told by what is allocated, trouble by a hold."""
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "status": "fulfilled", "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "canceled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "holds": ["address_hold"]}
        case ProviderOrderState.PROCESSING:
            allocated = [line | {"allocated": line["quantity"]} for line in lines]
            return {"lines": allocated, "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _trackstar_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "status": "fulfilled", "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "cancelled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "status": "exception"}
        case ProviderOrderState.PROCESSING:
            return {"lines": lines, "status": "processing", "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _amazon_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Amazon knows more statuses; these are the ones that the practice data has."""
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "Cancelled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "status": "Unfulfillable"}
        case ProviderOrderState.PROCESSING:
            return {"lines": lines, "status": "Planning", "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _starshipit_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """An archived order is as good as cancelled; trouble is told by its parcel."""
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "archived": True}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "shipments": [_parcel(row) | {"status": "Exception"}]}
        case ProviderOrderState.PROCESSING:
            return {"lines": lines, "status": "Saved", "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _shipfusion_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Trouble is a back order."""
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "cancelled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "status": "backOrder"}
        case ProviderOrderState.PROCESSING:
            return {"lines": lines, "status": "processing", "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _veracore_order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Trouble is a back order."""
    match row.state:
        case ProviderOrderState.SHIPPED:
            return {"lines": lines, "shipments": [_parcel(row)]}
        case ProviderOrderState.CANCELLED:
            return {"lines": lines, "status": "Canceled"}
        case ProviderOrderState.EXCEPTION:
            return {"lines": lines, "status": "Unprocessed, Backordered"}
        case ProviderOrderState.PROCESSING:
            return {"lines": lines, "status": "Processed", "plan": _plan(row)}
        case _:
            return {"lines": lines, "plan": _plan(row)}


def _parcel(row: Any) -> dict[str, Any]:
    parcel = {
        "tracking_number": row.tracking_number,
        "carrier": row.carrier,
        "service": row.service,
        "cost": None if row.cost is None else str(row.cost),
    }
    return parcel | {"shipped_at": row.shipped_at.isoformat()} if row.shipped_at else parcel


def _plan(row: Any) -> dict[str, Any]:
    """When and how an order will ship: under the label it has already, else under one that its number decides."""
    chance = crc32(row.external_number.encode())
    cost = Decimal(chance % 1500 + 450) / 100 if row.cost is None else row.cost
    return {
        "ships_after_seconds": chance % 2 * (chance % SHIPS_WITHIN_SECONDS),
        "tracking_number": row.tracking_number or f"9400{chance:018d}",
        "carrier": row.carrier or "stamps_com",
        "service": row.service or "usps_ground_advantage",
        "cost": str(cost),
    }


_TELLERS: dict[str, Callable[[Any, list[dict[str, Any]]], dict[str, Any]]] = {
    FulfillmentType.SHIPSTATION.value: _shipstation_order,
    FulfillmentType.SHIPHERO.value: _shiphero_order,
    FulfillmentType.TRACKSTAR.value: _trackstar_order,
    FulfillmentType.FBA.value: _amazon_order,
    FulfillmentType.STARSHIPIT.value: _starshipit_order,
    FulfillmentType.SHIPFUSION.value: _shipfusion_order,
    FulfillmentType.VERACORE.value: _veracore_order,
}
# The kinds of provider that the sandbox plays.
PLAYED = tuple(_TELLERS)

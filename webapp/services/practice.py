"""What practice mode needs beside the data: people to sign in as, and a sandbox that knows the seeded orders."""

from decimal import Decimal
from typing import Any
from zlib import crc32

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, Product, ProviderAccount, ProviderOrder, User
from webapp.services import accounts
from webapp.statuses import FulfillmentType, ProviderOrderState, Role

PASSWORD = "dockside-demo"  # noqa: S105 - printed on the terminal of whoever tries Dockside, and refused elsewhere
SHIPS_WITHIN_SECONDS = 600
_SHIPSTATION_WORDS = {
    ProviderOrderState.SHIPPED: "shipped",
    ProviderOrderState.CANCELLED: "cancelled",
    ProviderOrderState.EXCEPTION: "rejected_fulfillment",
}


def add_people() -> None:
    """Add one person per role, named like it, when there is nobody yet."""
    if db.session.scalar(sa.select(User.id).limit(1)) is None:
        for role in Role:
            accounts.add(role.value, PASSWORD, role, display_name=role.label)


def point_to_sandbox(sandbox_url: str) -> None:
    """Let the ShipStation accounts of this machine's sandbox find it where it listens now."""
    db.session.execute(
        sa.update(ProviderAccount)
        .where(
            ProviderAccount.kind == FulfillmentType.SHIPSTATION.value,
            ProviderAccount.base_url.like("http://127.0.0.1:%"),
        )
        .values(base_url=f"{sandbox_url}/shipstation")
    )


def shipstation_orders() -> list[dict[str, Any]]:
    """Every ShipStation order the database knows, as the sandbox's control door takes them.

    An order that waits gets a plan: it ships within ten minutes, some at once, so that a resync brings news.
    """
    lines = _lines_by_shipment()
    statement = (
        sa.select(
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
        .where(ProviderAccount.kind == FulfillmentType.SHIPSTATION.value)
    )
    return [_order(row, lines[row.fulfillment_id]) for row in db.session.execute(statement)]


def _lines_by_shipment() -> dict[int, list[dict[str, Any]]]:
    statement = (
        sa.select(FulfillmentLine.fulfillment_id, Product.sku, Product.name, FulfillmentLine.quantity)
        .join(Product, Product.id == FulfillmentLine.product_id)
        .join(Fulfillment, Fulfillment.id == FulfillmentLine.fulfillment_id)
        .where(Fulfillment.fulfillment_type == FulfillmentType.SHIPSTATION.value)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for shipment, sku, name, quantity in db.session.execute(statement):
        found.setdefault(shipment, []).append({"sku": sku, "name": name, "quantity": quantity})
    return found


def _order(row: Any, lines: list[dict[str, Any]]) -> dict[str, Any]:
    order = {"number": row.external_number, "external_id": row.external_id, "lines": lines}
    status = _SHIPSTATION_WORDS.get(ProviderOrderState(row.state))
    if status is None:
        return order | {"plan": _plan(row.external_number)}
    if status != "shipped":
        return order | {"status": status}
    parcel = {
        "tracking_number": row.tracking_number,
        "carrier": row.carrier,
        "service": row.service,
        "cost": None if row.cost is None else str(row.cost),
    }
    if row.shipped_at:
        parcel["shipped_at"] = row.shipped_at.isoformat()
    return order | {"status": status, "shipments": [parcel]}


def _plan(number: str) -> dict[str, Any]:
    """When and how an order will ship; the same for a number every time."""
    chance = crc32(number.encode())
    return {
        "ships_after_seconds": chance % 2 * (chance % SHIPS_WITHIN_SECONDS),
        "tracking_number": f"9400{chance:018d}",
        "carrier": "stamps_com",
        "service": "usps_ground_advantage",
        "cost": str(Decimal(chance % 1500 + 450) / 100),
    }

"""The inventory movements of a shipment: the second tab of its page."""

from dataclasses import asdict
from typing import Any, cast

from flask import Blueprint, render_template

from webapp.queries.inventory import MovementFilter, movements_of, warehouses_in
from webapp.queries.shipment_page import number_of
from webapp.statuses import InventoryStatus, MovementType, Permission
from webapp.views.activity import links
from webapp.views.shipment_page import page_with
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import requires
from webapp.web.query_string import chosen, chosen_id, only, page_number, text
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("inventory", __name__)

PANEL = "inventory/_panel.html"


@blueprint.get("/fulfillments/<int:fulfillment_id>/movements")
@requires(Permission.BROWSE)
def index(fulfillment_id: int) -> str:
    number_of(fulfillment_id, signed_in_person().scope)
    only("text", "type", "inventory_status", "warehouse_id", "page")
    warehouses = warehouses_in(fulfillment_id)
    wanted = MovementFilter(
        text=text(),
        type=chosen("type", MovementType),
        inventory_status=chosen("inventory_status", InventoryStatus),
        warehouse_id=cast("int | None", chosen_id("warehouse_id", warehouses)),
    )
    page = page_number()
    movements = movements_of(fulfillment_id, wanted, page=page)
    context: dict[str, Any] = {
        "movements": movements,
        "ids_here": {movement.id for movement in movements.rows},
        "wanted": wanted,
        "warehouses": warehouses,
        "types": MovementType,
        "statuses": InventoryStatus,
        "links": links("inventory.index", fulfillment_id, page, asdict(wanted)),
    }
    if wants_fragment("history"):
        return render_template(PANEL, fulfillment_id=fulfillment_id, **context)
    return page_with(fulfillment_id, panel=PANEL, **context)

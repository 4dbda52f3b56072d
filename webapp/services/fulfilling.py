"""Fulfil: units of an open fulfillment order become the next shipment of its sales order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from webapp.errors import Conflict
from webapp.extensions import db
from webapp.services import fulfilling_rows, history, idempotency, runs
from webapp.services import fulfilling_rules as rules
from webapp.services.actors import Actor
from webapp.services.fulfilling_locks import LockedOrder, lock_order
from webapp.services.fulfilling_rows import Details, Portion, Supply
from webapp.services.ledger import allocations, postings
from webapp.statuses import RunKind


@dataclass(frozen=True)
class Fulfilled:
    """The new shipment; `run_id` is the run that sends it to its provider, None when no provider ships it."""

    fulfillment_id: int
    fulfillment_number: str
    run_id: int | None = None


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
    portions = rules.portions_of(order, quantities)
    connection = db.session.connection()
    supply = Supply(
        allocations.lock_free(connection, [portion.line.id for portion in portions]),
        postings.lock_stock(connection, {(portion.line.product_id, order.warehouse_id) for portion in portions}),
    )
    rules.check_stock(order, portions, supply)
    return ship(order, portions, supply, details, kind=rules.kind_of(details), actor=actor)


def ship(
    order: LockedOrder,
    portions: Sequence[Portion],
    supply: Supply,
    details: Details,
    *,
    kind: str | None,
    actor: Actor,
    run_id: int | None = None,
) -> Fulfilled:
    """Write the shipment of what the rules have let through, and ask for the run that sends it where one does.

    The caller holds every lock. `kind` is that of the provider account; `run_id` the bulk run that ships it.
    """
    shipment = fulfilling_rows.write(order, portions, supply, details, kind=kind, actor=actor, run_id=run_id)
    sending = None
    if details.provider_account_id is not None:
        sending = runs.request(RunKind.CREATE_PROVIDER_ORDER, actor, fulfillment_id=shipment.id)
    return Fulfilled(shipment.id, shipment.fulfillment_number, sending)

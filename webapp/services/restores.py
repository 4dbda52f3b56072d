"""Restore voided shipments: the void undone to the unit, as long as nobody else has taken what it needs."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.errors import NotFound, Refused, Stale
from webapp.extensions import db
from webapp.models import Fulfillment, InventoryMovement
from webapp.queries.prepared import Prepared
from webapp.queries.restores import Need, Supply, needs_of, refusal, siblings_of
from webapp.queries.sets_of_ids import among
from webapp.queries.void_rules import Standing
from webapp.schema import now
from webapp.services import history, idempotency
from webapp.services.actors import Actor
from webapp.services.history import Changes, Entry, Heads
from webapp.services.ledger import allocations, budgets, order_status, postings
from webapp.services.ledger.allocations import Free, Hold
from webapp.services.ledger.entries import OrderState, by_order, compared, order_entries
from webapp.services.ledger.locks import Budget, Locked, heads_of, lock_budgets, lock_shipments
from webapp.services.ledger.postings import Posting, Stock, Want
from webapp.statuses import (
    ActivityEvent,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
)

_UNSUBMITTED = FulfillmentOrderRequestStatus.UNSUBMITTED
_MARK = Prepared(
    sa.update(Fulfillment)
    .values(
        status=Fulfillment.status_before_void,
        status_before_void=None,
        request_status_before_void=None,
        newest_sibling_at_void=None,
        voided_at=None,
        voided_by_user_id=None,
        void_reason=None,
        void_problem=None,
        cancel_by_hand=False,
        # A channel that heard of the void has to be told again.
        submitted_to_sales_channel_at=sa.case(
            (Fulfillment.void_told_to_channel_at.is_not(None), sa.null()),
            else_=Fulfillment.submitted_to_sales_channel_at,
        ),
        void_told_to_channel_at=None,
        provider_problem=sa.bindparam("problem"),
        history_length=sa.bindparam("length"),
        history_head=sa.bindparam("head"),
        version=Fulfillment.version + 1,
        updated_at=sa.bindparam("moment", type_=Fulfillment.updated_at.type),
    )
    .where(Fulfillment.id == sa.bindparam("shipment_id"))
)
# Not IS NULL, for the reason given in ledger.reversals.
_IS_ORIGINAL = sa.func.coalesce(InventoryMovement.reverses_id, 0) == 0
_ORIGINALS = Prepared(
    sa.select(InventoryMovement.fulfillment_line_id, InventoryMovement.cost_layer_id, InventoryMovement.quantity)
    .where(among(InventoryMovement.fulfillment_id), _IS_ORIGINAL)
    .order_by(InventoryMovement.id.desc())
)


@dataclass(frozen=True)
class Restored:
    """What became of one shipment that was to be restored, and why it was not."""

    fulfillment_id: int
    is_restored: bool
    reason: str = ""


@dataclass
class _Plan:
    """Who comes back, and with which units."""

    restored: list[Locked] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Shelf:
    """Everything that is locked and may be taken."""

    budgets: list[Budget]
    free: dict[int, list[Free]]
    stock: Stock


def restore(fulfillment_id: int, *, version: int, key: str | None, actor: Actor) -> Restored:
    """Bring one voided shipment back for a person, to the status it had.

    Raises NotFound, Stale, Refused naming SKUs and quantities, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person restores a shipment here; runs use restore_locally.")
    asked = {"fulfillment_id": fulfillment_id, "version": version}
    first = idempotency.claim(actor.user_id, key, "restore", asked, likely={"restored": True})
    if first is not None:
        return Restored(fulfillment_id, is_restored=True)
    db.session.flush()
    connection = db.session.connection()
    locked = lock_shipments(connection, [fulfillment_id], actor.scope)
    if not locked:
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    standing = locked[0].standing
    if standing.version != version:
        raise Stale(standing.version)
    reason = _restore(connection, locked, actor, None).get(fulfillment_id)
    if reason:
        raise Refused(f"{standing.fulfillment_number} cannot be restored. {reason}")
    return Restored(fulfillment_id, is_restored=True)


def restore_locally(ids: Collection[int], *, actor: Actor, run_id: int | None = None) -> list[Restored]:
    """Bring these shipments back, all in this transaction, in the order of their ids; say what became of each.

    At most ledger.statements.LARGEST_SET shipments; the number of statements does not grow with theirs.
    """
    db.session.flush()
    connection = db.session.connection()
    locked = lock_shipments(connection, ids, actor.scope, run_id=run_id)
    reasons = _restore(connection, locked, actor, run_id) if locked else {}
    known = {one.standing.fulfillment_id for one in locked}
    missing = "There is no such shipment, or it belongs to a warehouse you do not see."
    why = {id_: reasons.get(id_, "") if id_ in known else missing for id_ in dict.fromkeys(ids)}
    return [Restored(id_, is_restored=not reason, reason=reason) for id_, reason in why.items()]


def _restore(connection: Connection, locked: list[Locked], actor: Actor, run_id: int | None) -> dict[int, str]:
    """Restore those of the locked shipments that can be, and give the reasons of the others."""
    needs = needs_of([one.standing.fulfillment_id for one in locked])
    shelf = _lock_shelf(connection, locked, needs)
    plan = _planned(locked, needs, shelf, _last_layers(connection, needs))
    if plan.restored:
        _write(connection, plan, actor, run_id)
        db.session.expire_all()  # Rows the caller has read are not what they were.
    return plan.reasons


def _lock_shelf(connection: Connection, locked: list[Locked], needs: dict[int, list[Need]]) -> _Shelf:
    lines = [need for of_one in needs.values() for need in of_one]
    return _Shelf(
        budgets=lock_budgets(connection, {one.standing.fulfillment_order_id for one in locked}),
        free=allocations.lock_free(connection, {need.budget_id for need in lines}),
        stock=postings.lock_stock(connection, {need.place for need in lines}),
    )


def _planned(
    locked: list[Locked], needs: dict[int, list[Need]], shelf: _Shelf, given: dict[int, list[tuple[int, int]]]
) -> _Plan:
    siblings = siblings_of({one.standing.fulfillment_order_id for one in locked})
    supply = Supply(
        remaining=Counter({budget.id: budget.remaining for budget in shelf.budgets}),
        free=Counter({id_: sum(one.quantity for one in free) for id_, free in shelf.free.items()}),
        stock=Counter({need.place: shelf.stock.available(need.place) for of in needs.values() for need in of}),
    )
    plan = _Plan()
    for one in sorted(locked, key=lambda one: one.standing.fulfillment_id):
        lines = needs[one.standing.fulfillment_id]
        reason = refusal(one.standing, lines, siblings, supply)
        if reason:
            plan.reasons[one.standing.fulfillment_id] = reason
            continue
        supply.take(lines)
        plan.restored.append(one)
        for need in lines:
            plan.holds += allocations.choose(shelf.free[need.budget_id], need.line_id, need.quantity)
            plan.postings += shelf.stock.take(_want(need, one.standing, given[need.line_id]))
    return plan


def _want(need: Need, standing: Standing, given: list[tuple[int, int]]) -> Want:
    return Want(
        fulfillment_id=need.fulfillment_id,
        line_id=need.line_id,
        place=need.place,
        quantity=need.quantity,
        reference=standing.fulfillment_number,
        given=tuple(given),
    )


def _last_layers(connection: Connection, needs: dict[int, list[Need]]) -> dict[int, list[tuple[int, int]]]:
    """By line, the layers the last void gave units back to: those of the newest movements up to its quantity."""
    left = {need.line_id: need.quantity for of_one in needs.values() for need in of_one}
    layers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line_id, layer_id, quantity in _ORIGINALS.rows(connection, ids=sorted(needs)):
        if layer_id is not None and left.get(line_id, 0) > 0:
            layers[line_id].append((layer_id, -quantity))
            left[line_id] += quantity
    return layers


def _write(connection: Connection, plan: _Plan, actor: Actor, run_id: int | None) -> None:
    moment = now()
    shipments = [one.standing for one in plan.restored]
    states, heads = _states(plan.restored), heads_of(plan.restored)
    allocations.hold(connection, plan.holds)
    postings.post(connection, plan.postings, moment)
    told = [
        *(
            Entry(ActivityEvent.RESTORED, fulfillment_id=one.fulfillment_id, changes=_changes(one))
            for one in shipments
        ),
        *order_entries(plan.restored, states, "restored"),
    ]
    history.append(connection, told, heads, actor, occurred_at=moment, run_id=run_id)
    _MARK.run_many(connection, [_marked(one, heads, moment) for one in shipments])
    budgets.use_up(connection, [one.fulfillment_id for one in shipments])
    budgets.become(connection, states, heads, moment)
    order_status.refresh(connection, {one.sales_order_id for one in shipments}, moment)


def _marked(one: Standing, heads: Heads, moment: datetime) -> dict[str, Any]:
    head = heads[Fulfillment, one.fulfillment_id]
    return {
        "shipment_id": one.fulfillment_id,
        "problem": _problem(one),
        "length": head.length,
        "head": head.hash,
        "moment": moment,
    }


def _states(restored: list[Locked]) -> dict[int, OrderState]:
    """What each fulfillment order becomes: closed when nothing remains, submitted as it was before the void."""
    before = {one.standing.fulfillment_order_id: one.remaining for one in restored}
    states = {}
    for order_id, shipments in by_order(one.standing for one in restored).items():
        left = before[order_id] - sum(one.unit_count for one in shipments)
        status = FulfillmentOrderStatus.OPEN if left else FulfillmentOrderStatus.CLOSED
        states[order_id] = OrderState(status, _request_status(shipments), left)
    return states


def _request_status(shipments: list[Standing]) -> str:
    """As it is when it is submitted, else as the last shipment found it that was voided while it was."""
    present = shipments[0].fulfillment_order_request_status
    if present is not _UNSUBMITTED:
        return present.value
    remembered = [one.request_status_before_void for one in shipments]
    submitted = [status for status in remembered if status and status != _UNSUBMITTED.value]
    return submitted[-1] if submitted else present.value


def _problem(one: Standing) -> str | None:
    """What a person has to see to: the provider will not ship what is cancelled there."""
    if one.provider_account_id is None or not one.is_cancelled_there:
        return one.provider_problem
    if one.status_before_void is FulfillmentStatus.CANCELED:
        return one.provider_problem
    label = one.type.label
    return f"Restored here, but its order at {label} is cancelled. {label} will not ship it as it stands."


def _changes(one: Standing) -> Changes:
    told = one.submitted_to_sales_channel_at
    return compared(
        {
            "status": (one.status, one.status_before_void),
            "void_reason": (one.void_reason, None),
            "cancel_by_hand": (one.cancel_by_hand, False),
            "void_problem": (one.void_problem, None),
            "provider_problem": (one.provider_problem, _problem(one)),
            "submitted_to_sales_channel_at": (told, None if one.void_told_to_channel_at else told),
        }
    )

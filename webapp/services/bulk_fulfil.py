"""Voided shipments fulfilled again: each becomes the next shipment of its order, by the rules of Fulfil.

A voided shipment is fulfilled again once: its history says so, which both who repeats it and the preview read.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from webapp.errors import Refused
from webapp.extensions import db
from webapp.providers.registry import label_of
from webapp.queries.account_trouble import troubles_of
from webapp.queries.fulfilling_again import Voided, voided_of
from webapp.queries.restores import supply_of
from webapp.queries.scope import Scope
from webapp.schema import now
from webapp.services import fulfilling, fulfilling_rules, history
from webapp.services.actors import Actor
from webapp.services.bulk_verdicts import Terms, Verdict, missing
from webapp.services.fulfilling_locks import LockedOrder, lock_sales_orders, orders_of
from webapp.services.fulfilling_rows import Details, Portion, Supply
from webapp.services.fulfilling_rules import Shelf
from webapp.services.history import Entry
from webapp.services.ledger import allocations, postings
from webapp.services.ledger.locks import lock_budgets, lock_shipments
from webapp.statuses import ActivityEvent, BulkBucket, FulfillmentOrderStatus

_NOT_VOIDED = "It is not voided."
_SHIPPED = "Nothing of it is left to ship: its units are in other shipments of its fulfillment order."
_DONE_ALREADY = "It was fulfilled again already, since it was voided."


@dataclass(frozen=True)
class _Account:
    """A provider account: its kind, or why nothing can be sent there."""

    kind: str | None = None
    refusal: str = ""


@dataclass(frozen=True)
class _Matter:
    """The shipments, their fulfillment orders, what these can take from, and the accounts that ship them.

    Orders and shelf become less with every shipment that is made, or foreseen. No account is our own hands.
    """

    found: list[Voided]
    orders: dict[int, LockedOrder]
    shelf: Shelf
    accounts: Mapping[int | None, _Account]


_Ship = Callable[[Voided, LockedOrder, list[Portion]], str]
"""Carries out, or foresees, what the rules have let through; returns what is said of it."""


class _NothingToDo(Refused):
    """It is not voided, or its goods are on their way in another shipment."""


def fulfil(ids: Collection[int], _terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    """Make the next shipments, all in this transaction, in the order of the ids; say what became of each.

    At most ledger.statements.LARGEST_SET shipments. All locks are taken before anything is written, in the order
    of every change.
    """
    db.session.flush()
    connection = db.session.connection()
    lock_shipments(connection, ids, actor.scope, run_id=run_id)
    found = voided_of(ids, actor.scope)
    lock_budgets(connection, {one.fulfillment_order_id for one in found})
    supply = Supply(
        allocations.lock_free(connection, {need.budget_id for one in found for need in one.needs}),
        postings.lock_stock(connection, {need.place for one in found for need in one.needs}),
    )
    lock_sales_orders({one.sales_order_id for one in found})
    matter = _matter(found, supply, actor.scope)
    told: list[Entry] = []

    def ship(one: Voided, order: LockedOrder, portions: list[Portion]) -> str:
        kind = matter.accounts[one.provider_account_id].kind
        new = fulfilling.ship(order, portions, supply, _details(one), kind=kind, actor=actor, run_id=run_id)
        matter.orders.update(orders_of({order.id}, actor.scope))
        note = f"Fulfilled again as {new.fulfillment_number}"
        told.append(Entry(ActivityEvent.UPDATED, fulfillment_id=one.fulfillment_id, note=note))
        return f"{note}."

    verdicts = _verdicts(ids, matter, ship)
    history.record_many(told, actor, occurred_at=now(), run_id=run_id)
    db.session.expire_all()  # Rows the caller has read are not what they were.
    return verdicts


def foresee(ids: Collection[int], _terms: Terms, scope: Scope) -> list[Verdict]:
    """What would come of it now, without locks; the first of several gets what suffices for one."""
    found = voided_of(ids, scope)
    supply = supply_of([need for one in found for need in one.needs])
    matter = _matter(found, supply, scope)
    troubles = troubles_of([one.fulfillment_id for one in found])

    def ship(one: Voided, order: LockedOrder, _portions: list[Portion]) -> str:
        supply.take(one.needs)
        matter.orders[order.id] = order.without(one.quantities)
        if (kind := matter.accounts[one.provider_account_id].kind) is None:
            return ""
        trouble = troubles.get(one.fulfillment_id)
        return trouble.sentence if trouble else f"It is then sent to {label_of(kind)}, by a run of its own."

    return _verdicts(ids, matter, ship)


def _verdicts(ids: Collection[int], matter: _Matter, ship: _Ship) -> list[Verdict]:
    """One after the other by their ids, as each takes from what the next finds."""
    verdicts = {}
    for one in matter.found:
        id_, order = one.fulfillment_id, matter.orders.get(one.fulfillment_order_id)
        if order is None:
            continue
        try:
            portions = _portions(one, order, matter.shelf, matter.accounts[one.provider_account_id])
        except Refused as refused:
            bucket = BulkBucket.SKIPPED if isinstance(refused, _NothingToDo) else BulkBucket.ERRORS
            verdicts[id_] = Verdict(id_, bucket, refused.message)
            continue
        verdicts[id_] = Verdict(id_, BulkBucket.DONE, ship(one, order, portions))
    return [verdicts.get(id_) or missing(id_) for id_ in dict.fromkeys(ids)]


def _portions(one: Voided, order: LockedOrder, shelf: Shelf, account: _Account) -> list[Portion]:
    """What the new shipment holds. Raises Refused with the reason why there can be none."""
    if not one.is_voided:
        raise _NothingToDo(_NOT_VOIDED)
    if one.is_done:
        raise _NothingToDo(_DONE_ALREADY)
    remaining = sum(line.remaining for line in order.lines if line.id in one.quantities)
    if order.status is not FulfillmentOrderStatus.CANCELLED and not remaining:
        raise _NothingToDo(_SHIPPED)
    portions = fulfilling_rules.portions_of(order, one.quantities)
    fulfilling_rules.check_stock(order, portions, shelf)
    if account.refusal:
        raise Refused(f"{account.refusal} That can be done on the page of {order.number}.")
    return portions


def _details(one: Voided) -> Details:
    """As the Fulfil dialog proposes it: ready to ship, or to be sent to the provider."""
    return Details(
        shipping_method=one.shipping_method,
        tracking_number=None,
        cost=None,
        handed_over=False,
        provider_account_id=one.provider_account_id,
    )


def _matter(found: list[Voided], shelf: Shelf, scope: Scope) -> _Matter:
    return _Matter(
        found,
        orders_of({one.fulfillment_order_id for one in found}, scope),
        shelf,
        {id_: _account(id_) for id_ in {one.provider_account_id for one in found}},
    )


def _account(account_id: int | None) -> _Account:
    if account_id is None:
        return _Account()
    try:
        return _Account(fulfilling_rules.kind_of_account(account_id))
    except Refused as refused:
        return _Account(refusal=refused.message)

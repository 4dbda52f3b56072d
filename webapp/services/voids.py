"""Void shipments: stock, allocations and budgets come back, in one transaction and able to be undone."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from webapp.database import not_waiting
from webapp.errors import Forbidden, NotFound, Refused, Stale
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.models.fulfillments import VOID_REASON_LENGTH
from webapp.queries.prepared import Prepared
from webapp.queries.void_rules import Judgement, Standing, is_left_at_provider, judge
from webapp.schema import now
from webapp.services import history, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.history import Changes, Entry, Heads
from webapp.services.ledger import allocations, budgets, order_status, reversals
from webapp.services.ledger.entries import OrderState, compared, order_entries
from webapp.services.ledger.locks import Locked, heads_of, lock_shipments
from webapp.statuses import (
    ActivityEvent,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    RunKind,
    VoidBucket,
)

NOT_THERE = "There is no such shipment, or it belongs to a warehouse you do not see."
_VOIDED = {"bucket": VoidBucket.VOIDED.value, "run_id": None}
_MOMENT = sa.bindparam("moment", type_=Fulfillment.voided_at.type)
_sibling = aliased(Fulfillment)
_NEWEST_SIBLING = (
    sa.select(sa.func.max(_sibling.id))
    .where(_sibling.fulfillment_order_id == Fulfillment.fulfillment_order_id)
    .correlate(Fulfillment)
    .scalar_subquery()
)
_MARK = Prepared(
    sa.update(Fulfillment)
    .values(
        status=FulfillmentStatus.CANCELED.value,
        status_before_void=Fulfillment.status,
        request_status_before_void=sa.bindparam("request_status"),
        newest_sibling_at_void=_NEWEST_SIBLING,
        voided_at=_MOMENT,
        voided_by_user_id=sa.bindparam("voided_by"),
        void_reason=sa.bindparam("reason"),
        void_problem=None,
        void_told_to_channel_at=None,
        cancel_by_hand=sa.bindparam("left_there"),
        provider_problem=sa.bindparam("problem"),
        history_length=sa.bindparam("length"),
        history_head=sa.bindparam("head"),
        version=Fulfillment.version + 1,
        updated_at=_MOMENT,
    )
    .where(Fulfillment.id == sa.bindparam("shipment_id"))
)


class NeedsConfirmation(Refused):
    """The shipment has shipped: nothing was changed, and only a void by force goes on."""

    code = "needs_confirmation"


@dataclass(frozen=True)
class Outcome:
    """What a person's void came to: voided now, or `run_id` asks the provider first."""

    fulfillment_id: int
    bucket: VoidBucket
    run_id: int | None = None


@dataclass(frozen=True)
class Result:
    """What became of one shipment of a set, and why it was not voided."""

    fulfillment_id: int
    bucket: VoidBucket
    reason: str = ""


def void(
    fulfillment_id: int,
    *,
    reason: str,
    version: int,
    key: str | None,
    actor: Actor,
    force: bool = False,
    may_force: bool = False,
) -> Outcome:
    """Void one shipment for a person, at once or by a run that asks its provider first.

    `force` voids what has shipped and leaves the provider's order alone. Raises NotFound, Stale, Forbidden without
    `may_force`, NeedsConfirmation, Refused when the rules say no, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person voids a shipment here; runs and bulk use void_locally.")
    if force and not may_force:
        raise Forbidden("Only a supervisor may void a shipment that has shipped. Ask one.")
    reason = checked_reason(reason)
    asked = {"fulfillment_id": fulfillment_id, "version": version, "reason": reason, "force": force}
    first = idempotency.claim(actor.user_id, key, "void", asked, likely=_VOIDED)
    if first is not None:
        return Outcome(fulfillment_id, VoidBucket(first["bucket"]), first["run_id"])
    outcome = _void_one(fulfillment_id, version, reason, actor, force=force)
    result = {"bucket": outcome.bucket.value, "run_id": outcome.run_id}
    if result != _VOIDED:
        idempotency.remember(actor.user_id, key, result)
    return outcome


def void_locally(
    ids: Collection[int],
    *,
    reason: str,
    actor: Actor,
    force: bool = False,
    cancel_by_hand: bool = False,
    run_id: int | None = None,
) -> list[Result]:
    """Void these shipments here, all in this transaction, and say what became of each; no provider is asked.

    One that still is with a provider is left alone (`needs_provider`) unless `cancel_by_hand` says that nothing
    can be done there, or `force`; it is then marked to be cancelled there by hand. `run_id` is the run that does
    it. At most ledger.statements.LARGEST_SET shipments; the number of statements is always the same.
    """
    db.session.flush()
    connection = db.session.connection()
    found = lock_shipments(connection, ids, actor.scope, run_id=run_id)
    locked = {one.standing.fulfillment_id: one for one in found}
    judgements = {
        id_: judge(one.standing, force=force, provider_settled=cancel_by_hand) for id_, one in locked.items()
    }
    chosen = [locked[id_] for id_, verdict in judgements.items() if verdict.bucket is VoidBucket.VOIDED]
    if chosen:
        _write(connection, chosen, checked_reason(reason), actor, run_id)
    missing = Judgement(VoidBucket.SKIPPED, NOT_THERE)
    verdicts = ((id_, judgements.get(id_, missing)) for id_ in dict.fromkeys(ids))
    return [Result(id_, verdict.bucket, verdict.reason) for id_, verdict in verdicts]


def checked_reason(reason: str) -> str:
    """The reason without space around it. Raises Refused when it is too long, or holds what no text holds."""
    reason = reason.strip()
    if len(reason) > VOID_REASON_LENGTH:
        raise Refused(f"The reason has {len(reason):,} characters. It may have {VOID_REASON_LENGTH:,} at most.")
    if "\x00" in reason:
        raise Refused("The reason holds a character that is no text. Type it again.")
    return reason


def _void_one(fulfillment_id: int, version: int, reason: str, actor: Actor, *, force: bool) -> Outcome:
    db.session.flush()
    connection = db.session.connection()
    locked = lock_shipments(connection, [fulfillment_id], actor.scope)
    if not locked:
        raise NotFound(NOT_THERE)
    standing = locked[0].standing
    if standing.version != version:
        raise Stale(standing.version)
    verdict = judge(standing, force=force)
    match verdict.bucket:
        case VoidBucket.VOIDED:
            _write(connection, locked, reason, actor, None)
            return Outcome(fulfillment_id, verdict.bucket)
        case VoidBucket.NEEDS_PROVIDER:
            return Outcome(fulfillment_id, verdict.bucket, _ask_provider(standing, reason, actor))
        case VoidBucket.NEEDS_CONFIRMATION:
            raise NeedsConfirmation(verdict.reason)
        case _:
            raise Refused(f"{standing.fulfillment_number} cannot be voided. {verdict.reason}")


def _ask_provider(standing: Standing, reason: str, actor: Actor) -> int:
    """The id of the run that cancels the order at the provider and then voids."""
    shipment_id = standing.fulfillment_id
    return runs.request(RunKind.VOID, actor, fulfillment_id=shipment_id, parameters={"reason": reason})


def _write(connection: Connection, chosen: list[Locked], reason: str, actor: Actor, run_id: int | None) -> None:
    """Void these shipments, which are locked and may be voided."""
    moment = now()
    shipments = sorted((one.standing for one in chosen), key=lambda one: one.fulfillment_id)
    ids = [one.fulfillment_id for one in shipments]
    states, heads = _reopened(chosen), heads_of(chosen)
    told = [
        *(
            Entry(ActivityEvent.VOIDED, fulfillment_id=one.fulfillment_id, changes=_changes(one), note=reason)
            for one in shipments
        ),
        *order_entries(chosen, states, "voided"),
    ]
    same = {"moment": moment, "voided_by": actor.user_id, "reason": reason or None}
    with not_waiting(connection):
        allocations.release(connection, ids)
        reversals.reverse(connection, ids, moment)
        budgets.give_back(connection, ids)
        history.append(connection, told, heads, actor, occurred_at=moment, run_id=run_id)
        _MARK.run_many(connection, [same | _marked(one, heads) for one in shipments])
        budgets.become(connection, states, heads, moment)
        order_status.refresh(connection, {one.sales_order_id for one in shipments}, moment)
    db.session.expire_all()  # Rows the caller has read are not what they were.


def _marked(one: Standing, heads: Heads) -> dict[str, Any]:
    head = heads[Fulfillment, one.fulfillment_id]
    return {
        "shipment_id": one.fulfillment_id,
        "request_status": one.fulfillment_order_request_status.value,
        "left_there": is_left_at_provider(one),
        "problem": _problem(one),
        "length": head.length,
        "head": head.hash,
    }


def _problem(one: Standing) -> str | None:
    """What was wrong with an order that is gone at the provider is nobody's problem any more."""
    return None if one.is_cancelled_there else one.provider_problem


def _reopened(chosen: list[Locked]) -> dict[int, OrderState]:
    """What becomes of each fulfillment order: open, not submitted, with the units back."""
    remaining = {one.standing.fulfillment_order_id: one.remaining for one in chosen}
    for one in chosen:
        remaining[one.standing.fulfillment_order_id] += one.standing.unit_count
    unsubmitted = FulfillmentOrderRequestStatus.UNSUBMITTED.value
    return {id_: OrderState(FulfillmentOrderStatus.OPEN, unsubmitted, units) for id_, units in remaining.items()}


def _changes(one: Standing) -> Changes:
    return compared(
        {
            "status": (one.status, FulfillmentStatus.CANCELED),
            "cancel_by_hand": (one.cancel_by_hand, is_left_at_provider(one)),
            "void_problem": (one.void_problem, None),
            "provider_problem": (one.provider_problem, _problem(one)),
        }
    )

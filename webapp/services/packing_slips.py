"""Packing slips that were printed: when, on the shipment and in its history."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from webapp.choices import Choice
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.sets_of_ids import among
from webapp.schema import now
from webapp.services import history, idempotency
from webapp.services.actors import Actor
from webapp.services.history import Entry, as_text
from webapp.services.ledger.statements import run
from webapp.statuses import ActivityEvent


class Paper(Choice):
    """What packing slips are printed on."""

    LETTER = "letter", "Letter"
    A4 = "a4", "A4"
    LABEL = "4x6", "4 x 6 inch"


_PRINTED = Fulfillment.packing_slip_printed_at
_MOMENT = sa.bindparam("moment", type_=Fulfillment.updated_at.type)
_MARK = (
    sa.update(Fulfillment)
    .values(packing_slip_printed_at=_MOMENT, version=Fulfillment.version + 1, updated_at=_MOMENT)
    .where(among(Fulfillment.id))
)


def mark_printed(ids: Collection[int], *, key: str | None, actor: Actor) -> int:
    """Note that the slips of these shipments are printed now, again if they were before; returns how many.

    Raises NotFound unless all of them are in the scope, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person prints packing slips.")
    first = idempotency.claim(actor.user_id, key, "print_packing_slips", {"ids": sorted(ids)})
    if first is not None:
        return int(first["count"])
    rows = _locked(ids, actor)
    if not rows or len(rows) < len(set(ids)):
        raise NotFound("One of these shipments is not there, or belongs to a warehouse you do not see.")
    _mark(rows, actor, None)
    idempotency.remember(actor.user_id, key, {"count": len(rows)})
    db.session.expire_all()  # Rows the caller has read are not what they were.
    return len(rows)


def mark_in_file(ids: Collection[int], *, run_id: int, actor: Actor) -> list[int]:
    """Note the same of those in the scope, whose slips are in the file of a run, and return their ids."""
    rows = _locked(ids, actor)
    _mark(rows, actor, run_id)
    return [row.id for row in rows]


def _locked(ids: Collection[int], actor: Actor) -> list[sa.Row[Any]]:
    statement = sa.select(Fulfillment.id, _PRINTED).where(among(Fulfillment.id), actor.scope.limit())
    return list(run(statement.order_by(Fulfillment.id).with_for_update(), ids=sorted(ids)))


def _mark(rows: Collection[sa.Row[Any]], actor: Actor, run_id: int | None) -> None:
    moment = now()
    run(_MARK, ids=[row.id for row in rows], moment=moment)
    entries = [
        Entry(
            ActivityEvent.PRINTED,
            fulfillment_id=row.id,
            changes={"packing_slip_printed_at": [as_text(row.packing_slip_printed_at), as_text(moment)]},
        )
        for row in rows
    ]
    history.record_many(entries, actor, occurred_at=moment, run_id=run_id)

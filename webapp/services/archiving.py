"""Archive shipments out of the default lists, and bring them back; doing it twice changes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound, Stale
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.schema import now
from webapp.services import history, idempotency
from webapp.services.actors import Actor
from webapp.services.history import Entry, as_text
from webapp.services.ledger.statements import LARGEST_SET, run
from webapp.statuses import ActivityEvent

NOT_THERE = "There is no such shipment, or it belongs to a warehouse you do not see."
_MOMENT = sa.bindparam("moment", type_=Fulfillment.updated_at.type)
_MARK = (
    sa.update(Fulfillment)
    .values(
        archived_at=sa.bindparam("archived_at", type_=Fulfillment.archived_at.type),
        version=Fulfillment.version + 1,
        updated_at=_MOMENT,
    )
    .where(among(Fulfillment.id))
)


@dataclass(frozen=True)
class Archived:
    """Whether the shipment is archived now, and whether that is new; `reason` says why nothing was done."""

    fulfillment_id: int
    is_archived: bool
    changed: bool
    reason: str = ""


def archive(fulfillment_id: int, *, key: str | None, actor: Actor, version: int | None = None) -> Archived:
    """Hide a shipment from the default lists, whatever its status. Raises NotFound, Stale, what claim raises."""
    return _one(fulfillment_id, key, actor, version, archived=True)


def unarchive(fulfillment_id: int, *, key: str | None, actor: Actor, version: int | None = None) -> Archived:
    """Show a shipment in the default lists again. Raises NotFound, Stale, and what claim raises."""
    return _one(fulfillment_id, key, actor, version, archived=False)


def archive_many(ids: Collection[int], *, actor: Actor, run_id: int | None = None) -> list[Archived]:
    """Hide these shipments, all in this transaction, with the same number of statements however many they are."""
    return _many(ids, actor, run_id, archived=True)


def unarchive_many(ids: Collection[int], *, actor: Actor, run_id: int | None = None) -> list[Archived]:
    """The opposite of `archive_many`."""
    return _many(ids, actor, run_id, archived=False)


def _one(fulfillment_id: int, key: str | None, actor: Actor, version: int | None, *, archived: bool) -> Archived:
    if actor.user_id is None:
        raise ValueError("A person archives a shipment here; runs and bulk use archive_many and unarchive_many.")
    asked = {"fulfillment_id": fulfillment_id, "version": version}
    first = idempotency.claim(actor.user_id, key, "archive" if archived else "unarchive", asked)
    if first is not None:
        return Archived(fulfillment_id, archived, first["changed"])
    db.session.flush()
    rows = _locked([fulfillment_id], actor.scope)
    if not rows:
        raise NotFound(NOT_THERE)
    # Twice is a notice, so a page from before the first time is as good as a fresh one.
    is_done = (rows[0].archived_at is not None) is archived
    if version not in {None, rows[0].version} and not is_done:
        raise Stale(rows[0].version)
    changed = bool(_write(rows, actor, None, archived=archived))
    idempotency.remember(actor.user_id, key, {"changed": changed})
    return Archived(fulfillment_id, archived, changed)


def _many(ids: Collection[int], actor: Actor, run_id: int | None, *, archived: bool) -> list[Archived]:
    if len(ids) > LARGEST_SET:
        raise ValueError(f"At most {LARGEST_SET} shipments are changed in one transaction, not {len(ids)}.")
    db.session.flush()
    rows = _locked(ids, actor.scope)
    known = {row.id for row in rows}
    changed = _write(rows, actor, run_id, archived=archived)
    return [
        Archived(id_, archived, id_ in changed) if id_ in known else Archived(id_, False, False, NOT_THERE)
        for id_ in dict.fromkeys(ids)
    ]


@lru_cache(maxsize=64)
def _lock(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    columns = (Fulfillment.id, Fulfillment.version, Fulfillment.archived_at)
    statement = sa.select(*columns).where(among(Fulfillment.id), scope.limit())
    return statement.order_by(Fulfillment.id).with_for_update()


def _locked(ids: Collection[int], scope: Scope) -> list[sa.Row[Any]]:
    return list(run(_lock(scope), ids=sorted(ids)))


def _write(rows: list[sa.Row[Any]], actor: Actor, run_id: int | None, *, archived: bool) -> set[int]:
    """Change those that are not so yet, and say which."""
    changed = [row for row in rows if (row.archived_at is not None) is not archived]
    if not changed:
        return set()
    moment = now()
    archived_at = moment if archived else None
    ids = [row.id for row in changed]
    run(_MARK, ids=ids, moment=moment, archived_at=archived_at)
    event = ActivityEvent.ARCHIVED if archived else ActivityEvent.UNARCHIVED
    entries = [
        Entry(
            event,
            fulfillment_id=row.id,
            changes={"archived_at": [as_text(row.archived_at), as_text(archived_at)]},
        )
        for row in changed
    ]
    history.record_many(entries, actor, occurred_at=moment, run_id=run_id)
    db.session.expire_all()  # Rows the caller has read are not what they were.
    return set(ids)

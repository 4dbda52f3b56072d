"""History rows: written in the transaction of the change they tell of, one for each change.

Rows are chained (models.history_chain): each takes the next place in the chain of its shipment or fulfillment
order, which the caller has locked. Who has not is refused by the schema when somebody else wrote meanwhile, as a
place is taken once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm.util import identity_key

from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentOrder
from webapp.models.history_chain import CONTENT, changes_text, instant_text, next_hash
from webapp.queries.prepared import Prepared
from webapp.schema import now
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent, ActivitySubject

Changes = dict[str, list[str | None]]
NOTE_LENGTH = 1_000
_Owner = type[Fulfillment] | type[FulfillmentOrder]
Chain = tuple[_Owner, int]
_HEAD = ("history_length", "history_head")

_INSERT = Prepared(sa.insert(Activity), columns=(*CONTENT, "chain_position", "hash"))
_OWNERS: dict[_Owner, str] = {Fulfillment: "shipment", FulfillmentOrder: "fulfillment order"}
_HEADS = sa.union_all(
    *(
        sa.select(
            sa.literal(name, literal_execute=True).label("owner"),
            owner.id,
            owner.history_length,
            owner.history_head,
        ).where(owner.id.in_(sa.bindparam(name, expanding=True)))
        for owner, name in _OWNERS.items()
    )
)
_SET_HEAD = {
    owner: Prepared(
        sa.update(owner)
        .where(owner.id == sa.bindparam("chain"))
        .values(history_length=sa.bindparam("length"), history_head=sa.bindparam("head"))
    )
    for owner in _OWNERS
}


@dataclass(frozen=True)
class Entry:
    """A history row to be: of a shipment, or of a fulfillment order when it names no shipment."""

    event: ActivityEvent
    fulfillment_id: int | None = None
    fulfillment_order_id: int | None = None
    changes: Changes = field(default_factory=dict)
    note: str = ""

    @property
    def subject(self) -> tuple[ActivitySubject, int]:
        """What the row is about. Raises ValueError when it names nothing."""
        if self.fulfillment_id is not None:
            return ActivitySubject.FULFILLMENT, self.fulfillment_id
        if self.fulfillment_order_id is not None:
            return ActivitySubject.FULFILLMENT_ORDER, self.fulfillment_order_id
        raise ValueError("A history row belongs to a shipment or to a fulfillment order.")

    @property
    def chain(self) -> Chain:
        subject, owner_id = self.subject
        return (Fulfillment if subject is ActivitySubject.FULFILLMENT else FulfillmentOrder), owner_id


@dataclass(slots=True)
class Head:
    """Where a chain ends: how many rows it has, and the hash of the newest."""

    length: int
    hash: bytes | None


Heads = dict[Chain, Head]


def record(
    fulfillment: Fulfillment,
    event: ActivityEvent,
    actor: Actor,
    *,
    changes: Changes | None = None,
    note: str = "",
    run_id: int | None = None,
    subject_type: ActivitySubject = ActivitySubject.FULFILLMENT,
    subject_id: int | None = None,
    occurred_at: datetime | None = None,
) -> Activity:
    """Add one history row of a shipment, which the caller has locked and read again, or of one of its children."""
    if fulfillment not in db.session or fulfillment.id is None:
        raise ValueError("History is written of a shipment that this session has read under its lock.")
    values = {
        "fulfillment_id": fulfillment.id,
        "fulfillment_order_id": None,
        "subject_type": subject_type.value,
        "subject_id": fulfillment.id if subject_id is None else subject_id,
        "event": event.value,
        "actor_id": actor.user_id,
        "changes": changes or {},
        "note": note[:NOTE_LENGTH],
        "request_id": actor.request_id,
        "run_id": run_id,
        "occurred_at": occurred_at or now(),
    }
    head = Head(fulfillment.history_length, fulfillment.history_head)
    row = Activity(**_chained(values, head))
    fulfillment.history_length, fulfillment.history_head = head.length, head.hash
    db.session.add(row)
    return row


def record_many(
    entries: Sequence[Entry], actor: Actor, *, occurred_at: datetime, run_id: int | None = None
) -> None:
    """Add these history rows in their order, all by the same actor at the same moment, in at most four statements.

    The caller holds the locks of every shipment and fulfillment order named. What the session knows of their
    chains is read again when asked for; all else it holds stays. Raises LookupError for one that does not exist.
    """
    if not entries:
        return
    db.session.flush()  # Rows of single changes come before these.
    heads = _heads({entry.chain for entry in entries})
    connection = db.session.connection()
    append(connection, entries, heads, actor, occurred_at=occurred_at, run_id=run_id)
    for owner, statement in _SET_HEAD.items():
        new = [
            {"chain": owner_id, "length": head.length, "head": head.hash}
            for (of, owner_id), head in heads.items()
            if of is owner
        ]
        statement.run_many(connection, new)
    _forget(heads)


def append(
    connection: Connection,
    entries: Sequence[Entry],
    heads: Heads,
    actor: Actor,
    *,
    occurred_at: datetime,
    run_id: int | None = None,
) -> None:
    """Add these history rows after the heads given, which move on to them, in one statement.

    For a caller who has read the heads under the locks anyway, and stores them with what else it writes into the
    rows of those shipments and fulfillment orders.
    """
    rows = [_chained(_values(entry, actor, occurred_at, run_id), heads[entry.chain]) for entry in entries]
    _INSERT.run_many(connection, rows)


def _values(entry: Entry, actor: Actor, occurred_at: datetime, run_id: int | None) -> dict[str, Any]:
    subject_type, subject_id = entry.subject
    return {
        "fulfillment_id": entry.fulfillment_id,
        "fulfillment_order_id": entry.fulfillment_order_id,
        "subject_type": subject_type.value,
        "subject_id": subject_id,
        "event": entry.event.value,
        "actor_id": actor.user_id,
        "changes": entry.changes,
        "note": entry.note[:NOTE_LENGTH],
        "request_id": actor.request_id,
        "run_id": run_id,
        "occurred_at": occurred_at,
    }


def _chained(values: dict[str, Any], head: Head) -> dict[str, Any]:
    """The values with their place and hash; the head moves on to them."""
    written = values | {
        "changes": changes_text(values["changes"]),
        "occurred_at": instant_text(values["occurred_at"]),
    }
    head.length += 1
    head.hash = next_hash(head.hash, head.length, tuple(written[name] for name in CONTENT))
    return values | {"chain_position": head.length, "hash": head.hash}


def _heads(chains: set[Chain]) -> Heads:
    """Where each of these chains ends now, in the order of their ids."""
    ids = {name: sorted(id_ for of, id_ in chains if of is owner) for owner, name in _OWNERS.items()}
    owners = {name: owner for owner, name in _OWNERS.items()}
    found = {
        (owners[name], id_): Head(length, head)
        for name, id_, length, head in db.session.connection().execute(_HEADS, ids)
    }
    for owner, id_ in chains - found.keys():
        raise LookupError(f"There is no {_OWNERS[owner]} {id_} to write history of.")
    return dict(sorted(found.items(), key=lambda item: item[0][1]))


def _forget(chains: Mapping[Chain, Head]) -> None:
    """Let the session read the heads of those it holds again, so that a single row goes on from these."""
    for owner, owner_id in chains:
        held = db.session.identity_map.get(identity_key(owner, owner_id))
        if held is not None:
            db.session.expire(held, _HEAD)


def set_and_compare(row: object, values: Mapping[str, Any]) -> Changes:
    """Set these attributes and return those that really changed, as [old, new] text."""
    changes: Changes = {}
    for name, new in values.items():
        old = getattr(row, name)
        if old != new:
            changes[name] = [as_text(old), as_text(new)]
            setattr(row, name, new)
    return changes


def as_text(value: object) -> str | None:
    """How a value is written into history: plain text that never loses anything."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)

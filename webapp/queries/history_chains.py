"""Whether every history row is as it was written: all chains are walked, and every hash is made again."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from webapp.database import is_sqlite, reading_engine
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentOrder
from webapp.models.history_chain import CONTENT, changes_text, next_hash

ROWS_AT_A_TIME = 2_000  # Read from the database at once, about a megabyte.
_WRITTEN_AT = {
    "postgresql": sa.func.to_char(sa.func.timezone("UTC", Activity.occurred_at), "YYYY-MM-DD HH24:MI:SS.US"),
    "sqlite": sa.cast(Activity.occurred_at, sa.Text),
}
_CHANGES = CONTENT.index("changes")
_NO_SHIPMENT = sa.and_(Activity.fulfillment_id.is_not(None), Fulfillment.id.is_(None))
_NO_ORDER = sa.and_(Activity.fulfillment_id.is_(None), FulfillmentOrder.id.is_(None))

Tell = Callable[[int], object]


@dataclass(frozen=True)
class Broken:
    """A place where a chain does not hold: whose chain it is, the row (None when it is gone), what is wrong."""

    owner: str
    row_id: int | None
    message: str

    def __str__(self) -> str:
        row = "" if self.row_id is None else f" history row {self.row_id}:"
        return f"{self.owner}:{row} {self.message}"


class _Link(NamedTuple):
    """A history row beside the owner of its chain, as `_link` selects it; no row, when the owner has none."""

    owner_id: int
    owner: str
    length: int
    head: bytes | None
    row_id: int | None
    position: int
    hash: bytes
    content: tuple[Any, ...]


def count_rows() -> int:
    """How many history rows there are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Activity)) or 0


def broken_chains(tell: Tell) -> Iterator[Broken]:
    """Every place where a chain does not hold; `tell` hears of each so many more rows that were looked at.

    Sees the database as it was at the beginning, keeps nobody from writing, and holds a few thousand rows.
    """
    with _snapshot() as connection:
        dialect = connection.dialect.name
        walked = 0
        for statement in (_of_shipments(dialect), _of_orders(dialect)):
            for _owner_id, rows in groupby(_rows(connection, statement, tell), key=itemgetter(0)):
                links = [_link_from(row) for row in rows]
                walked += len(links) if links[0].row_id is not None else 0
                yield from _faults(links)
        if walked != connection.scalar(sa.select(sa.func.count()).select_from(Activity)):
            yield from _of_nothing(connection)


def _faults(links: list[_Link]) -> Iterator[Broken]:
    """What is wrong with one chain; after a fault the walk goes on from what is there."""
    _id, owner, length, head, *_row = last = links[-1]
    place, previous, is_sound = 0, None, True
    for link in links if last.row_id is not None else ():
        position = link.position
        if position > length:
            yield Broken(owner, link.row_id, f"was added as {position} of {length}.")
        elif position <= place:
            yield Broken(owner, link.row_id, f"was added: {position} of {length} is there twice.")
            continue
        elif position > place + 1:
            yield Broken(owner, None, _missing(place + 1, position - 1, length))
        elif _hash(previous, link) != link.hash:
            is_sound = False
            yield Broken(owner, link.row_id, f"{position} of {length} was changed, or the one before it was.")
        place, previous = position, link.hash
    if place < length:
        yield Broken(owner, None, f"The end was cut off. {_missing(place + 1, length, length)}")
    elif place == length and is_sound and previous != head:
        yield Broken(owner, last.row_id, f"{place} of {length} is not the newest row that was written.")


def _link_from(row: Any) -> _Link:
    owner_id, owner, length, head, row_id, position, digest, *content = row
    return _Link(owner_id, owner, length, head, row_id, position, digest, tuple(content))


def _missing(first: int, last: int, length: int) -> str:
    if first == last:
        return f"Row {first} of {length} is missing."
    return f"Rows {first} to {last} of {length} are missing."


def _hash(previous: bytes | None, link: _Link) -> bytes | None:
    """The hash this row should have; None when no row of ours could hold such values."""
    before, changes, after = link.content[:_CHANGES], link.content[_CHANGES], link.content[_CHANGES + 1 :]
    try:
        if changes != "{}":  # Most rows; the others are put in order, which PostgreSQL does not keep.
            changes = changes_text(json.loads(changes))
        return next_hash(previous, link.position, (*before, changes, *after))
    except (TypeError, ValueError):
        return None


def _rows(connection: sa.Connection, statement: sa.Select[Any], tell: Tell) -> Iterator[Any]:
    """These rows, read by a cursor in the server where there is one."""
    result = connection.execute(statement, execution_options={"yield_per": ROWS_AT_A_TIME})
    for rows in result.partitions():
        yield from rows
        tell(len(rows))


def _of_shipments(dialect: str) -> sa.Select[Any]:
    owner = (Fulfillment.id, Fulfillment.fulfillment_number, Fulfillment.history_length, Fulfillment.history_head)
    statement = sa.select(*owner, *_link(dialect)).join(
        Activity, Activity.fulfillment_id == Fulfillment.id, isouter=True
    )
    has_history = sa.or_(Fulfillment.history_length > 0, Activity.id.is_not(None))
    return statement.where(has_history).order_by(Fulfillment.id, Activity.chain_position)


def _of_orders(dialect: str) -> sa.Select[Any]:
    number = sa.literal("FO-") + sa.cast(FulfillmentOrder.id, sa.Text)
    owner = (FulfillmentOrder.id, number, FulfillmentOrder.history_length, FulfillmentOrder.history_head)
    only_theirs = sa.and_(Activity.fulfillment_order_id == FulfillmentOrder.id, Activity.fulfillment_id.is_(None))
    statement = sa.select(*owner, *_link(dialect)).join(Activity, only_theirs, isouter=True)
    has_history = sa.or_(FulfillmentOrder.history_length > 0, Activity.id.is_not(None))
    return statement.where(has_history).order_by(FulfillmentOrder.id, Activity.chain_position)


def _link(dialect: str) -> list[sa.ColumnElement[Any]]:
    """A history row as it was hashed, put into text by the database, which is quicker than doing so here."""
    written = {"changes": sa.cast(Activity.changes, sa.Text), "occurred_at": _WRITTEN_AT[dialect]}
    content = [written.get(name, getattr(Activity, name)) for name in CONTENT]
    return [Activity.id.label("row_id"), Activity.chain_position, Activity.hash, *content]


def _of_nothing(connection: sa.Connection) -> Iterator[Broken]:
    """Rows whose shipment or fulfillment order is gone, which the keys of the database do not allow."""
    statement = (
        sa.select(Activity.id)
        .join(Fulfillment, Fulfillment.id == Activity.fulfillment_id, isouter=True)
        .join(FulfillmentOrder, FulfillmentOrder.id == Activity.fulfillment_order_id, isouter=True)
        .where(sa.or_(_NO_SHIPMENT, _NO_ORDER))
        .order_by(Activity.id)
    )
    for row_id in connection.scalars(statement):
        yield Broken("Nothing", row_id, "the shipment or fulfillment order it belongs to is gone.")


@contextmanager
def _snapshot() -> Iterator[sa.Connection]:
    """A connection that reads everything as it is now and writes nothing."""
    db.session.rollback()  # On SQLite an open transaction of the session would keep every writer waiting.
    if is_sqlite(db.engine):
        with reading_engine(db.engine).connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")
        return
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection

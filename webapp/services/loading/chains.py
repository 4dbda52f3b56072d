"""Chains history rows that are written in bulk, as services.history chains those of single changes."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from webapp.models import FulfillmentOrder
from webapp.models.history_chain import next_hash
from webapp.services.loading.loader import Loader, Row

Head = tuple[int, bytes | None]  # How many rows there are, and the hash of the newest.
EMPTY: Head = (0, None)

_SET_HEAD = (
    sa.update(FulfillmentOrder)
    .where(FulfillmentOrder.id == sa.bindparam("intent"))
    .values(history_length=sa.bindparam("length"), history_head=sa.bindparam("head"))
)


def chained(row: Row, head: Head) -> tuple[Row, Head]:
    """A row of layouts.ACTIVITIES with its place and hash instead of without, and the head that it makes."""
    _id, fulfillment, order, subject_type, subject, event, actor, changes, note, at = row
    position = head[0] + 1
    content = (fulfillment, order, subject_type, subject, event, actor, changes, note, None, None, at)
    digest = next_hash(head[1], position, content)
    return (*row, position, digest), (position, digest)


def heads_of_orders(loader: Loader, ids: Iterable[int]) -> dict[int, Head]:
    """Where the chains of these fulfillment orders end; whoever goes on from there has locked them."""
    columns = (FulfillmentOrder.id, FulfillmentOrder.history_length, FulfillmentOrder.history_head)
    found = loader.connection.execute(sa.select(*columns).where(FulfillmentOrder.id.in_(list(ids))))
    return {id_: (length, head) for id_, length, head in found}


def write_heads_of_orders(loader: Loader, heads: dict[int, Head]) -> None:
    """Let these fulfillment orders remember where their chains end now."""
    rows: list[dict[str, Any]] = [
        {"intent": id_, "length": length, "head": head} for id_, (length, head) in heads.items()
    ]
    if rows:
        loader.connection.execute(_SET_HEAD, rows)

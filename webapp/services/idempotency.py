"""Idempotency keys: a request that comes twice has the effect of one and is given the first result again.

Every service behind a form follows the same four steps, in the transaction of the change itself:

    first = claim(actor.user_id, key, "edit_shipping_details", {"fulfillment_id": …, "cost": …})
    if first is not None:
        return Result(**first)          # A double click: nothing is done, the first answer is given again.
    …lock, check, change, write history…
    remember(actor.user_id, key, {"changed": True})

The key is stored in the same transaction, so a change that is rolled back frees it again: a form that came back
with a message may be sent once more with the same key. Two requests with one key at the same moment meet at the
unique index. PostgreSQL lets the second wait until the first has committed, SQLite lets only one write at a time;
either way the second then reads the first one's result.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.errors import BadRequest, IdempotencyKeyReused
from webapp.extensions import db
from webapp.models import IdempotencyKey
from webapp.queries.prepared import Prepared
from webapp.schema import now

# A random UUID with or without dashes, or anything as long; short keys would meet each other by chance.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{16,64}")

Result = dict[str, Any]
_IS = (IdempotencyKey.user_id == sa.bindparam("of_user"), IdempotencyKey.key == sa.bindparam("of_key"))
# Put together once: every form that changes something needs them, and building them costs more than asking.
_CLAIMS = {
    dialect: Prepared(
        insert(IdempotencyKey)
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(IdempotencyKey.id),
        columns=("user_id", "key", "fingerprint", "result", "created_at"),
    )
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_FIRST = Prepared(sa.select(IdempotencyKey.fingerprint, IdempotencyKey.result).where(*_IS))
_REMEMBER = Prepared(
    sa.update(IdempotencyKey).where(*_IS).values(result=sa.bindparam("result", type_=IdempotencyKey.result.type))
)
_canonical = json.JSONEncoder(sort_keys=True, default=str).encode
KEPT = timedelta(days=7)  # As long as the longest session: a form left open for longer cannot be sent any more.


def claim(
    user_id: int, key: str | None, operation: str, parameters: Mapping[str, Any], *, likely: Result | None = None
) -> Result | None:
    """Take the key for this request: None when it is new, else the result of the request that came first.

    `likely` is kept as the result at once, so who comes to just that need not `remember` it; all else has to
    be remembered or rolled back. Raises BadRequest without a well-formed key, IdempotencyKeyReused when it came
    with something else.
    """
    key = _checked(key)
    fingerprint = _fingerprint(operation, parameters)
    values = {"user_id": user_id, "key": key, "fingerprint": fingerprint, "created_at": now()}
    db.session.flush()
    connection = db.session.connection()  # On SQLite nobody else can write from here on.
    if _CLAIMS[connection.dialect.name].rows(connection, result=likely or {}, **values):
        return None
    ((first_fingerprint, result),) = _FIRST.rows(connection, of_user=user_id, of_key=key)
    if first_fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            "This form was already sent with other values, so nothing was changed this time. "
            "Load the page again to see how things stand, then make the change there."
        )
    return dict(result)


def remember(user_id: int, key: str | None, result: Result) -> None:
    """Keep what the request came to, for when it comes again; `result` must be plain JSON."""
    _REMEMBER.run(db.session.connection(), of_user=user_id, of_key=_checked(key), result=result)


def delete_old() -> int:
    """Delete keys whose form nobody will send again; returns how many."""
    old = sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - KEPT).returning(IdempotencyKey.id)
    return len(db.session.scalars(old, execution_options={"synchronize_session": False}).all())


def _checked(key: str | None) -> str:
    if not key or not _WELL_FORMED.fullmatch(key):
        raise BadRequest(
            "The request carries no usable idempotency key, so nothing was changed. Load the page again and "
            "use its form; a program sends a fresh random UUID in the field idempotency_key."
        )
    return key


def _fingerprint(operation: str, parameters: Mapping[str, Any]) -> str:
    text = _canonical([operation, parameters])
    return hashlib.sha256(text.encode()).hexdigest()

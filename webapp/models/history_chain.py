"""How history rows hang together: each carries the hash of itself and of the row before it in its chain.

A chain is the history of one shipment, or of one fulfillment order. One chain for everything would make every
write wait for every other; so each thing that a writer locks anyway has its own, and remembers its length and its
newest hash (`history_length`, `history_head`).

What is hashed must never change, or every chain of every database breaks: SHA-256 over the 32 bytes of the hash
before (nothing for the first row) and the row as canonical JSON in ASCII: an array of its position and `CONTENT`,
object keys sorted, no spaces, instants as UTC text with microseconds. Both databases give the same.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

HASH_LENGTH = 32
CONTENT = (
    "fulfillment_id",
    "fulfillment_order_id",
    "subject_type",
    "subject_id",
    "event",
    "actor_id",
    "changes",
    "note",
    "request_id",
    "run_id",
    "occurred_at",
)

Content = tuple[int | None, int | None, str, int, str, int | None, str, str, str | None, int | None, str]
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def next_hash(previous: bytes | None, position: int, content: Content) -> bytes:
    """The hash of the row with this content; `changes` and `occurred_at` as the two functions below write them."""
    fulfillment, order, subject_type, subject, event, actor, changes, note, request, run, at = content
    # Put together by hand, because an encoder takes five times as long and loading writes millions of rows.
    row = (
        f"[{position},{_number(fulfillment)},{_number(order)},{quoted(subject_type)},{subject},{quoted(event)},"
        f"{_number(actor)},{changes},{quoted(note)},{'null' if request is None else quoted(request)},"
        f"{_number(run)},{quoted(at)}]"
    )
    return hashlib.sha256((previous or b"") + row.encode("ascii")).digest()


def changes_text(changes: Mapping[str, Any]) -> str:
    """Changes as canonical JSON."""
    return _canonical(changes) if changes else "{}"


def instant_text(moment: datetime) -> str:
    """An aware datetime in UTC, always with six digits of the second: 2026-11-03 20:00:05.250000."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _number(value: int | None) -> int | str:
    return "null" if value is None else value

"""Bringing everything that is encrypted under the newest key, so that the older ones can be given up."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.models import ProviderAccount, WebhookAddress
from webapp.services.credentials import is_current, renewed

log = structlog.get_logger()

BATCH = 100  # Rows in one transaction: milliseconds, so nobody waits for it, and little to do again.
# The encrypted columns, each with the column that counts its rows and the words for it.
_ENCRYPTED: tuple[tuple[InstrumentedAttribute[int], InstrumentedAttribute[bytes], str], ...] = (
    (ProviderAccount.id, ProviderAccount.credentials, "credentials"),
    (WebhookAddress.provider_account_id, WebhookAddress.token, "address for notices"),
)


@dataclass(frozen=True)
class Rotation:
    """What was brought under the newest key, what was under it already, and what no key reads, in words."""

    renewed: int
    current: int
    unreadable: tuple[str, ...]


def rotate() -> Rotation:
    """Encrypt everything stored with the first of CREDENTIAL_KEYS; what is so already is left alone.

    Commits every batch, its rows locked: broken off, it goes on where it was; run twice, the second finds nothing
    to do. Whoever changes an account meanwhile waits for a batch at most, and nothing of theirs is lost.
    """
    done = current = 0
    unreadable: list[str] = []
    for key, column, words in _ENCRYPTED:
        for batch in _batches(key, column):
            for row_id, stored in batch:
                if is_current(stored):
                    current += 1
                elif (new := renewed(stored)) is not None:
                    _store(key, column, row_id, new)
                    done += 1
                else:
                    unreadable.append(f"{words} of account {row_id}")
            db.session.commit()
    log.warning("credentials_rotated", renewed=done, current=current, unreadable=len(unreadable))
    return Rotation(done, current, tuple(unreadable))


def _batches(
    key: InstrumentedAttribute[int], column: InstrumentedAttribute[bytes]
) -> Iterator[list[tuple[int, bytes]]]:
    """All rows by their ids, locked until the caller commits."""
    last = 0
    while True:
        rows = db.session.execute(
            sa.select(key, column).where(key > last).order_by(key).limit(BATCH).with_for_update()
        ).all()
        if not rows:
            db.session.rollback()
            return
        yield [(row_id, stored) for row_id, stored in rows]
        last = rows[-1][0]


def _store(key: InstrumentedAttribute[int], column: InstrumentedAttribute[bytes], row_id: int, new: bytes) -> None:
    db.session.execute(
        sa.update(key.class_).where(key == row_id).values({column.key: new}),
        execution_options={"synchronize_session": False},
    )

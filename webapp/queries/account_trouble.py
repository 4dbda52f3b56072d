"""Why nothing is asked of a provider: its account is switched off, or left alone for a while after failures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount
from webapp.providers.registry import label_of
from webapp.schema import now


@dataclass(frozen=True)
class Trouble:
    """What is wrong with an account, in a sentence; `is_lasting` until somebody switches it on."""

    sentence: str
    is_lasting: bool


def trouble_of(
    kind: str | None, name: str | None, *, is_enabled: bool | None, paused_until: datetime | None
) -> Trouble | None:
    """None for an account that can be asked, and without an account."""
    if kind is None:
        return None
    account = f"The {label_of(kind)} account “{name}”"
    if not is_enabled:
        return Trouble(f"{account} is switched off.", is_lasting=True)
    if paused_until and paused_until > now():
        return Trouble(
            f"{account} failed several times in a row and is left alone for some minutes. What is asked of it "
            "before that fails, and can be tried again.",
            is_lasting=False,
        )
    return None


def troubles_of(ids: Collection[int]) -> dict[int, Trouble]:
    """What keeps the providers of these shipments from being asked, by shipment; those without are left out."""
    account = ProviderAccount
    rows = db.session.execute(
        sa.select(Fulfillment.id, account.kind, account.name, account.is_enabled, account.circuit_open_until)
        .join(account, account.id == Fulfillment.provider_account_id)
        .where(Fulfillment.id.in_(sorted(ids)), sa.or_(~account.is_enabled, account.circuit_open_until > now()))
    )
    found = {
        row.id: trouble_of(row.kind, row.name, is_enabled=row.is_enabled, paused_until=row.circuit_open_until)
        for row in rows
    }
    return {id_: trouble for id_, trouble in found.items() if trouble}

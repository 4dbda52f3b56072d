"""What administrators see of an account's notices: where they are sent, and the last that came."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import ProviderAccount, WebhookAddress, WebhookDelivery
from webapp.providers.notices import can_be_heard, needs_secret
from webapp.providers.registry import label_of

SHOWN = 20  # Enough to see that notices come; what came of each stands under Runs.


@dataclass(frozen=True)
class NoticeRow:
    """One notice and how often it came."""

    topic: str
    times: int
    received_at: datetime
    run_id: int | None


@dataclass(frozen=True, kw_only=True)
class Ear:
    """Where an account listens; `token` and `credentials` are encrypted, see services.webhooks."""

    account_id: int
    name: str
    kind: str
    token: bytes | None
    credentials: bytes
    notices: tuple[NoticeRow, ...]

    @property
    def label(self) -> str:
        return label_of(self.kind)

    @property
    def can_be_heard(self) -> bool:
        return can_be_heard(self.kind)

    @property
    def needs_secret(self) -> bool:
        return needs_secret(self.kind)


def ear_of(account_id: int) -> Ear:
    """Raises NotFound."""
    row = db.session.execute(
        sa.select(ProviderAccount.name, ProviderAccount.kind, ProviderAccount.credentials, WebhookAddress.token)
        .join(WebhookAddress, WebhookAddress.provider_account_id == ProviderAccount.id, isouter=True)
        .where(ProviderAccount.id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such provider account.")
    delivery = WebhookDelivery
    last = (
        sa.select(delivery.topic, delivery.times, delivery.received_at, delivery.run_id)
        .where(delivery.provider_account_id == account_id)
        .order_by(delivery.id.desc())
        .limit(SHOWN)
    )
    return Ear(
        account_id=account_id,
        name=row.name,
        kind=row.kind,
        token=row.token,
        credentials=row.credentials,
        notices=tuple(NoticeRow(*one) for one in db.session.execute(last)),
    )

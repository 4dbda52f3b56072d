"""Which accounts there are and what can be asked of them: what lists and bars offer only where it can work."""

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import ProviderAccount, SalesChannel
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of, channel_kinds
from webapp.queries.prepared import Prepared


@dataclass(frozen=True)
class Connection:
    """One account; `has_channel` says that a sales channel that takes tracking is reached through it."""

    id: int
    kind: str
    is_enabled: bool
    has_channel: bool


@dataclass(frozen=True)
class Connections:
    """All of them: a handful, read once for a whole page."""

    accounts: frozenset[Connection] = frozenset()

    @property
    def can_tell_a_channel(self) -> bool:
        """Whether some sales channel can be told of shipments now."""
        return any(one.has_channel and one.is_enabled and one.kind in channel_kinds() for one in self.accounts)

    def can(self, capability: Capability) -> bool:
        """Whether some provider that takes this can be asked now."""
        return any(one.is_enabled and capability in capabilities_of(one.kind) for one in self.accounts)

    def with_id(self, account_id: int | None) -> Connection | None:
        return next((one for one in self.accounts if one.id == account_id), None)


def connections() -> Connections:
    """How the accounts stand now; one short statement."""
    return Connections(frozenset(Connection(*row) for row in _ACCOUNTS.rows(db.session.connection())))


_HAS_CHANNEL = (
    sa.exists()
    .where(SalesChannel.provider_account_id == ProviderAccount.id, SalesChannel.takes_tracking.is_(sa.true()))
    .correlate(ProviderAccount)
)
_ACCOUNTS = Prepared(
    sa.select(
        ProviderAccount.id, ProviderAccount.kind, ProviderAccount.is_enabled, _HAS_CHANNEL.label("has_channel")
    )
)

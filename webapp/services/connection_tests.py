"""Testing an account's connection while a person waits: one harmless call, kept like every other."""

import time
from contextlib import closing
from dataclasses import dataclass, replace

import structlog

from webapp.errors import ConfigurationError
from webapp.extensions import db
from webapp.providers.base import ProviderAccountRecord, ProviderAdapter, ProviderError, Record
from webapp.providers.channel import ChannelAdapter
from webapp.providers.http import DoorOptions
from webapp.providers.registry import adapter_for, channel_adapter_for, channel_kinds
from webapp.providers.verdicts import ConnectionVerdict, verdict_of
from webapp.services import exchanges
from webapp.services.actors import Actor
from webapp.services.provider_questions import account_of, door_options

log = structlog.get_logger()

# Seconds. So long a person waits for a page; what is slower is not well either.
PATIENCE = 8.0


@dataclass(frozen=True)
class Finding:
    """What the test came to, with the sentence that says what to do; empty where all is well."""

    verdict: ConnectionVerdict
    message: str = ""


def test(account_id: int, *, actor: Actor) -> Finding:
    """Ask once, within eight seconds; also of an account that is switched off or pauses, which ends its pause.

    Commits before it asks, so that no transaction is open meanwhile; what the account's health comes to is left to
    the caller's commit. Raises Refused for an account that is gone.
    """
    try:
        account = replace(account_of(account_id), is_enabled=True, circuit_open_until=None)
    except ConfigurationError as unreadable:  # No key reads what is stored.
        return Finding(ConnectionVerdict.WRONG_CREDENTIALS, unreadable.message)
    db.session.commit()
    finding, error = _asked(account)
    if error is None:
        exchanges.note_success(account_id)
    else:
        exchanges.note_failure(account_id, error)
    log.info(
        "provider_account_tested", account_id=account_id, verdict=finding.verdict.value, actor_id=actor.user_id
    )
    return finding


def _asked(account: ProviderAccountRecord) -> tuple[Finding, ProviderError | None]:
    # Trying again would only make the person wait for the same answer.
    options = replace(door_options(until=time.monotonic() + PATIENCE), attempts=1)
    try:
        with closing(_adapter(account, options, exchanges.keeper(account.id))) as adapter:
            adapter.test_connection()
    except ProviderError as error:
        return Finding(verdict_of(error), error.message), error
    return Finding(ConnectionVerdict.WORKS), None


def _adapter(
    account: ProviderAccountRecord, options: DoorOptions, record: Record
) -> ProviderAdapter | ChannelAdapter:
    """Raises a ProviderError for settings or credentials that the adapter itself cannot make sense of."""
    if account.kind in channel_kinds():
        return channel_adapter_for(account, options=options, record=record)
    return adapter_for(account, options=options, record=record)

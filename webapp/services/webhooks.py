"""Notices from providers: taken in at once, each once, and worked off by a run that reads from them again."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from webapp.errors import NotFound, Refused
from webapp.extensions import db, settings
from webapp.models import ProviderAccount, WebhookAddress, WebhookDelivery
from webapp.providers import notices
from webapp.providers.notices import Delivery, Notice
from webapp.schema import now
from webapp.services import idempotency, provider_account_history, runs
from webapp.services.actors import SYSTEM, Actor
from webapp.services.credentials import decrypt, encrypt
from webapp.services.history import Changes
from webapp.services.idempotency import Result
from webapp.services.provider_account_history import REPLACED, STORED
from webapp.statuses import ActivityEvent, RunKind

log = structlog.get_logger()

SECRET = "webhook_secret"  # noqa: S105 - the name under which the account's credentials hold it
SECRET_LENGTH = 200
TOKEN_BYTES = 32
TOPIC_LENGTH = 60
_NOTES = {
    dialect: insert(WebhookDelivery)
    .on_conflict_do_update(
        index_elements=["provider_account_id", "notice_hash"], set_={"times": WebhookDelivery.times + 1}
    )
    .returning(WebhookDelivery.id, WebhookDelivery.times)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(frozen=True)
class Received:
    """The run that will look into it; None for a notice that had come before."""

    run_id: int | None


def receive(kind: str, token: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Check a notice, note it, and ask for the run; the same one again does nothing.

    Raises NotFound for an address that is none of ours, BadSignature and NotUnderstood.
    """
    account_id, credentials = _account(kind, token)
    try:
        delivery = Delivery(headers, body, decrypt(credentials).get(SECRET, ""), now())
        notice = notices.read(kind, delivery)
    except (notices.BadSignature, notices.NotUnderstood) as error:
        log.warning("webhook_refused", provider=kind, account_id=account_id, reason=error.code)
        raise
    return Received(_noted(account_id, notice))


def _account(kind: str, token: str) -> tuple[int, bytes]:
    found = db.session.execute(
        sa.select(ProviderAccount.id, ProviderAccount.credentials)
        .join(WebhookAddress, WebhookAddress.provider_account_id == ProviderAccount.id)
        .where(WebhookAddress.token_hash == _hash(token), ProviderAccount.kind == kind)
    ).one_or_none()
    if found is None or not notices.can_be_heard(kind):
        log.warning("webhook_refused", provider=kind[:TOPIC_LENGTH], reason="unknown_address")
        raise NotFound("There is no such address for notices. Copy it again from the page of the account.")
    return found.id, found.credentials


def _noted(account_id: int, notice: Notice) -> int | None:
    """The run for a new notice; one that is known is only counted. Of two at once the second waits."""
    values = {
        "provider_account_id": account_id,
        "notice_hash": _hash(notice.identity),
        "topic": notice.topic[:TOPIC_LENGTH],
        "received_at": now(),
    }
    statement = _NOTES[db.session.connection().dialect.name].values(**values)
    delivery_id, times = db.session.execute(statement).one()
    if times > 1:
        log.info("webhook_repeated", account_id=account_id, delivery_id=delivery_id, times=times)
        return None
    run_id = runs.request(RunKind.PROVIDER_NOTICE, SYSTEM, parameters=_parameters(account_id, notice))
    db.session.execute(sa.update(WebhookDelivery).where(WebhookDelivery.id == delivery_id).values(run_id=run_id))
    return run_id


def _parameters(account_id: int, notice: Notice) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "topic": notice.topic[:TOPIC_LENGTH],
        "numbers": list(notice.numbers),
        "external_ids": list(notice.external_ids),
        "resource_url": notice.resource_url,
    }


def new_address(account_id: int, actor: Actor, key: str | None) -> None:
    """Give the account an address, or another one in the place of the one it has, which then answers nobody.

    Raises NotFound, Refused for a provider that sends no notices, and what services.idempotency.claim raises.
    """
    if _done_before(account_id, actor, key, "webhook_address", "") is not None:
        return
    account = db.session.get_one(ProviderAccount, account_id, with_for_update=True)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    known = db.session.get(WebhookAddress, account_id)
    address = known or WebhookAddress(provider_account_id=account_id)
    address.token_hash, address.token, address.created_at = _hash(token), encrypt({"token": token}), now()
    db.session.add(address)
    _changed(account, {"notice_address": [STORED, REPLACED] if known else [None, STORED]}, actor)
    idempotency.remember(_user(actor), key, {"done": True})
    log.warning("webhook_address_made", account_id=account_id, user_id=actor.user_id)


def keep_secret(account_id: int, secret: str, actor: Actor, key: str | None) -> None:
    """Store what the provider signs its notices with; empty takes it away. It is never shown again."""
    if len(secret) > SECRET_LENGTH or not secret.isprintable():
        raise Refused(f"A secret is at most {SECRET_LENGTH} characters of text. Copy it again from the provider.")
    if _done_before(account_id, actor, key, "webhook_secret", _hash(secret)) is not None:
        return
    account = db.session.get_one(ProviderAccount, account_id, with_for_update=True)
    credentials = decrypt(account.credentials)
    kept = {name: value for name, value in credentials.items() if name != SECRET}
    new = kept | ({SECRET: secret.strip()} if secret.strip() else {})
    if new != credentials:
        account.credentials = encrypt(new)
        [about] = provider_account_history.of_credentials(credentials, new).values()
        _changed(account, {"notice_secret": about}, actor)
    idempotency.remember(_user(actor), key, {"done": True})
    log.warning("webhook_secret_kept", account_id=account_id, user_id=actor.user_id)


def _changed(account: ProviderAccount, changes: Changes, actor: Actor) -> None:
    account.version += 1
    account.updated_at = now()
    provider_account_history.record(account.id, ActivityEvent.UPDATED, changes, actor)


def _user(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("Notices are set up by people.")
    return actor.user_id


def token_of(stored: bytes | None) -> str | None:
    """The secret part of the address in clear, for the page of whoever manages accounts."""
    return decrypt(stored)["token"] if stored else None


def has_secret(credentials: bytes) -> bool:
    """Whether the account holds what its provider signs with."""
    return bool(decrypt(credentials).get(SECRET))


def _done_before(account_id: int, actor: Actor, key: str | None, operation: str, what: str) -> Result | None:
    kind = db.session.scalar(sa.select(ProviderAccount.kind).where(ProviderAccount.id == account_id))
    if kind is None:
        raise NotFound("There is no such provider account.")
    if not notices.can_be_heard(kind):
        raise Refused("This provider sends no notices.")
    return idempotency.claim(_user(actor), key, operation, {"account_id": account_id, "what": what})


def delete_old() -> int:
    """Forget notices past the retention of calls; returns how many. The caller commits."""
    before = now() - settings().exchange_retention
    old = sa.delete(WebhookDelivery).where(WebhookDelivery.received_at < before).returning(WebhookDelivery.id)
    return len(db.session.scalars(old, execution_options={"synchronize_session": False}).all())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

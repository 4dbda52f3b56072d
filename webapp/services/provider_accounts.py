"""Provider accounts as administrators handle them: add, change, switch off and on. Credentials never come back."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from webapp.errors import ConfigurationError, Conflict, NotFound, Refused
from webapp.extensions import db
from webapp.models import ProviderAccount, SalesChannel
from webapp.providers.account_kinds import AccountKind
from webapp.providers.registry import account_kind_of, label_of
from webapp.queries.provider_accounts import NOT_HERE, channels_for
from webapp.schema import HIGHEST_ID, now
from webapp.services import history, idempotency, provider_account_history
from webapp.services.actors import Actor
from webapp.services.credentials import decrypt, encrypt
from webapp.services.history import Changes
from webapp.services.provider_account_checks import (
    Destination,
    Wish,
    WrongFields,
    check_addresses,
    check_credentials,
)
from webapp.statuses import ActivityEvent

log = structlog.get_logger()


class Stale(Conflict):
    """The account has another version than the one the change was made from; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__("Someone changed this account while you had it open, so nothing was saved.")
        self.version = version


def held(stored: bytes) -> frozenset[str]:
    """The names of the credentials an account holds; none when no key of ours reads them any more."""
    return frozenset(_readable(stored))


def can_be_read(stored: bytes) -> bool:
    """Whether one of CREDENTIAL_KEYS fits what is stored."""
    try:
        decrypt(stored)
    except ConfigurationError:
        return False
    return True


def add(kind_name: str, wish: Wish, *, key: str | None, actor: Actor) -> int:
    """Add an account and return its id, for the same key the same.

    Ends the transaction it is called in, because hosts are looked up first. Raises Refused for a kind that we do
    not speak to, WrongFields, and what services.idempotency.claim raises.
    """
    kind, user_id = _kind(kind_name), _person(actor)
    db.session.commit()
    check_addresses(kind, wish)
    first = idempotency.claim(user_id, key, "add_provider_account", {"kind": kind_name, **wish.parameters})
    if first is not None:
        return int(first["account_id"])
    check_credentials(kind, wish, {}, None)
    credentials = wish.credentials_after({})
    account = ProviderAccount(
        kind=kind.kind,
        name=wish.name,
        base_url=wish.base_url,
        credentials=encrypt(credentials),
        settings=_settings(kind, wish, {}),
    )
    _store(account)
    changes: Changes = {"name": [None, account.name], "base_url": [None, account.base_url]}
    changes |= provider_account_history.of_credentials({}, credentials)
    changes |= _changed_settings({}, account.settings) | _connect(account, wish)
    provider_account_history.record(account.id, ActivityEvent.CREATED, changes, actor)
    idempotency.remember(user_id, key, {"account_id": account.id})
    log.warning("provider_account_added", account_id=account.id, kind=kind.kind, actor_id=user_id)
    return account.id


def change(account_id: int, wish: Wish, *, version: int, key: str | None, actor: Actor) -> bool:
    """Let the account be so; returns whether anything is different. The same key again does nothing more.

    Ends the transaction it is called in. What made the account pause counts no more once it is another address or
    other credentials. Raises NotFound, Refused, WrongFields, Stale, and what services.idempotency.claim raises.
    """
    user_id = _person(actor)
    kind = _kind(_kind_name(account_id))
    db.session.commit()
    check_addresses(kind, wish)
    parameters = {"account_id": account_id, "version": version, **wish.parameters}
    first = idempotency.claim(user_id, key, "change_provider_account", parameters)
    if first is not None:
        return bool(first["changed"])
    account = _locked(account_id)
    if account.version != version:
        raise Stale(account.version)
    changes = _apply(account, kind, wish)
    if changes:
        _changed(account, changes, actor)
    idempotency.remember(user_id, key, {"changed": bool(changes)})
    return bool(changes)


def switch(account_id: int, *, on: bool, key: str | None, actor: Actor) -> bool:
    """Take the account into use or out of it; returns whether that is new. Twice is the same as once.

    One that comes back is tried at once, however it failed before. Raises NotFound.
    """
    user_id = _person(actor)
    first = idempotency.claim(user_id, key, "switch_provider_account", {"account_id": account_id, "on": on})
    if first is not None:
        return bool(first["changed"])
    account = _locked(account_id)
    is_new = account.is_enabled is not on
    if is_new:
        account.is_enabled = on
        _start_afresh(account)
        _changed(account, {"is_enabled": [_word(not on), _word(on)]}, actor)
    idempotency.remember(user_id, key, {"changed": is_new})
    return is_new


def _apply(account: ProviderAccount, kind: AccountKind, wish: Wish) -> Changes:
    old = _readable(account.credentials)
    before = Destination.of(kind, account.base_url, account.settings)
    check_credentials(kind, wish, old, before)
    new = wish.credentials_after(old)
    settings = _settings(kind, wish, account.settings)
    changes = _changed_settings(account.settings, settings)
    about_credentials = provider_account_history.of_credentials(old, new)
    moved = history.set_and_compare(account, {"base_url": wish.base_url})
    changes |= history.set_and_compare(account, {"name": wish.name}) | moved | about_credentials
    account.settings = settings
    if about_credentials:
        account.credentials = encrypt(new)
    if about_credentials or moved:
        _start_afresh(account)
    _store(account)
    return changes | _connect(account, wish)


def _store(account: ProviderAccount) -> None:
    """Raises WrongFields for a name that is taken; of two at once the schema refuses one."""
    taken = WrongFields({"name": f"There is a {label_of(account.kind)} account of this name. Choose another one."})
    if _has_namesake(account):
        raise taken
    try:
        db.session.add(account)
        db.session.flush()
    except IntegrityError:
        raise taken from None


def _has_namesake(account: ProviderAccount) -> bool:
    same = sa.func.lower(ProviderAccount.name) == account.name.lower()
    others = sa.select(ProviderAccount.id).where(ProviderAccount.kind == account.kind, same)
    with db.session.no_autoflush:
        return bool(set(db.session.scalars(others)) - {account.id})


def _settings(kind: AccountKind, wish: Wish, before: Mapping[str, Any]) -> dict[str, Any]:
    """The declared ones as wished; what else an account says, by hand or by an import, stays."""
    declared = {one.name for one in kind.settings}
    kept = {name: value for name, value in before.items() if name not in declared}
    return kept | {name: value for name, value in wish.settings.items() if value is not None and name in declared}


def _changed_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    return {
        f"settings.{name}": [_setting_text(old.get(name)), _setting_text(new.get(name))]
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def _setting_text(value: Any) -> str | None:
    return _word(value) if isinstance(value, bool) else history.as_text(value)


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _connect(account: ProviderAccount, wish: Wish) -> Changes:
    """Let exactly these sales channels be reached through the account. Raises WrongFields for any other's."""
    offered = {channel.id: channel.name for channel in channels_for(account.kind, account.id)}
    if not wish.channel_ids <= offered.keys():
        raise WrongFields({"channels": "One of these sales channels has an account meanwhile. Choose again."})
    mine = SalesChannel.provider_account_id == account.id
    before = set(db.session.scalars(sa.select(SalesChannel.id).where(mine)))
    if before == wish.channel_ids:
        return {}
    channel = sa.update(SalesChannel)
    apart = {"synchronize_session": False}
    db.session.execute(
        channel.where(mine, SalesChannel.id.not_in(wish.channel_ids)).values(provider_account_id=None),
        execution_options=apart,
    )
    db.session.execute(
        channel.where(SalesChannel.id.in_(wish.channel_ids)).values(provider_account_id=account.id),
        execution_options=apart,
    )
    return {"sales_channels": [_names(offered, before), _names(offered, wish.channel_ids)]}


def _names(offered: Mapping[int, str], ids: set[int] | frozenset[int]) -> str | None:
    return ", ".join(sorted(offered[one] for one in ids)) or None


def _start_afresh(account: ProviderAccount) -> None:
    account.consecutive_failures, account.circuit_open_until = 0, None


def _changed(account: ProviderAccount, changes: Changes, actor: Actor) -> None:
    account.version += 1
    account.updated_at = now()
    provider_account_history.record(account.id, ActivityEvent.UPDATED, changes, actor)
    log.warning("provider_account_changed", account_id=account.id, fields=sorted(changes), actor_id=actor.user_id)


def _readable(stored: bytes) -> dict[str, str]:
    """What is stored, or nothing when no key fits: it can then only be entered again."""
    try:
        return decrypt(stored)
    except ConfigurationError:
        return {}


def _locked(account_id: int) -> ProviderAccount:
    account = db.session.get(
        ProviderAccount, min(account_id, HIGHEST_ID), with_for_update=True, populate_existing=True
    )
    if account is None:
        raise NotFound(NOT_HERE)
    return account


def _kind_name(account_id: int) -> str:
    kind = db.session.scalar(
        sa.select(ProviderAccount.kind).where(ProviderAccount.id == min(account_id, HIGHEST_ID))
    )
    if kind is None:
        raise NotFound(NOT_HERE)
    return kind


def _kind(name: str) -> AccountKind:
    kind = account_kind_of(name)
    if kind is None:
        raise Refused(
            f"Dockside does not speak to {label_of(name)} yet, so such an account cannot be set up here."
        )
    return kind


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("Accounts are looked after by people.")
    return actor.user_id

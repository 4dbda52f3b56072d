"""Bringing what is encrypted under a new key: all of it, once, and able to go on after a break."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from webapp.config import settings_from
from webapp.errors import ConfigurationError
from webapp.extensions import db
from webapp.models import ProviderAccount, WebhookAddress
from webapp.services import credential_rotation, webhooks
from webapp.services.actors import Actor
from webapp.services.credential_rotation import Rotation, rotate
from webapp.services.credentials import decrypt

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
UseKeys = Callable[..., None]


@pytest.fixture
def use_keys(app: Flask) -> Iterator[UseKeys]:
    """Runs the program with these CREDENTIAL_KEYS, as after a restart."""
    before = app.extensions["settings"]

    def use(*keys: str) -> None:
        app.extensions["settings"] = replace(before, credential_keys=keys)

    use(OLD)
    yield use
    app.extensions["settings"] = before


@pytest.fixture
def accounts(make: Factory, cast: Cast, use_keys: UseKeys) -> list[ProviderAccount]:
    """Three, of which the last has an address for notices."""
    assert use_keys
    made = [make.provider_account("shiphero", credentials={"refresh_token": f"token-{n}"}) for n in range(3)]
    webhooks.new_address(made[-1].id, Actor(cast.admin.id), secrets.token_hex(16))
    db.session.commit()
    return made


def credentials() -> list[dict[str, str]]:
    db.session.expire_all()
    stored = sa.select(ProviderAccount.credentials).order_by(ProviderAccount.id)
    return [decrypt(one) for one in db.session.scalars(stored)]


def test_everything_comes_under_the_new_key_and_the_old_one_is_needed_no_more(
    accounts: list[ProviderAccount], use_keys: UseKeys
) -> None:
    before = credentials()
    token = decrypt(db.session.scalars(sa.select(WebhookAddress.token)).one())
    use_keys(NEW, OLD)
    assert credentials() == before, "both keys are read meanwhile"
    assert rotate() == Rotation(4, 0, ())
    assert rotate() == Rotation(0, 4, ())
    use_keys(NEW)
    assert credentials() == before
    assert decrypt(db.session.scalars(sa.select(WebhookAddress.token)).one()) == token
    assert {account.version for account in accounts} == {1, 2}, "an open form is not stale because of it"


def test_broken_off_it_goes_on_where_it_was(
    accounts: list[ProviderAccount], use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_rotation, "BATCH", 2)
    renewed, calls = credential_rotation.renewed, iter(range(10))

    def dies_at_the_third(stored: bytes) -> bytes | None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return renewed(stored)

    use_keys(NEW, OLD)
    monkeypatch.setattr(credential_rotation, "renewed", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    db.session.rollback()
    monkeypatch.setattr(credential_rotation, "renewed", renewed)
    assert rotate() == Rotation(2, 2, ())


def test_what_no_key_reads_is_named_and_the_rest_is_done(
    accounts: list[ProviderAccount], use_keys: UseKeys, app: Flask
) -> None:
    accounts[1].credentials = Fernet(OTHER).encrypt(b"{}")
    lost = accounts[1].id
    db.session.commit()
    use_keys(NEW, OLD)
    result = app.test_cli_runner().invoke(args=["provider", "rotate-keys"])
    assert result.exit_code == 1
    assert f"credentials of account {lost}" in result.output
    assert rotate() == Rotation(0, 3, (f"credentials of account {lost}",))


def test_the_command_says_what_it_did(accounts: list[ProviderAccount], use_keys: UseKeys, app: Flask) -> None:
    assert accounts
    use_keys(NEW, OLD)
    result = app.test_cli_runner().invoke(args=["provider", "rotate-keys"])
    assert (result.exit_code, "4 encrypted anew, 0 under" in result.output) == (0, True), result.output


@pytest.mark.parametrize(
    "keys",
    ["x" * 40, f"{NEW},", f"{NEW};{OLD}", f"{NEW}, {OLD[:-2]}"],
    ids=["not a key", "an end that is missing", "another separator", "a short one"],
)
def test_something_that_is_no_key_stops_the_start(keys: str) -> None:
    with pytest.raises(ConfigurationError, match="CREDENTIAL_KEYS holds something that is no key"):
        settings_from({"DOCKSIDE_MODE": "test", "CREDENTIAL_KEYS": keys})
    assert settings_from({"CREDENTIAL_KEYS": f"{NEW}, {OLD}"}).credential_keys == (NEW, OLD)

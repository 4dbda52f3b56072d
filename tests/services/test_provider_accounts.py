"""Provider accounts: what is stored and what is not, who is told of a change, and what is refused."""

import secrets
import socket
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.together import together
from webapp.config import Settings
from webapp.errors import IdempotencyKeyReused, NotFound, Refused
from webapp.extensions import db
from webapp.models import IdempotencyKey, ProviderAccount, ProviderAccountChange, SalesChannel
from webapp.providers.registry import account_kind_of, account_kinds
from webapp.queries.provider_accounts import changes_of
from webapp.schema import now
from webapp.services import polling, provider_accounts, webhooks
from webapp.services.actors import Actor
from webapp.services.credentials import decrypt
from webapp.services.provider_account_checks import Wish, WrongFields
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS

HERE = "http://127.0.0.1:9/shipstation"
KEYS = {"api_key": "key-of-one", "api_secret": "secret-of-one"}


def wish(**changed: Any) -> Wish:
    fields: dict[str, Any] = {"name": "Reno", "base_url": HERE, "settings": {}, "credentials": KEYS}
    return Wish(**(fields | changed))


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return Actor(cast.admin.id, request_id="request-1")


@pytest.fixture
def add(actor: Actor) -> Callable[..., ProviderAccount]:
    def added(kind: str = "shipstation", **changed: Any) -> ProviderAccount:
        account_id = provider_accounts.add(kind, wish(**changed), key=secrets.token_hex(16), actor=actor)
        db.session.commit()
        return db.session.get_one(ProviderAccount, account_id)

    return added


def change(account: ProviderAccount, actor: Actor, *, version: int | None = None, **changed: Any) -> bool:
    stated: dict[str, Any] = {"credentials": {}, "name": account.name, "base_url": account.base_url} | changed
    at = account.version if version is None else version
    done = provider_accounts.change(account.id, wish(**stated), version=at, key=secrets.token_hex(16), actor=actor)
    db.session.commit()
    return done


def stored(account: ProviderAccount) -> dict[str, str]:
    return decrypt(account.credentials)


def differences(account: ProviderAccount) -> list[tuple[str, str | None, str | None]]:
    newest = changes_of(account.id)[0]
    return [(one.label, one.old, one.new) for one in newest.differences]


@pytest.mark.parametrize("kind", [kind.kind for kind in account_kinds()])
def test_each_kind_takes_what_its_practice_account_needs(kind: str, add: Callable[..., ProviderAccount]) -> None:
    asked = PRACTICE_SETTINGS.get(kind, {})
    account = add(kind, credentials=PRACTICE_CREDENTIALS[kind], settings=asked)
    assert (stored(account), account.settings, account.is_enabled) == (PRACTICE_CREDENTIALS[kind], asked, True)


def test_credentials_are_kept_encrypted_and_out_of_history(
    add: Callable[..., ProviderAccount], actor: Actor
) -> None:
    account = add(settings={"store_id": "7"})
    assert b"secret-of-one" not in account.credentials
    assert differences(account) == [
        ("Address", None, HERE), ("API key", None, "stored"), ("API secret", None, "stored"),
        ("Name", None, "Reno"), ("Store id", None, "7"),
    ]  # fmt: skip
    change(account, actor, credentials={"api_secret": "another-one"}, settings={"store_id": "7"})
    assert differences(account) == [("API secret", "stored", "replaced")]
    tables = (ProviderAccountChange.__table__, IdempotencyKey.__table__, ProviderAccount.__table__)
    told = repr([db.session.execute(sa.select(table)).all() for table in tables])
    assert [one for one in (*KEYS.values(), "another-one") if one in told] == []


def test_an_empty_credential_keeps_what_is_stored_also_the_secret_of_notices(
    add: Callable[..., ProviderAccount], actor: Actor
) -> None:
    account = add("shiphero", credentials={"refresh_token": "first"})
    webhooks.keep_secret(account.id, "signed-with", actor, secrets.token_hex(16))
    db.session.commit()
    change(account, actor, name="Reno 2")
    assert stored(account) == {"refresh_token": "first", "webhook_secret": "signed-with"}
    change(account, actor, credentials={"refresh_token": "second"})
    assert stored(account) == {"refresh_token": "second", "webhook_secret": "signed-with"}
    assert [row.differences[0].label for row in changes_of(account.id)] == [
        "Refresh token", "Name", "Secret of notices", "Address",
    ]  # fmt: skip


def test_what_is_missing_is_named_at_its_field(add: Callable[..., ProviderAccount]) -> None:
    with pytest.raises(WrongFields) as wrong:
        add(credentials={"api_key": "only"})
    assert wrong.value.problems == {"credential_api_secret": "This is needed, so enter it."}
    db.session.rollback()
    with pytest.raises(WrongFields) as wrong:
        add("shopify", credentials={"client_id": "only"})
    assert "or both client id and client secret" in wrong.value.problems["credential_client_id"]


def test_a_credential_that_is_not_needed_can_be_taken_away(
    add: Callable[..., ProviderAccount], actor: Actor
) -> None:
    account = add("shopify", credentials={"access_token": "old", "client_id": "a", "client_secret": "b"})
    change(account, actor, dropped=frozenset({"access_token"}))
    assert stored(account) == {"client_id": "a", "client_secret": "b"}


def test_another_address_wants_the_credentials_again(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    """Else whoever may change an address could have stored secrets sent to a server of theirs."""
    account = add()
    for moved in ("http://127.0.0.1:10/shipstation", "https://127.0.0.1/shipstation"):
        with pytest.raises(WrongFields) as wrong:
            change(account, actor, base_url=moved, credentials={"api_key": "new"})
        assert list(wrong.value.problems) == ["credential_api_secret"]
        db.session.rollback()
    assert account.base_url == HERE
    assert change(account, actor, base_url=HERE + "/v1"), "the same host"
    assert change(account, actor, base_url="http://127.0.0.1:10/", credentials=KEYS)


def test_another_place_to_sign_in_is_another_address_too(
    add: Callable[..., ProviderAccount], actor: Actor
) -> None:
    account = add("fba", credentials=PRACTICE_CREDENTIALS["fba"])
    elsewhere = {"sign_in_url": "http://127.0.0.1:11"}
    with pytest.raises(WrongFields) as wrong:
        change(account, actor, settings=elsewhere)
    assert len(wrong.value.problems) == 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://provider.example.com", "may only be called over https"),
        ("nonsense", "must begin with https://"),
        ("https://user:pass@127.0.0.1", "must hold no user"),
        ("https://192.168.0.10", "is not an address on the internet"),
        ("https://169.254.169.254/latest", "is not an address on the internet"),
        ("https://inside.test", "leads to 10.0.0.8"),
        ("https://8.8.8.8", "is a real provider and this is not production"),
        ("https://nowhere.test", "cannot be looked up"),
    ],
)
def test_an_address_that_is_not_called_is_refused_and_logged(
    address: str,
    words: str,
    add: Callable[..., ProviderAccount],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **more: Any) -> list[Any]:
        if host == "nowhere.test":
            raise socket.gaierror("unknown")
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", 0))]
        return inside if host == "inside.test" else real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(WrongFields) as wrong:
        add(base_url=address)
    assert words in wrong.value.problems["base_url"]
    assert [one for one in caplog.records if "provider_address_refused" in str(one.msg)]
    db.session.rollback()
    assert not db.session.scalars(sa.select(ProviderAccount)).all()


def test_a_name_is_taken_once_for_each_kind(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    add()
    other = add(name="Other")
    add("shiphero", credentials={"refresh_token": "x"})
    for attempt in (lambda: add(name="reno"), lambda: change(other, actor, name="Reno")):
        with pytest.raises(WrongFields, match="account of this name"):
            attempt()
        db.session.rollback()
    assert change(other, actor, name="OTHER")


def test_of_two_at_once_the_schema_lets_one_have_the_name(
    add: Callable[..., ProviderAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    add()
    monkeypatch.setattr(provider_accounts, "_has_namesake", lambda _: False)
    with pytest.raises(WrongFields, match="account of this name"):
        add()


def test_the_same_form_twice_adds_one_account(actor: Actor) -> None:
    key = secrets.token_hex(16)
    first = provider_accounts.add("shipstation", wish(), key=key, actor=actor)
    db.session.commit()
    assert provider_accounts.add("shipstation", wish(), key=key, actor=actor) == first
    with pytest.raises(IdempotencyKeyReused):
        provider_accounts.add("shipstation", wish(credentials=KEYS | {"api_key": "x"}), key=key, actor=actor)


def test_a_stale_form_changes_nothing(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    account = add()
    change(account, actor, name="Sparks")
    with pytest.raises(provider_accounts.Stale) as stale:
        change(account, actor, version=1, name="Fernley")
    db.session.rollback()
    assert (stale.value.version, account.name) == (2, "Sparks")


def test_of_two_changes_at_once_one_is_made_and_the_other_told(
    add: Callable[..., ProviderAccount], actor: Actor, app: Flask
) -> None:
    account_id = add().id

    def rename(number: int) -> str:
        try:
            changed = wish(name=f"Reno {number}", credentials={})
            provider_accounts.change(account_id, changed, version=1, key=secrets.token_hex(16), actor=actor)
            db.session.commit()
        except provider_accounts.Stale:
            return "told"
        return "made"

    assert sorted(together(app, 2, rename)) == ["made", "told"]
    db.session.expire_all()
    assert db.session.get_one(ProviderAccount, account_id).version == 2


def test_a_form_without_a_change_writes_no_history(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    account = add()
    assert not change(account, actor)
    assert (account.version, len(changes_of(account.id))) == (1, 1)


def test_new_credentials_end_a_pause(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    account = add()
    account.consecutive_failures, account.circuit_open_until = 7, now()
    change(account, actor, name="Still paused")
    assert account.circuit_open_until
    change(account, actor, credentials={"api_key": "right"})
    assert (account.consecutive_failures, account.circuit_open_until) == (0, None)


def test_settings_that_nobody_declared_stay(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    account = add()
    account.settings = {"store_id": "7", "by_hand": [1]}
    db.session.commit()
    change(account, actor, settings={"store_id": None, "polls_a_minute": 0})
    assert account.settings == {"by_hand": [1], "polls_a_minute": 0}


def test_switching_off_and_on_is_told_once(add: Callable[..., ProviderAccount], actor: Actor) -> None:
    account = add()
    for on, is_new in ((False, True), (False, False), (True, True)):
        assert provider_accounts.switch(account.id, on=on, key=secrets.token_hex(16), actor=actor) is is_new
        db.session.commit()
        assert account.is_enabled is on
    assert [differences(account), len(changes_of(account.id))] == [[("In use", "no", "yes")], 3]


def test_a_channel_has_one_account(add: Callable[..., ProviderAccount], actor: Actor, make: Factory) -> None:
    make.shipment()
    db.session.add_all([SalesChannel(type="shopify", name="Northwind"), SalesChannel(type="ebay", name="Bay")])
    db.session.commit()
    of = dict(db.session.execute(sa.select(SalesChannel.name, SalesChannel.id)).all())
    keys = {"access_token": "shpat"}
    first = add("shopify", name="One", credentials=keys, channel_ids=frozenset({of["Northwind"]}))
    assert db.session.get_one(SalesChannel, of["Northwind"]).provider_account_id == first.id
    for name in ("Northwind", "Bay"):
        with pytest.raises(WrongFields) as wrong:
            add("shopify", name="Two", credentials=keys, channel_ids=frozenset({of[name]}))
        assert list(wrong.value.problems) == ["channels"]
        db.session.rollback()
    change(first, actor)
    assert differences(first) == [("Sales channels", "Northwind", None)]


def test_what_cannot_be_set_up_says_so(add: Callable[..., ProviderAccount], actor: Actor, make: Factory) -> None:
    with pytest.raises(Refused, match="does not speak to"):
        add("walmart_wfs")
    with pytest.raises(NotFound):
        provider_accounts.switch(2**63, on=True, key=secrets.token_hex(16), actor=actor)


def test_the_history_of_accounts_cannot_be_rewritten(add: Callable[..., ProviderAccount]) -> None:
    add()
    for statement in (sa.delete(ProviderAccountChange), sa.update(ProviderAccountChange).values(actor_id=None)):
        with pytest.raises(Exception, match="never changed or deleted"):
            db.session.execute(statement)
        db.session.rollback()


def test_the_pace_that_is_promised_is_the_pace(settings: Settings) -> None:
    assert settings
    for kind in account_kinds():
        for one in kind.settings:
            if one.name == polling.PACE_SETTING:
                assert one.default == polling._pace(kind.kind, {}), kind.kind
    assert account_kind_of("walmart_wfs") is None

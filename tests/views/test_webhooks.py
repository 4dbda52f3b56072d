"""The doors for providers' notices: what is let in, what is turned away and how, and the page that opens them."""

import hashlib
import hmac
import json
import uuid
from base64 import b64encode
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db, limiter
from webapp.models import ProviderAccount, Run, WebhookDelivery
from webapp.providers.notices import TOLERANCE
from webapp.schema import now
from webapp.services import webhooks
from webapp.services.actors import Actor
from webapp.services.credentials import decrypt
from webapp.statuses import Role, RunKind, RunState
from webapp.views import webhooks as views

SECRET = "c2lnbmVkLXdpdGgtdGhpcw=="
BODIES: dict[str, dict[str, Any]] = {
    "shipstation": {"resource_url": "https://ssapi.shipstation.com/orders?x=1", "resource_type": "ORDER_NOTIFY"},
    "starshipit": {"order_number": "SO-1.1", "tracking_status": "Dispatched"},
    "shiphero": {"webhook_type": "Order Canceled", "order_number": "SO-1.1", "order_uuid": "T3JkZXI6MQ=="},
    "trackstar": {"event_type": "order.updated", "data": {"id": "ts-1", "order_number": "SO-1.1"}},
    "shopify": {"id": 1, "order_id": 2},
}


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))


@pytest.fixture
def opened(make: Factory, cast: Cast) -> Any:
    """Opens the door of a new account of a kind and gives back its address."""

    def open_for(kind: str, secret: str = SECRET) -> str:
        account = make.provider_account(kind)
        webhooks.new_address(account.id, Actor(cast.admin.id), uuid.uuid4().hex)
        webhooks.keep_secret(account.id, secret, Actor(cast.admin.id), uuid.uuid4().hex)
        db.session.commit()
        token = webhooks.token_of(webhooks.db.session.get_one(webhooks.WebhookAddress, account.id).token)
        return f"/webhooks/{kind}/{token}"

    return open_for


def sent_by(kind: str, body: bytes, name: str = "msg-1", age: int = 0) -> dict[str, str]:
    """The headers with which the provider would send this."""
    plain = b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    stamp = str(int(now().timestamp()) - age)
    svix = hmac.new(b"signed-with-this", f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "shipstation": {},
        "starshipit": {"X-Starshipit-Signature": plain},
        "shiphero": {"X-Shiphero-Hmac-Sha256": plain, "X-Shiphero-Message-ID": name},
        "trackstar": {
            "svix-id": name,
            "svix-timestamp": stamp,
            "svix-signature": f"v1,c3RyYW5nZXI= v1,{b64encode(svix).decode()}",
        },
        "shopify": {
            "X-Shopify-Hmac-Sha256": plain,
            "X-Shopify-Webhook-Id": name,
            "X-Shopify-Topic": "updated",
        },
    }[kind]


def post(app: Flask, address: str, body: bytes, headers: dict[str, str]) -> TestResponse:
    return app.test_client().post(address, data=body, headers=headers, content_type="application/json")


def deliver(app: Flask, address: str, kind: str, **how: Any) -> TestResponse:
    body = json.dumps(BODIES[kind]).encode()
    return post(app, address, body, sent_by(kind, body, **how))


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    entries = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [entry for entry in entries if entry.get("event") == event]


def counted(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.parametrize("kind", BODIES)
def test_a_good_notice_is_answered_at_once_and_left_to_a_run(kind: str, app: Flask, opened: Any) -> None:
    answer = deliver(app, opened(kind), kind)
    assert (answer.status_code, answer.get_json()) == (200, {"code": "200", "Message": "Success"})
    run = db.session.scalars(sa.select(Run)).one()
    assert (run.kind, run.state, run.requested_by_id) == (RunKind.PROVIDER_NOTICE, RunState.QUEUED, None)
    assert db.session.scalars(sa.select(WebhookDelivery.run_id)).one() == run.id


@pytest.mark.parametrize("kind", BODIES)
def test_the_same_notice_again_is_recognised_and_does_nothing(kind: str, app: Flask, opened: Any) -> None:
    address = opened(kind)
    assert [deliver(app, address, kind).status_code for _ in range(3)] == [200] * 3
    assert counted(Run) == 1
    assert db.session.scalars(sa.select(WebhookDelivery.times)).one() == 3


@pytest.mark.parametrize("kind", [kind for kind in BODIES if kind != "shipstation"])
def test_a_bad_signature_is_turned_away_and_logged(
    kind: str, app: Flask, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    address, body = opened(kind), json.dumps(BODIES[kind]).encode()
    headers = sent_by(kind, b"something else")
    answers = [post(app, address, body, headers), post(app, address, body, {})]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert [one["reason"] for one in logged(caplog, "webhook_refused")] == ["bad_signature"] * 2
    assert address.rpartition("/")[2] not in str([record.msg for record in caplog.records])
    assert (counted(Run), counted(WebhookDelivery)) == (0, 0)


@pytest.mark.parametrize("kind", ["shiphero", "trackstar", "shopify"])
def test_without_a_secret_nothing_that_is_to_be_signed_is_believed(kind: str, app: Flask, opened: Any) -> None:
    assert deliver(app, opened(kind, secret=""), kind).status_code == 401


def test_an_old_notice_is_a_replay(app: Flask, opened: Any) -> None:
    address, limit = opened("trackstar"), int(TOLERANCE.total_seconds())
    assert deliver(app, address, "trackstar", age=limit + 5).status_code == 401
    assert deliver(app, address, "trackstar", age=limit - 60).status_code == 200


@pytest.mark.parametrize("body", [b"<order/>", b"[]", b"{}", b'{"resource_url": 7.5}', b"\xff\xfe", b""])
def test_what_is_no_notice_is_refused_in_words(body: bytes, app: Flask, opened: Any) -> None:
    answer = post(app, opened("shipstation"), body, {})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "not_understood")
    assert counted(Run) == 0


def test_ten_megabytes_are_not_read(app: Flask, opened: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = post(app, opened("shipstation"), b"x" * 10_000_000, {})
    assert answer.status_code == 413
    assert [one["code"] for one in logged(caplog, "webhook_turned_away")] == ["too_large"]


def test_a_flood_is_turned_away_in_words_and_logged(
    app: Flask, opened: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(views, "A_MINUTE", "2/minute")
    address = opened("shipstation")
    try:
        answers = [deliver(app, address, "shipstation") for _ in range(3)]
    finally:
        limiter.reset()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].get_json()["error"]["code"] == "too_many"
    assert [one["code"] for one in logged(caplog, "webhook_turned_away")] == ["too_many"]
    assert db.session.scalars(sa.select(WebhookDelivery.times)).one() == 2


def test_an_address_that_is_not_ours_is_not_there(app: Flask, opened: Any) -> None:
    token = opened("shipstation").rpartition("/")[2]
    for address in ("/webhooks/shipstation/guess", f"/webhooks/shiphero/{token}", "/webhooks/nobody/guess"):
        assert post(app, address, b"{}", {}).status_code == 404
    assert counted(Run) == 0


def test_an_administrator_opens_the_door_and_replaces_its_address(page: Page, cast: Cast, make: Factory) -> None:
    account = make.provider_account("shiphero")
    page.sign_in(cast.admin).get(f"/providers/{account.id}/notices")
    assert "No secret is stored, so every notice is turned away." in page.text
    page.submit("#address-form").follow()
    first = page.one("#notice-address code").text
    assert "/webhooks/shiphero/" in first
    page.submit("#secret-form", secret=SECRET).follow()
    assert "A secret is stored" in page.text
    assert SECRET not in page.response.get_data(as_text=True)
    stored = decrypt(db.session.get_one(ProviderAccount, account.id).credentials)
    assert stored[webhooks.SECRET] == SECRET
    page.submit("#address-form").follow()
    assert page.one("#notice-address code").text != first
    assert post(page.app, first.partition("localhost")[2], b"{}", {}).status_code == 404


def test_the_way_there_is_shown_to_administrators_only(page: Page, cast: Cast, make: Factory) -> None:
    account = make.provider_account("shiphero")
    link = f'a[href="/providers/{account.id}/notices"]'
    there = f"/providers/{account.id}"
    assert page.sign_in(cast.admin).get(there).all(link)
    assert not page.sign_in(cast.of_role(Role.SUPERVISOR)).get(there).all(link)


def test_a_provider_that_sends_no_notices_says_so(page: Page, cast: Cast, make: Factory) -> None:
    account = make.provider_account("veracore")
    page.sign_in(cast.admin).get(f"/providers/{account.id}/notices")
    assert "sends no notices" in page.text
    data = {"idempotency_key": uuid.uuid4().hex}
    page.post(f"/providers/{account.id}/notices/address", data, status=422)
    page.get("/providers/999999/notices", status=404)

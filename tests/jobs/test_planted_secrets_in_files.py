"""What is planted at sales channels, at Amazon and in notices turns up in no table, log, page or file."""

import base64
import logging
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.exporting import ask, content_of
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_bulk_at_providers import start
from tests.jobs.test_planted_secrets import STRANGER, _echo_with_500, everything_stored
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderExchange, WebhookAddress
from webapp.queue import BULK, EXPORTS
from webapp.sandbox import SandboxControl, mischief
from webapp.sandbox.faults import Fault
from webapp.sandbox.shopify_access import ACCESS_TOKEN
from webapp.schema import now
from webapp.services import webhooks
from webapp.services.actors import Actor
from webapp.services.credentials import encrypt
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS
from webapp.statuses import ExportFormat, RunKind

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("nothing_stored"),
]
ACCOUNTS: dict[str, tuple[str, dict[str, str], RunKind]] = {
    "shopify, a token": ("shopify", {"access_token": ACCESS_TOKEN}, RunKind.BULK_SUBMIT_TO_CHANNEL),
    "shopify, a client": ("shopify", PRACTICE_CREDENTIALS["shopify"], RunKind.BULK_SUBMIT_TO_CHANNEL),
    "amazon": ("fba", PRACTICE_CREDENTIALS["fba"], RunKind.BULK_CANCEL_ORDERS),
}


def spelled(credentials: dict[str, str]) -> str:
    """The credentials as a basic authorization has them."""
    return base64.b64encode(":".join(credentials.values()).encode()).decode()


@pytest.mark.parametrize("which", ACCOUNTS)
def test_nothing_planted_is_in_what_a_bulk_run_leaves(
    which: str,
    make: Factory,
    sandbox_url: str,
    sandbox: SandboxControl,
    drain: Drain,
    page: Page,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once said back by a provider in trouble, once with credentials that are wrong."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(mischief._ANSWERS, Fault.ECHO, _echo_with_500)
    kind, good, run_kind = ACCOUNTS[which]
    wrong = {field: f"planted-{field}-of-{kind}" for field in good}
    values: dict[str, Any] = {"base_url": f"{sandbox_url}/{kind}", "credentials": good}
    account = make.channel_account(**values) if kind == "shopify" else make.provider_account(kind, **values)
    shipment = make.shipment(
        account=None if kind == "shopify" else account,
        status="fulfilled" if kind == "shopify" else "submitted",
        tracking_number="1Z999AA1" if kind == "shopify" else None,
        fulfilled_at=now(),
    )
    if kind == "fba":
        make.provider_order(shipment, external_id=shipment.fulfillment_number, state="awaiting")
    runs = []
    for credentials, is_echoed in ((good, True), (wrong, False)):
        account.credentials, account.circuit_open_until = encrypt(credentials), None
        if is_echoed:
            sandbox.fault(kind, Fault.ECHO, count=None)
        runs.append(start(run_kind, [shipment], Actor(cast.supervisor.id)))
        drain(BULK)
        sandbox.clear_faults(kind)
    export_id = ask(cast.admin, format=ExportFormat.CSV)
    drain(EXPORTS)

    asked = db.session.scalars(sa.select(ProviderExchange.response_status)).all()
    tables, file = everything_stored(), content_of(export_id).decode()
    page.sign_in(cast.admin)
    paths = [f"/runs/{run_id}{end}" for run_id in runs for end in ("", "/results.csv")]
    paths += [
        "/providers",
        f"/fulfillments/{shipment.id}",
        f"/fulfillments/{shipment.id}/exchanges",
        "/fulfillments",
    ]
    paths += [
        f"/fulfillments/{shipment.id}/exchanges/{number}"
        for number in db.session.scalars(sa.select(ProviderExchange.id))
    ]
    shown = "\n".join(page.client.get(path).get_data(as_text=True) for path in paths)
    planted = {*good.values(), *wrong.values(), spelled(good), spelled(wrong), *STRANGER.values()}
    assert 500 in asked
    assert {401, 400, 403} & set(asked), asked
    assert shipment.fulfillment_number in file
    assert shipment.fulfillment_number in shown
    for where, text in (("tables", tables), ("pages", shown), ("file", file), ("log", caplog.text)):
        assert [secret for secret in planted if secret in text] == [], where


@pytest.mark.parametrize("kind", ["shopify", "shipstation"])
def test_a_notices_address_and_signature_are_kept_by_nobody(
    kind: str, make: Factory, page: Page, cast: Cast, redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Let in, turned away, and to an address that there is not."""
    caplog.set_level(logging.DEBUG)
    admin, secret = Actor(cast.admin.id), "planted-signing-secret"
    account = make.provider_account(kind)
    webhooks.new_address(account.id, admin, uuid.uuid4().hex)
    webhooks.keep_secret(account.id, secret, admin, uuid.uuid4().hex)
    db.session.commit()
    token = webhooks.token_of(db.session.get_one(WebhookAddress, account.id).token)
    assert token is not None
    signature = base64.b64encode(b"planted-signature-of-nobody").decode()
    headers = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Webhook-Id": "1", "X-Shopify-Topic": "updated"}
    statuses = [
        page.client.post(f"/webhooks/{kind}/{address}", data=body, headers=headers).status_code
        for address, body in ((token, b'{"order_id": 1}'), (token, b"{"), ("planted-address", b"{}"))
    ]
    db.session.rollback()

    assert statuses[2] == 404
    page.sign_in(cast.operator)
    shown = "\n".join(page.client.get(path).get_data(as_text=True) for path in ("/runs", "/fulfillments"))
    planted = {token, secret, signature, "planted-address"}
    for where, text in (("tables", everything_stored()), ("pages", shown), ("log", caplog.text)):
        assert [one for one in planted if one in text] == [], where

"""Credentials and strangers' data planted at providers turn up in no table, log line or page."""

import base64
import logging
import uuid

import pytest
import sqlalchemy as sa
from flask import Response, jsonify, request

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_resyncs import resync
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderAccount, ProviderExchange
from webapp.providers.registry import account_kinds
from webapp.sandbox import SandboxControl, mischief
from webapp.sandbox.faults import Fault
from webapp.schema import Base
from webapp.services.credentials import decrypt, encrypt
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS

# What is looked at differs in no way between the two databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STRANGER = {"cardNumber": "4111-planted-card", "dateOfBirth": "planted-birth", "mobile": "planted-mobile"}
# Those whose orders can be asked about one by one.
KINDS = ("shipfusion", "shiphero", "shipstation", "starshipit", "trackstar", "veracore")


def _echo_with_500() -> Response:
    """Everything that was said to the provider, also decoded, and somebody's card."""
    given = request.authorization
    spelled = f"{given.username}:{given.password}" if given and given.username else ""
    encoded = base64.b64encode(spelled.encode()).decode()
    words = f"{dict(request.headers)} {spelled} {encoded} {request.get_data(as_text=True)}"
    response = jsonify(message=words, error=words, errors=[{"message": words}], order=STRANGER)
    response.status_code = 500
    return response


def everything_stored() -> str:
    """Every row of every table."""
    return "\n".join(
        repr(row) for table in Base.metadata.sorted_tables for row in db.session.execute(sa.select(table))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_planted_is_stored_logged_or_shown(
    kind: str,
    make: Factory,
    sandbox_url: str,
    sandbox: SandboxControl,
    drain: Drain,
    page: Page,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(mischief._ANSWERS, Fault.ECHO, _echo_with_500)
    good = PRACTICE_CREDENTIALS[kind]
    wrong = {field: f"planted-{field}-of-{kind}" for field in good}
    account = make.provider_account(
        kind,
        base_url=f"{sandbox_url}/{kind}",
        credentials=good,
        settings=PRACTICE_SETTINGS.get(kind, {}),
    )
    shipment = make.shipment(account=account)
    sandbox.load(kind, [{"number": shipment.fulfillment_number, "lines": [{"sku": "NWP-011", "quantity": 2}]}])
    resync(shipment, drain)
    sandbox.fault(kind, Fault.ECHO, count=3)
    resync(shipment, drain)
    sandbox.clear_faults(kind)
    account.credentials = encrypt(wrong)
    db.session.commit()
    resync(shipment, drain)

    statuses = set(db.session.scalars(sa.select(ProviderExchange.response_status)))
    tables = everything_stored()
    page.sign_in(cast.admin)
    paths = ["/providers", f"/providers/{account.id}/notices", "/runs"]
    paths += [f"/fulfillments/{shipment.id}{end}" for end in ("", "/exchanges")]
    paths += [
        f"/fulfillments/{shipment.id}/exchanges/{number}"
        for number in db.session.scalars(sa.select(ProviderExchange.id))
    ]
    shown = "\n".join(page._send(page.client.get, path).text for path in paths)
    spelled = ":".join(good.values())
    planted = {*good.values(), *wrong.values(), *STRANGER.values(), base64.b64encode(spelled.encode()).decode()}
    assert 500 in statuses
    for where, text in (("tables", tables), ("pages", shown), ("log", caplog.text)):
        assert [secret for secret in planted if secret in text] == [], where


@pytest.mark.parametrize("kind", sorted(kind.kind for kind in account_kinds()))
def test_nothing_typed_into_an_accounts_form_is_stored_logged_or_shown(
    kind: str,
    sandbox_url: str,
    sandbox: SandboxControl,
    page: Page,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Added, refused, changed, tested against a provider that says everything back, and shown again."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(mischief._ANSWERS, Fault.ECHO, _echo_with_500)
    first, second = ({field: f"planted-{n}-{field}" for field in PRACTICE_CREDENTIALS[kind]} for n in "ab")
    shown: list[str] = []

    def send(path: str, credentials: dict[str, str], **typed: str) -> None:
        form = {f"credential_{name}": value for name, value in credentials.items()}
        form |= {"name": "Planted", "base_url": f"{sandbox_url}/{kind}", "version": "1"} | typed
        body = form | {"csrf_token": page.csrf_token(), "idempotency_key": uuid.uuid4().hex}
        shown.append(page._send(page.client.post, path, data=body, follow_redirects=True).text)

    page.sign_in(cast.admin)
    send(f"/providers/new/{kind}", first, name=" ")
    send(f"/providers/new/{kind}", first, base_url="https://10.0.0.8")
    send(f"/providers/new/{kind}", first)
    account = db.session.scalars(sa.select(ProviderAccount)).one()
    assert {name: decrypt(account.credentials)[name] for name in first} == first
    send(f"/providers/{account.id}/test", {})
    send(f"/providers/{account.id}/edit", second, version="0")
    send(f"/providers/{account.id}/edit", second)
    sandbox.fault(kind, Fault.ECHO, count=3)
    send(f"/providers/{account.id}/test", {})
    sandbox.clear_faults(kind)
    shown += [page._send(page.client.get, f"/providers/{account.id}{end}").text for end in ("", "/edit")]

    db.session.rollback()
    statuses = set(db.session.scalars(sa.select(ProviderExchange.response_status)))
    assert 500 in statuses
    spelled = {base64.b64encode(":".join(one.values()).encode()).decode() for one in (first, second)}
    planted = {*first.values(), *second.values(), *spelled}
    for where, text in (("tables", everything_stored()), ("pages", "\n".join(shown)), ("log", caplog.text)):
        assert [secret for secret in planted if secret in text] == [], where

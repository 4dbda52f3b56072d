"""Every route by everyone: the permissions as a table, and that each route keeps to what it declares."""

import secrets
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, url_for

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderExchange, SavedView
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.statuses import ROLE_PERMISSIONS, Permission, Role, RunKind
from webapp.views import exports
from webapp.web.bulk_actions import NAMES
from webapp.web.permissions import PUBLIC, SIGNED_IN, declared

EXPECTED = {
    "accounts.change_password": SIGNED_IN,
    "accounts.choose_locale": SIGNED_IN,
    "accounts.index": SIGNED_IN,
    "accounts.set_theme": PUBLIC,
    "accounts.sign_in": PUBLIC,
    "accounts.sign_out": PUBLIC,
    "accounts.sign_out_elsewhere": SIGNED_IN,
    "accounts.sign_out_everywhere": SIGNED_IN,
    "activity.index": Permission.BROWSE,
    "archiving.archive": Permission.ARCHIVE,
    "archiving.unarchive": Permission.ARCHIVE,
    "bulk.again": Permission.VOID,
    "bulk.force": Permission.FORCE_VOID,
    "bulk.results": Permission.EXPORT,
    "bulk.show_archive": Permission.ARCHIVE,
    "bulk.show_cancel-provider-orders": Permission.VOID,
    "bulk.show_clear-channel-submission": Permission.SUBMIT_TO_CHANNEL,
    "bulk.show_fulfil-again": Permission.FULFIL,
    "bulk.show_resync-from-provider": Permission.RESYNC,
    "bulk.show_resync-to-provider": Permission.RESYNC,
    "bulk.show_restore": Permission.RESTORE,
    "bulk.show_submit-to-channel": Permission.SUBMIT_TO_CHANNEL,
    "bulk.show_unarchive": Permission.ARCHIVE,
    "bulk.show_void": Permission.VOID,
    "bulk.start_archive": Permission.ARCHIVE,
    "bulk.start_cancel-provider-orders": Permission.VOID,
    "bulk.start_clear-channel-submission": Permission.SUBMIT_TO_CHANNEL,
    "bulk.start_fulfil-again": Permission.FULFIL,
    "bulk.start_resync-from-provider": Permission.RESYNC,
    "bulk.start_resync-to-provider": Permission.RESYNC,
    "bulk.start_restore": Permission.RESTORE,
    "bulk.start_submit-to-channel": Permission.SUBMIT_TO_CHANNEL,
    "bulk.start_unarchive": Permission.ARCHIVE,
    "bulk.start_void": Permission.VOID,
    "exchanges.index": Permission.BROWSE,
    "exchanges.payload": Permission.BROWSE,
    "exchanges.show": Permission.BROWSE,
    **{
        f"export_schedules.{name}": Permission.EXPORT
        for name in (
            "change",
            "confirm_delete",
            "create",
            "delete",
            "edit",
            "new",
            "pause",
            "resume",
            "run_now",
            "show",
            "size",
        )
    },
    "exports.ask": Permission.EXPORT,
    "exports.ask_selected": Permission.EXPORT,
    "exports.download": Permission.EXPORT,
    "exports.index": Permission.EXPORT,
    "exports.start": Permission.EXPORT,
    "filters.build": Permission.BROWSE,
    "filters.count": Permission.BROWSE,
    "filters.values": Permission.BROWSE,
    "filters.words": Permission.BROWSE,
    "fulfilling.choose": Permission.FULFIL,
    "fulfilling.fulfil": Permission.FULFIL,
    "fulfilling.show": Permission.BROWSE,
    "fulfilling_send.send": Permission.FULFIL,
    "fulfilling_send.status": Permission.BROWSE,
    "fulfillments.columns": Permission.BROWSE,
    "fulfillments.count": Permission.BROWSE,
    "fulfillments.home": SIGNED_IN,
    "fulfillments.index": Permission.BROWSE,
    "fulfillments.row": Permission.BROWSE,
    "fulfillments.save_columns": Permission.BROWSE,
    "health.healthz": PUBLIC,
    "health.metrics": PUBLIC,
    "health.readyz": PUBLIC,
    "inventory.index": Permission.BROWSE,
    "keys.index": SIGNED_IN,
    "lines.index": Permission.BROWSE,
    "provider_actions.cancel": Permission.VOID,
    "provider_actions.show": Permission.BROWSE,
    "provider_actions.update": Permission.RESYNC,
    "packing_slips.choose": Permission.PRINT,
    "packing_slips.printed": Permission.PRINT,
    "packing_slips.show": Permission.PRINT,
    "packing_slips.show_many": Permission.PRINT,
    "packing_slips.start": Permission.PRINT,
    **{
        f"provider_accounts.{name}": Permission.MANAGE_PROVIDERS
        for name in (
            "change",
            "choose",
            "confirm_switch_off",
            "create",
            "edit",
            "new",
            "switch_off",
            "switch_on",
            "test",
        )
    },
    "provider_accounts.show": Permission.SEE_PROVIDERS,
    "providers.index": Permission.SEE_PROVIDERS,
    "channel.submit": Permission.SUBMIT_TO_CHANNEL,
    "channel.clear": Permission.SUBMIT_TO_CHANNEL,
    "channel.status": Permission.BROWSE,
    "resyncs.from_provider": Permission.RESYNC,
    "resyncs.status": Permission.BROWSE,
    "runs.cancel": Permission.EXPORT,
    "runs.detail": Permission.BROWSE,
    "runs.index": Permission.BROWSE,
    "runs.retry": Permission.EXPORT,
    "runs.tray": Permission.BROWSE,
    **{
        f"sandbox.{name}": Permission.MANAGE_PROVIDERS
        for name in ("calm", "index", "limit_rate", "move", "pass_time", "plan_trouble")
    },
    "saved_views.change": Permission.BROWSE,
    "saved_views.confirm_delete": Permission.BROWSE,
    "saved_views.create": Permission.BROWSE,
    "saved_views.delete": Permission.BROWSE,
    "saved_views.duplicate": Permission.BROWSE,
    "saved_views.edit": Permission.BROWSE,
    "saved_views.index": Permission.BROWSE,
    "saved_views.new": Permission.BROWSE,
    "saved_views.role_start": Permission.MANAGE_PEOPLE,
    "saved_views.save": Permission.BROWSE,
    "saved_views.start": Permission.BROWSE,
    "shipment_page.show": Permission.BROWSE,
    "shipping_details.edit": Permission.EDIT_SHIPPING,
    "shipping_details.save": Permission.EDIT_SHIPPING,
    "static": PUBLIC,
    "voids.ask": Permission.VOID,
    "voids.bulk_status": Permission.BROWSE,
    "voids.offer_restore": Permission.RESTORE,
    "voids.restore": Permission.RESTORE,
    "voids.status": Permission.BROWSE,
    "voids.void": Permission.VOID,
    "webhooks.keep_secret": Permission.MANAGE_PROVIDERS,
    "webhooks.make_address": Permission.MANAGE_PROVIDERS,
    "webhooks.receive": PUBLIC,
    "webhooks.show": Permission.MANAGE_PROVIDERS,
}
# Whose address names a row that belongs to one warehouse.
OF_A_ROW = sorted(
    {
        "activity.index",
        "archiving.archive",
        "archiving.unarchive",
        "bulk.again",
        "bulk.force",
        "bulk.results",
        "channel.clear",
        "channel.status",
        "channel.submit",
        "exchanges.index",
        "exchanges.payload",
        "exchanges.show",
        "filters.values",
        "fulfilling.choose",
        "fulfilling.fulfil",
        "fulfilling.show",
        "fulfilling_send.send",
        "fulfilling_send.status",
        "fulfillments.row",
        "inventory.index",
        "lines.index",
        "packing_slips.show",
        "provider_actions.cancel",
        "provider_actions.show",
        "provider_actions.update",
        "resyncs.from_provider",
        "resyncs.status",
        "runs.cancel",
        "runs.detail",
        "runs.retry",
        "shipment_page.show",
        "shipping_details.edit",
        "shipping_details.save",
        "voids.ask",
        "voids.offer_restore",
        "voids.restore",
        "voids.status",
        "voids.void",
    }
)
# Whose address names a saved view: it belongs to a person, and tests/views/test_saved_views.py asks for others'.
OF_A_VIEW = {f"saved_views.{name}" for name in ("change", "confirm_delete", "delete", "duplicate", "edit", "save")}
# Whose address names a provider account or a kind of them, which belong to no warehouse.
OF_AN_ACCOUNT = {"webhooks.keep_secret", "webhooks.make_address", "webhooks.receive", "webhooks.show"} | {
    f"provider_accounts.{name}"
    for name in (
        "change",
        "confirm_switch_off",
        "create",
        "edit",
        "new",
        "show",
        "switch_off",
        "switch_on",
        "test",
    )
}
# The same of a scheduled export, which tests/views/test_export_schedules.py asks for.
OF_A_SCHEDULE = {
    f"export_schedules.{name}"
    for name in ("change", "confirm_delete", "delete", "edit", "pause", "resume", "run_now", "show")
}
# The same of a file, which tests/views/test_exports.py asks for.
OF_AN_EXPORT = {"exports.download"}
PROTECTED = sorted(name for name, permission in EXPECTED.items() if permission != PUBLIC)
# What is refused although the person may ask: the example run has not failed, is about one shipment and is not
# asked for with a body; no shipment is selected; the example view is the administrator's, and gone once a
# supervisor has deleted it; everything of the example fulfillment order is shipped, and its shipment has an order
# at its provider.
ANSWERS_BESIDES_SUCCESS = {
    "fulfilling.fulfil": {422},
    "fulfilling_send.send": {422},
    "packing_slips.printed": {404},
    "packing_slips.choose": {422},
    "packing_slips.show_many": {400},
    "packing_slips.start": {400},
    # The example export has no file. Viewers cancel and repeat their exports, and the example is none.
    "exports.download": {404},
    # The example form has no address.
    "provider_accounts.change": {422},
    "provider_accounts.create": {422},
    # The example names no schedule that there is, and no time.
    "export_schedules.create": {422},
    **{name: {404} for name in OF_A_SCHEDULE},
    "runs.cancel": {403},
    "runs.retry": {403, 422},
    # The example's channel has no account.
    "channel.submit": {422},
    "bulk.again": {422},
    "bulk.force": {422},
    "bulk.results": {422},
    **{f"bulk.{step}_{name}": {422} for step in ("show", "start") for name in NAMES.values()},
    # The example shipment is with ShipStation, which takes no cancellations, and it is packed already.
    "provider_actions.cancel": {422},
    "provider_actions.update": {422},
    "accounts.change_password": {422},
    # No practice provider runs here; tests/views/test_sandbox.py has one. The example form is not one of theirs.
    "sandbox.index": {503},
    **{f"sandbox.{name}": {400} for name in ("calm", "limit_rate", "move", "pass_time", "plan_trouble")},
    "saved_views.change": {404},
    "saved_views.delete": {403, 404},
    "saved_views.edit": {404},
    "saved_views.save": {404},
    # The example shipment is not voided at first, and is being voided once somebody has asked for it.
    "voids.restore": {409, 422},
    "voids.void": {409, 422},
}


@dataclass(frozen=True)
class Example:
    """One row of each kind that an address can name, all about one shipment."""

    fulfillment_id: int
    fulfillment_order_id: int
    run_id: int
    exchange_id: int
    provider_order_id: int
    view_id: int
    account_id: int
    provider: str = "shipstation"
    kind: str = "shipstation"
    token: str = "none-of-ours"
    export_id: int = 1
    schedule_id: int = 1


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is there that would make the file of an export."""
    monkeypatch.setattr(exports, "PATIENCE_SECONDS", 0)


@pytest.fixture
def example(make: Factory, cast: Cast) -> Example:
    shipment = make.shipment(account=make.provider_account(), warehouse="Reno, NV")
    provider_order = make.provider_order(shipment)
    exchange = ProviderExchange(
        provider_account_id=shipment.provider_account_id,
        fulfillment_id=shipment.id,
        operation="fetch_order",
        method="GET",
        url="https://ship.example/orders",
        duration_ms=10,
        outcome="confirmed",
        occurred_at=NOON,
    )
    view = SavedView(owner_id=cast.admin.id, name="Everything", is_shared=True, state={})
    db.session.add_all([exchange, view])
    run_id = runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=shipment.id)
    account_id = shipment.provider_account_id or 0
    db.session.commit()
    return Example(
        shipment.id, shipment.fulfillment_order_id, run_id, exchange.id, provider_order.id, view.id, account_id
    )


def rules_of(app: Flask, endpoint: str) -> list[tuple[str, set[str]]]:
    """The methods of an endpoint and the names in its address."""
    return [
        (method, set(rule.arguments))
        for rule in app.url_map.iter_rules(endpoint)
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
    ]


def ask(page: Page, endpoint: str, example: Example) -> list[int]:
    """The statuses this browser is answered with, one for each method of the endpoint."""
    answers = []
    for method, names in rules_of(page.app, endpoint):
        with page.app.test_request_context():
            url = url_for(endpoint, **{name: getattr(example, name) for name in names})
        body = body_of(page) if method == "POST" else None
        answers.append(page._send(getattr(page.client, method.lower()), url, data=body).status_code)
    return answers


def body_of(page: Page) -> dict[str, Any]:
    """A form that any of the routes takes, or refuses for its content rather than for who sends it."""
    return {
        "csrf_token": page.csrf_token(),
        "idempotency_key": secrets.token_hex(16),
        "version": "1",
        "tracking_number": "",
        "original_tracking_number": "",
        "locale": "de_DE",
        "shown": "status",
        "name": "Late",
        "sharing": "personal",
        "role": "viewer",
        "seen": "1",
        "format": "csv",
        "mode": "summary",
        "scope": "all",
        "step": "retry",
    }


def may(role: Role, endpoint: str) -> bool:
    permission = EXPECTED[endpoint]
    return permission == SIGNED_IN or permission in ROLE_PERMISSIONS[role]


def test_every_route_declares_what_the_table_says(app: Flask) -> None:
    assert {rule.endpoint: declared(rule.endpoint) for rule in app.url_map.iter_rules()} == EXPECTED


def test_every_address_that_names_a_row_is_asked_for_rows_of_another_warehouse(app: Flask) -> None:
    named = {rule.endpoint for rule in app.url_map.iter_rules() if rule.arguments and rule.endpoint != "static"}
    assert sorted(named - OF_A_VIEW - OF_AN_ACCOUNT - OF_AN_EXPORT - OF_A_SCHEDULE) == OF_A_ROW


@pytest.mark.parametrize("endpoint", PROTECTED)
def test_each_role_reaches_what_it_may_and_nothing_else(
    app: Flask, cast: Cast, example: Example, endpoint: str
) -> None:
    for role in Role:
        found = ask(Page(app).sign_in(cast.of_role(role)), endpoint, example)
        if not may(role, endpoint):
            assert found == [403] * len(found), role
            continue
        for status in found:
            assert status in {200, 302, 303} | ANSWERS_BESIDES_SUCCESS.get(endpoint, set()), (role, status)


@pytest.mark.parametrize("endpoint", PROTECTED)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(app: Flask, example: Example, endpoint: str) -> None:
    page = Page(app)
    for (method, _), status in zip(rules_of(app, endpoint), ask(page, endpoint, example), strict=True):
        assert status == (401 if method == "POST" else 303), method


@pytest.mark.parametrize("endpoint", OF_A_ROW)
def test_a_row_of_another_warehouse_does_not_exist(
    app: Flask, cast: Cast, make: Factory, example: Example, endpoint: str
) -> None:
    elsewhere = cast.limited_to(make.warehouse("Columbus, OH").id, role=Role.ADMIN)
    found = ask(Page(app).sign_in(elsewhere), endpoint, example)
    # These addresses only lead back to the shipment's page unless htmx asks, and the page is not there.
    expected = {303} if endpoint in {"resyncs.status", "voids.status"} else {404}
    assert set(found) == expected


def test_a_number_that_no_row_can_have_is_no_address(page: Page, cast: Cast, example: Example) -> None:
    page.sign_in(cast.admin)
    numbered = {name: 10**19 for name, value in vars(example).items() if isinstance(value, int)}
    beyond = replace(example, **numbered)
    for rule in page.app.url_map.iter_rules():
        if set(numbered) & set(rule.arguments):
            with page.app.test_request_context():
                url = url_for(rule.endpoint, **{name: getattr(beyond, name) for name in rule.arguments})
            for method in sorted(set(rule.methods or ()) & {"GET", "POST"}):
                body = body_of(page) if method == "POST" else None
                response = page._send(getattr(page.client, method.lower()), url, data=body)
                # Where an address takes one method only, the router may say no more than that it is not this one.
                assert response.status_code in {404, 405}, (method, url)


def test_a_fragment_about_another_warehouse_does_not_exist_either(
    page: Page, cast: Cast, make: Factory, example: Example
) -> None:
    page.sign_in(cast.limited_to(make.warehouse("Columbus, OH").id))
    page.get(f"/fulfillments/{example.fulfillment_id}/resync-status", fragment="resync-status", status=404)
    page.get(f"/fulfillments/{example.fulfillment_id}/void-status", fragment="toasts", status=404)


@pytest.mark.parametrize("endpoint", OF_A_ROW)
def test_a_row_of_ones_own_warehouse_is_there(
    app: Flask, cast: Cast, make: Factory, example: Example, endpoint: str
) -> None:
    at_home = cast.limited_to(make.warehouse("Reno, NV").id, role=Role.ADMIN)
    for status in ask(Page(app).sign_in(at_home), endpoint, example):
        assert status in {200, 303} | ANSWERS_BESIDES_SUCCESS.get(endpoint, set())


def test_a_form_without_the_csrf_token_is_refused_whoever_sends_it(
    app: Flask, cast: Cast, example: Example
) -> None:
    page = Page(app).sign_in(cast.admin)
    for endpoint in EXPECTED:
        for method, names in rules_of(app, endpoint):
            if method == "GET" or endpoint == "webhooks.receive":  # Programs have no token; they sign instead.
                continue
            with app.test_request_context():
                url = url_for(endpoint, **{name: getattr(example, name) for name in names})
            assert page._send(page.client.post, url, data={}).status_code == 400, endpoint


def test_a_route_that_declares_nothing_answers_nobody(app: Flask, page: Page, cast: Cast) -> None:
    page.sign_in(cast.admin)
    view = app.view_functions["runs.index"]
    app.view_functions["runs.index"] = lambda: "open to all"
    try:
        page.get("/runs", status=500)
    finally:
        app.view_functions["runs.index"] = view
    assert "open to all" not in page.text

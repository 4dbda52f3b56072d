"""Every route by everyone: the permissions as a table, and that each route keeps to what it declares."""

import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, url_for

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderExchange
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.statuses import ROLE_PERMISSIONS, Permission, Role, RunKind
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
    "exchanges.index": Permission.BROWSE,
    "exchanges.payload": Permission.BROWSE,
    "exchanges.show": Permission.BROWSE,
    "fulfillments.columns": Permission.BROWSE,
    "fulfillments.count": Permission.BROWSE,
    "fulfillments.home": SIGNED_IN,
    "fulfillments.index": Permission.BROWSE,
    "fulfillments.save_columns": Permission.BROWSE,
    "health.healthz": PUBLIC,
    "health.metrics": PUBLIC,
    "health.readyz": PUBLIC,
    "inventory.index": Permission.BROWSE,
    "lines.index": Permission.BROWSE,
    "providers.index": Permission.SEE_PROVIDERS,
    "resyncs.from_provider": Permission.RESYNC,
    "resyncs.status": Permission.BROWSE,
    "runs.cancel": Permission.RESYNC,
    "runs.detail": Permission.BROWSE,
    "runs.index": Permission.BROWSE,
    "runs.retry": Permission.RESYNC,
    "runs.tray": Permission.BROWSE,
    "shipment_page.show": Permission.BROWSE,
    "shipping_details.edit": Permission.EDIT_SHIPPING,
    "shipping_details.save": Permission.EDIT_SHIPPING,
    "static": PUBLIC,
}
# Whose address names a row that belongs to one warehouse.
OF_A_ROW = sorted(
    {
        "activity.index",
        "exchanges.index",
        "exchanges.payload",
        "exchanges.show",
        "inventory.index",
        "lines.index",
        "resyncs.from_provider",
        "resyncs.status",
        "runs.cancel",
        "runs.detail",
        "runs.retry",
        "shipment_page.show",
        "shipping_details.edit",
        "shipping_details.save",
    }
)
PROTECTED = sorted(name for name, permission in EXPECTED.items() if permission != PUBLIC)
# What is refused although the person may ask: the example run is neither failed nor asked for with a body.
ANSWERS_BESIDES_SUCCESS = {"runs.retry": {422}, "accounts.change_password": {422}}


@dataclass(frozen=True)
class Example:
    """One row of each kind that an address can name, all about one shipment."""

    fulfillment_id: int
    run_id: int
    exchange_id: int
    provider_order_id: int


@pytest.fixture
def example(make: Factory) -> Example:
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
    db.session.add(exchange)
    run_id = runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=shipment.id)
    db.session.commit()
    return Example(shipment.id, run_id, exchange.id, provider_order.id)


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
    }


def may(role: Role, endpoint: str) -> bool:
    permission = EXPECTED[endpoint]
    return permission == SIGNED_IN or permission in ROLE_PERMISSIONS[role]


def test_every_route_declares_what_the_table_says(app: Flask) -> None:
    assert {rule.endpoint: declared(rule.endpoint) for rule in app.url_map.iter_rules()} == EXPECTED


def test_every_address_that_names_a_row_is_asked_for_rows_of_another_warehouse(app: Flask) -> None:
    named = {rule.endpoint for rule in app.url_map.iter_rules() if rule.arguments and rule.endpoint != "static"}
    assert sorted(named) == OF_A_ROW


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
    # This address only leads back to the shipment's page unless htmx asks, and the page is not there.
    expected = {303} if endpoint == "resyncs.status" else {404}
    assert set(found) == expected


def test_a_fragment_about_another_warehouse_does_not_exist_either(
    page: Page, cast: Cast, make: Factory, example: Example
) -> None:
    page.sign_in(cast.limited_to(make.warehouse("Columbus, OH").id))
    page.get(f"/fulfillments/{example.fulfillment_id}/resync-status", fragment="resync-status", status=404)


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
            if method == "GET":
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

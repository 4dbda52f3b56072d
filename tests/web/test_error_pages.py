"""What a person reads when something is refused, has expired, or is broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp import errors
from webapp.extensions import db

FORM = {"tracking_number": "1Z 999", "note": "left at the dock", "idempotency_key": "k", "version": "3"}


@contextmanager
def broken(app: Flask, endpoint: str, error: Exception) -> Iterator[None]:
    """Let a view raise this error; what it declares stays."""
    view = app.view_functions[endpoint]

    def raising(**_: Any) -> None:
        raise error

    vars(raising).update(vars(view))
    app.view_functions[endpoint] = raising
    try:
        yield
    finally:
        app.view_functions[endpoint] = view


@contextmanager
def no_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every statement of a request fail as it does when the server is gone."""
    with monkeypatch.context() as patch:

        def gone(*_: Any, **__: Any) -> None:
            raise OperationalError("SELECT 1", {}, Exception("connection refused"))

        patch.setattr("sqlalchemy.engine.Connection.execute", gone)
        yield


@pytest.mark.parametrize("token", ["", "made up"])
def test_a_form_with_a_wrong_token_says_so_and_keeps_what_was_typed(page: Page, cast: Cast, token: str) -> None:
    page.sign_in(cast.operator)
    here = {"Referer": "http://localhost/fulfillments?tab=all"}
    page.post("/account/locale", FORM | {"csrf_token": token}, status=400, headers=here)
    assert page.texts("h1") == ["This form is too old"]
    assert "nothing was changed" in page.text
    assert page.texts("#typed dt") == ["Tracking number", "Note"]
    assert "1Z 999" in page.text
    assert page.one("main a.btn-primary")["href"] == "/fulfillments?tab=all"


def test_passwords_are_never_shown_again(page: Page, cast: Cast) -> None:
    typed = {"csrf_token": "", "current_password": "secret one", "new_password": "secret two"}
    page.sign_in(cast.operator).post("/account/password", typed, status=400)
    assert "secret" not in page.response.get_data(as_text=True)


def test_what_was_typed_is_text_and_not_markup(page: Page) -> None:
    page.post("/theme", {"csrf_token": "", "note": "<script src=//evil.example></script>"}, status=400)
    assert "<script src=//evil" not in page.response.get_data(as_text=True)
    assert "<script src=//evil.example></script>" in page.text


def test_a_form_sent_after_the_session_ended_keeps_what_was_typed(page: Page) -> None:
    here = {"Referer": "http://localhost/fulfillments/7?activity_page=2"}
    page.post("/fulfillments/7/shipping-details", FORM, status=401, headers=here)
    assert page.texts("h1") == ["You were signed out"]
    assert "1Z 999" in page.text
    assert page.one("main a.btn-primary")["href"] == "/login?next=/fulfillments/7?activity_page%3D2"


@pytest.mark.parametrize("method", ["get", "post"])
def test_htmx_is_sent_to_sign_in_and_back_to_its_page(page: Page, method: str) -> None:
    here = {"HX-Current-URL": "http://localhost/fulfillments?sort=cost&page_size=25"}
    if method == "get":
        page.get("/fulfillments/7/lines", status=204, fragment="lines-7", headers=here)
    else:
        page.post("/fulfillments/7/resync-from-provider", {}, status=204, fragment="resync", headers=here)
    assert page.response.headers["HX-Redirect"] == "/login?next=/fulfillments?sort%3Dcost%26page_size%3D25"
    assert not page.response.data


def test_a_page_that_needs_sign_in_is_found_again_afterwards(page: Page) -> None:
    page.get("/fulfillments?tab=all&sort=cost", status=303)
    assert page.response.headers["Location"] == "/login?next=/fulfillments?tab%3Dall%26sort%3Dcost"


def test_a_fragment_is_refused_by_a_banner_and_not_by_a_page(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/providers", status=403, fragment="provider-accounts")
    assert page.one("[role=alert]")
    assert "<html" not in page.response.get_data(as_text=True)
    assert "Your role (Viewer) does not allow this" in page.text


def test_a_program_is_answered_in_json(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/providers", status=403, headers={"Accept": "application/json"})
    assert page.response.json is not None
    assert page.response.json["error"]["code"] == "forbidden"


def test_an_address_that_is_not_there_is_a_page_for_everyone(page: Page, cast: Cast) -> None:
    assert not page.get("/nothing-here", status=404).all(".user-menu")
    assert page.sign_in(cast.viewer).get("/nothing-here", status=404).all(".user-menu")


def test_more_than_a_form_can_hold_is_refused(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).post("/theme", {"theme": "x" * 3_000_000}, status=413)
    assert "larger than this page accepts" in page.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadRequest("No such sort."), 400),
        (errors.NotFound("No such run."), 404),
        (errors.Refused("That run is over."), 422),
        (errors.Conflict("Vera changed it."), 409),
    ],
)
def test_a_named_error_says_its_sentence(
    app: Flask, page: Page, cast: Cast, error: errors.AppError, status: int
) -> None:
    page.sign_in(cast.viewer)
    with broken(app, "runs.index", error):
        page.get("/runs", status=status)
    assert error.message in page.text


def test_an_unexpected_error_gives_nothing_away(
    app: Flask, page: Page, cast: Cast, capfd: pytest.CaptureFixture[str]
) -> None:
    page.sign_in(cast.viewer)
    with broken(app, "runs.index", ZeroDivisionError("inner secret")):
        page.get("/runs", status=500)
    assert "Something broke on our side" in page.text
    assert "inner secret" not in page.response.get_data(as_text=True)
    assert "Traceback" not in page.text


def test_a_database_that_is_gone_is_a_page_even_for_the_signed_in(
    app: Flask, page: Page, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.sign_in(cast.viewer)
    with no_database(app, monkeypatch):
        page.response = page._send(page.client.get, "/fulfillments")
    assert page.response.status_code == 503
    assert "The database does not answer" in page.response.get_data(as_text=True)
    page.get("/runs")


def test_a_refused_change_leaves_no_trace(app: Flask, page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(tracking_number="OLD1")
    page.sign_in(cast.operator)
    view = app.view_functions["shipping_details.save"]

    def half_way(fulfillment_id: int) -> None:
        found = db.session.get(type(shipment), fulfillment_id)
        assert found
        found.carrier = "half"
        db.session.flush()
        raise errors.Refused("Not today.")

    vars(half_way).update(vars(view))
    app.view_functions["shipping_details.save"] = half_way
    try:
        page.post(f"/fulfillments/{shipment.id}/shipping-details", FORM, status=422)
    finally:
        app.view_functions["shipping_details.save"] = view
    db.session.refresh(shipment)
    assert shipment.carrier is None

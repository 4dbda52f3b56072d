"""What every answer tells the browser never to do."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.cast import Cast
from tests.page import Page
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PATHS = ("/login", "/account", "/nothing-here", "/healthz", "/runs", "/static/app.css")


def policy(page: Page) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in page.response.headers["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_them(page: Page, cast: Cast, path: str) -> None:
    page.sign_in(cast.viewer)
    page.response = page._send(page.client.get, path)
    assert {name: page.response.headers.get(name) for name in FIXED} == FIXED
    assert "default-src" in policy(page)


def test_an_answer_that_failed_carries_them_too(app: Flask, page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer)
    view = app.view_functions["runs.index"]
    app.view_functions["runs.index"] = lambda: 1 / 0
    try:
        page.get("/runs", status=500)
    finally:
        app.view_functions["runs.index"] = view
    assert {name: page.response.headers.get(name) for name in FIXED} == FIXED
    assert policy(page)["default-src"] == ["'none'"]


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_inline(page: Page) -> None:
    page.get("/login")
    found = policy(page)
    assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == found["connect-src"] == found["form-action"] == ["'self'"]
    allowed = {value for values in found.values() for value in values}
    assert allowed <= {"'none'", "'self'", "data:"}, "nothing unsafe, no wildcard, no other host"
    assert [name for name, values in found.items() if "data:" in values] == ["img-src"]


def test_pages_are_not_kept(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/account")
    assert page.response.headers["Cache-Control"] == "no-store"


def test_a_fragment_is_never_taken_for_the_page(page: Page) -> None:
    page.get("/login")
    assert {"hx-request", "hx-target"} <= {name.lower() for name in page.response.vary}


def test_only_https_is_made_to_last(page: Page) -> None:
    assert "Strict-Transport-Security" not in page.get("/login").response.headers
    page.get("/login", base_url="https://localhost")
    assert page.response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_no_other_site_is_allowed_to_read(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/account", headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in page.response.headers if name.startswith("Access-Control-")]


def test_production_marks_the_cookie_secure_and_bound_to_the_host(settings: Settings) -> None:
    app = create_app(replace(settings, secure_cookies=True))
    answer = app.test_client().get("/login", base_url="https://localhost")
    with app.app_context():
        db.engine.dispose()
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-dockside=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie

"""How often a password may be tried: per name and per address, with Redis and without."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast
from tests.page import Page
from webapp import create_app
from webapp.config import Settings
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db, limiter

NOBODY_LISTENS = "redis://127.0.0.1:9/0"
LIMIT = 3
HERE, THERE = "203.0.113.7", "198.51.100.8"


@contextmanager
def own_app(settings: Settings) -> Iterator[Flask]:
    """An application of the test's own; all applications share one limiter, which the newest of them sets up."""
    shared = dict(vars(limiter))
    limiter._storage_dead = False  # An earlier test of this process may have outlived its Redis.
    own = create_app(settings)
    try:
        yield own
    finally:
        with own.app_context():
            db.engine.dispose()
        vars(limiter).clear()
        vars(limiter).update(shared)


@pytest.fixture(params=["redis", "no redis"])
def strict(request: pytest.FixtureRequest, app: Flask, settings: Settings) -> Iterator[Flask]:
    """An application that lets a password be tried three times."""
    redis_url = settings.redis_url if request.param == "redis" else NOBODY_LISTENS
    with own_app(replace(settings, sign_in_limit=f"{LIMIT} per 5 minutes", redis_url=redis_url)) as own:
        if request.param == "redis":
            limiter.reset()
        yield own


def attempt(app: Flask, name: str, password: str = "wrong", address: str = HERE) -> TestResponse:
    """One try, each in a browser of its own."""
    page = Page(app)
    form = {"csrf_token": page.csrf_token(), "username": name, "password": password}
    return page._send(page.client.post, "/login", data=form, environ_base={"REMOTE_ADDR": address})


def wrong_tries(app: Flask, count: int, name: str = "otto", address: str = HERE) -> list[int]:
    return [attempt(app, name, address=address).status_code for _ in range(count)]


def test_after_three_wrong_tries_even_the_right_password_has_to_wait(strict: Flask, cast: Cast) -> None:
    assert cast.operator.username == "otto"
    assert wrong_tries(strict, LIMIT) == [422] * LIMIT
    refused = attempt(strict, "otto", PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 301, "five minutes, rounded up to whole seconds"
    assert "There were too many wrong tries" in refused.get_data(as_text=True)


def test_a_name_is_protected_from_tries_of_many_addresses(strict: Flask, cast: Cast) -> None:
    assert cast.operator.username == "otto"
    for number in range(LIMIT):
        assert attempt(strict, "otto", address=f"203.0.113.{number}").status_code == 422
    assert attempt(strict, " OTTO ", PASSWORD, THERE).status_code == 429


def test_an_address_cannot_try_many_names(strict: Flask, cast: Cast) -> None:
    assert cast.operator.username == "otto"
    for number in range(LIMIT):
        assert attempt(strict, f"name-{number}").status_code == 422
    assert attempt(strict, "otto", PASSWORD).status_code == 429
    assert attempt(strict, "otto", PASSWORD, THERE).status_code == 303


def test_a_network_of_ipv6_is_one_address(strict: Flask) -> None:
    for number in range(LIMIT):
        assert attempt(strict, f"name-{number}", address=f"2001:db8::{number + 1}").status_code == 422
    assert attempt(strict, "another", address="2001:db8::ffff").status_code == 429
    assert attempt(strict, "another", address="2001:db8:0:1::1").status_code == 422


def test_a_whole_shift_may_sign_in_from_one_address(strict: Flask, cast: Cast) -> None:
    assert cast.operator.username == "otto"
    assert [attempt(strict, "otto", PASSWORD).status_code for _ in range(LIMIT + 2)] == [303] * (LIMIT + 2)


def test_the_form_itself_can_always_be_read(strict: Flask) -> None:
    wrong_tries(strict, LIMIT + 1)
    Page(strict).get("/login")


def test_the_refusal_is_a_page_with_the_form(strict: Flask) -> None:
    wrong_tries(strict, LIMIT)
    page = Page(strict).get("/login", environ_base={"REMOTE_ADDR": HERE})
    page.submit("form[action='/login']", status=429, username="otto", password="wrong")
    # The form above went out from another address; the name alone was enough.
    assert page.one("#username")["value"] == "otto"
    assert not page.one("#password").get("value")


def test_the_current_password_of_an_account_cannot_be_tried_for_ever(strict: Flask, cast: Cast) -> None:
    page = Page(strict).sign_in(cast.viewer).get("/account")
    typed = {
        "current_password": "wrong",
        "new_password": "a gull on a crane",
        "repeated_password": "a gull on a crane",
    }
    for _ in range(LIMIT):
        page.get("/account").submit("#password-form", status=422, **typed)
    page.get("/account").submit("#password-form", status=429, **typed | {"current_password": PASSWORD})
    assert "There were too many wrong tries" in page.text


def test_a_redis_that_dies_and_comes_back_breaks_no_sign_in(
    app: Flask, settings: Settings, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.operator.username == "otto"
    with own_app(
        replace(settings, sign_in_limit=f"{LIMIT} per 5 minutes", redis_url=f"unix://{tmp_path}/redis.sock")
    ) as own:
        with embedded_redis(tmp_path):
            assert wrong_tries(own, LIMIT) == [422] * LIMIT
            assert attempt(own, "otto", PASSWORD).status_code == 429
        # Memory starts to count from nothing, but it does count.
        assert attempt(own, "otto", PASSWORD).status_code == 303
        assert wrong_tries(own, LIMIT) == [422] * LIMIT
        assert attempt(own, "otto", PASSWORD).status_code == 429
        with embedded_redis(tmp_path):
            a_minute_later(monkeypatch)
            assert attempt(own, "otto", PASSWORD).status_code == 303
            assert limiter.storage.check()
            assert wrong_tries(own, LIMIT, name="susan", address=THERE) == [422] * LIMIT
            keys = limiter.storage.get_connection().keys("LIMITS*")  # type: ignore[attr-defined]
            assert len(keys) == 2, "one for the name and one for the address, in Redis again"


def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flask-Limiter asks a lost Redis again after a pause that doubles up to a minute."""
    later = time.time() + 61
    monkeypatch.setattr("flask_limiter._extension.time", SimpleNamespace(time=lambda: later))

"""The session cookie: what it says is remembered, but never for longer than it holds, and never changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, session
from itsdangerous import TimestampSigner

from webapp.web.session_cookie import SessionCookie


@pytest.fixture
def site() -> Flask:
    app = Flask(__name__)
    app.secret_key = "a key for tests"
    app.session_interface = SessionCookie()
    app.permanent_session_lifetime = timedelta(hours=1)
    return app


def written(site: Flask, **said: object) -> str:
    serializer = SessionCookie().get_signing_serializer(site)
    assert serializer is not None
    return str(serializer.dumps(said))


def told(site: Flask, cookie: str, do: Callable[[], object] = lambda: None) -> dict[str, object]:
    """What a request with this cookie finds in its session, after which it does something."""
    with site.test_request_context(headers={"Cookie": f"session={cookie}"}):
        found = {key: list(value) if isinstance(value, list) else value for key, value in session.items()}
        do()
        return found


def test_a_cookie_says_the_same_at_every_request(site: Flask) -> None:
    cookie = written(site, person="otto")
    assert [told(site, cookie) for _ in range(3)] == [{"person": "otto"}] * 3


def test_what_a_request_changes_in_its_session_no_other_sees(site: Flask) -> None:
    cookie = written(site, seen=["a"])
    told(site, cookie, lambda: session["seen"].append("b"))
    told(site, cookie, lambda: session.update(person="otto"))
    assert told(site, cookie) == {"seen": ["a"]}


def test_a_cookie_that_was_read_ends_like_any_other(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) - 3500)
    cookie = written(site, person="otto")
    assert told(site, cookie) == {"person": "otto"}
    site.permanent_session_lifetime = timedelta(seconds=3000)
    assert told(site, cookie) == {}
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + 500)
    assert told(site, written(site, person="otto")) == {}, "signed in the future"


def test_what_others_signed_or_changed_says_nothing(site: Flask) -> None:
    stranger = Flask(__name__)
    stranger.secret_key = "another key"
    cookie = written(site, person="otto")
    for bad in (written(stranger, person="otto"), cookie[:-1], cookie.replace(".", "", 1), "", "nonsense"):
        assert told(site, bad) == {}
    site.secret_key = "a new key"
    assert told(site, cookie) == {}

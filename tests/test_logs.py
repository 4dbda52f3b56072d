"""What the log and Sentry are told, and what they must never know."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sentry_sdk
import structlog
from sqlalchemy.exc import DBAPIError

from tests.cast import PASSWORD, Cast
from tests.page import Page
from webapp import logs
from webapp.config import Mode, Settings
from webapp.database import engine_options
from webapp.extensions import db


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    """The log as production writes it."""
    logs.configure(replace(settings, mode=Mode.PRODUCTION))
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    logs.configure(settings)


def events(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_each_request_is_a_line_with_ids(page: Page, cast: Cast, written: io.StringIO) -> None:
    page.sign_in(cast.viewer).get("/account")
    (line,) = [event for event in events(written) if event["event"] == "request_finished"]
    assert line["endpoint"] == "accounts.index"
    assert line["status"] == 200
    assert line["method"] == "GET"
    assert line["user_id"] == cast.viewer.id
    assert line["request_id"] == page.response.headers["X-Request-Id"]
    assert line["duration_ms"] > 0


def test_machines_that_ask_every_second_fill_no_log(page: Page, written: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/static/brand.svg"):
        page.response = page._send(page.client.get, path)
    assert events(written) == []


def test_signing_in_is_told_without_name_or_password(page: Page, cast: Cast, written: io.StringIO) -> None:
    assert cast.operator.username == "otto"
    for password in ("wrong horse battery", PASSWORD):
        typed = {"username": "otto", "password": password}
        page.response = page._send(page.client.post, "/login", data={"csrf_token": page.csrf_token()} | typed)
    names = [event["event"] for event in events(written)]
    assert {"sign_in_failed", "signed_in"} <= set(names)
    for secret in ("wrong horse", PASSWORD, "otto", "Otto"):
        assert secret not in written.getvalue()
    with page.client.session_transaction() as session:
        assert session["_user_id"] not in written.getvalue()


def test_a_search_is_not_written_down(page: Page, cast: Cast, written: io.StringIO) -> None:
    page.sign_in(cast.viewer).get("/fulfillments?q=rita@example.org")
    assert "rita" not in written.getvalue()


def test_an_error_comes_with_its_trace_in_one_line(written: io.StringIO) -> None:
    try:
        1 / 0  # noqa: B018 - for the error it raises
    except ZeroDivisionError:
        structlog.get_logger().exception("broke")
        logging.getLogger("another.library").exception("broke too")
    first, second = events(written)
    assert "ZeroDivisionError: division by zero" in first["exception"]
    assert "ZeroDivisionError: division by zero" in second["exception"]


def test_an_error_of_the_database_does_not_repeat_the_values(app: Any) -> None:
    with pytest.raises(DBAPIError) as caught, db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT no_such_column FROM users")
    assert "hidden" in str(caught.value) or "parameters" not in str(caught.value)
    assert engine_options(db.engine.url)["hide_parameters"] is True


def test_sentry_is_not_started_without_an_address(settings: Settings) -> None:
    logs.configure(settings)
    assert not sentry_sdk.is_initialized()


def test_sentry_learns_no_more_than_where_it_happened() -> None:
    event = {
        "request": {
            "method": "POST",
            "url": "https://dockside.example/fulfillments?q=rita@example.org#x",
            "query_string": "q=rita@example.org",
            "cookies": {"dockside": "token"},
            "headers": {"Authorization": "Bearer x"},
            "data": {"password": "secret"},
        }
    }
    assert logs.without_personal_data(event, {})["request"] == {
        "method": "POST",
        "url": "https://dockside.example/fulfillments",
    }

"""What machines ask: is it up, is it ready, what has it counted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from tests.factories import Factory
from tests.page import Page
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.statuses import RunKind

NOBODY_LISTENS = "redis://127.0.0.1:9/0"
Changed = Callable[..., None]


@pytest.fixture
def changed(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Changed:
    """Give the application other settings while the test lasts."""

    def change(**values: Any) -> None:
        monkeypatch.setitem(app.extensions, "settings", replace(settings, **values))

    return change


@pytest.fixture
def unmigrated(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=make_url(f"sqlite:///{tmp_path / 'empty.sqlite3'}")))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_it_lives(page: Page) -> None:
    page.get("/healthz")
    assert page.response.json == {"status": "ok"}


def test_it_lives_without_a_database(unmigrated: Flask) -> None:
    assert unmigrated.test_client().get("/healthz").status_code == 200


def test_it_is_ready(page: Page) -> None:
    page.get("/readyz")
    assert page.response.json == {"status": "ok", "database": "ok", "redis": "ok"}


def test_it_is_ready_without_redis_but_says_so(page: Page, changed: Changed) -> None:
    changed(redis_url=NOBODY_LISTENS)
    page.get("/readyz")
    assert page.response.json == {"status": "ok", "database": "ok", "redis": "unreachable"}


def test_it_is_not_ready_before_the_migrations(unmigrated: Flask) -> None:
    answer = unmigrated.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "unavailable"
    assert answer.json["database"] == "not migrated"


def test_it_is_not_ready_without_a_database(settings: Settings, tmp_path: Path) -> None:
    app = create_app(replace(settings, database_url=make_url(f"sqlite:///{tmp_path / 'no' / 'folder.sqlite3'}")))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] == "unreachable"


def test_the_answers_are_not_kept(page: Page) -> None:
    assert page.get("/readyz").response.headers["Cache-Control"] == "no-store"


def scrape(page: Page, status: int = 200, *, address: str = "127.0.0.1", **headers: str) -> str:
    options = {"environ_base": {"REMOTE_ADDR": address}, "headers": headers}
    return page.get("/metrics", status=status, **options).response.get_data(as_text=True)


def test_this_machine_may_read_the_metrics(page: Page, make: Factory) -> None:
    runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=make.shipment().id)
    page.get("/healthz")
    text = scrape(page)
    assert 'dockside_runs{state="queued"} 1.0' in text
    assert 'dockside_requests_total{endpoint="health.healthz",method="GET",status="200"}' in text
    assert "dockside_redis_up 1.0" in text
    assert "dockside_database_up 1.0" in text


def test_metrics_say_that_redis_is_down(page: Page, changed: Changed) -> None:
    changed(redis_url=NOBODY_LISTENS)
    assert "dockside_redis_up 0.0" in scrape(page)


def test_another_machine_needs_the_token(page: Page, changed: Changed) -> None:
    changed(metrics_token="a-token-for-prometheus")
    scrape(page, 403, address="10.0.0.7")
    scrape(page, 403, address="10.0.0.7", Authorization="Bearer another-token")
    scrape(page, 403, address="10.0.0.7", Authorization="Basic YTpi")
    scrape(page, 403, address="10.0.0.7", Authorization="Bearer ünfit")
    assert "dockside_runs" in scrape(page, address="10.0.0.7", Authorization="Bearer a-token-for-prometheus")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer None", ""])
def test_without_a_configured_token_no_token_fits(page: Page, header: str) -> None:
    scrape(page, 403, address="10.0.0.7", Authorization=header)


def test_a_forwarded_request_is_not_from_this_machine(page: Page) -> None:
    scrape(page, 403, **{"X-Forwarded-For": "203.0.113.9"})


def test_invented_addresses_and_methods_make_no_series(page: Page) -> None:
    page.get("/invented-address", status=404)
    page.app.test_client().open("/healthz", method="BREW")
    text = scrape(page)
    assert "invented-address" not in text
    assert "BREW" not in text
    assert 'endpoint="unknown",method="GET",status="404"' in text

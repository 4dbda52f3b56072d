"""A worker that runs here and now, over a real Redis, and a sandbox it may call over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stamina
from flask import Flask
from redis import Redis

from jobs import context, sweeper
from tests.dying_worker import die_at
from tests.factories import Factory
from tests.workers import work_off
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount
from webapp.providers.http import Timing
from webapp.queue import ACTIONS
from webapp.sandbox import SandboxControl, running
from webapp.sandbox.faults import Fault
from webapp.sandbox.shiphero_access import REFRESH_TOKEN
from webapp.sandbox.shipstation import API_KEY, API_SECRET
from webapp.sandbox.shopify_access import ACCESS_TOKEN
from webapp.schema import now
from webapp.services import export_storage, provider_questions, runs_sweep

Drain = Callable[..., None]
Kill = Callable[[str, str], None]


class Silenceable(SandboxControl):
    """The sandbox's control, which knows how long a call may take: not long, while it is told to stay silent."""

    timing = Timing(connect=2, read=5)

    def fault(self, system: str, fault: Fault, **where: Any) -> None:
        super().fault(system, fault, **where)
        if fault is Fault.SILENCE:
            self.timing = replace(self.timing, read=0.4)

    def clear_faults(self, system: str) -> None:
        super().clear_faults(system)
        self.timing = type(self).timing


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as connection:
        connection.flushall()
        yield connection
        connection.flushall()


@pytest.fixture
def drain(app: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Drain:
    """Works off a queue with the application of the test, until it is empty."""
    monkeypatch.setattr(context, "application", lambda: app)

    def until_empty(queue: str = ACTIONS) -> None:
        db.session.commit()
        work_off(queue, redis)
        db.session.expire_all()

    return until_empty


@pytest.fixture
def kill(app: Flask, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Kill:
    """Lets a worker process begin with what waits and die at a point; then the sweeper comes by."""
    monkeypatch.setattr(sweeper, "application", lambda: app)
    monkeypatch.setattr(runs_sweep, "settings", lambda: replace(settings, run_stale_after=timedelta(0)))

    def at(queue: str, point: str) -> None:
        db.session.rollback()
        assert die_at(queue, point, settings)
        sweeper.sweep()

    return at


@pytest.fixture
def nothing_stored(app: Flask) -> None:
    """An empty place for the files of exports, which outlives the database of a test."""
    for folder in export_storage.folders():
        export_storage.remove(folder)


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    with running(rate_limits=False) as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxControl]:
    """The providers' stand-in, empty; calls to it are repeated without waiting and give up soon."""
    options = provider_questions._door_options
    with Silenceable(sandbox_url) as control, stamina.set_testing(True, attempts=3, cap=True):
        monkeypatch.setattr(provider_questions, "_door_options", lambda: replace(options(), timing=control.timing))
        control.reset()
        yield control
        control.reset()


@pytest.fixture
def account(make: Factory, sandbox_url: str) -> ProviderAccount:
    return make.provider_account(
        base_url=f"{sandbox_url}/shipstation", credentials={"api_key": API_KEY, "api_secret": API_SECRET}
    )


@pytest.fixture
def hero(make: Factory, sandbox_url: str) -> ProviderAccount:
    return make.provider_account(
        "shiphero", base_url=f"{sandbox_url}/shiphero", credentials={"refresh_token": REFRESH_TOKEN}
    )


@pytest.fixture
def shipment(make: Factory, account: ProviderAccount, sandbox: SandboxControl) -> Fulfillment:
    """A packed shipment whose order waits at ShipStation."""
    shipment = make.shipment(account=account)
    ids = sandbox.load(
        "shipstation",
        [{"number": shipment.fulfillment_number, "lines": [{"sku": "NWP-011", "quantity": 2}]}],
    )
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    return shipment


@pytest.fixture
def shop(make: Factory, sandbox_url: str, sandbox: SandboxControl) -> ProviderAccount:
    """A sales channel with an account at the sandbox's shop, which has the order #1001."""
    account = make.channel_account(
        base_url=f"{sandbox_url}/shopify",
        credentials={"access_token": ACCESS_TOKEN},
        settings={"points_per_second": 10_000},  # Tests go faster than any shop allows.
    )
    sandbox.load("shopify", [{"number": "#1001", "lines": [{"sku": "NWP-011", "quantity": 4}]}])
    return account


@pytest.fixture
def parcel(make: Factory, shop: ProviderAccount) -> Fulfillment:
    """A shipment that left just now, of which the channel knows nothing yet."""
    order = make.order(customer_reference="#1001")
    return make.shipment(
        order=order, status="fulfilled", tracking_number="1Z999AA1", carrier="UPS", fulfilled_at=now()
    )

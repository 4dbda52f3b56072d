"""A running sandbox, an account on it, and doors that wait for nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import stamina

from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import Exchange, ProviderAccountRecord, Record
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.rate_limits import Clock, RateLimit
from webapp.providers.shapes import JsonValue
from webapp.providers.shipfusion.adapter import ShipfusionAdapter
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.providers.shopify.adapter import ShopifyAdapter
from webapp.providers.starshipit.adapter import StarshipitAdapter
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.sandbox import SandboxControl, running
from webapp.sandbox import trackstar as star_sandbox
from webapp.sandbox import veracore_access as core_sandbox
from webapp.sandbox.amazon_mcf_access import CREDENTIALS
from webapp.sandbox.shipfusion import PASSWORD, USERNAME
from webapp.sandbox.shiphero_access import REFRESH_TOKEN
from webapp.sandbox.shipstation import API_KEY, API_SECRET
from webapp.sandbox.shopify_access import ACCESS_TOKEN
from webapp.sandbox.starshipit import API_KEY as SHIPIT_KEY
from webapp.sandbox.starshipit import SUBSCRIPTION_KEY

# Each account has its own rate limit, which outlives a test; a new account each time starts afresh.
_account_ids = count(1)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FakeTime:
    """Time that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: NOON, monotonic=lambda: self.slept, sleep=self.sleep)


@pytest.fixture(autouse=True)
def _repeats_without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    with running(rate_limits=False) as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[SandboxControl]:
    with SandboxControl(sandbox_url) as control:
        control.reset()
        for system in control.played()["systems"]:
            control.limit_rate(system, enabled=False)
        yield control
        control.reset()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def options(fake_time: FakeTime) -> DoorOptions:
    """A read time-out that a busy machine keeps, and a budget that only fake waiting uses up."""
    return DoorOptions(allow_sandbox=True, timing=Timing(read=5, budget=30), clock=fake_time.clock())


@pytest.fixture
def account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="shipstation",
        name="Main",
        base_url=f"{sandbox_url}/shipstation",
        credentials={"api_key": API_KEY, "api_secret": API_SECRET},
    )


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


def _opener(kind: Any, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> Iterator[Any]:
    """Opens adapters on the sandbox, or on another account or with other options, and closes them in the end.

    Settings given by name are put over the account's own.
    """
    with ExitStack() as opened:

        def open_one(
            on: ProviderAccountRecord = account, using: DoorOptions = options, **settings: JsonValue
        ) -> Any:
            on = replace(on, settings={**on.settings, **settings})
            return opened.enter_context(closing(kind(on, using, record)))

        yield open_one


OpenAdapter = Callable[..., ShipStationAdapter]


@pytest.fixture
def open_adapter(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenAdapter]:
    yield from _opener(ShipStationAdapter, account, options, exchanges.append)


@pytest.fixture
def adapter(open_adapter: OpenAdapter) -> ShipStationAdapter:
    return open_adapter()


@pytest.fixture
def hero_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="shiphero",
        name="Main",
        base_url=f"{sandbox_url}/shiphero",
        credentials={"refresh_token": REFRESH_TOKEN},
    )


OpenHero = Callable[..., ShipHeroAdapter]


@pytest.fixture
def open_hero(
    hero_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenHero]:
    yield from _opener(ShipHeroAdapter, hero_account, options, exchanges.append)


@pytest.fixture
def hero(open_hero: OpenHero) -> ShipHeroAdapter:
    return open_hero()


@pytest.fixture
def amazon_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="fba",
        name="Main",
        base_url=f"{sandbox_url}/fba",
        credentials=CREDENTIALS,
    )


OpenAmazon = Callable[..., AmazonMcfAdapter]


@pytest.fixture
def open_amazon(
    amazon_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenAmazon]:
    yield from _opener(AmazonMcfAdapter, amazon_account, options, exchanges.append)


@pytest.fixture
def amazon(open_amazon: OpenAmazon) -> AmazonMcfAdapter:
    return open_amazon()


@pytest.fixture
def shipit_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="starshipit",
        name="Main",
        base_url=f"{sandbox_url}/starshipit",
        credentials={"api_key": SHIPIT_KEY, "subscription_key": SUBSCRIPTION_KEY},
        settings={"calls_per_second": 20},  # As for an approved account; two would keep tests waiting.
    )


OpenShipit = Callable[..., StarshipitAdapter]


@pytest.fixture
def open_shipit(
    shipit_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenShipit]:
    yield from _opener(StarshipitAdapter, shipit_account, options, exchanges.append)


@pytest.fixture
def shipit(open_shipit: OpenShipit) -> StarshipitAdapter:
    return open_shipit()


@pytest.fixture
def fusion_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="shipfusion",
        name="Main",
        base_url=f"{sandbox_url}/shipfusion",
        credentials={"username": USERNAME, "password": PASSWORD},
        settings={"warehouse": "IL"},
    )


OpenFusion = Callable[..., ShipfusionAdapter]


@pytest.fixture
def open_fusion(
    fusion_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenFusion]:
    yield from _opener(ShipfusionAdapter, fusion_account, options, exchanges.append)


@pytest.fixture
def fusion(open_fusion: OpenFusion) -> ShipfusionAdapter:
    return open_fusion()


@pytest.fixture
def shop_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="shopify",
        name="Main",
        base_url=f"{sandbox_url}/shopify",
        credentials={"access_token": ACCESS_TOKEN},
        settings={"points_per_second": 10_000},  # Tests go faster than any shop allows.
    )


OpenShop = Callable[..., ShopifyAdapter]


@pytest.fixture
def open_shop(
    shop_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenShop]:
    """Opens Shopify's adapter on the sandbox, or on another account or with other options, and closes it."""
    yield from _opener(ShopifyAdapter, shop_account, options, exchanges.append)


@pytest.fixture
def shop(open_shop: OpenShop) -> ShopifyAdapter:
    return open_shop()


@pytest.fixture
def star_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="trackstar",
        name="Main",
        base_url=f"{sandbox_url}/trackstar",
        credentials={"api_key": star_sandbox.API_KEY, "access_token": star_sandbox.ACCESS_TOKEN},
        settings={"connection_id": star_sandbox.CONNECTION_ID},
    )


OpenStar = Callable[..., TrackstarAdapter]


@pytest.fixture
def open_star(
    star_account: ProviderAccountRecord,
    options: DoorOptions,
    exchanges: list[Exchange],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenStar]:
    """Opens Trackstar's adapter on the sandbox, or on another account or with other options, and closes it.

    Ten calls a second would have a test wait that makes twelve of them.
    """
    monkeypatch.setattr("webapp.providers.trackstar.adapter.RATE_LIMIT", RateLimit(1_000, 1))
    yield from _opener(TrackstarAdapter, star_account, options, exchanges.append)


@pytest.fixture
def star(open_star: OpenStar) -> TrackstarAdapter:
    return open_star()


@pytest.fixture
def core_account(sandbox_url: str) -> ProviderAccountRecord:
    return ProviderAccountRecord(
        id=next(_account_ids),
        kind="veracore",
        name="Main",
        base_url=f"{sandbox_url}/veracore",
        credentials={
            "username": core_sandbox.USERNAME,
            "password": core_sandbox.PASSWORD,
            "system_id": core_sandbox.SYSTEM_ID,
        },
    )


OpenCore = Callable[..., VeraCoreAdapter]


@pytest.fixture
def open_core(
    core_account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenCore]:
    yield from _opener(VeraCoreAdapter, core_account, options, exchanges.append)


@pytest.fixture
def core(open_core: OpenCore) -> VeraCoreAdapter:
    return open_core()

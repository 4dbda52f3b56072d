"""A running sandbox, an account on it, and doors that wait for nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
import stamina

from webapp.providers.base import Exchange, ProviderAccountRecord
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.rate_limits import Clock
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl, running
from webapp.sandbox.shipstation import API_KEY, API_SECRET

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
        control.limit_rate("shipstation", enabled=False)
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


OpenAdapter = Callable[..., ShipStationAdapter]


@pytest.fixture
def open_adapter(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenAdapter]:
    """Opens adapters on the sandbox, or on another account or with other options, and closes them."""
    opened: list[ShipStationAdapter] = []

    def open_one(on: ProviderAccountRecord = account, using: DoorOptions = options) -> ShipStationAdapter:
        opened.append(ShipStationAdapter(on, using, exchanges.append))
        return opened[-1]

    yield open_one
    for adapter in opened:
        adapter.close()


@pytest.fixture
def adapter(open_adapter: OpenAdapter) -> ShipStationAdapter:
    return open_adapter()

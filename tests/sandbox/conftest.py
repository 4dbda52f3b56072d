"""A running sandbox whose rate limit bites."""

from collections.abc import Iterator

import httpx
import pytest

from webapp.sandbox import SandboxControl, running
from webapp.sandbox.shipstation import API_KEY, API_SECRET


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[SandboxControl]:
    with SandboxControl(sandbox_url) as control:
        control.reset()
        control.limit_rate("shipstation", enabled=True)
        yield control


@pytest.fixture
def shipstation(sandbox_url: str) -> Iterator[httpx.Client]:
    """ShipStation as any caller with good credentials sees it."""
    with httpx.Client(
        base_url=f"{sandbox_url}/shipstation", auth=(API_KEY, API_SECRET), trust_env=False
    ) as client:
        yield client

"""Thousands of random steps through the warehouse, on both databases; LEDGER_STEPS asks for more of them."""

import os
import sys
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.ledger_machine.machine import Warehouse, World
from webapp.extensions import db
from webapp.models import ProviderAccount
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shipstation import adapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.shipstation import API_KEY, API_SECRET

WANTED_STEPS = int(os.environ.get("LEDGER_STEPS", "1000"))
"""On each database; one walk has up to fifty of them and mostly all of them."""


def test_whatever_happens_the_rules_of_the_domain_hold(
    app: Flask,
    sandbox: SandboxControl,
    sandbox_url: str,
    drain: Drain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Forty calls a minute would make minutes of every walk; tests/providers prove that the limit is kept.
    monkeypatch.setattr(adapter, "RATE_LIMIT", RateLimit(calls=100_000, seconds=60))

    def account() -> ProviderAccount:
        keys = {"api_key": API_KEY, "api_secret": API_SECRET}
        return Factory().provider_account(base_url=f"{sandbox_url}/shipstation", credentials=keys)

    class ThisWarehouse(Warehouse):
        world = World(app, sandbox, drain, account, tmp_path)
        steps = 0

    run_state_machine_as_test(
        ThisWarehouse,
        settings=settings(
            max_examples=max(WANTED_STEPS // 32, 1),
            stateful_step_count=50,
            deadline=None,
            derandomize="LEDGER_STEPS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{ThisWarehouse.steps:,} steps on {db.engine.dialect.name}, done", file=sys.stderr)
    assert ThisWarehouse.steps >= WANTED_STEPS

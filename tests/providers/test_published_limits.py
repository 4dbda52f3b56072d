"""Two workers that go as fast as our limits let them are never told by a provider that they went too fast."""

import os
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain

import pytest

from tests.processes import at_once
from tests.providers.conftest import _account_ids
from tests.providers.flat_out import Errand, Told, flat_out
from webapp.providers.base import OrderReference, ProviderAccountRecord
from webapp.sandbox import SandboxControl, running

# How many calls use up a limit, and how much faster its time runs, so that each window is of two or three seconds:
# a busy machine is late by tenths of one. `PUBLISHED_LIMITS=real` lets time run as it does.
LIMITS = {
    "shipstation": (40, 20),
    "shipfusion": (60, 20),
    "veracore": (60, 20),
    "shiphero": (4_004 // 60, 20),
    "fba": (30, 5),
    "shopify": (20, 3),
    "starshipit": (2, 0.4),
    "trackstar": (10, 0.4),
}
IS_REAL = os.environ.get("PUBLISHED_LIMITS") == "real"
WORKERS = 2
ORDER = "SO-1.1"


@pytest.mark.slow
def test_two_workers_going_flat_out_are_never_turned_away_for_their_pace(
    redis_url: str,
    account: ProviderAccountRecord,
    hero_account: ProviderAccountRecord,
    amazon_account: ProviderAccountRecord,
    shipit_account: ProviderAccountRecord,
    fusion_account: ProviderAccountRecord,
    core_account: ProviderAccountRecord,
    shop_account: ProviderAccountRecord,
    star_account: ProviderAccountRecord,
) -> None:
    same = (account, hero_account, amazon_account, fusion_account, core_account, star_account)
    accounts = {one.kind: one for one in same}
    accounts |= {one.kind: replace(one, settings={}) for one in (shipit_account, shop_account)}
    with ExitStack() as stack:
        sandboxes: dict[float, str] = {}
        errands = []
        for kind, (limit, fast) in LIMITS.items():
            speed = 1.0 if IS_REAL else float(fast)
            if speed not in sandboxes:
                sandboxes[speed] = stack.enter_context(running(speed=speed))
            with SandboxControl(sandboxes[speed]) as control:
                external_id = control.load(kind, [{"number": ORDER}])[ORDER]
            there = replace(accounts[kind], id=next(_account_ids), base_url=f"{sandboxes[speed]}/{kind}")
            # Enough for the limit to be used up twice by the two together, and then some.
            errands.append(Errand(there, OrderReference(external_id, ORDER), max(limit * 9 // 8, 3), speed))
        told: list[Told] = list(chain(*at_once(WORKERS, flat_out, errands, redis_url)))

    problems = {one.kind: one.problems for one in told if one.problems}
    assert problems == {}
    calls = Counter[str]()
    for one in told:
        calls[one.kind] += one.calls
    assert all(calls[kind] >= 2 * limit for kind, (limit, _) in LIMITS.items())

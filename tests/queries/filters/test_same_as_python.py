"""The promise of the compiler: for any tree, both databases give the ids that a plain reading in Python gives.

`FILTER_TREES` sets how many trees the lists are tried with, and these are a quarter; a night's run takes 200,000.
"""

import json
import os
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.queries.filters.naive import OVERDUE_AFTER, SILENT_AFTER, Naive
from tests.queries.filters.trees import trees
from tests.queries.filters.world import EDGES, World, make_world
from webapp.models import Fulfillment
from webapp.queries import filters

TREES = int(os.environ.get("FILTER_TREES", "2000"))
WORLDS = 8
ZONES = [
    ZoneInfo(name)
    for name in (
        "America/Los_Angeles", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago",
        "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "UTC",
    )
]  # fmt: skip


@pytest.fixture(scope="module", params=range(WORLDS))
def world(request: pytest.FixtureRequest, engines: list[sa.Engine]) -> World:
    made = make_world(request.param)
    for engine in engines:
        made.insert(engine)
    return made


@settings(
    max_examples=max(1, TREES // 4 // WORLDS),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tree=trees(), zone=st.sampled_from(ZONES), now=st.sampled_from(EDGES))
def test_both_databases_answer_like_python(
    world: World, engines: list[sa.Engine], tree: dict[str, Any], zone: ZoneInfo, now: datetime
) -> None:
    for shipment in world.shipments:
        shipment["now"] = now
    expected = Naive(now, zone).ids(tree, world.shipments)
    group = filters.parse(json.dumps(tree), zone=zone)
    assert filters.parse(filters.to_text(group), zone=zone) == group
    limits = {"silent_before": now - SILENT_AFTER, "overdue_before": now - OVERDUE_AFTER}
    for engine in engines:
        for way in filters.Way:
            context = filters.Context(zone, now, engine.dialect.name == "sqlite", way, limits)
            assert answered(engine, filters.compile(group, context)) == expected, (engine.dialect.name, way)


def answered(engine: sa.Engine, where: sa.ColumnElement[bool]) -> set[int]:
    with engine.connect() as connection:
        found = list(connection.scalars(sa.select(Fulfillment.id).where(where)))
    assert len(found) == len(set(found)), "a shipment is listed twice"
    return set(found)

"""The list, its count and its pages both ways show exactly what a plain reading of the filter in Python gives.

The bounds that choose between walking, sampling and gathering are lowered, so that sixty shipments meet every way.
`FILTER_TREES` sets how many trees there are altogether.
"""

import json
import os
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.queries.filters.naive import Naive
from tests.queries.filters.trees import trees
from tests.queries.filters.world import NOW, World, make_world
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries import filters
from webapp.queries.filters import compiling, typed
from webapp.queries.fulfillments import Criteria, Page, Place, Sort, count, list_page
from webapp.queries.listing import criteria, gathered, pages, search
from webapp.queries.listing.keyset import SORT_KEYS
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE, Scope

TREES = int(os.environ.get("FILTER_TREES", "2000"))
WORLDS = 4
SORTS = [Sort(key, descending=descending) for key in SORT_KEYS for descending in (False, True)]
SCOPES = [EVERYWHERE, Scope(frozenset({1, 3})), Scope(frozenset())]


def walked(wanted: Criteria, sort: Sort, size: int) -> tuple[list[int], list[int]]:
    """The ids on all pages, from the top to the end and from there back to the top.

    A page that reaches the top is filled up, and then overlaps the one after it.
    """
    page = list_page(wanted, sort, size)
    there = ids_of(page)
    while page.after:
        page = list_page(wanted, sort, size, page.after)
        there += ids_of(page)
    back = ids_of(page)
    place: Place | None = page.before
    while place:
        page = list_page(wanted, sort, size, place)
        back = [id_ for id_ in ids_of(page) if id_ not in back] + back
        place = page.before
    return there, back


def ids_of(page: Page) -> list[int]:
    return [row.id for row in page.rows]


@pytest.fixture(scope="module", params=range(WORLDS))
def world(request: pytest.FixtureRequest, engines: list[sa.Engine]) -> World:
    made = make_world(100 + request.param)
    for engine in engines:
        made.insert(engine)
    return made


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SAMPLE": 8,
        "SHORT_SAMPLE": 5,
        "LONG_SAMPLE": 8,
        "MANY": 12,
        "_STRETCHES": (12, 20),
    }.items():
        monkeypatch.setattr(search, name, value)
    for module in (compiling, criteria):
        monkeypatch.setattr(module, "now", lambda: NOW)


@settings(
    max_examples=max(1, TREES // WORLDS),
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture
    ],
)  # fmt: skip
@given(tree=trees(), sort=st.sampled_from(SORTS), scope=st.sampled_from(SCOPES), size=st.sampled_from([13, 40]))
@pytest.mark.usefixtures("small_bounds")
def test_pages_and_count_show_what_python_finds(
    world: World, apps: list[Flask], tree: dict[str, Any], sort: Sort, scope: Scope, size: int
) -> None:
    zone = apps[0].extensions["settings"].business_time_zone
    for shipment in world.shipments:
        shipment["now"] = NOW.replace(second=0, microsecond=0)
    matching = Naive(NOW.replace(second=0, microsecond=0), zone).ids(tree, world.shipments)
    matching -= {one["row"]["id"] for one in world.shipments if not is_seen(one["row"], scope)}
    for app in apps:
        with app.app_context():
            db.session().info["reading"] = True
            wanted = Criteria(scope=scope, tab=Tab.ALL, filter=filters.parse(json.dumps(tree), zone=zone))
            expected = [id_ for id_ in in_order(sort) if id_ in matching]
            assert walked(wanted, sort, size) == (expected, expected)
            assert count(wanted).matching == len(expected)
            db.session.remove()


def is_seen(row: dict[str, Any], scope: Scope) -> bool:
    return scope.warehouse_ids is None or row["warehouse_id"] in scope.warehouse_ids


def in_order(sort: Sort) -> list[int]:
    """Every id in the order of the list, sorted in Python: empty values last, ties by id."""
    rows = db.session.execute(sa.select(Fulfillment.id, sort.column.label("value"))).all()
    filled = sorted(
        (r for r in rows if r.value is not None), key=lambda r: (r.value, r.id), reverse=sort.descending
    )
    empty = sorted((r for r in rows if r.value is None), key=lambda r: r.id, reverse=sort.descending)
    return [row.id for row in (*filled, *empty)]


@pytest.mark.usefixtures("small_bounds", "world")
def test_every_way_is_met(apps: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of these tests make the list gather, give up gathering, and walk."""
    asked: list[str] = []
    real_ids, real_walk = gathered.ids, pages._walk

    def ids(wanted: Criteria) -> list[int] | None:
        found = real_ids(wanted)
        asked.append("gathered" if found is not None else "too many")
        return found

    monkeypatch.setattr(gathered, "ids", ids)
    monkeypatch.setattr(pages, "_walk", lambda *given, **more: asked.append("walked") or real_walk(*given, **more))
    with apps[0].app_context():
        for text in ("id:<4", "id:>5", "id:>0"):
            group = typed.parse(text, zone=apps[0].extensions["settings"].business_time_zone)
            list_page(Criteria(scope=EVERYWHERE, tab=Tab.ALL, filter=group), Sort(descending=False), 25)
        db.session.remove()
    assert {"gathered", "too many", "walked"} <= set(asked)

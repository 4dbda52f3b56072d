"""Rows of an export are the rows of the list, in its order, for any filter and any sort, on both databases."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.queries.filters.trees import trees
from tests.queries.filters.world import World, make_world
from webapp.database import begin_snapshot
from webapp.extensions import db
from webapp.extensions import settings as running
from webapp.models import FulfillmentLine, Product
from webapp.queries import export_rows, filters
from webapp.queries.export_columns import COLUMNS_BY_KEY
from webapp.queries.export_rows import Listed
from webapp.queries.listing import kept, search
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import SORT_KEYS, Sort
from webapp.queries.listing.pages import page
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.statuses import ExportMode

COLUMNS = (COLUMNS_BY_KEY["id"], COLUMNS_BY_KEY["item_sku"])
SCOPES = [EVERYWHERE, Scope(frozenset({1, 2})), Scope(frozenset())]


@pytest.fixture(scope="module", params=range(2))
def world(request: pytest.FixtureRequest, engines: list[sa.Engine]) -> World:
    made = make_world(100 + request.param)
    for engine in engines:
        made.insert(engine)
    return made


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(
    tree=st.one_of(st.none(), trees(3)),
    key=st.sampled_from(SORT_KEYS),
    descending=st.booleans(),
    tab=st.sampled_from(list(Tab)),
    scope=st.sampled_from(SCOPES),
    text=st.sampled_from(["", "", "so-1", "1z999"]),
)
def test_an_export_has_the_rows_of_the_list_in_its_order(
    world: World, apps: list[Flask], tree: Any, key: str, descending: bool, tab: Tab, scope: Scope, text: str
) -> None:
    for app in apps:
        with app.app_context():
            group = filters.parse(json.dumps(tree) if tree else None, zone=running().business_time_zone)
            criteria = Criteria(scope=scope, tab=tab, filter=group, search=search.parse(text))
            sort = Sort(key, descending)
            stored = json.loads(json.dumps(kept.to_json(criteria, sort)))
            assert kept.from_json(stored, scope) == (criteria, sort)
            expected = listed(criteria, sort)
            assert exported(criteria, sort, ExportMode.SUMMARY) == [(id_,) for id_ in expected]
            assert exported(criteria, sort, ExportMode.LINE_ITEMS) == with_lines(expected)
            db.session.remove()


def listed(criteria: Criteria, sort: Sort) -> list[int]:
    """The ids on all pages of the list."""
    found = page(criteria, sort, 25)
    ids = [row.id for row in found.rows]
    while found.after:
        found = page(criteria, sort, 25, found.after)
        ids += [row.id for row in found.rows]
    return ids


def exported(criteria: Criteria, sort: Sort, mode: ExportMode) -> list[tuple[Any, ...]]:
    begin_snapshot(db.session())
    which = Listed(criteria)
    columns = COLUMNS if mode is ExportMode.LINE_ITEMS else COLUMNS[:1]
    rows = [tuple(row) for batch in export_rows.stream(which, sort, columns, mode) for row in batch]
    assert export_rows.size(which).rows(mode) == len(rows)
    db.session.rollback()
    return rows


def with_lines(ids: list[int]) -> list[tuple[int, str]]:
    lines: dict[int, list[str]] = {}
    statement = sa.select(FulfillmentLine.fulfillment_id, Product.sku).join(
        Product, Product.id == FulfillmentLine.product_id
    )
    for fulfillment_id, sku in db.session.execute(statement.order_by(FulfillmentLine.id)):
        lines.setdefault(fulfillment_id, []).append(sku)
    db.session.rollback()
    return [(id_, sku) for id_ in ids for sku in lines[id_]]

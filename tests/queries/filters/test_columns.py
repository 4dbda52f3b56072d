"""Every operator of every column, one by one, with a value that matches something."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.queries.filters.naive import OVERDUE_AFTER, SILENT_AFTER, VALUES, Naive
from tests.queries.filters.world import NOW, World, make_world
from webapp.models import Fulfillment
from webapp.queries import filters
from webapp.queries.filters.catalogue import COLUMNS, COLUMNS_BY_KEY, COLUMNS_BY_WORD
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.operators import Takes, operators_of
from webapp.queries.listing.keyset import SORT_KEYS

ZONE = ZoneInfo("America/Los_Angeles")
EVERY = [(column.key, operator) for column in COLUMNS for operator in operators_of(column)]
# The contract's own list of columns; the catalogue must have exactly these.
CONTRACT = {
    "shipment": "id fulfillment_number fulfillment_sequence tracking_number status fulfillment_type "
    "requested_shipping_method fulfilled_shipping_method backordered warehouse cost",
    "order": "sales_order_number customer_reference store sales_channel_type_name sales_order_shipping_method "
    "sales_order_tags",
    "customer": "customer_name customer_email customer_phone customer_company customer_address customer_city "
    "customer_province customer_province_code customer_zip customer_country customer_country_code",
    "items": "item_name item_sku item_quantity item_price item_nominal_code",
    "dates": "fulfilled_at packing_slip_printed_at created_at updated_at archived_at voided_at "
    "submitted_to_sales_channel_at",
    "ours": "provider_state delivery_problem voided void_reason voided_by",
}
TEXT = (
    "is is_not contains does_not_contain is_one_of is_not_one_of starts_with does_not_start_with ends_with "
    "does_not_end_with is_empty is_not_empty"
)
NUMBER = (
    "is is_not is_one_of greater_than less_than greater_than_or_equal less_than_or_equal between is_empty "
    "is_not_empty"
)
DATETIME = (
    f"{NUMBER} before after on_or_before on_or_after today yesterday tomorrow past_week past_month past_year "
    "next_week next_month next_year days_ago days_from_now past_days next_days"
)


@pytest.fixture(scope="module")
def world(engines: list[sa.Engine]) -> World:
    made = make_world(4711)
    for engine in engines:
        made.insert(engine)
    for shipment in made.shipments:
        shipment["now"] = NOW
    return made


def test_the_catalogue_has_the_columns_of_the_contract() -> None:
    assert [column.key for column in COLUMNS] == " ".join(CONTRACT.values()).split()
    assert len(COLUMNS_BY_KEY) == len(COLUMNS_BY_WORD) == len({column.label for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize(
    ("type_", "operators"),
    [
        (Type.TEXT, TEXT),
        (Type.NUMBER, NUMBER),
        (Type.MONEY, NUMBER),
        (Type.DATETIME, DATETIME),
        (Type.CHOICE, TEXT),
    ],
)
def test_a_type_has_the_operators_of_the_contract(type_: Type, operators: str) -> None:
    for column in COLUMNS:
        if column.type is type_:
            assert sorted(operators_of(column)) == sorted(operators.split())


def test_a_column_is_sortable_where_the_list_can_sort_by_it() -> None:
    assert {column.key for column in COLUMNS if column.sortable} == set(SORT_KEYS)


@pytest.mark.parametrize(("key", "operator"), EVERY, ids=[f"{key}.{operator}" for key, operator in EVERY])
def test_every_operator_of_every_column(world: World, engines: list[sa.Engine], key: str, operator: str) -> None:
    column = COLUMNS_BY_KEY[key]
    for value in _values(column, operator, world):
        condition = {"column": key, "operator": operator, "value": value}
        tree = {"conjunction": "and", "children": [{"type": "condition", "condition": condition}]}
        expected = Naive(NOW, ZONE).ids(tree, world.shipments)
        group = filters.parse(json.dumps(tree), zone=ZONE)
        limits = {"silent_before": NOW - SILENT_AFTER, "overdue_before": NOW - OVERDUE_AFTER}
        for engine in engines:
            for way in filters.Way:
                context = filters.Context(ZONE, NOW, engine.dialect.name == "sqlite", way, limits)
                with engine.connect() as connection:
                    found = connection.scalars(sa.select(Fulfillment.id).where(filters.compile(group, context)))
                    assert set(found) == expected, (engine.dialect.name, way, value)


def _values(column: Column, operator: str, world: World) -> list[Any]:
    """Values in question: what the first shipments have, in the form the operator takes."""
    kind, reach = VALUES[column.key]
    reached = [value for shipment in world.shipments[:12] for value in reach(shipment) if value not in {None, ""}]
    takes = operators_of(column)[operator].takes
    if takes is Takes.NOTHING:
        return [None]
    if takes is Takes.DAYS:
        return [1, 2, 30]
    if kind == "datetime":
        reached = [text for value in reached for text in (value.date().isoformat(), value.isoformat())]
    values = [value if isinstance(value, bool | int | str) else str(value) for value in reached] or ["2026-11-03"]
    if takes is Takes.MANY:
        return [values[:1], values]
    if takes is Takes.TWO:
        whole = sorted(values[::2] if kind == "datetime" else values, key=str if kind == "datetime" else float)
        return [[whole[0], whole[-1]], [whole[1 % len(whole)], whole[-1]]]
    return values[:6]

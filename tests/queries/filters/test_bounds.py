"""The largest filters that are allowed run on both databases."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from webapp.models import Fulfillment
from webapp.queries import filters
from webapp.queries.filters.catalogue import COLUMNS

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ASCII = "".join(chr(33 + number % 90) for number in range(1000))
GREEK = "".join(chr(0x391 + number % 50) for number in range(1000))
LONG = {
    "many terms": ("customer_name", "contains", ASCII),
    "many letters of two cases": ("customer_name", "contains", GREEK),
    "many of them alike": ("tracking_number", "is", GREEK),
    "a list of long texts": ("customer_name", "is_one_of", [f"{number}{ASCII[:300]}" for number in range(20)]),
    "a long list": ("tracking_number", "is_one_of", [f"T{number}" for number in range(1000)]),
    "a long list in Greek": ("customer_name", "is_one_of", [f"{number}{GREEK[:20]}" for number in range(1000)]),
    "a long list of amounts": ("cost", "is_one_of", [f"{number}.{number:04}" for number in range(1000)]),
    "a list of dates": ("created_at", "is_one_of", [f"{2000 + n}-01-01" for n in range(1000)]),
}  # fmt: skip


@pytest.mark.parametrize("conjunction", ["and", "or"])
@pytest.mark.parametrize("way", filters.Way)
@pytest.mark.parametrize(
    ("name", "times"),
    [*((name, 1) for name in LONG), ("a list of dates", 50), ("many terms", 50), ("a long list", 50)],
)
def test_it_runs(engines: list[sa.Engine], name: str, times: int, way: filters.Way, conjunction: Any) -> None:
    column, operator, value = LONG[name]
    condition = {"type": "condition", "condition": {"column": column, "operator": operator, "value": value}}
    group = filters.parse({"conjunction": conjunction, "children": [condition] * times}, zone=ZONE)
    _run(engines, group, way)


@pytest.mark.parametrize("way", filters.Way)
def test_one_condition_on_every_column_runs(engines: list[sa.Engine], way: filters.Way) -> None:
    children: tuple[Any, ...] = tuple(filters.Condition(column.key, "is", _values(column)) for column in COLUMNS)
    for _ in range(4):
        children = (filters.Group("or", children), filters.Condition("id", "greater_than", (1,)))
    _run(engines, filters.Group("or", children), way)


def _values(column: Any) -> tuple[Any, ...]:
    return {
        "text": ("Σx",),
        "number": (1,),
        "money": (1,),
        "datetime": (filters.spans.read("2026-11-03", ZONE),),
        "choice": tuple(option.value for option in column.options[:1]),
        "yes/no": (True,),
    }[column.type]


def _run(engines: list[sa.Engine], group: filters.Group, way: filters.Way) -> None:
    for engine in engines:
        limits = {"silent_before": NOW, "overdue_before": NOW}
        context = filters.Context(ZONE, NOW, engine.dialect.name == "sqlite", way, limits)
        with engine.connect() as connection:
            connection.execute(sa.select(Fulfillment.id).where(filters.compile(group, context))).all()

"""Narrowing the list from one of its cells: "only this" and "not this" for the values of a shipment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from flask import request, url_for

from webapp.errors import BadRequest
from webapp.queries import filters
from webapp.queries.cell_values import RowValues
from webapp.queries.filters import Condition, Group
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column, Type
from webapp.web import formatting
from webapp.web.filters import ListState

FILTERED_BY = {
    "status": ("status",),
    "provider": ("provider_state",),
    "customer": ("customer_name", "customer_city"),
    "order": ("sales_order_number",),
    "warehouse": ("warehouse",),
    "tracking": ("tracking_number",),
    "fulfilled_method": ("fulfilled_shipping_method",),
    "requested_method": ("requested_shipping_method",),
    "cost": ("cost",),
    "channel_state": ("submitted_to_sales_channel_at",),
    "store": ("sales_channel_type_name", "store"),
    "type": ("fulfillment_type",),
    "fulfilled_at": ("fulfilled_at",),
    "printed_at": ("packing_slip_printed_at",),
    "created_at": ("created_at",),
    "updated_at": ("updated_at",),
}
"""The columns of the list, and the columns of the filter whose values their cells show."""

_LACKED = {
    "tracking_number": "a tracking number",
    "fulfilled_shipping_method": "a method used",
    "requested_shipping_method": "a method asked for",
    "submitted_to_sales_channel_at": "word to the sales channel",
    "fulfilled_at": "a shipping date",
    "packing_slip_printed_at": "a printed slip",
}
"""What a shipment without a value is said to lack, where "a" and the column's name would read badly."""
_LONGEST_WORDS = 60


@dataclass(frozen=True)
class Choice:
    """One way to narrow the list: what the link says, and where it leads."""

    words: str
    url: str


@dataclass(frozen=True)
class CellValue:
    """A value of a shipment with its two ways."""

    label: str
    only: Choice
    other: Choice


def is_filterable(column: str) -> bool:
    """Whether the cells of this column of the list hold something to filter by."""
    return column in FILTERED_BY


def offered(row: RowValues, state: ListState, column: str = "") -> list[CellValue]:
    """What the values of a shipment offer on this list, of one of its columns or of all. Raises BadRequest."""
    if column and not is_filterable(column):
        raise BadRequest(
            f"There is no filter for the column {column[:60]!r}. There is for: {', '.join(FILTERED_BY)}."
        )
    return [_offer(COLUMNS_BY_KEY[key], row.values[key], state) for key in _keys(column)]


def narrowed(group: Group, condition: Condition) -> Group:
    """The filter that asks for this as well; the same condition is never there twice, also not switched off."""
    if group.conjunction == "or" and group.children:
        return Group("and", (group, condition))
    rest = tuple(child for child in group.children if not _is_same(child, condition))
    return Group("and", (*rest, condition))


def list_query() -> str:
    """The query string of the list that this request was made from, with its question mark; empty elsewhere.

    The lines of a row are the same on every list, so their link cannot know it.
    """
    came_from = urlsplit(request.referrer or "")
    is_list = (came_from.netloc, came_from.path) == (request.host, url_for("fulfillments.index"))
    return f"?{came_from.query}" if is_list and came_from.query else ""


def _keys(column: str) -> Iterator[str]:
    for name, keys in FILTERED_BY.items():
        if column in {"", name}:
            yield from keys


def _offer(column: Column, value: Any, state: ListState) -> CellValue:
    if value is None:
        lacked = _LACKED.get(column.key, f"a {column.label.lower()}")
        only, other = f"Only without {lacked}", f"With {lacked}"
        operators, given = ("is_empty", "is_not_empty"), None
    else:
        given, said = _given(column, value), _said(column, value)
        only, other, operators = f"Only {said}", f"Not {said}", ("is", "is_not")
    first, second = (_url(state, column, operator, given) for operator in operators)
    return CellValue(column.label, Choice(only, first), Choice(other, second))


def _url(state: ListState, column: Column, operator: str, value: str | None) -> str:
    group = narrowed(state.filter, _condition(column, operator, value))
    return url_for("fulfillments.index") + state.query(filter=group)


def _condition(column: Column, operator: str, value: str | None) -> Condition:
    """The condition as if it had been sent, so that it is written and compared like any other."""
    body = {"column": column.key, "operator": operator} | ({} if value is None else {"value": value})
    tree = {"conjunction": "and", "children": [{"type": "condition", "condition": body}]}
    (condition,) = filters.parse(tree, zone=formatting.business_zone()).parts()
    return condition  # type: ignore[return-value]  # What `parse` lets through has no broken parts.


def _is_same(node: object, condition: Condition) -> bool:
    return isinstance(node, Condition) and replace(node, off=False) == condition


def _given(column: Column, value: Any) -> str:
    """A stored value as the filter takes it; an instant stands for its day."""
    if column.type is Type.DATETIME:
        return _day(value).isoformat()
    return format(value, "f") if column.type is Type.MONEY else str(value)


def _said(column: Column, value: Any) -> str:
    match column.type:
        case Type.CHOICE:
            return {option.value: option.label for option in column.options}[value]
        case Type.MONEY:
            return formatting.money(value)
        case Type.DATETIME:
            pattern = "d MMM" if _day(value).year == formatting.today().year else "d MMM y"
            return str(format_date(_day(value), pattern, locale=formatting.locale()))
    words = str(value)
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"


def _day(instant: Any) -> date:
    day: date = instant.astimezone(formatting.business_zone()).date()
    return day

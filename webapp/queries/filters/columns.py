"""What there is to say about a column that a filter may name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute


class Type(StrEnum):
    """What a column holds; it decides the operators and how a value is read."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATETIME = "datetime"
    CHOICE = "choice"
    YES_NO = "yes/no"


class Section(StrEnum):
    """Where a column stands in the menu of columns; the value is its heading."""

    SHIPMENT = "Shipment"
    ORDER = "Order"
    CUSTOMER = "Customer"
    ITEMS = "Items (any line)"
    DATES = "Dates"
    OURS = "Provider and void"


class Trigrams(StrEnum):
    """Which trigram index finds the rows of a text column quickly; see webapp.queries.filters.trigrams."""

    NONE = "none"
    SHIPMENTS = "shipments"
    ORDERS = "orders"


@dataclass(frozen=True)
class Hop:
    """One step away from the shipment: rows of another table whose `to` equals the `start` of this one.

    Of a small table, such as the warehouses, the rows that match are always collected first. Of a modest one, such
    as the products, on PostgreSQL only: SQLite would look up each of them for each shipment.
    """

    start: InstrumentedAttribute[Any]
    to: InstrumentedAttribute[Any]
    is_small: bool = False
    is_modest: bool = False


@dataclass(frozen=True)
class Option:
    """A value a choice column may have, and its name for people."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column; `word` is its name in a typed filter.

    Each of its `parts` counts as a value; `within` holds for every shipment that has one.
    """

    key: str
    word: str
    label: str
    type: Type
    section: Section
    parts: tuple[sa.SQLColumnExpression[Any], ...]
    path: tuple[Hop, ...] = ()
    options: tuple[Option, ...] = ()
    within: sa.ColumnElement[bool] | None = None
    trigrams: Trigrams = Trigrams.NONE
    sortable: bool = False

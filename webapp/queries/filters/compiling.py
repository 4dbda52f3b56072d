"""From a filter to a condition in SQL, for either database and for list, count, export and bulk work alike.

A condition on another table can be asked in two ways, which always give the same answer. BY_SETS collects the ids
that match and is quick when they are few, however many shipments there are. BY_WALKING looks from each shipment to
its own rows and is quick when the list is walked in order and matches are common. What no row may match is always
asked by walking: collecting it would mean collecting nearly everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import visitors

from webapp.extensions import settings
from webapp.models import Fulfillment
from webapp.models.fulfillments import MAY_NEED_ATTENTION
from webapp.queries.filters import comparisons
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column, Hop, Trigrams, Type
from webapp.queries.filters.operators import operators_of
from webapp.queries.filters.problems import FilterError
from webapp.queries.filters.tree import Broken, Condition, Group, Node, Value
from webapp.queries.listing import attention
from webapp.schema import now

Where = sa.ColumnElement[bool]


class Way(Enum):
    """How conditions on other tables are asked."""

    BY_SETS = "by sets"
    BY_WALKING = "by walking"


@dataclass(frozen=True)
class Context:
    """What the answer depends on beside the filter: the business time zone, the moment, the database, the way.

    `attention_limits` are the bound values of the rules of what needs attention; they follow from the moment.
    """

    zone: ZoneInfo
    now: datetime
    on_sqlite: bool
    way: Way = Way.BY_SETS
    attention_limits: Mapping[str, Any] = field(default_factory=dict, compare=False)


def current_context(way: Way = Way.BY_SETS) -> Context:
    """The context of this application; its moment is the current minute, so that statements can be kept."""
    moment, running = now().replace(second=0, microsecond=0), settings()
    return Context(running.business_time_zone, moment, running.is_sqlite, way, attention.limits(running, moment))


def compile(group: Group, context: Context) -> Where:  # noqa: A001 - it is called as filters.compile
    """The filter as a condition on `fulfillments`; `true` for no filter. Raises FilterError for a broken one.

    The caller puts the person's scope beside it; nothing in here widens or narrows that.
    """
    if group.problems:
        raise FilterError(group.problems)
    return _group(group, context) if group.is_applied else sa.true()


def looks_elsewhere(node: Node) -> bool:
    """Whether a node asks another table than a small one, or an index that lies beside the shipments."""
    if isinstance(node, Group):
        return any(looks_elsewhere(child) for child in _applied(node))
    column = COLUMNS_BY_KEY[node.column] if isinstance(node, Condition) else None
    if column is None:
        return False
    return column.trigrams is not Trigrams.NONE or any(not hop.is_small for hop in column.path)


def _group(group: Group, context: Context) -> Where:
    children = _applied(group)
    if group.conjunction == "and":
        return sa.and_(*(_node(child, context) for child in children))
    if context.way is Way.BY_SETS and any(looks_elsewhere(child) for child in children):
        sets = [_ids(child, context) for child in children]
        if len(sets) > 1 and all(ids is not None for ids in sets):
            # Ids gathered from each side are few where a test of "either" on every shipment would be many.
            return Fulfillment.id.in_(sa.union(*(ids for ids in sets if ids is not None)))
    return sa.or_(*(_node(child, context) for child in children))


def _applied(group: Group) -> list[Node]:
    return [child for child in group.children if (child.is_applied if isinstance(child, Group) else not child.off)]


def _node(node: Node, context: Context) -> Where:
    if isinstance(node, Group):
        return _group(node, context)
    return _condition(_whole(node), context)


def _whole(node: Condition | Broken) -> Condition:
    if isinstance(node, Broken):  # A filter that is switched on and broken was refused before.
        raise FilterError(node.problems)
    return node


def _condition(condition: Condition, context: Context) -> Where:
    column = COLUMNS_BY_KEY[condition.column]
    operator = operators_of(column)[condition.operator]
    walking = replace(context, way=Way.BY_WALKING)
    if operator.key == "is_empty" and column.parts and not column.path:
        return sa.and_(*(comparisons.is_empty(column, part) for part in column.parts))
    if operator.key in {"is_empty", "is_not_empty"}:
        filled = _any(column, "is_not_empty", condition.values, walking)
        return filled if operator.opposite_of else _none(filled)
    if operator.opposite_of:
        return _none(_any(column, operator.opposite_of, condition.values, walking))
    return _any(column, operator.same_as or operator.key, condition.values, context)


def _none(positive: Where) -> Where:
    """Neither the test nor an unknown answer to it: the exact opposite, also where a value is missing."""
    return positive.is_not(sa.true())


def _any(column: Column, operator: str, values: Sequence[Value], context: Context) -> Where:
    """Some value that the shipment reaches by this column passes the test."""
    if not column.parts:
        return _needs_attention(comparisons.chosen(column.options, operator, values), context)
    tests = (_test(column, part, operator, values, context) for part in column.parts)
    return _reached(column, sa.or_(*tests), context)


def _test(column: Column, part: Any, operator: str, values: Sequence[Any], context: Context) -> Where:
    """One value of the column passes."""
    if operator == "is_not_empty":
        return comparisons.is_filled(column, part)
    match column.type:
        case Type.TEXT:
            indexed = context.way is Way.BY_SETS
            return comparisons.text(column, part, operator, values, on_sqlite=context.on_sqlite, indexed=indexed)
        case Type.NUMBER | Type.MONEY:
            return comparisons.number(column, part, operator, values, on_sqlite=context.on_sqlite)
        case Type.DATETIME:
            return comparisons.moment(
                part, operator, values, now=context.now, zone=context.zone, on_sqlite=context.on_sqlite
            )
        case Type.CHOICE:
            return comparisons.choice(column, part, operator, values)
        case Type.YES_NO:
            return comparisons.yes_no(part, values[0])


def _reached(column: Column, test: Where, context: Context) -> Where:
    for hop in reversed(column.path):
        test = _across(hop, test, context)
    return test if column.within is None else sa.and_(column.within, test)


def _across(hop: Hop, test: Where, context: Context) -> Where:
    matching: sa.Select[Any] = sa.select(hop.to).where(test).correlate(None)
    if (hop.is_small or hop.is_modest) and not context.on_sqlite:
        # An array is put together once; a set could be turned into a join, planned for a table of any size.
        return hop.start == sa.any_(sa.func.array(matching.scalar_subquery(), type_=ARRAY(sa.BigInteger)))
    if context.way is Way.BY_SETS or hop.is_small:
        return hop.start.in_(matching)
    # Not written as EXISTS, which PostgreSQL would turn into a join over all rows of both tables.
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(hop.to.class_)
    found = found.where(hop.to == hop.start, test).limit(sa.literal_column("1"))
    return found.correlate(hop.start.class_).scalar_subquery().is_not(None)


def _needs_attention(keys: list[str], context: Context) -> Where:
    """Some of these rules holds."""
    rules = sa.or_(sa.false(), *(rule.condition for rule in attention.RULES if rule.key in keys))

    def with_value(element: Any, **_: Any) -> Any:
        known = isinstance(element, sa.BindParameter) and element.key in context.attention_limits
        return sa.literal(context.attention_limits[element.key], element.type) if known else None

    bound: Where = visitors.replacement_traverse(rules, {}, with_value)
    return sa.and_(*MAY_NEED_ATTENTION, bound)


def _ids(node: Node, context: Context) -> sa.Select[Any] | None:
    """The ids a node matches, where they can be gathered without asking every shipment; else None."""
    if not _can_be_gathered(node):
        return None
    return sa.select(Fulfillment.id).where(_node(node, context)).correlate(None)


def _can_be_gathered(node: Node) -> bool:
    if isinstance(node, Group):
        each = [_can_be_gathered(child) for child in _applied(node)]
        return any(each) if node.conjunction == "and" else all(each)
    if not isinstance(node, Condition):
        return False
    column = COLUMNS_BY_KEY[node.column]
    operator = operators_of(column)[node.operator]
    return not operator.opposite_of and not (operator.key == "is_empty" and column.path)

"""Which shipments a statement is about, and in which way its search is answered."""

from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from webapp.queries import filters
from webapp.queries.filters import Context, Group
from webapp.queries.listing import tabs
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope


class Way(Enum):
    """How a search is answered, see webapp.queries.listing.search."""

    NONE = "none"
    BY_WALKING = "by walking"
    BY_IDS = "by ids"
    BY_TRIGRAMS = "by trigrams"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which shipments: the part of a shape that rows and counts share."""

    scope: Scope
    tab: Tab = Tab.ACTIVE
    warehouse_ids: frozenset[int] = frozenset()
    way: Way = Way.NONE
    word_count: int = 0
    on_sqlite: bool = False
    filter: Group = filters.NOTHING
    context: Context | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What holds for each of them, but for the search."""
        return [*self.without_filter(), *self.filter_conditions()]

    def without_filter(self) -> list[sa.ColumnElement[bool]]:
        """What holds for each of them, but for the search and the filter."""
        return [self._warehouses(), tabs.RULES[self.tab]]

    def filter_conditions(self) -> list[sa.ColumnElement[bool]]:
        """What the filter asks, in the way of its context."""
        return [filters.compile(self.filter, self.context)] if self.context else []

    def _warehouses(self) -> sa.ColumnElement[bool]:
        if not self.warehouse_ids:
            return self.scope.limit()
        allowed = self.scope.warehouse_ids
        wanted = self.warehouse_ids if allowed is None else self.warehouse_ids & allowed
        return Scope(wanted).limit()

"""Which shipments a list is about: one object for its rows and its count, whoever asks."""

from dataclasses import dataclass
from typing import Any

from webapp.extensions import settings
from webapp.queries import filters
from webapp.queries.filters import Group
from webapp.queries.listing import attention, search
from webapp.queries.listing.search import Search
from webapp.queries.listing.subjects import Subject, Way
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope
from webapp.schema import now


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """The person's scope, the tab, the warehouses chosen (none means all in scope), the filter and the search."""

    scope: Scope
    tab: Tab = Tab.ACTIVE
    warehouse_ids: frozenset[int] = frozenset()
    filter: Group = filters.NOTHING
    search: Search | None = None

    def subject(self, way: Way, filter_way: filters.Way = filters.Way.BY_WALKING) -> Subject:
        """The shape of the question when search and filter are answered in these ways.

        Raises FilterError for a filter that has a broken part.
        """
        if self.filter.problems:
            raise filters.FilterError(self.filter.problems)
        if self.search is None and way is not Way.BY_IDS:
            way = Way.NONE
        by_text = way in {Way.BY_WALKING, Way.BY_TRIGRAMS}
        words = len(self.search.words) if self.search and by_text else 0
        return Subject(
            scope=self.scope, tab=self.tab, warehouse_ids=self.warehouse_ids, way=way, word_count=words,
            on_sqlite=settings().is_sqlite, filter=self.filter if self.filter.is_applied else filters.NOTHING,
            context=filters.current_context(filter_way) if self.filter.is_applied else None,
        )  # fmt: skip

    def values(self, ids: list[int] | None = None) -> dict[str, Any]:
        """The values bound to the statements of any of its shapes."""
        values: dict[str, Any] = attention.limits(settings(), now()) if self.tab is Tab.ATTENTION else {}
        if ids is not None:
            values["ids"] = ids
        elif self.search:
            values |= search.values(self.search)
        return values

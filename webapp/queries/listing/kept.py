"""A list as plain JSON, for work that is done later and by another process: what it shows, in which order."""

from collections.abc import Mapping
from typing import Any

from webapp.errors import Refused
from webapp.extensions import settings
from webapp.queries import filters
from webapp.queries.listing import search
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import SORT_KEYS, Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope

Kept = Mapping[str, Any]


def to_json(criteria: Criteria, sort: Sort) -> dict[str, Any]:
    """All of it but the person's scope, which is looked up anew when the work is done."""
    return {
        "tab": criteria.tab.value,
        "warehouses": sorted(criteria.warehouse_ids),
        "filter": filters.to_text(criteria.filter),
        "q": criteria.search.text if criteria.search else "",
        "sort": sort.key,
        "descending": sort.descending,
    }


def from_json(kept: Kept, scope: Scope) -> tuple[Criteria, Sort]:
    """The same list within this scope; raises FilterError for a filter that means nothing any more."""
    criteria = Criteria(
        scope=scope,
        tab=Tab(kept["tab"]),
        warehouse_ids=frozenset(kept["warehouses"]),
        filter=filters.parse(kept["filter"], zone=settings().business_time_zone),
        search=search.parse(kept["q"]),
    )
    return criteria, Sort(kept["sort"], kept["descending"])


def from_view(state: Kept, scope: Scope) -> tuple[Criteria, Sort]:
    """The list a saved view keeps, within this scope.

    Raises FilterError for a filter that means nothing any more, and Refused for a tab or a sort there is not.
    """
    tab, sort = state.get("tab") or Tab.ACTIVE.value, str(state.get("sort") or "-id")
    key = sort.removeprefix("-")
    if tab not in {known.value for known in Tab} or key not in SORT_KEYS:
        raise Refused("The view asks for a tab or an order that there is not any more. Save the view anew.")
    return from_json(
        {
            "tab": tab, "warehouses": state.get("warehouses") or (), "filter": state.get("filter"),
            "q": "", "sort": key, "descending": sort.startswith("-"),
        },
        scope,
    )  # fmt: skip

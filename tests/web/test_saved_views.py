"""What a view keeps of a list, and that it opens as the same list, for whoever opens it."""

import json
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from webapp.queries import filters as language
from webapp.queries.filters.catalogue import COLUMNS as FILTER_COLUMNS
from webapp.queries.filters.operators import operators_of
from webapp.queries.listing.columns import COLUMNS_BY_KEY
from webapp.queries.listing.keyset import PAGE_SIZES, SORT_KEYS, Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.saved_views import View
from webapp.schema import now
from webapp.services.preferences import DEFAULTS, Density, ListPreferences
from webapp.web.filters import ListState, read
from webapp.web.saved_views import can_be_stored, is_as_saved, is_ordinary, kept_of, query_of

ZONE = ZoneInfo("America/Los_Angeles")
OTHERS = ListPreferences(("cost",), 100, Density.COMPACT)

columns = st.lists(st.sampled_from(list(COLUMNS_BY_KEY)), min_size=1, unique=True).map(tuple)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=8),
    st.lists(st.text(max_size=5), max_size=3), st.decimals(0, 100, places=2).map(float),
)  # fmt: skip
known = st.sampled_from(FILTER_COLUMNS).flatmap(
    lambda column: st.fixed_dictionaries(
        {
            "column": st.just(column.key),
            "operator": st.sampled_from([*operators_of(column), "resembles"]),
            "value": values,
        }
    )
)
conditions = st.one_of(known, st.dictionaries(st.text(max_size=8), values, max_size=3)).map(
    lambda condition: {"type": "condition", "condition": condition}
)
children = st.recursive(
    conditions,
    lambda inner: st.builds(
        lambda conjunction, each, off: {
            "type": "group",
            "group": {"conjunction": conjunction, "children": each},
            "off": off,
        },
        st.sampled_from(["and", "or", "xor"]),
        st.lists(inner, min_size=1, max_size=3),
        st.booleans(),
    ),
    max_leaves=6,
)
trees = st.builds(
    lambda conjunction, each: language.read(
        json.dumps({"conjunction": conjunction, "children": each}) if each else "", zone=ZONE
    ),
    st.sampled_from(["and", "or"]),
    st.lists(children, max_size=4),
)
states = st.builds(
    ListState,
    preferences=st.builds(
        ListPreferences, columns, st.sampled_from(PAGE_SIZES), st.sampled_from(Density)
    ),
    tab=st.sampled_from(Tab),
    warehouses=st.lists(st.integers(1, 10**9), unique=True, max_size=4).map(sorted).map(tuple),
    filter=trees,
    sort=st.builds(Sort, st.sampled_from(SORT_KEYS), st.booleans()),
    size=st.sampled_from(PAGE_SIZES),
    columns=columns,
    density=st.sampled_from(Density),
)  # fmt: skip


def view_of(state: ListState) -> View:
    """The state as it comes back from a database, keys in whatever order."""
    stored = json.loads(json.dumps(kept_of(state), sort_keys=True))
    return View(
        id=7, name="Late", owner_name="Vera Viewer", is_mine=True, is_shared=False, is_my_start=False,
        is_role_start=False, version=1, updated_at=now(), state=stored,
    )  # fmt: skip


def opened(query: str, preferences: ListPreferences = OTHERS) -> ListState:
    return read(MultiDict(parse_qsl(urlsplit(query).query, keep_blank_values=True)), preferences, ZONE)


@given(states)
def test_every_list_that_is_saved_opens_as_the_same_list_for_anyone(state: ListState) -> None:
    view = view_of(state)
    again = opened(query_of(view))
    assert again.view == 7
    assert kept_of(again) == kept_of(state)
    assert bool(again.filter.problems) == bool(state.filter.problems)
    assert is_as_saved(again, view, ZONE)
    assert is_as_saved(opened(again.query(), DEFAULTS), view, ZONE)


@given(states, states)
def test_a_list_is_as_saved_only_where_all_that_is_kept_is_the_same(one: ListState, other: ListState) -> None:
    assert is_as_saved(other, view_of(one), ZONE) == (kept_of(one) == kept_of(other))


@pytest.mark.parametrize("query", ["?q=ana", "?tab=voided&size=25", "?columns=cost&density=compact"])
def test_search_page_and_looks_do_not_make_a_tab_another_list(query: str) -> None:
    assert is_ordinary(opened(query))


@pytest.mark.parametrize("query", ["?sort=cost", "?warehouse=1", "?filter[status]=packed"])
def test_what_narrows_or_sorts_does(query: str) -> None:
    assert not is_ordinary(opened(query))


def test_a_view_of_a_tab_that_is_gone_is_never_as_saved() -> None:
    view = view_of(opened(""))
    view.state["tab"] = "someday"  # type: ignore[index]
    assert not is_as_saved(opened(""), view, ZONE)


@pytest.mark.parametrize(
    ("text", "is_kept"), [("\0", False), ("\ud800", False), ("\\u0000", True), ("é👩‍🔧", True)]
)
def test_texts_that_a_database_cannot_hold_are_found(text: str, is_kept: bool) -> None:
    assert can_be_stored({"filter": {"children": [text]}}) is is_kept
    assert can_be_stored({text: 1}) is is_kept

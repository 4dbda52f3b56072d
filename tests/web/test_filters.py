"""The list's state: read from the query string, written back into links, nothing ignored."""

from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries.listing.columns import DEFAULT_COLUMNS
from webapp.queries.listing.keyset import Place, Sort
from webapp.queries.listing.tabs import Tab
from webapp.services.preferences import DEFAULTS, Density, ListPreferences
from webapp.web.filters import ListState, check_warehouses, read
from webapp.web.pagination import read_cursor, write_cursor

UTC = ZoneInfo("UTC")


def state_of(query: str, preferences: ListPreferences = DEFAULTS) -> ListState:
    return read(MultiDict(parse_qsl(query, keep_blank_values=True)), preferences, UTC)


def test_an_empty_address_is_the_ordinary_list() -> None:
    state = state_of("")
    assert (state.tab, state.sort, state.size, state.columns) == (Tab.ACTIVE, Sort(), 50, DEFAULT_COLUMNS)
    assert state.query() == ""


@pytest.mark.parametrize(
    "query",
    [
        "tab=voided",
        "tab=all&warehouse=1,2&q=m%C3%BCller+ana&sort=-cost&size=25&columns=cost,status",
        "sort=id",
        "size=100",
        "counts=1",
        "tab=active",
        "density=compact",
        "view=7&tab=voided&size=50&columns=status&density=comfortable",
        "q=%26%3D%3F%23%2B%25",
    ],
)
def test_what_is_read_is_written_again(query: str) -> None:
    state = state_of(query)
    assert state.query(counts=state.counts) == f"?{query}"


@pytest.mark.parametrize(
    "query",
    [
        "tab=",
        "q=",
        "q=++",
        "sort=",
        "size=",
        "cursor=",
        "columns=",
        "warehouse=",
        "sort=-id",
        "size=50",
        "density=comfortable",
        "_=123",
    ],
)
def test_what_says_nothing_new_is_left_out_of_links(query: str) -> None:
    assert state_of(query).query() == ""


def test_several_warehouses_may_be_given_one_by_one() -> None:
    assert state_of("warehouse=2&warehouse=1&warehouse=2").warehouses == (1, 2)


def test_a_change_starts_at_the_first_page() -> None:
    state = state_of("tab=all&q=ana&go=1")
    moved = state.turned(place=Place(7))
    assert "cursor=" in moved.query(place=moved.place)
    assert moved.query(tab=Tab.VOIDED) == "?tab=voided&q=ana"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("tab=closed", "attention"),
        ("sort=name", "packing_slip_printed_at"),
        ("sort=--id", "-created_at"),
        ("size=10", "25, 50, 100"),
        ("size=050", "25, 50, 100"),
        ("columns=status,price", "warehouse"),
        ("warehouse=reno", "number"),
        ("warehouse=-1", "number"),
        ("warehouse=9999999999999999999999", "number"),
        ("cursor=abc", "first page"),
        ("density=airy", "compact"),
        ("view=mine", "number"),
        ("view=9999999999999999999999", "number"),
        ("counts=yes", "1"),
        ("go=2", "1"),
        ("page=2", "cursor"),
        ("tab=all&tab=voided", "once"),
        ("Tab=all", "tab"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(query: str, named: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        state_of(query)
    assert named in refusal.value.message


def test_a_warehouse_out_of_sight_is_refused() -> None:
    with pytest.raises(BadRequest) as refusal:
        check_warehouses(state_of("warehouse=3"), {1: "Reno, NV"})
    assert "1 (Reno, NV)" in refusal.value.message


def test_the_address_comes_before_what_the_person_saved() -> None:
    saved = ListPreferences(("status", "cost"), 25)
    assert state_of("", saved).columns == ("status", "cost")
    state = state_of("columns=cost&size=50", saved)
    assert (state.columns, state.size) == (("cost",), 50)
    assert state.query() == "?size=50&columns=cost"
    assert state.query(size=25) == "?columns=cost"


def test_the_address_of_a_view_says_what_others_would_leave_out() -> None:
    state = state_of("view=7", ListPreferences(("status", "cost"), 25, Density.COMPACT))
    assert state.query() == "?view=7&size=25&columns=status,cost&density=compact"


def test_columns_a_view_has_outlived_are_left_out_and_named() -> None:
    state = state_of("view=7&columns=status,price,cost")
    assert (state.columns, state.gone_columns) == (("status", "cost"), ("price",))
    assert "price" not in state.query()
    assert state_of("view=7&columns=price").columns == DEFAULT_COLUMNS


@pytest.mark.parametrize(
    ("cursor", "sort"),
    [
        ("", Sort()),
        ("!!!", Sort()),
        ("é", Sort()),
        ("bnVsbA", Sort()),
        ("WyItaWQiLCJhIiwxXQ", Sort()),
        ("A" * 5000, Sort()),
    ],
)
def test_a_cursor_that_is_none_is_refused(cursor: str, sort: Sort) -> None:
    with pytest.raises(BadRequest):
        read_cursor(cursor, sort)


def forged(*content: object) -> str:
    import json
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        (("-id", "a", 0, None), Sort()),
        (("-id", "a", -1, None), Sort()),
        (("-id", "a", True, None), Sort()),
        (("-id", "a", 2**63, None), Sort()),
        (("-id", "a", "1", None), Sort()),
        (("-id", "x", 1, None), Sort()),
        (("-id", "a", 1, "2026-01-01"), Sort()),
        (("id", "a", 1, None), Sort()),
        (("-cost", "a", 1, "NaN"), Sort("cost")),
        (("-cost", "a", 1, "sNaN"), Sort("cost")),
        (("-cost", "a", 1, "1e9"), Sort("cost")),
        (("-cost", "a", 1, "-1"), Sort("cost")),
        (("-cost", "a", 1, 5), Sort("cost")),
        (("-created_at", "a", 1, "2026-01-01T00:00:00"), Sort("created_at")),
        (("-created_at", "a", 1, "0001-01-01T00:00:00+14:00"), Sort("created_at")),
        (("-created_at", "a", 1, "yesterday"), Sort("created_at")),
        (("-created_at", "a", 1, None), Sort("created_at")),
        (("-status", "a", 1, "x" * 2000), Sort("status")),
        (("-status", "a", 1, "\0"), Sort("status")),
        (("-status", "a", 1, "\ud800"), Sort("status")),
    ],
)
def test_a_forged_cursor_is_refused(content: tuple[object, ...], sort: Sort) -> None:
    with pytest.raises(BadRequest):
        read_cursor(forged(*content), sort)


def test_a_cursor_of_another_sort_is_refused() -> None:
    cursor = write_cursor(Place(5), Sort())
    with pytest.raises(BadRequest):
        read_cursor(cursor, Sort("id", descending=False))

"""Walking the list: every sort, both ways, over gaps and ties, must agree with sorting in Python."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Factory
from tests.queries.listing_data import copies
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.fulfillments import Criteria, list_page
from webapp.queries.listing.keyset import SORT_KEYS, Place, Sort
from webapp.queries.scope import EVERYWHERE
from webapp.web.pagination import read_cursor, write_cursor

ALL = Criteria(scope=EVERYWHERE)
SORTS = [Sort(key, descending=descending) for key in SORT_KEYS for descending in (False, True)]


def sorted_in_python(sort: Sort) -> list[int]:
    """Those with a value in order, then those without; ties, and those without, by id in the same direction."""
    rows = db.session.execute(sa.select(Fulfillment.id, sort.column.label("value"))).all()
    filled = [row for row in rows if row.value is not None]
    empty = [row for row in rows if row.value is None]
    filled.sort(key=lambda row: (row.value, row.id), reverse=sort.descending)
    empty.sort(key=lambda row: row.id, reverse=sort.descending)
    return [row.id for row in (*filled, *empty)]


def through_the_url(place: Place | None, sort: Sort) -> Place | None:
    return read_cursor(write_cursor(place, sort), sort) if place else None


def pages_forwards(sort: Sort, size: int) -> list[Any]:
    pages = [list_page(ALL, sort, size)]
    while pages[-1].after:
        pages.append(list_page(ALL, sort, size, through_the_url(pages[-1].after, sort)))
    return pages


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
def test_it_walks_forwards_through_all_rows_in_order(make: Factory, sort: Sort) -> None:
    copies(make, 83)
    pages = pages_forwards(sort, 7)
    assert [row.id for page in pages for row in page.rows] == sorted_in_python(sort)
    assert [len(page.rows) for page in pages] == [7] * 11 + [6]
    assert pages[0].before is None


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
def test_it_walks_backwards_over_the_same_pages(make: Factory, sort: Sort) -> None:
    copies(make, 83)
    forwards = pages_forwards(sort, 7)
    page = forwards[-1]
    for expected in reversed(forwards[:-1]):
        page = list_page(ALL, sort, 7, through_the_url(page.before, sort))
        assert [row.id for row in page.rows] == [row.id for row in expected.rows]
        assert page.after is not None
    assert page.before is None


@pytest.mark.parametrize("size", [25, 50, 100])
def test_a_page_holds_as_many_rows_as_asked_for(make: Factory, size: int) -> None:
    ids = copies(make, 101)
    page = list_page(ALL, Sort(), size)
    assert [row.id for row in page.rows] == ids[::-1][:size]
    assert page.after


def test_the_last_page_that_is_just_full_has_no_next_one(make: Factory) -> None:
    copies(make, 14)
    pages = pages_forwards(Sort("cost"), 7)
    assert [len(page.rows) for page in pages] == [7, 7]


def test_rows_added_meanwhile_move_nothing_on_the_next_page(make: Factory) -> None:
    ids = copies(make, 20)
    first = list_page(ALL, Sort(), 7)
    make.shipment()
    second = list_page(ALL, Sort(), 7, first.after)
    assert [row.id for row in second.rows] == ids[::-1][7:14]


def test_a_page_that_reaches_the_top_backwards_is_filled_up_from_there(make: Factory) -> None:
    ids = copies(make, 20)
    second = list_page(ALL, Sort(), 7, Place(ids[-3]))
    back = list_page(ALL, Sort(), 7, second.before)
    assert [row.id for row in back.rows] == ids[::-1][:7]
    assert back.before is None


def test_a_place_whose_row_is_gone_still_works(make: Factory) -> None:
    ids = copies(make, 20)
    db.session.execute(sa.update(Fulfillment).where(Fulfillment.id == ids[10]).values(archived_at=sa.func.now()))
    db.session.commit()
    page = list_page(ALL, Sort(), 5, Place(ids[10]))
    assert [row.id for row in page.rows] == ids[5:10][::-1]


def test_beyond_the_last_row_is_an_empty_page(make: Factory) -> None:
    ids = copies(make, 3)
    page = list_page(ALL, Sort(), 25, Place(ids[0]))
    assert list(page.rows) == []
    assert (page.before, page.after) == (None, None)

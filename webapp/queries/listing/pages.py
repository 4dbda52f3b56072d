"""One page of a list: walks the parts of the sorted list from a place until the page is full."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.queries.listing import keyset, search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Place, Sort
from webapp.queries.listing.search import Search
from webapp.queries.listing.statements import Stretch, Way

Row = sa.Row[Any]
Fetch = Callable[[Stretch, dict[str, Any]], Sequence[Row]]


@dataclass(frozen=True)
class Page:
    """The rows in the order of the list, and the places from which the neighbouring pages are walked."""

    rows: Sequence[Row]
    before: Place | None
    after: Place | None


def page(criteria: Criteria, sort: Sort, size: int, place: Place | None = None) -> Page:
    """The page that begins after `place` (or ends before it, walking backwards), or the first one.

    A page that, walking backwards, reaches the top is filled up from there, so that it is a whole one.
    """
    found = _rows(criteria, sort, size, place)
    if place is None or not place.backwards:
        return _page(found[:size], sort, has_before=place is not None, has_after=len(found) > size)
    if len(found) < size:
        return page(criteria, sort, size)
    return _page(found[size - 1 :: -1], sort, has_before=len(found) > size, has_after=True)


def _page(rows: Sequence[Row], sort: Sort, *, has_before: bool, has_after: bool) -> Page:
    if not rows:
        return Page(rows, None, None)
    first, last = rows[0], rows[-1]
    return Page(
        rows,
        Place(first.id, _value(first, sort), backwards=True) if has_before else None,
        Place(last.id, _value(last, sort)) if has_after else None,
    )


def _value(row: Row, sort: Sort) -> Any:
    return None if sort.key == "id" else getattr(row, sort.key)


def _rows(criteria: Criteria, sort: Sort, size: int, place: Place | None) -> Sequence[Row]:
    """One row more than the page has, in walking direction, by the cheapest way."""
    wanted = size + 1
    if criteria.search is None:
        return _walk(sort, wanted, place, _fetcher(criteria, Way.NONE))
    found = _by_sampling(criteria, criteria.search, sort, wanted, place)
    return _by_index(criteria, criteria.search, sort, wanted, place) if found is None else found


def _by_sampling(
    criteria: Criteria, asked: Search, sort: Sort, wanted: int, place: Place | None
) -> Sequence[Row] | None:
    """A full page of a common search from a short stretch of the list; None when it does not fill."""
    walked = search.SAMPLE if asked.is_by_words else None
    while walked:
        found = _walk(sort, wanted, place, _fetcher(criteria, Way.BY_WALKING, walked), first_part_only=True)
        if len(found) >= wanted:
            return found
        walked = search.next_stretch(len(found), wanted) if walked == search.SAMPLE else None
    return None


def _by_index(criteria: Criteria, asked: Search, sort: Sort, wanted: int, place: Place | None) -> Sequence[Row]:
    """The page through what the index gives, or by walking the whole list where it gives too much."""
    if asked.is_by_words and settings().is_sqlite:
        return _walk(sort, wanted, place, _fetcher(criteria, Way.BY_TRIGRAMS))
    ids = search.matching_ids(asked)
    if len(ids) > search.MANY and not asked.is_exact:
        return _walk(sort, wanted, place, _fetcher(criteria, Way.BY_WALKING))
    return _walk(sort, wanted, place, _fetcher(criteria, Way.BY_IDS, ids=ids)) if ids else []


def _fetcher(criteria: Criteria, way: Way, walked: int | None = None, ids: list[int] | None = None) -> Fetch:
    subject, values = criteria.subject(way), criteria.values(ids)

    def fetch(stretch: Stretch, place_values: dict[str, Any]) -> Sequence[Row]:
        return (
            db.session.connection().execute(statements.rows(subject, stretch, walked), values | place_values).all()
        )

    return fetch


def _walk(
    sort: Sort, wanted: int, place: Place | None, fetch: Fetch, *, first_part_only: bool = False
) -> Sequence[Row]:
    """Rows from the place on, through one part of the list and, when that runs out, through the next."""
    backwards = place is not None and place.backwards
    found: list[Row] = []
    for part, from_place in keyset.route(sort, place)[: 1 if first_part_only else None]:
        stretch = Stretch(
            sort=sort, part=part, backwards=backwards, from_place=from_place, limit=wanted - len(found)
        )
        found += fetch(stretch, _place_values(place) if place and from_place else {})
        if len(found) >= wanted:
            break
    return found


def _place_values(place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {"place_id": place.id}
    return values if place.value is None else values | {"place_value": place.value}

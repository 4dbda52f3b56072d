"""One page of a list: walks the parts of the sorted list from a place until the page is full."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from webapp.extensions import db, settings
from webapp.queries import filters
from webapp.queries.filters import NOTHING
from webapp.queries.listing import gathered, keyset, patience, search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Place, Sort
from webapp.queries.listing.statements import Stretch
from webapp.queries.listing.stored import Reader, Row, Stored
from webapp.queries.listing.subjects import Way

Found = TypeVar("Found")
_FIRST_IDS = 200  # Of those a search gave, in the order of the list: mostly enough for a page.
Fetch = Callable[[Stretch, dict[str, Any]], Sequence[Found]]
_KEPT_WAYS = 1024
_ways: dict[tuple[Any, ...], int] = {}
"""How far to walk for lists that were asked for before; 0 for those whose first page the indexes give."""
_BULK_VOID = statements.ROW_FIELDS.index("bulk_void_run_id")


@dataclass(frozen=True)
class Page:
    """The rows in the order of the list, and the places from which the neighbouring pages are walked.

    They are kept as stored, with their reader, for those who have what they show of them already.
    """

    stored: Sequence[Stored]
    read: Reader
    before: Place | None
    after: Place | None

    @cached_property
    def rows(self) -> list[Row]:
        return [self.read(row) for row in self.stored]

    @property
    def voiding(self) -> list[int]:
        """The shipments that a bulk run is still to void."""
        return [row[0] for row in self.stored if row[_BULK_VOID] is not None]


NO_PAGE = Page((), tuple, None, None)
"""What a list that was not run has."""


def page(criteria: Criteria, sort: Sort, size: int, place: Place | None = None) -> Page:
    """The page that begins after `place` (or ends before it, walking backwards), or the first one.

    A page that, walking backwards, reaches the top is filled up from there, so that it is a whole one.
    """
    found = _rows(criteria, sort, size, place)
    if place is None or not place.backwards:
        return _page(found[:size], criteria, sort, has_before=place is not None, has_after=len(found) > size)
    if len(found) < size:
        return page(criteria, sort, size)
    return _page(found[size - 1 :: -1], criteria, sort, has_before=len(found) > size, has_after=True)


def _page(stored: Sequence[Stored], criteria: Criteria, sort: Sort, *, has_before: bool, has_after: bool) -> Page:
    read = statements.read(criteria.tab)
    if not stored:
        return Page(stored, read, None, None)
    first, last = read(stored[0]), read(stored[-1])
    return Page(
        stored,
        read,
        Place(first.id, _value(first, sort), backwards=True) if has_before else None,
        Place(last.id, _value(last, sort)) if has_after else None,
    )


def _value(row: Row, sort: Sort) -> Any:
    return None if sort.key == "id" else getattr(row, sort.key)


def _rows(criteria: Criteria, sort: Sort, size: int, place: Place | None) -> Sequence[Stored]:
    """One row more than the page has, in walking direction, by the cheapest way."""
    wanted = size + 1
    if criteria.search is None and not criteria.filter.is_applied:
        return _walk(sort, wanted, place, _row_fetcher(criteria))
    ids = _by_sampling(criteria, sort, wanted, place)
    if ids is None:
        with patience.limited(criteria):
            ids = _by_index(criteria, sort, wanted, place)
    return _rows_of(criteria, ids) if ids else []


def _by_sampling(criteria: Criteria, sort: Sort, wanted: int, place: Place | None) -> Sequence[int] | None:
    """A full page of what is common from a short stretch of the list, or from longer ones that its hits promise.

    None when none of them fills the page. What served for a first page is tried at once the next time.
    """
    if not _may_be_common(criteria, sort):
        return None
    question = criteria.filter, criteria.search, criteria.tab, criteria.warehouse_ids, criteria.scope, sort.key
    first = _ways.get(question)
    first = _sample(criteria, sort) if first is None else first
    walked: int | None = first
    while walked:
        fetch = _id_fetcher(criteria, Way.BY_WALKING, walked)
        found = _walk(sort, wanted, place, fetch, first_part_only=True)
        if len(found) >= wanted:
            break
        if criteria.search is None:
            # The walk of a filter ends as soon as the page is full, so a long stretch costs no more than it gives.
            walked = search.next_stretch(len(found), wanted, walked, spare=3)
        else:
            # The texts of a stretch are read whole, so one that is a little longer than needed, and no second one.
            is_first = walked == first
            walked = search.next_stretch(len(found), wanted, walked, spare=1.5) if is_first else None
    if place is None:
        if len(_ways) >= _KEPT_WAYS:
            _ways.clear()
        _ways[question] = walked or 0
    return found if walked else None


def _sample(criteria: Criteria, sort: Sort) -> int:
    """How many rows to look at first."""
    if filters.looks_elsewhere(criteria.filter):
        return search.SHORT_SAMPLE
    return search.LONG_SAMPLE if sort.key == "id" else search.SAMPLE


def _may_be_common(criteria: Criteria, sort: Sort) -> bool:
    """Whether a look at a stretch of the list can spare the indexes, or tell how much they would give."""
    if criteria.search is None:
        return True
    # SQLite's full-text index gives what is common as quickly as the list itself, in the order of the ids.
    return criteria.search.is_by_words and not (settings().is_sqlite and sort.key == "id")


def _by_index(criteria: Criteria, sort: Sort, wanted: int, place: Place | None) -> Sequence[int]:
    """The page through what the indexes give, or by walking the whole list where they give too much."""
    if criteria.search and criteria.search.is_by_words and settings().is_sqlite:
        return _walk(sort, wanted, place, _id_fetcher(criteria, Way.BY_TRIGRAMS))
    ids = gathered.ids(criteria)
    if ids is None:
        return _walk(sort, wanted, place, _id_fetcher(criteria, Way.BY_WALKING))
    if sort.key != "id":
        # Ids gathered for the filter need not be asked about it again; those of a search must be.
        rest = replace(criteria, filter=NOTHING) if criteria.search is None else criteria
        return _walk(sort, wanted, place, _id_fetcher(rest, Way.BY_IDS, ids=ids)) if ids else []
    ahead = _ahead(ids, sort, place)
    return ahead[:wanted] if criteria.search is None else _first_of(ahead, criteria, sort, wanted, place)


def _ahead(ids: list[int], sort: Sort, place: Place | None) -> list[int]:
    """Those of them that a list by id has after the place, in walking direction."""
    down = sort.descending is not (place is not None and place.backwards)
    ahead = [id_ for id_ in ids if place is None or (id_ < place.id if down else id_ > place.id)]
    return sorted(ahead, reverse=down)


def _first_of(ids: list[int], criteria: Criteria, sort: Sort, wanted: int, place: Place | None) -> Sequence[int]:
    """The first of these ids that meet the criteria, looked at no farther than it takes."""
    found: list[int] = []
    start, many = 0, _FIRST_IDS
    while start < len(ids) and len(found) < wanted:
        some = ids[start : start + many]
        found += _walk(sort, wanted - len(found), place, _id_fetcher(criteria, Way.BY_IDS, ids=some))
        start, many = start + many, many * 4
    return found


def _row_fetcher(criteria: Criteria) -> Fetch[Stored]:
    subject, values = criteria.subject(Way.NONE), criteria.values()

    def fetch(stretch: Stretch, place_values: dict[str, Any]) -> Sequence[Stored]:
        return statements.rows(subject, stretch).rows(db.session.connection(), **values, **place_values)

    return fetch


def _id_fetcher(
    criteria: Criteria, way: Way, walked: int | None = None, ids: list[int] | None = None
) -> Fetch[int]:
    subject, values = criteria.subject(way), criteria.values(ids)

    def fetch(stretch: Stretch, place_values: dict[str, Any]) -> Sequence[int]:
        statement = statements.ids(subject, stretch, walked)
        ends = statements.end_of_walk(stretch, walked, place_values["place_id"]) if walked and place_values else {}
        return db.session.connection().execute(statement, values | place_values | ends).scalars().all()

    return fetch


def _rows_of(criteria: Criteria, ids: Sequence[int]) -> Sequence[Stored]:
    """All that a list shows of these shipments, in their order."""
    anything = Criteria(scope=criteria.scope, tab=criteria.tab)
    statement = statements.rows_of(anything.subject(Way.BY_IDS))
    rows = statement.rows(db.session.connection(), **anything.values(list(ids)))
    by_id = {row[0]: row for row in rows}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def row_of(fulfillment_id: int, criteria: Criteria) -> Page:
    """A page of one shipment, even one the list does not hold any more; the caller has checked the scope."""
    return Page(_rows_of(criteria, [fulfillment_id]), statements.read(criteria.tab), None, None)


def _walk(
    sort: Sort, wanted: int, place: Place | None, fetch: Fetch[Found], *, first_part_only: bool = False
) -> Sequence[Found]:
    """Rows or ids from the place on, through one part of the list and, when that runs out, through the next."""
    backwards = place is not None and place.backwards
    found: list[Found] = []
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

"""How many shipments a list has, counted to a bound: nobody reads past ten thousand, and counting costs time."""

import time
from dataclasses import dataclass

from webapp.extensions import db, settings
from webapp.queries import filters
from webapp.queries.listing import patience, search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.search import Search
from webapp.queries.listing.statements import COUNT_LIMIT
from webapp.queries.listing.subjects import Subject, Way
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope

TOTAL_SECONDS = 60.0  # How long the total of a big table is remembered; it only gives an idea of the size.
COMMON = 0.1
"""From this share on, the walk to the bound of the count is shorter than gathering a tenth of a million ids."""

ATTENTION_LIMIT = 100  # The navigation says "99+" beyond it.
ATTENTION_SECONDS = 30.0  # Every page of everyone asks for it.
LONG_SECONDS = 0.1
_attention: dict[Scope, tuple[float, int]] = {}
_totals: dict[Scope, tuple[float, int]] = {}


@dataclass(frozen=True)
class Count:
    """The number of matches, `is_more` when there are more than that, and of all the person may see."""

    matching: int
    is_more: bool
    unfiltered_total: int


def count(criteria: Criteria) -> Count:
    """Count what the list shows, up to COUNT_LIMIT, and all that there is in the person's scope."""
    found = _matching(criteria)
    return Count(min(found, COUNT_LIMIT), found > COUNT_LIMIT, _total(criteria.scope))


def needing_attention(scope: Scope) -> int:
    """How many shipments need attention, up to ATTENTION_LIMIT; where that takes long, some seconds old."""
    begin = time.monotonic()
    remembered = _attention.get(scope)
    if remembered and begin - remembered[0] < ATTENTION_SECONDS:
        return remembered[1]
    wanted = Criteria(scope=scope, tab=Tab.ATTENTION)
    statement = statements.counting(wanted.subject(Way.NONE), ATTENTION_LIMIT)
    found = db.session.scalar(statement, wanted.values()) or 0
    if time.monotonic() - begin > LONG_SECONDS:
        _attention[scope] = (begin, found)
    return found


def _matching(criteria: Criteria) -> int:
    wanted = criteria.search
    if wanted is None and not criteria.filter.is_applied:
        return _counted(criteria.subject(Way.NONE), criteria)
    with patience.limited(criteria):
        if wanted is None:
            return _counted(criteria.subject(Way.NONE, _way_to_count(criteria)), criteria)
        return _searched(criteria, wanted)


def _searched(criteria: Criteria, wanted: Search) -> int:
    if wanted.is_by_words and settings().is_sqlite:
        return _counted(criteria.subject(Way.BY_TRIGRAMS), criteria)
    ids = search.matching_ids(wanted)
    found = _counted(criteria.subject(Way.BY_IDS), criteria, ids)
    if found > COUNT_LIMIT or len(ids) <= search.MANY or wanted.is_exact:
        return found
    return _counted(criteria.subject(Way.BY_WALKING), criteria)


def _way_to_count(criteria: Criteria) -> filters.Way:
    """What is common is counted to the bound by walking, soon done; what is not, through the indexes."""
    if not filters.looks_elsewhere(criteria.filter):
        return filters.Way.BY_WALKING  # The two ways of a filter on the shipments alone are the same.
    sample = statements.sampling(criteria.subject(Way.NONE), search.SAMPLE)
    hits = db.session.scalar(sample, criteria.values()) or 0
    return filters.Way.BY_WALKING if hits >= search.SAMPLE * COMMON else filters.Way.BY_SETS


def _counted(subject: Subject, criteria: Criteria, ids: list[int] | None = None) -> int:
    return db.session.scalar(statements.counting(subject), criteria.values(ids)) or 0


def _total(scope: Scope) -> int:
    """All the shipments in scope: exact, and for more than COUNT_LIMIT not older than a minute."""
    remembered = _totals.get(scope)
    if remembered and time.monotonic() - remembered[0] < TOTAL_SECONDS:
        return remembered[1]
    everything = Subject(scope=scope, tab=Tab.ALL)
    total = db.session.scalar(statements.counting(everything)) or 0
    if total > COUNT_LIMIT:
        total = db.session.scalar(statements.counting(everything, None)) or 0
        _totals[scope] = (time.monotonic(), total)
    return total

"""How many shipments a list has, counted to a bound: nobody reads past ten thousand, and counting costs time."""

import time
from dataclasses import dataclass

from webapp.extensions import db, settings
from webapp.queries.listing import search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.statements import COUNT_LIMIT, Subject, Way
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope

TOTAL_SECONDS = 60.0  # How long the total of a big table is remembered; it only gives an idea of the size.
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


def _matching(criteria: Criteria) -> int:
    wanted = criteria.search
    if wanted is None:
        return _counted(criteria.subject(Way.NONE), criteria)
    if wanted.is_by_words and settings().is_sqlite:
        return _counted(criteria.subject(Way.BY_TRIGRAMS), criteria)
    ids = search.matching_ids(wanted)
    found = _counted(criteria.subject(Way.BY_IDS), criteria, ids)
    if found > COUNT_LIMIT or len(ids) <= search.MANY or wanted.is_exact:
        return found
    return _counted(criteria.subject(Way.BY_WALKING), criteria)


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

"""All that a list shows, for what is done to a whole list at once: as one statement of ids, or as its shape."""

from typing import Any

import sqlalchemy as sa

from webapp.extensions import settings
from webapp.queries import filters
from webapp.queries.listing import search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.subjects import Subject, Way


def ids(criteria: Criteria) -> tuple[sa.Select[int], dict[str, Any]]:
    """The statement and the values bound to it, through the same filter and search as rows and count.

    Raises FilterError for a filter that has a broken part.
    """
    subject, values = shape(criteria)
    return statements.every(subject), values


def shape(criteria: Criteria) -> tuple[Subject, dict[str, Any]]:
    """The shape of the question and the values bound to it. Raises FilterError."""
    way, found = _way(criteria)
    return criteria.subject(way, filters.Way.BY_SETS), criteria.values(found)


def _way(criteria: Criteria) -> tuple[Way, list[int] | None]:
    """How the search is answered when everything is wanted, which is how a rare one is counted."""
    wanted = criteria.search
    if wanted is None:
        return Way.NONE, None
    if wanted.is_by_words and settings().is_sqlite:
        return Way.BY_TRIGRAMS, None
    found = search.matching_ids(wanted)
    if len(found) <= search.MANY or wanted.is_exact:
        return Way.BY_IDS, found
    return Way.BY_WALKING, None

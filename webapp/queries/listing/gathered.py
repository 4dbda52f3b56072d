"""The shipments of a list gathered as a set of ids, where the indexes give few enough of them."""

from webapp.extensions import db
from webapp.queries import filters
from webapp.queries.listing import search, statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.subjects import Way


def ids(criteria: Criteria) -> list[int] | None:
    """The ids of a search or, without one, of a filter; None for so many that walking the list is cheaper.

    Those of a search are not yet narrowed by the rest of the criteria, those of a filter are.
    """
    if criteria.search is None:
        subject = criteria.subject(Way.NONE, filters.Way.BY_SETS)
        statement = statements.gathering(subject, search.MANY + 1)
        found = list(db.session.connection().execute(statement, criteria.values()).scalars())
        return found if len(found) <= search.MANY else None
    found = search.matching_ids(criteria.search)
    return found if len(found) <= search.MANY or criteria.search.is_exact else None

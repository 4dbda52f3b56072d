"""How long a list may take: a filter too broad for the indexes ends in a message, never in a hung page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.queries import filters
from webapp.queries.filters import Condition, Group
from webapp.queries.listing import statements
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.subjects import Way
from webapp.schema import now

_STEPS = 20_000  # Instructions of SQLite between two looks at the clock: about a millisecond.
_PROBE_SECONDS = 0.2  # To find the condition that costs; the person has waited long enough by then.
_PROBES = 10
_FEW = 1_000  # Conditions that find so many within that time are not the slow ones.


class TooSlow(Refused):
    """The list would take too long; the message names the conditions that make it slow."""

    code = "too_broad"


class _Expired(Exception):
    """The statement was stopped at its limit."""


@contextmanager
def limited(criteria: Criteria) -> Iterator[None]:
    """Stop what is asked in here once it takes longer than a list may take. Raises TooSlow."""
    try:
        with _stopped_after(settings().list_patience.total_seconds()):
            yield
    except _Expired:
        raise TooSlow(_message(criteria)) from None


@contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    connection = db.session.connection()
    limit = _limit_sqlite if settings().is_sqlite else _limit_postgres
    try:
        with limit(connection, seconds):
            yield
    except OperationalError as error:
        # What SQLite says of a statement stopped by its progress handler, and PostgreSQL's code for its time-out.
        if str(error.orig) == "interrupted" or getattr(error.orig, "sqlstate", "") == "57014":
            raise _Expired from None
        raise


@contextmanager
def _limit_sqlite(connection: sa.Connection, seconds: float) -> Iterator[None]:
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("The connection was closed while it was in use.")
    deadline = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _limit_postgres(connection: sa.Connection, seconds: float) -> Iterator[None]:
    # The values decide whether an index is worth it, so that a plan made for any values would be a bad one.
    limit = f"SET statement_timeout = {int(seconds * 1000)}; SET plan_cache_mode = force_custom_plan"
    connection.exec_driver_sql(limit)
    try:
        yield
    finally:
        connection.exec_driver_sql("RESET statement_timeout; RESET plan_cache_mode")


def _message(criteria: Criteria) -> str:
    zone = settings().business_time_zone
    slow = [filters.describe(condition, now=now(), zone=zone) for condition in _slow_conditions(criteria)]
    if not slow:
        what = "This combination of conditions" if criteria.filter.is_applied else "This search"
        return f"{what} matches too little of too much to be looked through. Add a condition, or change one."
    which = " and ".join(f"“{words}”" for words in slow)
    return f"{which} would take too long to look through all shipments. Make it narrower, or switch it off."


def _slow_conditions(criteria: Criteria) -> list[Condition]:
    parts = [part for part in criteria.filter.parts(applied_only=True) if isinstance(part, Condition)]
    return [part for part in parts[:_PROBES] if _is_slow(criteria, part)]


def _is_slow(criteria: Criteria, part: Condition) -> bool:
    alone = Criteria(scope=criteria.scope, tab=criteria.tab, filter=Group("and", (part,)))
    statement = statements.gathering(alone.subject(Way.NONE, filters.Way.BY_SETS), _FEW)
    try:
        with _stopped_after(_PROBE_SECONDS):
            db.session.connection().execute(statement, alone.values()).all()
    except _Expired:
        return True
    return False

"""Runs that ended without anybody knowing what was done outside: the same is asked once more, by the clock.

Every operation looks before it sends anything, so asking again finds out what happened, or finishes it.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.models import Run
from webapp.schema import now
from webapp.services import runs
from webapp.services.actors import Actor
from webapp.services.problems import ASKED_AGAIN
from webapp.statuses import RunKind, RunState

FIRST_WAIT = timedelta(minutes=5)  # The run itself has asked for some minutes; doubled each time.
MOST_TIMES = 6  # The last after about five hours; whoever is silent for longer needs a person.
REMEMBERED = timedelta(days=1)
BATCH = 100
_later, _before = aliased(Run), aliased(Run)


def ask_again() -> int:
    """Ask for what is still unknown once more, by whom it was asked first; returns how many. The caller commits.

    Twice at once is the same as once: unfinished work on a shipment is never asked for a second time.
    """
    asked = 0
    for run in db.session.execute(_unknown()):
        if now() - run.finished_at < FIRST_WAIT * 2 ** (run.times - 1) or run.times > MOST_TIMES:
            continue
        runs.request(
            RunKind(run.kind),
            Actor(run.requested_by_id),
            fulfillment_id=run.fulfillment_id,
            parameters=run.parameters,
            retry_of_id=run.id,
        )
        asked += 1
    return asked


def _unknown() -> sa.Select[tuple[int, str, int | None, int | None, dict[str, object], object, int]]:
    """The newest run of its kind about its shipment, and how often that ended unknown of late."""
    since = now() - REMEMBERED
    same = (_before.kind == Run.kind, _before.fulfillment_id == Run.fulfillment_id)
    unknown = (_before.state == RunState.UNKNOWN.value, _before.finished_at > since)
    times = sa.select(sa.func.count()).where(*same, *unknown).correlate(Run).scalar_subquery()
    newer = sa.exists().where(
        _later.kind == Run.kind, _later.fulfillment_id == Run.fulfillment_id, _later.id > Run.id
    )
    return (
        sa.select(
            Run.id,
            Run.kind,
            Run.fulfillment_id,
            Run.requested_by_id,
            Run.parameters,
            Run.finished_at,
            times.label("times"),
        )
        .where(
            Run.state == RunState.UNKNOWN.value,
            Run.kind.in_([kind.value for kind in ASKED_AGAIN]),
            Run.finished_at > since,
            Run.fulfillment_id.is_not(None),
            ~newer.correlate(Run),
        )
        .order_by(Run.id)
        .limit(BATCH)
    )

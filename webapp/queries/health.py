"""Questions about the program itself: is the database there and migrated, how do the runs stand."""

from functools import cache

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from webapp.config import ROOT
from webapp.extensions import db
from webapp.models import Run
from webapp.statuses import RunState


def is_migrated() -> bool:
    """Whether the database stands at the newest migration; raises OperationalError when it does not answer."""
    found = MigrationContext.configure(db.session.connection()).get_current_heads()
    return set(found) == _newest_migrations()


def runs_by_state() -> dict[RunState, int]:
    """How many runs there are in each state, with a zero for states without any."""
    rows = db.session.execute(sa.select(Run.state, sa.func.count()).group_by(Run.state))
    return dict.fromkeys(RunState, 0) | {RunState(state): number for state, number in rows}


@cache
def _newest_migrations() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(ROOT / "webapp" / "migrations")).get_heads())

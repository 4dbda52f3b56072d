"""Beside a long statement: tells how far the run is, and breaks off when it is cancelled or lost."""

import os
import sqlite3
import threading
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.models import Run
from webapp.services.runs import Claim, ClaimLost
from webapp.statuses import RunState

log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""Between two looks at the run: a person who cancels waits no longer, and one update of one row costs nothing."""
_HELD = (RunState.RUNNING.value, RunState.CANCELLING.value)


class Stopped(Exception):
    """The run was cancelled."""


class Watching:
    """Looks at the run from a thread and through a connection of its own."""

    def __init__(self, claim: Claim, engine: sa.Engine) -> None:
        self._claim, self._engine = claim, engine
        self._total = self._done = 0
        self._why: Exception | None = None
        self._statement_of: Any = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, connection: sa.Connection, total: int) -> None:
        """From now on, `connection` is where statements are broken off, and there are so many rows in all."""
        self._total = total
        self._statement_of = connection.connection.driver_connection
        self.check()

    def tell(self, done: int) -> None:
        """So many rows are done, and others may have the processor. Raises Stopped or ClaimLost.

        Otherwise pages wait some milliseconds for it, however low our priority.
        """
        self._done = done
        self.check()
        os.sched_yield()

    def check(self) -> None:
        """Raises Stopped or ClaimLost when it is not to go on."""
        if self._why is not None:
            raise self._why

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._why = self._looked()
            except SQLAlchemyError as error:
                log.warning("progress_not_told", run_id=self._claim.run_id, error=str(error))
            if self._why is not None:
                self._break_off()
                return

    def _looked(self) -> Exception | None:
        """Tell how far it is and see how the run stands."""
        mine = (Run.id == self._claim.run_id, Run.claim == self._claim.token, Run.state.in_(_HELD))
        far = {"done": min(self._done, self._total), "total": self._total} if self._total else {"done": 0}
        with self._engine.begin() as connection:
            state = connection.scalar(sa.update(Run).where(*mine).values(far).returning(Run.state))
        if state is None:
            return ClaimLost(self._claim.run_id)
        return Stopped() if state == RunState.CANCELLING.value else None

    def _break_off(self) -> None:
        connection = self._statement_of
        if isinstance(connection, sqlite3.Connection):
            connection.interrupt()
        elif connection is not None:
            connection.cancel_safe()

"""The rows of a bulk run whose providers are being asked, some at a time, while the worker goes on with others."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Semaphore
from types import TracebackType
from typing import Self

from jobs import context
from webapp.providers.lanes import each_call_in
from webapp.services import runs
from webapp.services.bulk_provider import Row
from webapp.services.runs import Claim

AT_ONCE = 2  # Calls on their way to providers; their limits leave room for hardly more.
AHEAD = 2  # Rows made ready meanwhile, so that no call waits until another's answer is stored and carried out.
TRIES = 3
LONGEST_WAIT = 60.0  # A provider that asks for more is left for a retry; a person can cancel the run in between.

WasAsked = Future[bool]
Settle = Callable[[WasAsked, int, Row], bool]


class Asking:
    """Threads that ask; what they bring home is settled by the thread that owns this.

    `settle` carries out what one row's provider said, if it was asked, and says whether the run goes on. Leaving
    without `settle_all` begins no further call, waits for those on their way and drops what they bring home.
    """

    def __init__(self, claim: Claim, settle: Settle) -> None:
        self._claim, self._settle = claim, settle
        self._lanes, self._is_over = Semaphore(AT_ONCE), Event()
        self._pool = ThreadPoolExecutor(AT_ONCE + AHEAD)
        self._asked: dict[WasAsked, tuple[int, Row]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._pool.shutdown()

    @property
    def ids(self) -> set[int]:
        """The shipments that are being asked about."""
        return {fulfillment_id for fulfillment_id, _ in self._asked.values()}

    def make_room(self) -> bool:
        """Settle what was answered until one more can be asked; False when the run is to stop."""
        goes_on = True
        while goes_on and len(self._asked) >= AT_ONCE + AHEAD:
            goes_on = self._settle_some()
        return goes_on

    def begin(self, fulfillment_id: int, row: Row) -> None:
        """Ask about the row as soon as there is a lane."""
        lane = _Lane(self._claim, self._lanes, self._is_over)
        self._asked[self._pool.submit(copy_context().run, _ask, row, lane)] = fulfillment_id, row

    def settle_all(self) -> bool:
        """Wait for every answer that is still to come and settle it; False when the run is to stop."""
        goes_on = True
        while self._asked:
            goes_on &= self._settle_some()
        return goes_on

    def _settle_some(self) -> bool:
        goes_on = True
        for answered in wait(self._asked, return_when=FIRST_COMPLETED).done:
            goes_on &= self._settle(answered, *self._asked.pop(answered))
        return goes_on


class _Stopped(Exception):
    """The run is to stop, so this row's provider is not asked any more."""


class _Lane:
    """The lanes as one row sees them: its first call is not begun once the run is to stop."""

    def __init__(self, claim: Claim, lanes: Semaphore, is_over: Event) -> None:
        self._claim, self._lanes, self._is_over = claim, lanes, is_over
        self._is_begun = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lanes:
            if not self._is_begun and (self._is_over.is_set() or not runs.goes_on(self._claim)):
                raise _Stopped
            self._is_begun = True
            yield


def _ask(row: Row, lane: _Lane) -> bool:
    """Ask the provider, and again where it wants to be asked later or did not say what it did.

    False, and nothing was asked, when the run is to stop.
    """
    with context.application().app_context(), each_call_in(lane):
        try:
            pause = row.ask()
        except _Stopped:
            return False
        for _ in range(TRIES - 1):
            if pause is None:
                break
            time.sleep(min(pause.total_seconds(), LONGEST_WAIT))
            pause = row.ask()
    return True

"""What can be made to go wrong on demand: which fault, how often, and for which path."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Lock


class Fault(StrEnum):
    """The first group answers instead of the system, the second lets the system do its work and then fails."""

    THROTTLED = "throttled"  # 429 with Retry-After
    SERVER_ERROR = "server_error"  # 500 in the system's own shape
    UNAUTHORIZED = "unauthorized"  # 401
    NOT_FOUND = "not_found"  # 404
    ERRORS_IN_BODY = "errors_in_body"  # 200 and an error inside
    WRONG_SHAPE = "wrong_shape"  # 200 and JSON of another kind
    NOT_JSON = "not_json"  # 200 and a web page
    HUGE_BODY = "huge_body"  # 200 and ten megabytes
    REDIRECT = "redirect"  # 302 to somewhere else

    RESET = "reset"  # the work is done and the connection dropped
    SILENCE = "silence"  # the work is done and nothing comes back for `seconds`
    SLOW_BODY = "slow_body"  # the answer drips, one piece each `seconds`
    TRUNCATED = "truncated"  # half the JSON
    CUT_OFF = "cut_off"  # the connection ends in the middle of the announced length

    @property
    def comes_after_the_work(self) -> bool:
        return self in _AFTER_THE_WORK


_AFTER_THE_WORK = frozenset({Fault.RESET, Fault.SILENCE, Fault.SLOW_BODY, Fault.TRUNCATED, Fault.CUT_OFF})


@dataclass
class PlannedFault:
    """One fault waiting for its requests; `count` None means until it is cleared."""

    fault: Fault
    count: int | None = 1
    seconds: float = 1.0
    method: str | None = None
    path: str | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and (self.path is None or path.startswith(self.path))


class FaultPlan:
    """The faults of one system, used up in the order in which they were set."""

    def __init__(self) -> None:
        self._planned: deque[PlannedFault] = deque()
        self._interrupted = Event()
        self._lock = Lock()

    def add(self, planned: PlannedFault) -> None:
        with self._lock:
            self._planned.append(planned)

    def take(self, method: str, path: str) -> PlannedFault | None:
        """The first fault for this request, counted down; None when nothing is to go wrong."""
        with self._lock:
            for planned in list(self._planned):
                if planned.matches(method, path):
                    self._count_down(planned)
                    return planned
        return None

    def _count_down(self, planned: PlannedFault) -> None:
        if planned.count is None:
            return
        planned.count -= 1
        if planned.count <= 0:
            self._planned.remove(planned)

    def clear(self) -> None:
        """Forget every fault and wake whoever is being kept silent or slow."""
        with self._lock:
            self._planned.clear()
        self._interrupted.set()
        self._interrupted = Event()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the plan is cleared."""
        self._interrupted.wait(seconds)

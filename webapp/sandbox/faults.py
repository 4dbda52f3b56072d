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
    HUGE_PACKED = "huge_packed"  # 200 and ten megabytes that were ten kilobytes on the way
    ENDLESS = "endless"  # 200 and a body that never ends
    ECHO = "echo"  # 400 and the caller's own headers and body in the error
    REDIRECT = "redirect"  # 302 to somewhere else

    RESET = "reset"  # the work is done and the connection dropped
    SILENCE = "silence"  # the work is done and nothing comes back for `seconds`
    SLOW_BODY = "slow_body"  # the answer drips, one piece each `seconds`
    WRONG_TYPE = "wrong_type"  # the right JSON, called a web page
    TRUNCATED = "truncated"  # half the JSON
    CUT_OFF = "cut_off"  # the connection ends in the middle of the announced length
    SHIPS_AFTERWARDS = "ships_afterwards"  # the answer is good, and then the order `order` leaves

    @property
    def comes_after_the_work(self) -> bool:
        return self in _AFTER_THE_WORK

    @property
    def words(self) -> str:
        """What happens, for a person who is to choose."""
        return _WORDS[self]


_AFTER_THE_WORK = frozenset(
    {
        Fault.RESET,
        Fault.SILENCE,
        Fault.SLOW_BODY,
        Fault.WRONG_TYPE,
        Fault.TRUNCATED,
        Fault.CUT_OFF,
        Fault.SHIPS_AFTERWARDS,
    }
)

_WORDS = {
    Fault.THROTTLED: "Says that there were too many calls (429)",
    Fault.SERVER_ERROR: "Breaks down (500)",
    Fault.UNAUTHORIZED: "Refuses the credentials (401)",
    Fault.NOT_FOUND: "Knows nothing under this address (404)",
    Fault.ERRORS_IN_BODY: "Answers 200 with an error inside",
    Fault.WRONG_SHAPE: "Answers 200 with other data than asked for",
    Fault.NOT_JSON: "Answers 200 with a web page",
    Fault.HUGE_BODY: "Answers ten megabytes",
    Fault.HUGE_PACKED: "Answers ten megabytes, packed into ten kilobytes",
    Fault.ENDLESS: "Answers without end",
    Fault.ECHO: "Refuses and repeats what the caller said, secrets and all",
    Fault.REDIRECT: "Sends callers elsewhere (302)",
    Fault.RESET: "Does its work and hangs up",
    Fault.SILENCE: "Does its work and stays silent",
    Fault.SLOW_BODY: "Does its work and answers drop by drop",
    Fault.WRONG_TYPE: "Does its work and calls the answer a web page",
    Fault.TRUNCATED: "Does its work and answers half of it",
    Fault.CUT_OFF: "Does its work and hangs up in mid-answer",
    Fault.SHIPS_AFTERWARDS: "Answers well, and then ships the order",
}


@dataclass
class PlannedFault:
    """One fault waiting for its requests: the first `skip` go well, `count` None means until it is cleared."""

    fault: Fault
    count: int | None = 1
    seconds: float = 1.0
    method: str | None = None
    path: str | None = None
    order: str | None = None
    skip: int = 0

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

    def planned(self) -> list[PlannedFault]:
        """What is still to go wrong, first things first."""
        with self._lock:
            return list(self._planned)

    def take(self, method: str, path: str) -> PlannedFault | None:
        """The first fault for this request, counted down; None when nothing is to go wrong."""
        with self._lock:
            for planned in list(self._planned):
                if not planned.matches(method, path):
                    continue
                if planned.skip:
                    planned.skip -= 1
                    continue
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

"""What must come of every fault, by what the call that it strikes was to do.

Written from the protocols, not from the code: what was refused was not done, of what was not answered nobody
knows, and how things stand at the provider afterwards is the truth. What differs for a system is in systems.py.
"""

from dataclasses import dataclass
from enum import Enum

from webapp.sandbox.faults import Fault
from webapp.statuses import ExchangeOutcome, RunState


class Outcome(Enum):
    """What a run comes to in the end."""

    DONE = RunState.SUCCEEDED
    REFUSED = RunState.FAILED  # Surely not done.
    UNKNOWN = RunState.UNKNOWN  # Perhaps done: looked for before it is sent again.


@dataclass(frozen=True)
class Expected:
    """The end of a run of whose calls one kind always meets the fault.

    `words` are read by its person, `call` is what the record says of each such call.
    """

    outcome: Outcome
    words: str = ""
    call: ExchangeOutcome = ExchangeOutcome.REFUSED
    is_true: bool = True  # False where a system lies in its own words, so that we cannot know.


DONE, REFUSED, UNKNOWN = Outcome.DONE, Outcome.REFUSED, Outcome.UNKNOWN
UNANSWERED = ExchangeOutcome.UNKNOWN
UNUSABLE = "answered something that cannot be used"

# A question changes nothing there, so that without its answer nothing is done at all.
LOOK: dict[Fault, Expected] = {
    Fault.THROTTLED: Expected(REFUSED, "was called too often"),
    Fault.SERVER_ERROR: Expected(REFUSED, "is out of order (status 500)"),
    Fault.UNAUTHORIZED: Expected(REFUSED, "refused the credentials"),
    Fault.NOT_FOUND: Expected(REFUSED, "has nothing at this address"),
    Fault.ERRORS_IN_BODY: Expected(REFUSED, "is being moved."),
    Fault.WRONG_SHAPE: Expected(REFUSED, UNUSABLE),
    Fault.NOT_JSON: Expected(REFUSED, UNUSABLE),
    Fault.HUGE_BODY: Expected(REFUSED, "is larger than"),
    Fault.HUGE_PACKED: Expected(REFUSED, "is larger than"),
    Fault.ENDLESS: Expected(REFUSED, "is larger than"),
    Fault.ECHO: Expected(REFUSED, "refused (status 400)"),
    Fault.REDIRECT: Expected(REFUSED, "sends callers elsewhere"),
    Fault.RESET: Expected(REFUSED, "did not answer: the connection broke off", UNANSWERED),
    Fault.SILENCE: Expected(REFUSED, "did not answer: no answer came in time", UNANSWERED),
    Fault.SLOW_BODY: Expected(REFUSED, "answered, but the answer broke off"),
    Fault.WRONG_TYPE: Expected(REFUSED, "it calls itself text/html"),
    Fault.TRUNCATED: Expected(REFUSED, UNUSABLE),
    Fault.CUT_OFF: Expected(REFUSED, "answered, but the answer broke off"),
}

# Of a change without a usable answer nobody knows whether it was made, until a look finds it made.
CHANGE: dict[Fault, Expected] = {
    Fault.THROTTLED: LOOK[Fault.THROTTLED],
    Fault.UNAUTHORIZED: LOOK[Fault.UNAUTHORIZED],
    Fault.NOT_FOUND: Expected(REFUSED, "has nothing"),
    Fault.ERRORS_IN_BODY: LOOK[Fault.ERRORS_IN_BODY],
    Fault.ECHO: LOOK[Fault.ECHO],
    Fault.REDIRECT: LOOK[Fault.REDIRECT],
    # Nothing was done, and nothing said of it that could be used: a look finds it undone, which may be too early.
    Fault.SERVER_ERROR: Expected(UNKNOWN, call=UNANSWERED),
    Fault.WRONG_SHAPE: Expected(UNKNOWN, call=UNANSWERED),
    Fault.NOT_JSON: Expected(UNKNOWN, call=UNANSWERED),
    Fault.HUGE_BODY: Expected(UNKNOWN, call=UNANSWERED),
    Fault.HUGE_PACKED: Expected(UNKNOWN, call=UNANSWERED),
    Fault.ENDLESS: Expected(UNKNOWN, call=UNANSWERED),
    # It was done and the answer was lost: a look finds it done.
    Fault.RESET: Expected(DONE, call=UNANSWERED),
    Fault.SILENCE: Expected(DONE, call=UNANSWERED),
    Fault.SLOW_BODY: Expected(DONE, call=UNANSWERED),
    Fault.WRONG_TYPE: Expected(DONE, call=UNANSWERED),
    Fault.TRUNCATED: Expected(DONE, call=UNANSWERED),
    Fault.CUT_OFF: Expected(DONE, call=UNANSWERED),
}

# What a test of an account's connection comes to, which is one question.
CONNECTION: dict[Fault, str] = {
    Fault.THROTTLED: "Called too often",
    Fault.SERVER_ERROR: "Out of order",
    Fault.UNAUTHORIZED: "Wrong credentials",
    Fault.NOT_FOUND: "Wrong address",
    Fault.ERRORS_IN_BODY: "Refused",
    Fault.WRONG_SHAPE: "Refused",
    Fault.NOT_JSON: "Refused",
    Fault.HUGE_BODY: "Refused",
    Fault.HUGE_PACKED: "Refused",
    Fault.ENDLESS: "Refused",
    Fault.ECHO: "Refused",
    Fault.REDIRECT: "Wrong address",
    Fault.RESET: "Not reachable",
    Fault.SILENCE: "Not reachable",
    Fault.SLOW_BODY: "Out of order",
    Fault.WRONG_TYPE: "Refused",
    Fault.TRUNCATED: "Refused",
    Fault.CUT_OFF: "Out of order",
}

# These say that the call was turned away before anything was done, so that it may be sent again at once.
TURNED_AWAY = frozenset({Fault.THROTTLED, Fault.UNAUTHORIZED})
# The work is done and then the answer goes wrong; the others answer instead of the system.
DONE_ALL_THE_SAME = frozenset(fault for fault, expected in CHANGE.items() if expected.outcome is DONE)
# These keep callers waiting, the last for the rest of an answer; the tests let them wait only a moment.
KEEPS_WAITING = frozenset({Fault.SILENCE, Fault.SLOW_BODY, Fault.CUT_OFF})
# Ten megabytes once more, said in other ways: met by one look and one change of each system.
HUGE_TOO = frozenset({Fault.HUGE_PACKED, Fault.ENDLESS})

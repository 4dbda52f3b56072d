"""What is wrong with a filter: each problem with the place it is at, in words, and what is allowed there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.errors import BadRequest

_STEP = re.compile(r"children\[(\d+)\]")
_MOST_IN_A_MESSAGE = 3  # More at once is noise; the caller has the whole list.


@dataclass(frozen=True)
class FilterProblem:
    """One thing wrong: where (`children[1].group.children[0]`, or a parameter), what, and what may be there.

    `subject` are the column and the operator it is about, where these are right.
    """

    path: str
    message: str
    allowed: tuple[str, ...] = ()
    subject: str = ""

    @property
    def numbers(self) -> str:
        """The path as numbers from 0: `children[1].group.children[0]` is "1.0"; empty outside the tree."""
        return ".".join(_STEP.findall(self.path))

    @property
    def place(self) -> str:
        """The path as people count: `children[1].group.children[0]` is "Condition 2.1"."""
        steps = [str(int(number) + 1) for number in _STEP.findall(self.path)]
        if steps:
            return f"Condition {'.'.join(steps)}"
        return self.path or "The filter"

    @property
    def advice(self) -> str:
        """What is wrong and what is allowed, for where the place can be seen."""
        return f"{self.message} Allowed: {', '.join(self.allowed)}." if self.allowed else self.message

    @property
    def sentence(self) -> str:
        subject = f"{self.subject}: " if self.subject else ""
        return f"{self.place}: {subject}{self.advice}"


class FilterError(BadRequest):
    """The filter cannot be used; `problems` has every reason, the message the first few."""

    code = "bad_filter"

    def __init__(self, problems: Sequence[FilterProblem]) -> None:
        shown = [problem.sentence for problem in problems[:_MOST_IN_A_MESSAGE]]
        if len(problems) > _MOST_IN_A_MESSAGE:
            shown.append(f"And {len(problems) - _MOST_IN_A_MESSAGE} more.")
        super().__init__(" ".join(shown))
        self.problems = tuple(problems)


class WrongValue(Exception):
    """Something that cannot stand where it does, and what can; the reader of the filter adds the place."""

    def __init__(self, message: str, allowed: Sequence[str] = (), subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.allowed = tuple(allowed)
        self.subject = subject

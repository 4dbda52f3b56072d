"""How many calls may be on their way at a time, for whoever asks about many things at once.

A lane is held only while a call waits for its turn and its answer, so that the next call begins while what came of
this one is being stored.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

Lane = Callable[[], AbstractContextManager[object]]
_lane: ContextVar[Lane] = ContextVar("lane", default=nullcontext)


@contextmanager
def each_call_in(lane: Lane) -> Iterator[None]:
    """Inside, every call to a provider is made in such a lane; what entering it raises keeps the call from it."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def lane_of_call() -> AbstractContextManager[object]:
    """The lane for one call with its repeats."""
    return _lane.get()()

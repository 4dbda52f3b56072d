"""Write, then look: the only way to know what a call that changes something has done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from webapp.providers.base import OutcomeUnknown, ProviderError

T = TypeVar("T")
Written = TypeVar("Written")


def write_and_read_back(write: Callable[[], Written], read_back: Callable[[Written | None], T]) -> T:
    """Write, then return what `read_back` finds; it is given the write's answer, None when there was none.

    A write that was turned away raises its own error. Once it may have taken effect, every failure to read back
    becomes OutcomeUnknown, so that nobody mistakes it for a refusal.
    """
    unanswered: OutcomeUnknown | None = None
    written: Written | None = None
    try:
        with after_looking():
            written = write()
    except OutcomeUnknown as error:
        unanswered = error
    try:
        return read_back(written)
    except ProviderError as error:
        happened = unanswered.message if unanswered else "The call was accepted."
        raise OutcomeUnknown(f"{happened} Looking for what became of it failed: {error.message}") from error


@contextmanager
def after_looking() -> Iterator[None]:
    """For a write that follows a look at the order: what it is refused for holds for earlier tries as well."""
    try:
        yield
    except ProviderError as error:
        error.after_look = True
        raise


@contextmanager
def seen_after(refusal: ProviderError) -> Iterator[None]:
    """For the look after a refusal that may not be the last word: what cannot be seen then is unknown."""
    try:
        yield
    except ProviderError as error:
        raise OutcomeUnknown(f"{refusal.message} Looking at what stands there failed: {error.message}") from error

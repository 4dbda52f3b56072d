"""The sandbox's own time: real time plus whatever was added by hand, so that a day can pass in a moment."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Runs with the machine's clock and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The sandbox's time, aware UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> datetime:
        """Let that many seconds pass at once and return the new time."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()

    def reset(self) -> None:
        self._ahead = timedelta()

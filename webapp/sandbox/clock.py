"""The sandbox's own time: real time, or a faster one, plus whatever was added by hand."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Runs with the machine's clock, `speed` times as fast, and can be put forward: a day passes in a moment."""

    def __init__(self, speed: float = 1) -> None:
        self._started = datetime.now(UTC)
        self._speed = speed
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The sandbox's time, aware UTC."""
        return self._started + (datetime.now(UTC) - self._started) * self._speed + self._ahead

    def advance(self, seconds: float) -> datetime:
        """Let that many seconds pass at once and return the new time."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()

    def reset(self) -> None:
        self._ahead = timedelta()

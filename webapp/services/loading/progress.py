"""How far a long command has come, on stderr: a line that rewrites itself, or one every ten seconds in a log."""

import sys
import time
from typing import TextIO

TERMINAL_SECONDS = 0.2  # Quick enough to look alive, slow enough to cost nothing.
LOG_SECONDS = 10.0


class Progress:
    """Counts up to `total` (0: nobody knows) with the rate and the time left; `stage` names a step."""

    def __init__(self, doing: str, total: int, *, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._rewrites = self._stream.isatty()
        self._pause = TERMINAL_SECONDS if self._rewrites else LOG_SECONDS
        self._width = 0
        self.begin(doing, total)

    def begin(self, doing: str, total: int) -> None:
        """Start to count something else."""
        self._doing, self._total, self._done = doing, total, 0
        self._started = time.monotonic()
        self._told = self._started

    def advance(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._told >= self._pause:
            self._told = now
            self._show(self._line(now))

    def stage(self, sentence: str) -> None:
        """Say what happens now; a log hears of it as seldom as of everything else."""
        now = time.monotonic()
        if self._rewrites or now - self._told >= self._pause:
            self._told = now
            self._show(sentence)

    def finish(self) -> None:
        """Leave a terminal with a clean line."""
        if self._rewrites:
            self._show("")
            self._stream.write("\r")
            self._stream.flush()

    def _line(self, now: float) -> str:
        rate = self._done / max(now - self._started, 0.001)
        if not self._total:
            return f"{self._doing} {self._done:,}, {rate:,.0f} a second"
        left = (self._total - self._done) / rate if rate else 0
        share = 100 * self._done // max(self._total, 1)
        return (
            f"{self._doing} {self._done:,} of {self._total:,} ({share} %), {rate:,.0f} a second, "
            f"{int(left) // 60}:{int(left) % 60:02} left"
        )

    def _show(self, line: str) -> None:
        if self._rewrites:
            self._stream.write(f"\r{line:<{self._width}}")
            self._width = len(line)
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


class Silence(Progress):
    """Progress that nobody watches: for callers that are not commands."""

    def __init__(self) -> None:
        super().__init__("", 0)

    def advance(self, count: int = 1) -> None:
        """Say nothing."""

    def stage(self, sentence: str) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""

"""The programs that `flask up` runs beside each other: started, started again when they end, stopped together."""

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from webapp.config import ROOT

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # A program that ran this long starts again without a pause.
FINISH_SECONDS = 10.0  # A worker may finish the call it is in.
END_SECONDS = 5.0  # Asked a second time, a worker takes the process of its job along; nobody needs longer.

Process = subprocess.Popen[bytes]


@dataclass
class Child:
    """One program with its log file, and when it may be started again.

    `when_back` is done after it was started again. One that `outlives` the others is stopped after them.
    """

    name: str
    command: list[str]
    log: Path
    when_back: Callable[[], None] | None = None
    outlives: bool = False
    process: Process | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Run it in a session of its own, so that Ctrl-C reaches only the one that stops them all."""
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                self.command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@dataclass
class Children:
    """All programs of one `flask up`; `say` prints a line for the person at the terminal."""

    environment: Mapping[str, str]
    log_folder: Path
    say: Callable[[str], None]
    _all: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: list[str],
        *,
        when_back: Callable[[], None] | None = None,
        outlives: bool = False,
    ) -> None:
        """Start a program and keep it running."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        log = self.log_folder / f"{name.replace(' ', '-')}.log"
        child = Child(name, command, log, when_back, outlives)
        child.start(self.environment)
        self._all.append(child)

    def tend(self) -> None:
        """Start again what has ended, after a pause that grows while it keeps ending."""
        for child in self._all:
            if child.has_ended:
                self._plan_restart(child)
            elif child.process is None and time.monotonic() >= child.due:
                child.start(self.environment)
                if child.when_back:
                    child.when_back()

    def has_ended(self, name: str) -> bool:
        return any(child.has_ended or child.pause for child in self._all if child.name == name)

    def last_words(self, name: str) -> str:
        """The last line of a program's log: why it does not run, most often."""
        for child in self._all:
            if child.name == name:
                lines = child.log.read_text(errors="replace").split("\n")
                return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise ValueError(f"No program is called {name}.")

    def stop(self) -> None:
        """Ask every program to end, ask once more, and end what still does not."""
        for outlives in (False, True):
            processes = [child.process for child in self._all if child.process and child.outlives is outlives]
            _ask_to_end(processes, FINISH_SECONDS)
            _ask_to_end(processes, END_SECONDS)
            for process in _running(processes):
                process.kill()
                process.wait()

    def _plan_restart(self, child: Child) -> None:
        now = time.monotonic()
        steady = now - child.started > STEADY_SECONDS
        child.pause = FIRST_PAUSE if steady or not child.pause else min(child.pause * 2, LONGEST_PAUSE)
        child.due = now + child.pause
        status = child.process.returncode if child.process else None
        child.process = None
        self.say(f"The {child.name} ended (status {status}) and starts again; its log is {child.log}.")


def _running(processes: Iterable[Process]) -> list[Process]:
    return [process for process in processes if process.poll() is None]


def _ask_to_end(processes: Iterable[Process], seconds: float) -> None:
    """Send SIGTERM to those that run and give them, all together, so many seconds."""
    asked = _running(processes)
    for process in asked:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in asked:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))

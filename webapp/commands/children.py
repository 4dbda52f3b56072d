"""The programs that `flask up` runs beside each other: started, started again when they end, stopped together."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from webapp.config import ROOT

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # A program that ran this long starts again without a pause.
STOP_SECONDS = 15.0  # A worker may finish the call it is in.

Process = subprocess.Popen[bytes]


@dataclass
class Child:
    """One program with its log file, and when it may be started again."""

    name: str
    command: list[str]
    log: Path
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

    def start(self, name: str, command: list[str]) -> None:
        """Start a program and keep it running."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        child = Child(name, command, self.log_folder / f"{name.replace(' ', '-')}.log")
        child.start(self.environment)
        self._all.append(child)

    def tend(self) -> None:
        """Start again what has ended, after a pause that grows while it keeps ending."""
        for child in self._all:
            if child.has_ended:
                self._plan_restart(child)
            elif child.process is None and time.monotonic() >= child.due:
                child.start(self.environment)

    def has_ended(self, name: str) -> bool:
        return any(child.has_ended or child.pause for child in self._all if child.name == name)

    def stop(self) -> None:
        """Ask every program to end, and end what does not."""
        running = [child.process for child in self._all if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
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

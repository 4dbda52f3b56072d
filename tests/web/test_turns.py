"""Requests of a process on SQLite take turns; one that takes its time keeps nobody for long."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask

from webapp import create_app
from webapp.config import Settings
from webapp.web.turns import Turns

Answer = Callable[..., Any]


class Counting:
    """An application that knows how many requests it had at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = self.most = 0

    def __call__(self, _environ: Any, _start: Answer) -> Iterable[bytes]:
        self.now += 1
        self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        self.now -= 1
        return [b"done"]


def ask(application: Turns, clients: int) -> float:
    """Seconds until all who ask at once have their answer."""
    threads = [threading.Thread(target=application, args=({}, lambda *_: None)) for _ in range(clients)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin


def test_quick_requests_come_one_after_the_other() -> None:
    inner = Counting(0.005)
    ask(Turns(inner, patience=10), 6)
    assert inner.most == 1


def test_nobody_waits_longer_than_their_patience_for_a_slow_one() -> None:
    inner = Counting(0.4)
    assert ask(Turns(inner, patience=0.02), 4) < 1.2  # One after the other they would take 1.6.
    assert inner.most == 4


def test_a_request_that_fails_gives_its_turn_up() -> None:
    def fail(_environ: Any, _start: Answer) -> Iterable[bytes]:
        raise RuntimeError("broken")

    application = Turns(fail, patience=10)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            application({}, lambda *_: None)


def test_only_sqlite_needs_turns(app: Flask, settings: Settings) -> None:
    fresh = create_app(settings)
    assert isinstance(fresh.wsgi_app, Turns) is (settings.database_url.get_backend_name() == "sqlite")

"""Several threads that act at the same moment, for what must happen once however often it is asked for."""

import threading
from collections.abc import Callable
from typing import TypeVar

from flask import Flask

from webapp.extensions import db

Answer = TypeVar("Answer")


def together(app: Flask, count: int, act: Callable[[int], Answer]) -> list[Answer]:
    """What `act(0)`, `act(1)` … give when they are let go at once, each in a thread and a session of its own."""
    db.session.commit()  # An open transaction of this thread would keep the others waiting on SQLite.
    barrier = threading.Barrier(count)
    answers: list[Answer] = []

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                answers.append(act(number))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

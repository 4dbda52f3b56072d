"""Processes beside that of the tests: several that act at the same moment, as on several machines, and workers.

They are forked from a server that has imported everything already, which is many times quicker than to begin anew.
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import Any

from webapp.config import Settings

Errand = tuple[Callable[..., Any], tuple[Any, ...]]

_LONGEST = 600
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.clients", "tests.dying_worker", "jobs.worker"])


def environment_of(settings: Settings) -> dict[str, str]:
    """What makes another process work on the database of this test."""
    return {
        "DOCKSIDE_MODE": "test",
        "DATABASE_URL": settings.database_url.render_as_string(hide_password=False),
        "REDIS_URL": settings.redis_url,
        "DOCKSIDE_VAR": str(settings.var_folder),
    }


def started(settings: Settings, work: Callable[..., Any], *args: Any) -> BaseProcess:
    """A process that does `work(*args)` on the database of this test."""
    return forked(_work, work, args, environment_of(settings))


def forked(work: Callable[..., Any], *args: Any) -> BaseProcess:
    """A process that does `work(*args)`."""
    process = _forks.Process(target=work, args=args)
    process.start()
    return process


def at_once(processes: int, work: Callable[..., Any], *args: Any, settings: Settings | None = None) -> list[Any]:
    """What `work(barrier, *args)` gives back in each of so many processes; see `all_at_once`."""
    return all_at_once([(work, args)] * processes, settings)


def all_at_once(errands: Sequence[Errand], settings: Settings | None = None) -> list[Any]:
    """What `work(barrier, *args)` of each errand gives back, each in a process; `barrier` is one for all of them.

    With settings they work on the database of this test. What any of them raises is raised here.
    """
    environment = environment_of(settings) if settings else {}
    barrier, answers = _forks.Barrier(len(errands)), _forks.Queue()
    running = [
        _forks.Process(target=_answer, args=(number, work, args, environment, barrier, answers))
        for number, (work, args) in enumerate(errands)
    ]
    for process in running:
        process.start()
    try:
        given = [answers.get(timeout=_LONGEST) for _ in running]
    finally:
        for process in running:
            process.join(timeout=5)
            process.kill()
    for _, answer in given:
        if isinstance(answer, Exception):
            raise answer
    return [answer for _, answer in sorted(given, key=lambda one: one[0])]


def _work(work: Callable[..., Any], args: tuple[Any, ...], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    work(*args)


def _answer(
    number: int,
    work: Callable[..., Any],
    args: tuple[Any, ...],
    environment: dict[str, str],
    barrier: Any,
    answers: Any,
) -> None:
    os.environ.update(environment)
    try:
        answers.put((number, work(barrier, *args)))
    except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for.
        barrier.abort()
        answers.put((number, RuntimeError(f"{type(error).__name__}: {error}")))

"""Several processes that act at the same moment, as workers on several machines would."""

import multiprocessing
from collections.abc import Callable
from typing import Any

_LONGEST = 600


def at_once(processes: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """What `work(barrier, *args)` gives back in each of so many processes; `barrier` is one for all of them.

    What it raises is raised here.
    """
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(processes), context.Queue()
    running = [context.Process(target=_begin, args=(work, args, barrier, answers)) for _ in range(processes)]
    for process in running:
        process.start()
    try:
        given = [answers.get(timeout=_LONGEST) for _ in running]
    finally:
        for process in running:
            process.join(timeout=5)
            process.kill()
    for answer in given:
        if isinstance(answer, Exception):
            raise answer
    return given


def _begin(work: Callable[..., Any], args: tuple[Any, ...], barrier: Any, answers: Any) -> None:
    try:
        answers.put(work(barrier, *args))
    except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for.
        barrier.abort()
        answers.put(RuntimeError(f"{type(error).__name__}: {error}"))

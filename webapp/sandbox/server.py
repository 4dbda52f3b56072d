"""Runs the sandbox on this machine's loopback address, alone or in the background of a test."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from webapp.sandbox.app import create_sandbox

HOST = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    """A line for every request would drown what the programs beside it have to say."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - werkzeug's signature
        return


@contextmanager
def _server(app: Flask, port: int) -> Iterator[BaseWSGIServer]:
    """A server on a socket opened here, because werkzeug's own ends the program when a port is taken."""
    with socket.create_server((HOST, port)) as listening:
        server = make_server(HOST, port, app, threaded=True, request_handler=_QuietHandler, fd=listening.fileno())
        with server:
            yield server


def serve(port: int) -> None:
    """Play the providers at http://127.0.0.1:<port>/<system> until interrupted. Raises OSError."""
    with _server(create_sandbox(), port) as server:
        server.serve_forever()


@contextmanager
def running(port: int = 0, *, rate_limits: bool = True, speed: float = 1) -> Iterator[str]:
    """A sandbox in a thread for as long as the block lasts; yields its address. Port 0 takes a free one.

    `rate_limits` and `speed` are those of create_sandbox.
    """
    with _server(create_sandbox(rate_limits=rate_limits, speed=speed), port) as server:
        thread = Thread(target=server.serve_forever, name="sandbox", daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

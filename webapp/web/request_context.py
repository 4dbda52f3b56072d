"""What is set up around every request: its id and its line in the log, and reads that cannot write."""

import time
import uuid
from functools import partial

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from webapp.extensions import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
QUIET_ENDPOINTS = frozenset({"static", "health.healthz", "health.readyz", "health.metrics", "webhooks.receive"})
"""Without a line of their own; the address of a webhook is a secret, and its receiver says what came."""

log = structlog.get_logger()


def install(app: Flask) -> None:
    """Register the hooks; this part comes before every other, so that even a refusal has an id and a log line."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of the current request, as in the log and in history rows."""
    return str(g.request_id)


def is_safe() -> bool:
    """Whether the method of this request only reads."""
    return request.method in SAFE_METHODS


def begin_writing() -> None:
    """Give the request a real transaction; called once it is known that the person may make the change.

    Until then even an unsafe request only reads, so that whoever is turned away never holds the write lock,
    and so that noting the use of a session cannot wait for the request's own transaction.
    """
    db.session.remove()


def elapsed() -> float:
    """Seconds since the request came in."""
    return time.perf_counter() - float(g.started)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request.endpoint != "static":
        db.session().info["reading"] = True


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    if request.endpoint not in QUIET_ENDPOINTS:
        line = {
            "method": request.method,
            "endpoint": request.endpoint,
            "path": request.path,
            "status": response.status_code,
            "duration_ms": round(elapsed() * 1000, 1),
        }
        # Once the answer is sent: nobody waits for the log, which takes a tenth of a small answer's time.
        response.call_on_close(partial(log.info, "request_finished", **line))
    return response

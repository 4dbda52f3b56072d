"""What is set up around every request: its id for the log, and reads that cannot write."""

import uuid

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from webapp.extensions import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Register the hooks; this part comes first, so that later ones already read outside transactions."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of the current request, as in the log and in history rows."""
    return str(g.request_id)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request.method in SAFE_METHODS:
        db.session().info["reading"] = True


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response

"""For machines: is the process up, is it ready, and what it has counted."""

import hmac
import ipaddress

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.errors import Forbidden
from webapp.extensions import db, settings
from webapp.queries.health import is_migrated
from webapp.queue import queue_lengths
from webapp.web.metrics import exposition
from webapp.web.permissions import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked, so that a slow database does not get it restarted."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Ready when the database answers and is migrated. Redis is reported only: browsing works without it."""
    database = _database_state()
    ready = database == "ok"
    answer = jsonify(status="ok" if ready else "unavailable", database=database, redis=_redis_state())
    return answer, 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    if not (_is_from_this_machine() or _has_token()):
        raise Forbidden("Metrics are given to this machine itself, or to whoever sends METRICS_TOKEN.")
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)


def _database_state() -> str:
    try:
        return "ok" if is_migrated() else "not migrated"
    except SQLAlchemyError:
        db.session.rollback()
        return "unreachable"


def _redis_state() -> str:
    try:
        queue_lengths()
    except RedisError:
        return "unreachable"
    return "ok"


def _is_from_this_machine() -> bool:
    """Behind a proxy that Dockside was not told of, every request seems to come from this machine."""
    if "X-Forwarded-For" in request.headers and not settings().trusted_proxies:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    expected = settings().metrics_token
    given = request.authorization.token if request.authorization else None
    return bool(expected) and hmac.compare_digest((given or "").encode(), expected.encode())

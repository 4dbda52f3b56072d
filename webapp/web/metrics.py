"""What Prometheus is told: requests as they are answered, runs and queues as they stand when it asks."""

import os
from collections.abc import Iterator

from flask import Flask, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.health import runs_by_state
from webapp.queue import queue_lengths
from webapp.web.request_context import elapsed

# A list page takes a few milliseconds and the slowest pages a second; beyond ten something is wrong.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_registry = CollectorRegistry()
_requests = Counter(
    "dockside_requests",
    "Requests answered.",
    ("endpoint", "method", "status"),
    registry=_registry,
)
_seconds = Histogram(
    "dockside_request_seconds",
    "Time from a request to its answer.",
    ("endpoint", "method"),
    buckets=BUCKETS,
    registry=_registry,
)


def install(app: Flask) -> None:
    """Count every answer."""
    app.after_request(_count)


def exposition() -> bytes:
    """All metrics in Prometheus's text format; those of every worker when they share PROMETHEUS_MULTIPROC_DIR."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Requests())
    registry.register(_State())
    return generate_latest(registry)


class _Requests(Collector):
    def collect(self) -> Iterator[Metric]:
        return iter(_registry.collect())


class _State(Collector):
    """Read when asked for, so that nothing has to keep a counter in step with the database."""

    def collect(self) -> Iterator[Metric]:
        yield from _runs()
        yield from _queues()


def _runs() -> Iterator[Metric]:
    try:
        by_state = runs_by_state()
    except OperationalError:
        db.session.rollback()
        yield GaugeMetricFamily("dockside_database_up", "Whether the database answers.", value=0)
        return
    yield GaugeMetricFamily("dockside_database_up", "Whether the database answers.", value=1)
    runs = GaugeMetricFamily("dockside_runs", "Runs by state.", labels=["state"])
    for state, number in by_state.items():
        runs.add_metric([state.value], number)
    yield runs


def _queues() -> Iterator[Metric]:
    try:
        lengths = queue_lengths()
    except RedisError:
        yield GaugeMetricFamily("dockside_redis_up", "Whether Redis answers.", value=0)
        return
    yield GaugeMetricFamily("dockside_redis_up", "Whether Redis answers.", value=1)
    waiting = GaugeMetricFamily("dockside_queue_jobs", "Jobs waiting in a queue.", labels=["queue"])
    for name, length in lengths.items():
        waiting.add_metric([name], length)
    yield waiting


def _count(response: Response) -> Response:
    # A client may invent methods and paths; both are folded, so that it cannot invent series.
    method = request.method if request.method in METHODS else "other"
    endpoint = request.endpoint or "unknown"
    _requests.labels(endpoint, method, str(response.status_code)).inc()
    if "started" in g:
        _seconds.labels(endpoint, method).observe(elapsed())
    return response

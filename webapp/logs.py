"""Logging: one JSON object a line in production, readable lines elsewhere; constant event names, ids as fields.

Errors also go to Sentry when SENTRY_DSN is set. Neither ever gets form values, query strings or cookies.
"""

import logging
import sys
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from webapp.config import Settings

# Libraries that tell of every call, or write what people typed into their lines.
QUIET = ("httpx", "httpcore", "alembic", "rq.worker", "flask-limiter")


# Asked for at every line and shown in none; this is how logging itself says that it is switched off.
for fact in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
    setattr(logging, fact, None)


def configure(settings: Settings) -> None:
    """Send structlog and the standard library's logging to the same place, and errors to Sentry."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        ProcessorFormatter(
            processors=[ProcessorFormatter.remove_processors_meta, *_renderers(settings)],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if settings.sentry_dsn:
        _start_sentry(settings)


def _renderers(settings: Settings) -> list[Processor]:
    if settings.is_production:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Without a formatter named here, local variables would be printed too, and secrets with them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _start_sentry(settings: Settings) -> None:
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.mode.value,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_personal_data,
    )


def without_personal_data(event: Any, _hint: Any) -> Any:
    """What Sentry may know of a request: method and path, not what was searched for nor who asked."""
    request = event.get("request")
    if request:
        path = urlsplit(request.get("url", ""))._replace(query="", fragment="").geturl()
        event["request"] = {"method": request.get("method"), "url": path}
    return event

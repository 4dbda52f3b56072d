"""Dockside: the application factory, which only wires the parts together."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import cli, logs
from webapp.config import ROOT, Settings, settings_from
from webapp.database import engine_options
from webapp.extensions import COMPRESSION, compress, csrf, db, limiter, migrate
from webapp.views import BLUEPRINTS, PRACTICE_BLUEPRINT
from webapp.web import (
    error_pages,
    formatting,
    kept,
    metrics,
    page_context,
    permissions,
    request_context,
    rows,
    security_headers,
    sessions,
    static_files,
    unindented,
)
from webapp.web.application import Application
from webapp.web.turns import Turns

REDIS_PATIENCE = 1  # Seconds: a Redis that does not answer must not hold up a sign-in; memory counts then.


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from these settings, or from the environment; raises ConfigurationError."""
    settings = settings or settings_from()
    app = Application(
        "webapp", root_path=str(ROOT / "webapp"), template_folder="../templates", static_folder="../static"
    )
    app.extensions["settings"] = settings
    app.config.update(_flask_config(settings))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    if settings.database_url.get_backend_name() == "sqlite":
        app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
    logs.configure(settings)
    request_context.install(app)
    _bind_extensions(app)
    for part in (
        metrics,
        sessions,
        permissions,
        security_headers,
        error_pages,
        page_context,
        formatting,
        kept,
        rows,
        static_files,
        unindented,
    ):
        part.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if not settings.is_production:
        app.register_blueprint(PRACTICE_BLUEPRINT)
    cli.register(app)
    return app


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "webapp" / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    app.before_request(_check_csrf)
    limiter.init_app(app)
    # The views with a limit ask by themselves; there is none for all views that every request would have to ask.
    app.before_request_funcs[None].remove(limiter._check_request_limit)  # noqa: SLF001 - it has no switch
    compress.init_app(app)


def _check_csrf() -> None:
    """Check the token of what may change something; Flask-WTF would ask first, of every page, if it is exempt."""
    if not request_context.is_safe():
        csrf.protect(apply_exemptions=True)


def _flask_config(settings: Settings) -> dict[str, object]:
    cookie_prefix = "__Host-" if settings.secure_cookies else ""
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.mode == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "SESSION_COOKIE_NAME": f"{cookie_prefix}dockside",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "WTF_CSRF_CHECK_DEFAULT": False,  # See _check_csrf.
        "WTF_CSRF_TIME_LIMIT": None,  # The token lives as long as the session, which has its own limits.
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "RATELIMIT_STORAGE_URI": settings.redis_url.replace("unix://", "redis+unix://"),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE},
        "RATELIMIT_STRATEGY": "moving-window",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_SWALLOW_ERRORS": True,  # A Redis that dies between two questions must not break a sign-in.
        **COMPRESSION,
    }

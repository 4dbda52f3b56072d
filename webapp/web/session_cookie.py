"""Flask's signed session cookie, whose signature is checked once and not at every request it comes with."""

import copy
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

KEPT_COOKIES = 1024  # Each of some hundred bytes; more people than a warehouse has.


class SessionCookie(SecureCookieSessionInterface):
    """Flask's own, which remembers what it has read; how old a cookie is, it checks every time."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return _serializer(self, app, app.secret_key) if app.secret_key else None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie of the request says; empty when there is none, or none of ours, or it is too old."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        try:
            said, signed_at = _checked(serializer, cookie)
        except BadSignature:
            return self.session_class()
        is_of_age = timedelta() <= datetime.now(UTC) - signed_at <= app.permanent_session_lifetime
        return self.session_class(copy.deepcopy(said) if is_of_age else None)


@lru_cache(maxsize=8)
def _serializer(interface: SessionCookie, app: Flask, _key: str | bytes) -> URLSafeTimedSerializer | None:
    return SecureCookieSessionInterface.get_signing_serializer(interface, app)


@lru_cache(maxsize=KEPT_COOKIES)
def _checked(serializer: URLSafeTimedSerializer, cookie: str) -> tuple[Any, datetime]:
    said: tuple[Any, datetime] = serializer.loads(cookie, return_timestamp=True)
    return said

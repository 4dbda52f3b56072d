"""Who is signed in: the session cookie, its limits, and where a person who is not signed in is sent."""

from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import Flask, g, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from webapp.errors import SignInNeeded
from webapp.extensions import login_manager, settings
from webapp.queries.accounts import Person, SessionLimits, open_session
from webapp.schema import now
from webapp.services import accounts
from webapp.web.htmx import go_to
from webapp.web.request_context import is_safe

TOUCH_AFTER = timedelta(minutes=5)  # How stale last_seen_at may get, so that reading a page seldom writes.

log = structlog.get_logger()


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login carries: the session token stands for the person."""

    def __init__(self, token: str, person: Person) -> None:
        self.token = token
        self.person = person

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Bind Flask-Login to the session table."""
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = (
        None  # The table ends sessions; a changed address must not (mobile scanners).
    )
    login_manager.user_loader(_load)


def current_person() -> Person | None:
    """The person behind this request; None when nobody is signed in."""
    person: Person | None = getattr(current_user, "person", None)  # Each look at the proxy asks anew who it is.
    return person


def signed_in_person() -> Person:
    """The person behind this request, in views that only signed-in people reach."""
    person = current_person()
    if person is None:
        raise RuntimeError("A view that needs a person was reached by nobody. Declare its permission.")
    return person


def session_token() -> str:
    """The token of the session behind this request; empty when nobody is signed in."""
    return str(current_user.token) if current_user.is_authenticated else ""


def limits() -> SessionLimits:
    """How long a session may rest and how long it may last."""
    return SessionLimits(idle=settings().session_idle, absolute=settings().session_absolute)


def begin(token: str) -> None:
    """Hand this browser a new session; whatever the old one held is gone, its CSRF token too."""
    session.clear()
    person = open_session(token, limits())
    if person is None:
        raise RuntimeError("A session was opened for someone who is not there.")
    login_user(SignedIn(token, person.person))


def forget() -> None:
    """Take the session out of this browser."""
    logout_user()
    session.clear()


def act_as_nobody() -> None:
    """Let the rest of this request run as if nobody were signed in: for error pages without a database."""
    g._login_user = login_manager.anonymous_user()  # noqa: SLF001 - where Flask-Login keeps the person of a request


def sign_in_needed() -> Response:
    """Send the person to the sign-in page, and back to where they were afterwards.

    A plain form that was sent without a session raises SignInNeeded instead: its page keeps what was typed.
    """
    if "HX-Request" not in request.headers and not is_safe():
        raise SignInNeeded("You were signed out, so nothing was changed. Sign in, then do it again.")
    return go_to(sign_in_url())


def sign_in_url() -> str:
    """The sign-in page, with the way back to the page this request was made from."""
    if "HX-Request" in request.headers:
        wanted = request.headers.get("HX-Current-URL")
    else:
        wanted = request.full_path if is_safe() else request.referrer
    return url_for("accounts.sign_in", next=local_path(wanted))


def local_path(url: str | None) -> str:
    """The path and query of a URL, safe to redirect to: never another host; "/" when it is none of ours."""
    try:
        parts = urlsplit(url or "/")
    except ValueError:
        return "/"
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith(("//", "/\\")) else "/"
    return f"{path}?{parts.query}" if parts.query else path


def _load(token: str) -> SignedIn | None:
    opened = open_session(token, limits())
    if opened is None:
        return None
    structlog.contextvars.bind_contextvars(user_id=opened.person.id)
    if now() - opened.last_seen_at > min(TOUCH_AFTER, limits().idle / 10):
        _touch(token)
    return SignedIn(token, opened.person)


def _touch(token: str) -> None:
    try:
        accounts.touch_session(token)
    except OperationalError:
        # A page that only reads must not fail because another program holds SQLite's write lock for long.
        log.warning("session_not_touched")

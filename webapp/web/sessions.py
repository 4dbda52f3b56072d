"""Who is signed in: the session cookie, its limits, and where a person who is not signed in is sent."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, request, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response

from webapp.extensions import login_manager, settings
from webapp.queries.accounts import OpenSession, Person, open_session
from webapp.schema import now
from webapp.services import accounts
from webapp.web.htmx import go_to

TOUCH_AFTER = timedelta(minutes=5)  # How stale last_seen_at may get, so that reading a page seldom writes.


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login carries: the session token stands for the person."""

    def __init__(self, token: str, person: Person) -> None:
        self.token = token
        self.person = person

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Bind Flask-Login to the session table."""
    login_manager.init_app(app)
    login_manager.session_protection = (
        None  # The table ends sessions; a changed address must not (mobile scanners).
    )
    login_manager.user_loader(_load)


def current_person() -> Person | None:
    """The person behind this request; None when nobody is signed in."""
    return current_user.person if current_user.is_authenticated else None


def signed_in_person() -> Person:
    """The person behind this request, in views that only signed-in people reach."""
    person = current_person()
    if person is None:
        raise RuntimeError("A view that needs a person was reached by nobody. Declare its permission.")
    return person


def sign_in_needed() -> Response:
    """Send the person to the sign-in page, and back to where they were afterwards."""
    wanted = request.headers.get("HX-Current-URL", "") if "HX-Request" in request.headers else request.full_path
    return go_to(url_for("accounts.sign_in", next=local_path(wanted)))


def local_path(url: str | None) -> str:
    """The path and query of a URL, safe to redirect to: never another host; "/" when it is none of ours."""
    parts = urlsplit(url or "/")
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith(("//", "/\\")) else "/"
    return f"{path}?{parts.query}" if parts.query else path


def _load(token: str) -> SignedIn | None:
    opened = open_session(token)
    if opened is None or _is_over(opened):
        return None
    if now() - opened.last_seen_at > TOUCH_AFTER:
        accounts.touch_session(token)
    return SignedIn(token, opened.person)


def _is_over(opened: OpenSession) -> bool:
    moment = now()
    return (
        moment - opened.last_seen_at > settings().session_idle
        or moment - opened.created_at > settings().session_absolute
    )

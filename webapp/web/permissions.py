"""Permission is declared at the route: a view without a declaration answers nobody, and fails the suite."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from webapp.errors import Forbidden
from webapp.statuses import Permission
from webapp.web.request_context import begin_writing, is_safe
from webapp.web.sessions import current_person, sign_in_needed

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed in"
DECLARATION = "permission_declared"


def requires(permission: Permission) -> Callable[[View], View]:
    """Only people whose role holds this permission reach the view."""
    return _declare(permission)


def signed_in(view: View) -> View:
    """Anyone who is signed in reaches the view."""
    return _declare(SIGNED_IN)(view)


def public(view: View) -> View:
    """Everyone reaches the view, signed in or not."""
    return _declare(PUBLIC)(view)


def only_reads(view: View) -> View:
    """The view changes nothing although it takes a POST, whose body has room for more than an address."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


def declared(endpoint: str) -> str | None:
    """What the route of this endpoint declares; None when it declares nothing."""
    if endpoint == "static":
        return PUBLIC
    return getattr(current_app.view_functions[endpoint], DECLARATION, None)


def install(app: Flask) -> None:
    """Check the declaration before every view."""
    app.before_request(_check)


def _declare(permission: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, DECLARATION, permission)
        return view

    return mark


def _check() -> Any:
    if request.endpoint is None:
        return None
    permission = declared(request.endpoint)
    if permission is None:
        raise RuntimeError(f"{request.endpoint} declares no permission. Mark the view in webapp.web.permissions.")
    if permission != PUBLIC:
        person = current_person()
        if person is None:
            return sign_in_needed()
        if permission != SIGNED_IN and not person.can(permission):
            raise Forbidden(
                f"Your role ({person.role.label}) does not allow this. Ask a supervisor or an administrator."
            )
    if not (is_safe() or hasattr(current_app.view_functions[request.endpoint], "only_reads")):
        current_person()  # Whoever is signed in is looked up while the request still reads.
        begin_writing()
    return None

"""The one place where an error becomes an answer: a page, a fragment, or JSON."""

from http import HTTPStatus

import sentry_sdk
import structlog
from flask import Flask, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from webapp.errors import AppError, SignInNeeded
from webapp.extensions import db
from webapp.web.htmx import wants_fragment
from webapp.web.sessions import act_as_nobody, local_path, sign_in_url

Answer = tuple[str | Response, int]

log = structlog.get_logger()

# Fields that a person did not type, or must not see again.
NOT_TYPED = frozenset({"csrf_token", "idempotency_key", "version", "next"})
TITLES = {
    HTTPStatus.BAD_REQUEST: "That address does not fit",
    HTTPStatus.UNAUTHORIZED: "You were signed out",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.NOT_FOUND: "Nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That cannot be done this way",
    HTTPStatus.CONFLICT: "Someone was faster",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That could not be done",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
}


def install(app: Flask) -> None:
    """Register the handlers; each leaves the transaction rolled back."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(SignInNeeded, _sign_in_needed)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    for unavailable in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(unavailable, _database_error)
    app.register_error_handler(Exception, _unexpected)


def answer(message: str, status: int, code: str = "error", *, title: str = "", **context: object) -> Answer:
    """Say what happened in the form that was asked for; `context` is for the templates under errors/."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error={"code": code, "message": message}), status
    title = title or TITLES.get(HTTPStatus(status), HTTPStatus(status).phrase)
    template = "errors/_banner.html" if wants_fragment() else "errors/page.html"
    return render_template(template, title=title, message=message, status=status, **context), status


def _app_error(error: AppError) -> Answer:
    db.session.rollback()
    return answer(error.message, error.status, error.code)


def _sign_in_needed(error: SignInNeeded) -> Answer:
    return answer(error.message, error.status, error.code, typed=_typed(), sign_in_url=sign_in_url())


def _csrf_error(_error: CSRFError) -> Answer:
    """A form that waited too long keeps what was typed, so that nothing has to be written twice."""
    message = (
        "This form was open for too long, or its page was made for another sign-in, so nothing was changed. "
        "Load the page again and send the form once more."
    )
    back = local_path(request.referrer) if request.referrer else None
    title = "This form is too old"
    return answer(message, HTTPStatus.BAD_REQUEST, "csrf", title=title, typed=_typed(), back_url=back)


def _typed() -> dict[str, str]:
    """What the person typed into the form that was refused, by field; never a password."""
    return {
        name: value
        for name, value in request.form.items()
        if value and name not in NOT_TYPED and "password" not in name and not name.startswith("original_")
    }


def _http_error(error: HTTPException) -> Answer | HTTPException:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    messages = {
        400: "The server could not understand this request. Go back, load the page again and try once more.",
        404: "There is no page at this address. It may have been moved, or the link may be incomplete.",
        405: "This address takes another kind of request. Go back to the page and use its button.",
        413: "What was sent is larger than this page accepts.",
        429: "There were too many tries in a short time. Wait a few minutes, then try again.",
    }
    return answer(messages.get(status, error.description or error.name), status)


def _database_error(error: OperationalError | InterfaceError | PoolTimeout) -> Answer:
    """The page is made without asking the database who is there."""
    db.session.remove()
    act_as_nobody()
    log.error("database_unavailable", error=str(getattr(error, "orig", error)))
    return answer(
        "The database does not answer, so nothing was changed. Try again in a moment.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _unexpected(error: Exception) -> Answer:
    db.session.rollback()
    sentry_sdk.capture_exception(error)
    log.error("unexpected_error", path=request.path, exc_info=error)
    return answer(
        "Nothing was changed. The error has been written to the log; try again, and tell an administrator "
        "if it stays.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )

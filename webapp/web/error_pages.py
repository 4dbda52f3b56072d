"""The one place where an error becomes an answer: a page, a fragment, or JSON."""

from http import HTTPStatus

import structlog
from flask import Flask, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from webapp.errors import AppError
from webapp.extensions import db
from webapp.web.htmx import wants_fragment

log = structlog.get_logger()

TITLES = {
    HTTPStatus.BAD_REQUEST: "That address does not fit",
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
    """Register the handlers; a handler for an AppError rolls the transaction back first."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def answer(message: str, status: int, code: str = "error", **context: object) -> tuple[str | Response, int]:
    """Say what happened in the form that was asked for."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error={"code": code, "message": message}), status
    title = TITLES.get(HTTPStatus(status), HTTPStatus(status).phrase)
    template = "errors/_banner.html" if wants_fragment() else "errors/page.html"
    return render_template(template, title=title, message=message, status=status, **context), status


def _app_error(error: AppError) -> tuple[str | Response, int]:
    db.session.rollback()
    return answer(error.message, error.status, error.code)


def _csrf_error(_error: CSRFError) -> tuple[str | Response, int]:
    """A form that waited too long keeps what was typed, so that nothing has to be written twice."""
    typed = {
        name: value for name, value in request.form.items() if name not in {"csrf_token", "password"} and value
    }
    return answer(
        "This form was open for too long, or its page was made for another sign-in, so nothing was changed. "
        "Go back, reload the page and send it again. What you typed is kept below.",
        HTTPStatus.BAD_REQUEST,
        "csrf",
        typed=typed,
    )


def _http_error(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    messages = {
        404: "There is no page at this address. It may have been moved, or the link may be incomplete.",
        405: "This address takes another kind of request. Go back to the page and use its button.",
        413: "What was sent is larger than this page accepts.",
        429: "There were too many tries in a short time. Wait a few minutes, then try again.",
    }
    return answer(messages.get(status, error.description or error.name), status)


def _database_error(error: OperationalError) -> tuple[str | Response, int]:
    db.session.rollback()
    log.error("database_unavailable", error=str(error.orig))
    return answer(
        "The database does not answer, so nothing was changed. Try again in a moment.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _unexpected(error: Exception) -> tuple[str | Response, int]:
    db.session.rollback()
    log.error("unexpected_error", path=request.path, exc_info=error)
    return answer(
        "Nothing was changed. The error has been written to the log; try again, and tell an administrator "
        "if it stays.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )

"""The doors for providers' notices, and the page on which administrators open and close them."""

import hashlib
import uuid

import structlog
from flask import Blueprint, Response, flash, jsonify, render_template, request, url_for
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import AppError
from webapp.extensions import csrf, db, limiter
from webapp.queries.webhooks import ear_of
from webapp.services import webhooks
from webapp.services.actors import Actor
from webapp.statuses import Permission
from webapp.web.htmx import go_to
from webapp.web.permissions import public, requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("webhooks", __name__)
log = structlog.get_logger()

LARGEST = 1024 * 1024  # Notices are a few kilobytes; one with every line of a large order stays below this.
A_MINUTE = "600/minute"  # A batch of labels printed at once sends one each; more is nobody's warehouse.


def _of_address() -> str:
    """Counted for each address; by whom it is called says little, since providers call from many machines."""
    return hashlib.sha256(request.path.encode("utf-8", "replace")).hexdigest()


def _too_many(_: RequestLimit) -> Response:
    """Providers send again what was not taken in."""
    provider = str((request.view_args or {}).get("provider", ""))
    return _refused(429, "too_many", "There were too many notices within a minute. Send this one again.", provider)


@blueprint.post("/webhooks/<provider>/<token>")
@public
@limiter.limit(lambda: A_MINUTE, key_func=_of_address, on_breach=_too_many)
@limiter.limit(lambda: A_MINUTE, on_breach=_too_many)
def receive(provider: str, token: str) -> Response:
    """Take a notice in and answer at once; what it means is for the run that reads it."""
    request.max_content_length = LARGEST
    try:
        received = webhooks.receive(provider, token, _headers(), request.get_data(cache=False))
        db.session.commit()
    except RequestEntityTooLarge:
        return _refused(413, "too_large", f"A notice has at most {LARGEST:,} bytes.", provider)
    except AppError as error:
        return _refused(int(error.status), error.code, error.message, provider)
    log.info("webhook_received", provider=provider, run_id=received.run_id)
    return jsonify(code="200", Message="Success")  # The words that ShipHero wants; others look at the status.


csrf.exempt(receive)  # A program has no page to take a token from; it signs instead.


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _refused(status: int, code: str, message: str, provider: str) -> Response:
    db.session.rollback()
    log.warning(
        "webhook_turned_away", provider=provider[:60], code=code, status=status, address=get_remote_address()
    )
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response


@blueprint.get("/providers/<int:account_id>/notices")
@requires(Permission.MANAGE_PROVIDERS)
def show(account_id: int) -> str:
    ear = ear_of(account_id)
    token = webhooks.token_of(ear.token)
    return render_template(
        "webhooks/page.html",
        ear=ear,
        address=url_for(".receive", provider=ear.kind, token=token, _external=True) if token else None,
        has_secret=webhooks.has_secret(ear.credentials),
        idempotency_key=uuid.uuid4().hex,
    )


@blueprint.post("/providers/<int:account_id>/notices/address")
@requires(Permission.MANAGE_PROVIDERS)
def make_address(account_id: int) -> BaseResponse:
    webhooks.new_address(account_id, _actor(), request.form.get("idempotency_key"))
    db.session.commit()
    flash("The account has a new address for notices. Enter it at the provider.", "success")
    return go_to(url_for(".show", account_id=account_id))


@blueprint.post("/providers/<int:account_id>/notices/secret")
@requires(Permission.MANAGE_PROVIDERS)
def keep_secret(account_id: int) -> BaseResponse:
    secret, key = request.form.get("secret", ""), request.form.get("idempotency_key")
    webhooks.keep_secret(account_id, secret, _actor(), key)
    db.session.commit()
    flash("The secret is stored." if secret.strip() else "The secret was taken away.", "success")
    return go_to(url_for(".show", account_id=account_id))


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())

"""Void a shipment and restore it: in a dialog over any page, or on pages of their own."""

import re
import uuid
from http import HTTPStatus

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import AppError, BadRequest, Refused, Stale
from webapp.extensions import db
from webapp.forms.voids import VoidForm
from webapp.queries import restores as restore_questions
from webapp.queries import void_runs
from webapp.queries.activity import latest_changes
from webapp.queries.listing.keyset import PAGE_SIZES
from webapp.queries.shipment_page import Shipment, shipment
from webapp.queries.void_rules import takes_cancellations
from webapp.services import restores, voids
from webapp.services.actors import Actor
from webapp.services.voids import NeedsConfirmation, Outcome
from webapp.services.voids_plan import plan as plan_of
from webapp.statuses import Permission, VoidBucket
from webapp.web.htmx import about, go_to, shipment_news, toast_about, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("voids", __name__)

DIALOG, TOASTS, RESTORE, VOIDING, BANNERS = "dialog", "toasts", "restore", "voiding", "banners"
_ID = re.compile("[0-9]{1,18}")  # One digit less than the highest number of a key column has.


@blueprint.get("/fulfillments/<int:fulfillment_id>/void")
@requires(Permission.VOID)
def ask(fulfillment_id: int) -> Response:
    form = VoidForm(formdata=None, force="1" if request.args.get("force") == "1" else "")
    return _dialog(fulfillment_id, form, status=200)


@blueprint.post("/fulfillments/<int:fulfillment_id>/void")
@requires(Permission.VOID)
def void(fulfillment_id: int) -> BaseResponse:
    form = VoidForm()
    is_valid = form.validate()
    if form.version.errors:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    if not is_valid:
        return _dialog(fulfillment_id, form, status=422)
    try:
        outcome = voids.void(
            fulfillment_id,
            reason=form.reason,
            version=form.version.data,
            key=form.idempotency_key.data,
            actor=_actor(),
            force=form.is_forced,
            may_force=signed_in_person().can(Permission.FORCE_VOID),
        )
    except (Stale, NeedsConfirmation, Refused) as refusal:
        db.session.rollback()
        return _dialog(fulfillment_id, form, status=refusal.status, refusal=refusal)
    db.session.commit()
    return _done(fulfillment_id, outcome)


@blueprint.get("/fulfillments/<int:fulfillment_id>/void-status")
@requires(Permission.BROWSE)
def status(fulfillment_id: int) -> BaseResponse:
    """What a page that says “Voiding…” asks for: nothing yet, or the news that the run is over."""
    if not wants_fragment(TOASTS):
        return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))
    person = signed_in_person()
    found = shipment(fulfillment_id, person.scope)
    progress = void_runs.progress(request.args.get("watching", 0, type=int), fulfillment_id)
    if not progress.is_over:
        return Response("", mimetype="text/html")
    body = _rendered("voids/_toast.html", found, progress.good_news) if progress.good_news else ""
    return with_events(body, **shipment_news(fulfillment_id))


@blueprint.get("/fulfillments/voiding")
@requires(Permission.BROWSE)
def bulk_status() -> BaseResponse:
    """What a list asks of whose rows a bulk run is voiding some: which of them it is done with."""
    if not wants_fragment(VOIDING):
        return go_to(url_for("fulfillments.index"))
    asked = _ids(request.args.get("ids", ""))
    waiting = void_runs.waiting_in_bulk(asked, signed_in_person().scope)
    done = [id_ for id_ in asked if id_ not in waiting]
    if not done:
        return Response(status=204)
    body = render_template("fulfillments/_voiding.html", voiding=[id_ for id_ in asked if id_ in waiting])
    return with_events(body, rows_changed={"target": "body", "ids": done}, runs_changed={"target": "body"})


def _ids(text: str) -> list[int]:
    """The ids of the rows of a page. Raises BadRequest."""
    ids = text.split(",")
    if len(ids) > max(PAGE_SIZES) or not all(map(_ID.fullmatch, ids)):
        raise BadRequest("This address does not name the rows of a page. Load the list again.")
    return [int(id_) for id_ in ids]


@blueprint.get("/fulfillments/<int:fulfillment_id>/restore")
@requires(Permission.RESTORE)
def offer_restore(fulfillment_id: int) -> str:
    """The button that restores, or the reason why that is not possible."""
    scope = signed_in_person().scope
    return render_template(
        "voids/_restore.html" if wants_fragment(RESTORE) else "voids/restore.html",
        shipment=shipment(fulfillment_id, scope),
        refusal=restore_questions.refusal_of(fulfillment_id, scope),
        idempotency_key=uuid.uuid4().hex,
    )


@blueprint.post("/fulfillments/<int:fulfillment_id>/restore")
@requires(Permission.RESTORE)
def restore(fulfillment_id: int) -> BaseResponse:
    version = request.form.get("version", type=int)
    if version is None:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    try:
        restores.restore(fulfillment_id, version=version, key=request.form.get("idempotency_key"), actor=_actor())
    except Stale as stale:
        db.session.rollback()
        return _stale_restore(fulfillment_id, stale.version - version)
    db.session.commit()
    found = shipment(fulfillment_id, signed_in_person().scope)
    message = f"{found.fulfillment_number} is restored. It is {found.status.label.lower()} again."
    if wants_fragment():
        return with_events("", toast=toast_about(fulfillment_id, message), **shipment_news(fulfillment_id))
    flash(message, "good")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


def _stale_restore(fulfillment_id: int, missed: int) -> Response:
    """Who changed what since the page was made, and the choice; `missed` changes were made meanwhile."""
    scope, is_part = signed_in_person().scope, wants_fragment(BANNERS)
    body = render_template(
        "voids/_stale_restore.html" if is_part else "voids/restore.html",
        shipment=shipment(fulfillment_id, scope),
        refusal=restore_questions.refusal_of(fulfillment_id, scope),
        missed=latest_changes(fulfillment_id, missed),
        idempotency_key=uuid.uuid4().hex,
    )
    news = shipment_news(fulfillment_id) if is_part else {}  # The page below is as old as its Restore.
    return with_events(body, HTTPStatus.CONFLICT, **news)


def _done(fulfillment_id: int, outcome: Outcome) -> BaseResponse:
    found = shipment(fulfillment_id, signed_in_person().scope)
    if outcome.bucket is VoidBucket.VOIDED:
        message = f"{found.fulfillment_number} is voided. Its stock is back."
    else:
        message = f"{_what_is_asked(found)}; then it is voided."
    if wants_fragment(DIALOG):
        body = _rendered("voids/_voided.html", found, message) if found.is_voided else ""
        events = shipment_news(fulfillment_id) | {"dialog_close": True}
        if not found.is_voided:
            events["toast"] = toast_about(fulfillment_id, message)
        return with_events(body, **events)
    flash(message, "good" if found.is_voided else "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


def _what_is_asked(found: Shipment) -> str:
    label, number = found.type.label, found.fulfillment_number
    if takes_cancellations(found.type):
        return f"{label} is being asked to cancel {number}"
    return f"{label} is being asked whether {number} has shipped"


def _rendered(template: str, found: Shipment, message: str) -> str:
    key = uuid.uuid4().hex
    return render_template(template, shipment=found, message=message, about=about(found.id), idempotency_key=key)


def _dialog(fulfillment_id: int, form: VoidForm, *, status: int, refusal: AppError | None = None) -> Response:
    """The dialog with what will happen, the same that is then done; what was typed is kept."""
    person = signed_in_person()
    found = shipment(fulfillment_id, person.scope)
    is_stale = isinstance(refusal, Stale)
    missed = latest_changes(fulfillment_id, found.version - form.version.data) if is_stale else []
    is_part = wants_fragment(DIALOG)
    plan = plan_of([fulfillment_id], person.scope, force=form.is_forced and person.can(Permission.FORCE_VOID))
    body = render_template(
        "voids/_dialog.html" if is_part else "voids/page.html",
        shipment=found,
        plan=plan,
        one=plan.shipments[0],
        form=form,
        refusal=refusal,
        is_stale=is_stale,
        missed=missed,
        may_force=person.can(Permission.FORCE_VOID),
        idempotency_key=uuid.uuid4().hex,
        level=2 if is_part else 1,
    )
    return Response(body, status, mimetype="text/html")


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())

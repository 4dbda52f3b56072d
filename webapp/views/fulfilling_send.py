"""“Send to provider” on the shipment page: follow the run that creates the order there, and ask for it again."""

import uuid

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.fulfilling_send import SendingStatus, sending_of
from webapp.services import fulfilling_send
from webapp.services.actors import Actor
from webapp.statuses import Permission
from webapp.web.htmx import go_to, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("fulfilling_send", __name__)

STATUS = "sending-status"


@blueprint.get("/fulfillments/<int:fulfillment_id>/send-to-provider")
@requires(Permission.BROWSE)
def status(fulfillment_id: int) -> Response | str:
    """How the sending stands; the page is told when the run it watches is over, or the order is there already."""
    found = sending_of(fulfillment_id, signed_in_person().scope)
    if not wants_fragment(STATUS):
        return render_template("fulfilling/sending.html", **_context(found))
    run, watched = found.run, request.args.get("watching", type=int)
    is_over = run is not None and run.is_finished and run.id == watched
    if not (is_over or found.has_order):  # Only a page that knows of no order asks.
        return _fragment(found)
    return with_events(_fragment(found), shipment_changed={"target": "body"}, runs_changed={"target": "body"})


@blueprint.post("/fulfillments/<int:fulfillment_id>/send-to-provider")
@requires(Permission.FULFIL)
def send(fulfillment_id: int) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    fulfilling_send.request(fulfillment_id, actor, request.form.get("idempotency_key"))
    db.session.commit()
    found = sending_of(fulfillment_id, person.scope)
    if wants_fragment(STATUS):
        return with_events(_fragment(found), runs_changed={"target": "body"})
    flash(f"{found.fulfillment_number} is being sent to {found.provider}.", "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


def _fragment(sending: SendingStatus) -> str:
    return render_template("fulfilling/_sending.html", **_context(sending))


def _context(sending: SendingStatus) -> dict[str, object]:
    return {"sending": sending, "idempotency_key": uuid.uuid4().hex}

"""Archive a shipment out of the ordinary lists, and bring it back."""

from collections.abc import Callable

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.services import archiving
from webapp.services.actors import Actor
from webapp.services.archiving import Archived
from webapp.statuses import Permission
from webapp.web.htmx import go_to, shipment_news, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("archiving", __name__)


@blueprint.post("/fulfillments/<int:fulfillment_id>/archive")
@requires(Permission.ARCHIVE)
def archive(fulfillment_id: int) -> Response:
    return _change(fulfillment_id, archiving.archive, "It is archived.", "archived already")


@blueprint.post("/fulfillments/<int:fulfillment_id>/unarchive")
@requires(Permission.ARCHIVE)
def unarchive(fulfillment_id: int) -> Response:
    return _change(fulfillment_id, archiving.unarchive, "It is in the ordinary lists again.", "not archived")


def _change(fulfillment_id: int, change: Callable[..., Archived], done: str, as_it_was: str) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    outcome = change(fulfillment_id, key=request.form.get("idempotency_key"), actor=actor)
    db.session.commit()
    message = done if outcome.changed else f"Nothing changed: the shipment is {as_it_was}."
    if wants_fragment():
        return with_events("", **shipment_news(fulfillment_id), toast={"target": "body", "message": message})
    flash(message, "good" if outcome.changed else "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))

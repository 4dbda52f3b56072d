"""“Resync” on the shipment page: ask for the run, then follow it until it is over."""

import uuid
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.resyncs import ResyncStatus, status_of
from webapp.services import resyncs
from webapp.services.actors import Actor
from webapp.statuses import Permission, RunState
from webapp.web.htmx import go_to, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("resyncs", __name__)

STATUS = "resync-status"


@blueprint.post("/fulfillments/<int:fulfillment_id>/resync-from-provider")
@requires(Permission.RESYNC)
def from_provider(fulfillment_id: int) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    resyncs.request(fulfillment_id, actor, request.form.get("idempotency_key"))
    db.session.commit()
    status = status_of(fulfillment_id, person.scope)
    if wants_fragment(STATUS):
        return with_events(_fragment(status), runs_changed={"target": "body"})
    flash(f"{status.provider} is being asked how this shipment stands. This page shows what came of it.", "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


@blueprint.get("/fulfillments/<int:fulfillment_id>/resync-status")
@requires(Permission.BROWSE)
def status(fulfillment_id: int) -> Response | str:
    """The line about the last resync; when the run that a page is watching is over, the page is told."""
    if not wants_fragment(STATUS):
        return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))
    found = status_of(fulfillment_id, signed_in_person().scope)
    watched = request.args.get("watching", type=int)
    if found.run is None or found.run.id != watched or not found.run.is_finished:
        return _fragment(found)
    events: dict[str, Any] = {"shipment_changed": {"target": "body"}, "runs_changed": {"target": "body"}}
    if found.run.state is RunState.SUCCEEDED:
        events["toast"] = {"message": found.run.message, "target": "body"}
    return with_events(_fragment(found), **events)


def _fragment(resync: ResyncStatus) -> str:
    return render_template("resyncs/_status.html", resync=resync, idempotency_key=uuid.uuid4().hex)

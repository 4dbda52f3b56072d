"""“Resync” on the shipment page: ask for the run, then follow it until it is over."""

import uuid
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.resyncs import ResyncStatus, status_of
from webapp.queries.runs import RunRow
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
    if _is_asked_by_row(fulfillment_id):
        return with_events(_in_row(status), runs_changed={"target": "body"})
    flash(f"{status.provider} is being asked how this shipment stands. This page shows what came of it.", "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


@blueprint.get("/fulfillments/<int:fulfillment_id>/resync-status")
@requires(Permission.BROWSE)
def status(fulfillment_id: int) -> Response | str:
    """The line about the last resync; when the run that a page is watching is over, the page is told."""
    in_row = _is_asked_by_row(fulfillment_id)
    if not (in_row or wants_fragment(STATUS)):
        return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))
    found = status_of(fulfillment_id, signed_in_person().scope)
    body = _in_row(found) if in_row else _fragment(found)
    watched = request.args.get("watching", type=int)
    if found.run is None or found.run.id != watched or not found.run.is_finished:
        return body
    return with_events(body, **_news(found.run, fulfillment_id, in_row=in_row))


def _news(run: RunRow, fulfillment_id: int, *, in_row: bool) -> dict[str, Any]:
    """What a page is told of a run that is over; a row keeps what went wrong in sight instead of being renewed."""
    events: dict[str, Any] = {"runs_changed": {"target": "body"}}
    if not in_row:
        events["shipment_changed"] = {"target": "body"}
        if run.state is RunState.SUCCEEDED:
            events["toast"] = {"message": run.message, "target": "body"}
    elif not run.went_wrong:
        events["row_changed"] = {"target": "body", "id": fulfillment_id}
    return events


def _is_asked_by_row(fulfillment_id: int) -> bool:
    """Whether the answer goes to the next steps of this shipment's row in the list."""
    return wants_fragment(f"next-steps-{fulfillment_id}")


def _in_row(resync: ResyncStatus) -> str:
    return render_template("resyncs/_in_row.html", resync=resync, idempotency_key=uuid.uuid4().hex)


def _fragment(resync: ResyncStatus) -> str:
    return render_template("resyncs/_status.html", resync=resync, idempotency_key=uuid.uuid4().hex)

"""“Submit to channel” and “Clear” on the shipment page: the channel's own answer, or the run that goes on."""

import uuid

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.channel import ChannelStanding, standing_of
from webapp.services import channel
from webapp.services.actors import Actor
from webapp.statuses import Permission, RunState
from webapp.web.htmx import go_to, shipment_news, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("channel", __name__)

STATUS = "channel-status"
# So long a person waits for the channel's answer; what takes longer goes on as a run, whose worker beats.
PATIENCE_SECONDS = 8.0


@blueprint.post("/fulfillments/<int:fulfillment_id>/submit-to-channel")
@requires(Permission.SUBMIT_TO_CHANNEL)
def submit(fulfillment_id: int) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    started = channel.start(fulfillment_id, key=request.form.get("idempotency_key"), actor=actor)
    db.session.commit()
    if started.claim is not None:
        channel.carry_out(started.claim, patience=PATIENCE_SECONDS)
    return _answer(standing_of(fulfillment_id, person.scope))


@blueprint.post("/fulfillments/<int:fulfillment_id>/clear-channel-submission")
@requires(Permission.SUBMIT_TO_CHANNEL)
def clear(fulfillment_id: int) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    cleared = channel.clear(fulfillment_id, key=request.form.get("idempotency_key"), actor=actor)
    db.session.commit()
    done = "Cleared. The next sync tells the channel again."
    message = done if cleared.changed else "There was nothing to clear."
    if wants_fragment():
        body = _fragment(standing_of(fulfillment_id, person.scope))
        return with_events(body, **shipment_news(fulfillment_id), toast={"target": "body", "message": message})
    flash(message, "good" if cleared.changed else "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id, _anchor="channel"))


@blueprint.get("/fulfillments/<int:fulfillment_id>/channel-status")
@requires(Permission.BROWSE)
def status(fulfillment_id: int) -> Response | str:
    """How telling the channel stands; the page is told when the run it watches is over."""
    found = standing_of(fulfillment_id, signed_in_person().scope)
    if not (wants_fragment(STATUS) or _is_asked_by_row(fulfillment_id)):
        return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))
    watched = request.args.get("watching", type=int)
    if found.run is None or found.run.id != watched or not found.run.is_finished:
        return _fragment(found)
    return with_events(_fragment(found), **shipment_news(fulfillment_id))


def _answer(found: ChannelStanding) -> Response:
    """The channel's answer; 422 with its own words when it said no, 202 when a run goes on for it."""
    run = found.run
    said = run.message if run else ""
    code = 200 if run is None or run.state is RunState.SUCCEEDED else 422 if run.is_finished else 202
    if wants_fragment():
        return with_events(_fragment(found), code, **shipment_news(found.fulfillment_id))
    tone = {200: "good", 202: "info"}.get(code, "bad")
    flash(said or f"{found.channel} is being told.", tone)
    return go_to(url_for("shipment_page.show", fulfillment_id=found.fulfillment_id, _anchor="channel"))


def _is_asked_by_row(fulfillment_id: int) -> bool:
    """Whether the answer goes to the next steps of this shipment's row in the list."""
    return wants_fragment(f"next-steps-{fulfillment_id}")


def _fragment(found: ChannelStanding) -> str:
    name = "_in_row.html" if _is_asked_by_row(found.fulfillment_id) else "_status.html"
    return render_template(f"channel/{name}", telling=found, idempotency_key=uuid.uuid4().hex)

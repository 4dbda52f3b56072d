"""What a provider can be told on the shipment page: the lines as they stand here, or to cancel the order."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries.provider_actions import ProviderStanding, standing_of
from webapp.queries.runs import RunRow, latest_of
from webapp.services import provider_operations
from webapp.services.actors import Actor
from webapp.statuses import Permission, RunKind
from webapp.web.htmx import go_to, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("provider_actions", __name__)

PANEL = "provider-actions"


@dataclass(frozen=True)
class Action:
    """One button, why it cannot be pressed, and the last run it started."""

    name: str
    label: str
    symbol: str
    endpoint: str
    permission: Permission
    refusal: str | None
    run: RunRow | None

    @property
    def is_at_work(self) -> bool:
        return self.run is not None and not self.run.is_finished


@blueprint.get("/fulfillments/<int:fulfillment_id>/provider-actions")
@requires(Permission.BROWSE)
def show(fulfillment_id: int) -> Response | str:
    """The buttons and how their last runs stand; the page is told when one that it watches is over."""
    standing = standing_of(fulfillment_id, signed_in_person().scope)
    context = _context(standing)
    if not wants_fragment(PANEL):
        return render_template("provider_actions/page.html", **context)
    body = render_template("provider_actions/_panel.html", **context)
    watched = request.args.get("watching", type=int)
    if not any(
        action.run and action.run.id == watched and action.run.is_finished for action in context["actions"]
    ):
        return body
    return with_events(body, shipment_changed={"target": "body"}, runs_changed={"target": "body"})


@blueprint.post("/fulfillments/<int:fulfillment_id>/resync-to-provider")
@requires(Permission.RESYNC)
def update(fulfillment_id: int) -> Response:
    return _requested(RunKind.RESYNC_TO_PROVIDER, fulfillment_id, "The lines are being sent to {}.")


@blueprint.post("/fulfillments/<int:fulfillment_id>/cancel-provider-order")
@requires(Permission.VOID)
def cancel(fulfillment_id: int) -> Response:
    return _requested(RunKind.CANCEL_PROVIDER_ORDER, fulfillment_id, "{} is being told to cancel the order.")


def _requested(kind: RunKind, fulfillment_id: int, words: str) -> Response:
    person = signed_in_person()
    actor = Actor(person.id, person.scope, request_id())
    provider_operations.request(kind, fulfillment_id, actor, request.form.get("idempotency_key"))
    db.session.commit()
    standing = standing_of(fulfillment_id, person.scope)
    if wants_fragment(PANEL):
        body = render_template("provider_actions/_panel.html", **_context(standing))
        return with_events(body, runs_changed={"target": "body"})
    flash(f"{words.format(standing.provider)} This page shows what came of it.", "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


def _context(standing: ProviderStanding) -> dict[str, Any]:
    update_run = latest_of(standing.fulfillment_id, RunKind.RESYNC_TO_PROVIDER)
    cancel_run = latest_of(standing.fulfillment_id, RunKind.CANCEL_PROVIDER_ORDER)
    return {
        "standing": standing,
        "actions": [
            Action(
                "resync-to",
                f"Resync to {standing.provider}",
                "send",
                ".update",
                Permission.RESYNC,
                standing.update_refusal,
                update_run,
            ),
            Action(
                "cancel-order",
                f"Cancel at {standing.provider}",
                "plug-x",
                ".cancel",
                Permission.VOID,
                standing.cancel_refusal,
                cancel_run,
            ),
        ],
        "idempotency_key": uuid.uuid4().hex,
    }

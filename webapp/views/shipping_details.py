"""Edit a shipment's tracking number and cost: in a dialog over its page, or on a page of its own."""

import uuid

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest, Stale
from webapp.extensions import db
from webapp.forms.shipping_details import ShippingDetailsForm, written_amount
from webapp.queries.activity import ActivityRow, latest_changes
from webapp.queries.shipment_page import Shipment, shipment
from webapp.services import shipping_details
from webapp.services.actors import Actor
from webapp.services.shipping_details import Saved
from webapp.statuses import Permission
from webapp.views.shipment_page import refreshed
from webapp.web.formatting import decimal_mark
from webapp.web.htmx import go_to, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("shipping_details", __name__)


@blueprint.get("/fulfillments/<int:fulfillment_id>/shipping-details")
@requires(Permission.EDIT_SHIPPING)
def edit(fulfillment_id: int) -> Response:
    found = _shipment(fulfillment_id)
    form = ShippingDetailsForm(formdata=None, decimal_mark=decimal_mark())
    form.tracking_number.data, form.cost.data = _present(found)
    form.take_untouched_from(*_present(found))
    return _form(found, form, status=200)


@blueprint.post("/fulfillments/<int:fulfillment_id>/shipping-details")
@requires(Permission.EDIT_SHIPPING)
def save(fulfillment_id: int) -> BaseResponse:
    form = ShippingDetailsForm(decimal_mark=decimal_mark())
    is_valid = form.validate()
    if form.version.errors:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    if not is_valid:
        return _form(_shipment(fulfillment_id), form, status=422)
    person = signed_in_person()
    try:
        saved = shipping_details.edit(
            fulfillment_id,
            form.values(request.form),
            version=form.version.data,
            key=form.idempotency_key.data,
            actor=Actor(person.id, person.scope, request_id()),
        )
    except Stale as stale:
        db.session.rollback()
        return _conflict(fulfillment_id, form, stale)
    db.session.commit()
    return _saved(fulfillment_id, saved)


def _saved(fulfillment_id: int, saved: Saved) -> BaseResponse:
    message = said(saved)
    if wants_fragment("dialog"):
        return with_events(
            refreshed(fulfillment_id),
            dialog_close=True,
            toast={"message": message},
            activity_changed=True,
            row_changed={"target": "body", "id": fulfillment_id},
        )
    flash(message, "good" if saved.changed else "info")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))


def said(saved: Saved) -> str:
    """What was saved, in a few words."""
    names = [name for field, name in (("tracking_number", "tracking"), ("cost", "cost")) if field in saved.changed]
    return f"{' and '.join(names).capitalize()} saved" if names else "Nothing changed"


def _conflict(fulfillment_id: int, form: ShippingDetailsForm, stale: Stale) -> Response:
    """The form again with what happened meanwhile: what was typed is kept, the rest is brought up to date."""
    found = _shipment(fulfillment_id)
    missed = latest_changes(fulfillment_id, found.version - form.version.data)
    form.take_untouched_from(*_present(found))
    return _form(found, form, status=stale.status, missed=missed)


def _form(
    found: Shipment, form: ShippingDetailsForm, *, status: int, missed: list[ActivityRow] | None = None
) -> Response:
    is_conflict = missed is not None
    version = form.version.data if status == 422 else found.version
    template = "_dialog" if wants_fragment("dialog") else "page"
    body = render_template(
        f"shipping_details/{template}.html",
        shipment=found,
        form=form,
        version=version,
        idempotency_key=uuid.uuid4().hex,
        is_conflict=is_conflict,
        missed=missed,
        level=2 if template == "_dialog" else 1,
    )
    return Response(body, status, mimetype="text/html")


def _shipment(fulfillment_id: int) -> Shipment:
    return shipment(fulfillment_id, signed_in_person().scope)


def _present(found: Shipment) -> tuple[str, str]:
    return found.tracking_number or "", written_amount(found.cost, decimal_mark())

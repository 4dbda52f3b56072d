"""The fulfillment order page and its Fulfil dialog."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest, Refused
from webapp.extensions import db
from webapp.forms.fulfilling import NO_ACCOUNT, FulfilForm, fulfil_form
from webapp.queries.account_trouble import Trouble
from webapp.queries.activity import ActivityRow, activity_of_order, latest_changes_of_order
from webapp.queries.fulfilling import (
    SHIPMENTS_SHOWN,
    FulfillmentOrderDetail,
    accounts_that_create,
    fulfillment_order,
    shipments_of,
    usual_way,
)
from webapp.queries.tracking_links import tracking_url
from webapp.services import fulfilling
from webapp.services.actors import Actor
from webapp.services.fulfilling import Fulfilled, OrderChanged
from webapp.services.fulfilling_rules import ShortStock, WrongQuantities
from webapp.statuses import Permission
from webapp.web.formatting import decimal_mark
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.permissions import requires
from webapp.web.query_string import only, page_number
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("fulfilling", __name__)

HISTORY = "order-history"


@blueprint.get("/fulfillment-orders/<int:fulfillment_order_id>")
@requires(Permission.BROWSE)
def show(fulfillment_order_id: int) -> str:
    order = _order(fulfillment_order_id)
    only("page")
    context: dict[str, Any] = {"order": order, **_history(order.id)}
    if wants_fragment(HISTORY):
        return render_template("fulfilling/_history.html", **context)
    return render_template(
        "fulfilling/page.html",
        shipments=shipments_of(order.id),
        shipments_shown=SHIPMENTS_SHOWN,
        tracking_url=tracking_url,
        **context,
    )


@blueprint.get("/fulfillment-orders/<int:fulfillment_order_id>/fulfil")
@requires(Permission.FULFIL)
def choose(fulfillment_order_id: int) -> Response:
    order = _order(fulfillment_order_id)
    usual, accounts = usual_way(order), accounts_that_create()
    is_offered = usual.provider_account_id in {id_ for id_, _ in accounts}
    proposed = {
        "shipping_method": usual.shipping_method,
        "provider_account_id": str(usual.provider_account_id) if is_offered else NO_ACCOUNT,
    }
    options = {"formdata": None, "data": proposed, "decimal_mark": decimal_mark()}
    return _form(order, fulfil_form(order.lines, accounts, **options), status=200, trouble=usual.account_trouble)


@blueprint.post("/fulfillment-orders/<int:fulfillment_order_id>/fulfil")
@requires(Permission.FULFIL)
def fulfil(fulfillment_order_id: int) -> BaseResponse:
    order = _order(fulfillment_order_id)
    form = fulfil_form(order.lines, accounts_that_create(), decimal_mark=decimal_mark())
    is_valid = form.validate()
    if form.version.errors:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    if not is_valid:
        return _form(order, form, status=422)
    try:
        fulfilled = _fulfil(order.id, form)
    except OrderChanged as changed:
        db.session.rollback()
        missed = latest_changes_of_order(order.id, changed.version - form.version.data)
        return _form(_order(order.id), form, status=changed.status, missed=missed)
    except (ShortStock, WrongQuantities) as refused:
        db.session.rollback()
        form.complain(refused.problems)
        return _form(_order(order.id), form, status=refused.status)
    except Refused as refused:
        db.session.rollback()
        form.form_errors.append(refused.message)
        return _form(_order(order.id), form, status=refused.status)
    db.session.commit()
    flash(said(fulfilled, form), "good")
    return go_to(url_for("shipment_page.show", fulfillment_id=fulfilled.fulfillment_id))


def said(fulfilled: Fulfilled, form: FulfilForm) -> str:
    """What was made, in a sentence."""
    units = sum(form.quantities.values())
    made = f"{fulfilled.fulfillment_number} was made with {units} unit{'' if units == 1 else 's'}"
    if fulfilled.run_id is not None:
        return f"{made} and is being sent to its provider. This page shows what comes of it."
    return f"{made}. It has shipped." if form.handed_over else f"{made}. It is ready to ship."


def _fulfil(fulfillment_order_id: int, form: FulfilForm) -> Fulfilled:
    person = signed_in_person()
    return fulfilling.fulfil(
        fulfillment_order_id,
        form.quantities,
        shipping_method=form.shipping_method.data,
        tracking_number=form.tracking_number.data or None,
        cost=form.amount,
        provider_account_id=form.account_id,
        handed_over=form.handed_over,
        version=form.version.data,
        key=form.idempotency_key.data,
        actor=Actor(person.id, person.scope, request_id()),
    )


def _form(
    order: FulfillmentOrderDetail,
    form: FulfilForm,
    *,
    status: int,
    missed: list[ActivityRow] | None = None,
    trouble: Trouble | None = None,
) -> Response:
    template = "_dialog" if wants_fragment("dialog") else "fulfil"
    body = render_template(
        f"fulfilling/{template}.html",
        order=order,
        form=form,
        version=form.version.data if status == 422 else order.version,
        idempotency_key=uuid.uuid4().hex,
        is_conflict=missed is not None,
        missed=missed,
        trouble=trouble,
        level=2 if template == "_dialog" else 1,
    )
    return Response(body, status, mimetype="text/html")


def _order(fulfillment_order_id: int) -> FulfillmentOrderDetail:
    return fulfillment_order(fulfillment_order_id, signed_in_person().scope)


def _history(fulfillment_order_id: int) -> dict[str, Any]:
    page = page_number()

    def to(number: int) -> str:
        first = url_for("fulfilling.show", fulfillment_order_id=fulfillment_order_id)
        return first if number == 1 else f"{first}?page={number}"

    log = activity_of_order(fulfillment_order_id, page=page)
    return {
        "log": log,
        "previous_url": to(page - 1) if page > 1 else "",
        "next_url": to(page + 1) if log.has_next else "",
    }

"""What was said to providers about a shipment: the calls, each with its bodies, and the payloads of its orders."""

import json
from contextlib import suppress
from typing import Any

from flask import Blueprint, render_template

from webapp.providers.shapes import UnexpectedAnswer
from webapp.providers.xml import indented
from webapp.queries.provider_orders import exchange, exchanges_of, payload_of
from webapp.queries.shipment_page import number_of
from webapp.statuses import Permission
from webapp.views.activity import links
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import requires
from webapp.web.query_string import only, page_number
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("exchanges", __name__)

PAGE_SIZE = 8  # So many fit into the card beside the lines without pushing the other cards out of sight.


@blueprint.get("/fulfillments/<int:fulfillment_id>/exchanges")
@requires(Permission.BROWSE)
def index(fulfillment_id: int) -> str:
    number = number_of(fulfillment_id, signed_in_person().scope)
    only("page")
    page = page_number()
    template = "_panel" if wants_fragment("exchanges") else "page"
    return render_template(
        f"exchanges/{template}.html",
        fulfillment_id=fulfillment_id,
        number=number,
        exchanges=exchanges_of(fulfillment_id, page=page, size=PAGE_SIZE),
        links=links("exchanges.index", fulfillment_id, page, {}),
    )


@blueprint.get("/fulfillments/<int:fulfillment_id>/exchanges/<int:exchange_id>")
@requires(Permission.BROWSE)
def show(fulfillment_id: int, exchange_id: int) -> str:
    found = exchange(fulfillment_id, exchange_id, signed_in_person().scope)
    return _in_dialog(
        "exchange",
        fulfillment_id=fulfillment_id,
        exchange=found,
        request_body=readable(found.request_body),
        response_body=readable(found.response_body),
    )


@blueprint.get("/fulfillments/<int:fulfillment_id>/provider-orders/<int:provider_order_id>")
@requires(Permission.BROWSE)
def payload(fulfillment_id: int, provider_order_id: int) -> str:
    found = payload_of(fulfillment_id, provider_order_id, signed_in_person().scope)
    text = json.dumps(found.content, indent=2, ensure_ascii=False)
    return _in_dialog("payload", fulfillment_id=fulfillment_id, payload=found, text=text)


def readable(body: str | None) -> str:
    """A body indented when it is JSON or XML, and as it came when it is neither."""
    given = body or ""
    try:
        return json.dumps(json.loads(given), indent=2, ensure_ascii=False)
    except ValueError:
        with suppress(UnexpectedAnswer):
            return indented(given)
        return given


def _in_dialog(template: str, **context: Any) -> str:
    """The same content inside the dialog, or on a page of its own."""
    if wants_fragment("dialog"):
        return render_template(f"exchanges/_{template}.html", level=2, **context)
    return render_template("exchanges/detail.html", content=f"exchanges/_{template}.html", level=1, **context)

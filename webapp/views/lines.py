"""The lines of one shipment: below its row in the list, or as a page of their own."""

from flask import Blueprint, render_template

from webapp.queries.lines import lines_of
from webapp.queries.listing.columns import COLUMNS
from webapp.queries.shipment_page import number_of
from webapp.statuses import Permission
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import requires
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("lines", __name__)

WIDEST_TABLE = len(COLUMNS) + 3  # The tools, the number and the reason for attention stand beside the columns.


@blueprint.get("/fulfillments/<int:fulfillment_id>/lines")
@requires(Permission.BROWSE)
def index(fulfillment_id: int) -> str:
    scope = signed_in_person().scope
    lines = lines_of(fulfillment_id, scope)
    if wants_fragment():
        return render_template(
            "fulfillments/_line_rows.html", lines=lines, fulfillment_id=fulfillment_id, width=WIDEST_TABLE
        )
    number = number_of(fulfillment_id, scope)
    return render_template("fulfillments/lines.html", lines=lines, fulfillment_id=fulfillment_id, number=number)

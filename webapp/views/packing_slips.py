"""Packing slips: a page to print for one shipment or for many, and that it was printed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from webapp.choices import Choice
from webapp.errors import BadRequest, Refused
from webapp.extensions import db
from webapp.queries.lines import Line, lines_of
from webapp.queries.shipment_page import Shipment, shipment
from webapp.services import packing_slips
from webapp.services.actors import Actor
from webapp.statuses import Permission
from webapp.views.bulk import chosen_ids
from webapp.web.barcodes import barcode
from webapp.web.htmx import go_to, shipment_news, wants_fragment, with_events
from webapp.web.permissions import only_reads, requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("packing_slips", __name__)

MOST = 100
"""Slips on one page: more than a cart takes, and a page that a browser lays out within a second."""


class Paper(Choice):
    LETTER = "letter", "Letter"
    A4 = "a4", "A4"
    LABEL = "4x6", "4 x 6 inch"


@dataclass(frozen=True)
class Slip:
    """What goes into one parcel."""

    shipment: Shipment
    lines: list[Line]
    barcode: Markup


@blueprint.get("/fulfillments/<int:fulfillment_id>/packing-slip")
@requires(Permission.PRINT)
def show(fulfillment_id: int) -> str:
    return _page([fulfillment_id], url_for("shipment_page.show", fulfillment_id=fulfillment_id))


@blueprint.post("/fulfillments/packing-slips")
@requires(Permission.PRINT)
@only_reads
def choose() -> Response:
    """Lead on to the page with the slips of what is selected, which has an address of its own."""
    ids = chosen_ids()
    if request.form.get("all") == "1" or len(ids) > MOST:
        raise Refused(f"At most {MOST} packing slips are printed at once. Select fewer shipments.")
    if not ids:
        raise Refused("No shipment is selected. Select some in the list first.")
    return go_to(url_for(".show_many", ids=",".join(map(str, sorted(ids)))))


@blueprint.get("/fulfillments/packing-slips")
@requires(Permission.PRINT)
def show_many() -> str:
    given = request.args.get("ids", "").split(",")
    if len(given) > MOST or not all(map(_is_id, given)):
        raise BadRequest(f"The address names the shipments by their ids, up to {MOST}. Select them in the list.")
    return _page(sorted({int(id_) for id_ in given}), url_for("fulfillments.index"))


@blueprint.post("/fulfillments/packing-slips/printed")
@requires(Permission.PRINT)
def printed() -> Response:
    person, ids = signed_in_person(), chosen_ids()[:MOST]
    key = request.form.get("idempotency_key")
    count = packing_slips.mark_printed(ids, key=key, actor=Actor(person.id, person.scope, request_id()))
    db.session.commit()
    said = (
        "1 packing slip is marked as printed." if count == 1 else f"{count} packing slips are marked as printed."
    )
    if wants_fragment():
        return with_events("", 200, print_now={"target": "body"}, toast={"message": said}, **shipment_news(ids[0]))
    flash(said, "good")
    return go_to(url_for("fulfillments.index"))


def _page(ids: Sequence[int], back_url: str) -> str:
    scope = signed_in_person().scope
    found = [(shipment(id_, scope), lines_of(id_, scope)) for id_ in ids]
    return render_template(
        "packing_slips/page.html",
        slips=[Slip(one, lines, barcode(one.fulfillment_number)) for one, lines in found],
        papers=Paper,
        paper=_paper(),
        back_url=back_url,
        idempotency_key=uuid.uuid4().hex,
        ids=request.args.get("ids", ""),
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _paper() -> Paper:
    value = request.args.get("paper", Paper.LETTER.value)
    if value not in {paper.value for paper in Paper}:
        allowed = ", ".join(paper.value for paper in Paper)
        raise BadRequest(f"There is no paper {value[:60]!r}. Choose one of: {allowed}.")
    return Paper(value)

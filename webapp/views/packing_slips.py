"""Packing slips: a page to print for one shipment or for many, one PDF for very many, and that it was printed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest, NotFound, Refused
from webapp.extensions import db
from webapp.queries import bulk_selections
from webapp.queries.bulk_selections import Chosen, Matching
from webapp.queries.exports import ready_within
from webapp.queries.listing.keyset import Sort
from webapp.queries.packing_slips import slips_of
from webapp.queries.shipment_page import NOT_HERE
from webapp.services import packing_slips, packing_slips_file
from webapp.services.actors import Actor
from webapp.services.bulk import OtherNumber
from webapp.services.packing_slips import Paper
from webapp.services.packing_slips_file import SlipsOrder
from webapp.statuses import ROLE_PERMISSIONS, Permission
from webapp.views.bulk import chosen_ids
from webapp.views.fulfillments import state_of
from webapp.web.barcodes import barcode
from webapp.web.downloads import file_started
from webapp.web.htmx import go_to, shipment_news, wants_fragment, with_events
from webapp.web.permissions import only_reads, requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("packing_slips", __name__)

MOST = 100
"""Slips on one page: more than a cart takes, and a page that a browser lays out within a second."""


SMALL, PATIENCE_SECONDS = 100, 2.0
"""Up to so many slips a file is made within a second, and the person waits for it so long."""


@dataclass(frozen=True)
class Asked:
    """What a request is about: the shipments, the list to go back to, and its order."""

    selection: Chosen | Matching
    query: str
    sort: Sort


@blueprint.get("/fulfillments/<int:fulfillment_id>/packing-slip")
@requires(Permission.PRINT)
def show(fulfillment_id: int) -> str:
    return _page([fulfillment_id], url_for("shipment_page.show", fulfillment_id=fulfillment_id))


@blueprint.post("/fulfillments/packing-slips")
@requires(Permission.PRINT)
@only_reads
def choose() -> BaseResponse:
    """Lead on to the page with the slips of what is selected, or, where they are many, to the file of them."""
    asked = _asked()
    if isinstance(asked.selection, Matching) or len(asked.selection.ids) > MOST:
        return _dialog(asked, Paper.LETTER)
    if not asked.selection.ids:
        raise Refused("No shipment is selected. Select some in the list first.")
    return go_to(url_for(".show_many", ids=",".join(map(str, sorted(asked.selection.ids)))))


@blueprint.post("/fulfillments/packing-slips/file")
@requires(Permission.PRINT)
def start() -> BaseResponse:
    """Ask for the slips as one PDF."""
    asked, paper = _asked(), _paper(request.form.get("paper", ""))
    order = SlipsOrder(asked.selection, _seen(), paper, asked.sort)
    key, may = request.form.get("idempotency_key"), ROLE_PERMISSIONS[signed_in_person().role]
    try:
        run_id = packing_slips_file.request_file(order, key=key, actor=_actor(), permissions=may)
    except OtherNumber as other:
        db.session.rollback()
        return _dialog(asked, paper, status=other.status, conflict=other.message)
    db.session.commit()
    return file_started(run_id, ready_within(run_id, PATIENCE_SECONDS, SMALL))


@blueprint.get("/fulfillments/packing-slips")
@requires(Permission.PRINT)
def show_many() -> str:
    given = request.args.get("ids", "").split(",")
    if len(given) > MOST or not all(map(_is_id, given)):
        raise BadRequest(f"The address names the shipments by their ids, up to {MOST}. Select them in the list.")
    return _page(sorted({int(id_) for id_ in given}), url_for("fulfillments.index"))


@blueprint.post("/fulfillments/packing-slips/printed")
@requires(Permission.PRINT)
def printed() -> BaseResponse:
    ids, key = chosen_ids()[:MOST], request.form.get("idempotency_key")
    count = packing_slips.mark_printed(ids, key=key, actor=_actor())
    db.session.commit()
    said = (
        "1 packing slip is marked as printed." if count == 1 else f"{count} packing slips are marked as printed."
    )
    if wants_fragment():
        return with_events("", 200, print_now={"target": "body"}, toast={"message": said}, **shipment_news(ids[0]))
    flash(said, "good")
    return go_to(url_for("fulfillments.index"))


def _page(ids: Sequence[int], back_url: str) -> str:
    slips = slips_of(ids, signed_in_person().scope)
    if len(slips) < len(ids):
        raise NotFound(NOT_HERE)
    return render_template(
        "packing_slips/page.html",
        slips=slips,
        barcode=barcode,
        papers=Paper,
        paper=_paper(request.args.get("paper", Paper.LETTER.value)),
        back_url=back_url,
        idempotency_key=uuid.uuid4().hex,
        ids=request.args.get("ids", ""),
    )


def _asked() -> Asked:
    """Read the selection; the address is that of the list it was made in. Raises BadRequest."""
    person = signed_in_person()
    state = state_of(person)
    query = state.query()
    is_all = request.form.get("all") == "1"
    selection = Matching(state.criteria(person.scope), query) if is_all else Chosen(chosen_ids())
    return Asked(selection, query, state.sort)


def _dialog(asked: Asked, paper: Paper, *, status: int = 200, conflict: str = "") -> Response:
    person = signed_in_person()
    packing_slips_file.check_permissions(asked.selection, ROLE_PERMISSIONS[person.role])
    found = bulk_selections.ids(asked.selection, person.scope)
    packing_slips_file.check_number(len(found))
    is_part, is_all = wants_fragment("dialog"), isinstance(asked.selection, Matching)
    body = render_template(
        "packing_slips/_dialog.html" if is_part else "packing_slips/dialog.html",
        count=len(found),
        ids=() if is_all else found,
        is_all=is_all,
        papers=Paper,
        paper=paper,
        start_url=url_for(".start") + asked.query,
        back_url=url_for("fulfillments.index") + asked.query,
        conflict=conflict,
        idempotency_key=uuid.uuid4().hex,
        level=2 if is_part else 1,
    )
    return Response(body, status, mimetype="text/html")


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _seen() -> int:
    value = request.form.get("seen", "")
    if not _is_id(value):
        raise BadRequest("The form does not say how many shipments it is about. Load the list and begin there.")
    return int(value)


def _paper(value: str) -> Paper:
    if value not in {paper.value for paper in Paper}:
        allowed = ", ".join(paper.value for paper in Paper)
        raise BadRequest(f"There is no paper {value[:60]!r}. Choose one of: {allowed}.")
    return Paper(value)

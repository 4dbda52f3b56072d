"""Bulk actions: what will come of it, the confirmation, and what can be done with the outcome.

The first POST carries the selection, as ids or as the list of its address with `all`, and changes nothing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest
from webapp.extensions import db
from webapp.forms.bulk import BulkForm
from webapp.queries import bulk_results
from webapp.queries.bulk_selections import Chosen, Matching, Selection
from webapp.services import bulk, bulk_again
from webapp.services.actors import Actor
from webapp.services.bulk import OtherNumber
from webapp.services.bulk_again import Step
from webapp.services.bulk_kinds import KINDS, BulkKind, Terms
from webapp.services.bulk_preview import Preview, preview
from webapp.statuses import ROLE_PERMISSIONS, BulkBucket, Permission, RunKind
from webapp.views.fulfillments import state_of
from webapp.web.bulk_actions import NAMES
from webapp.web.csv_download import csv_download
from webapp.web.formatting import business_zone
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.permissions import only_reads, requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("bulk", __name__)

MOST_CHOSEN = (
    5_000  # Selected one by one; far more than anybody does by hand, and a page that is still sent quickly.
)


@dataclass(frozen=True)
class Asked:
    """What a request is about: the kind, the shipments, and the list to go back to."""

    kind: BulkKind
    selection: Selection
    back_url: str
    query: str


def _show(kind: BulkKind) -> Response:
    asked = _asked(kind)
    form = BulkForm(formdata=None)
    return _dialog(asked, form, _preview(asked))


def _start(kind: BulkKind) -> BaseResponse:
    asked, form = _asked(kind), BulkForm()
    is_valid = form.validate()
    if form.seen.errors:
        raise BadRequest("The form does not say how many shipments it is about. Load the list and begin there.")
    if not is_valid:
        return _dialog(asked, form, _preview(asked), status=422)
    try:
        run_id = _request(asked, form)
    except OtherNumber as other:
        db.session.rollback()
        return _dialog(asked, form, _preview(asked), status=other.status, conflict=other.message)
    db.session.commit()
    return go_to(url_for("runs.detail", run_id=run_id))


def _request(asked: Asked, form: BulkForm) -> int:
    requested = bulk.request(
        asked.kind,
        asked.selection,
        Terms(form.whole_reason),
        expected=form.seen.data,
        key=form.idempotency_key.data,
        actor=_actor(),
        permissions=_permissions(),
    )
    return requested.run_id


@blueprint.get("/runs/<int:run_id>/force")
@requires(Permission.FORCE_VOID)
def force(run_id: int) -> str:
    wanted = bulk_again.plan(run_id, Step.FORCE, _actor())
    is_part = wants_fragment("dialog")
    return render_template(
        "bulk/_force.html" if is_part else "bulk/force_page.html",
        run_id=run_id,
        count=bulk_results.tally(run_id).buckets[BulkBucket.NEEDS_CONFIRMATION],
        reason=wanted.terms.reason,
        idempotency_key=uuid.uuid4().hex,
        level=2 if is_part else 1,
    )


@blueprint.post("/runs/<int:run_id>/again")
@requires(Permission.VOID)
def again(run_id: int) -> BaseResponse:
    value = request.form.get("step", "")
    if value not in {step.value for step in Step}:
        raise BadRequest(f"There is no step {value[:60]!r}. Use a button of the page of the run.")
    key = request.form.get("idempotency_key")
    made = bulk_again.again(run_id, Step(value), key=key, actor=_actor(), permissions=_permissions())
    db.session.commit()
    return go_to(url_for("runs.detail", run_id=made.run_id))


@blueprint.get("/runs/<int:run_id>/results.csv")
@requires(Permission.EXPORT)
def results(run_id: int) -> Response:
    person = signed_in_person()
    kind, zone = bulk_again.kind_of(run_id, _actor()), business_zone()
    rows = (
        (
            item.fulfillment_number,
            kind.label_of(BulkBucket(item.bucket)) if item.bucket else "Not yet",
            item.reason,
            item.finished_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if item.finished_at else "",
        )
        for item in bulk_results.every_item(run_id, person.scope)
    )
    return csv_download(f"run-{run_id}.csv", ("Shipment", "Outcome", "Reason", "When"), rows)


def _asked(kind: BulkKind) -> Asked:
    """Read the selection; the address is that of the list it was made in. Raises BadRequest."""
    person = signed_in_person()
    state = state_of(person)
    query = state.query()
    if request.form.get("all") == "1":
        selection: Selection = Matching(state.criteria(person.scope), query)
    else:
        selection = Chosen(chosen_ids())
    return Asked(kind, selection, url_for("fulfillments.index") + query, query)


def chosen_ids() -> tuple[int, ...]:
    """The shipments selected one by one. Raises BadRequest for what is none."""
    given = dict.fromkeys(request.form.getlist("ids"))
    if len(given) > MOST_CHOSEN:
        raise BadRequest(f"At most {MOST_CHOSEN:,} shipments can be selected one by one. Narrow the list instead.")
    for value in given:
        if not (value.isascii() and value.isdecimal() and len(value) <= 18):
            raise BadRequest(f"There is no shipment {value[:60]!r}. Select shipments in the list.")
    return tuple(map(int, given))


def _preview(asked: Asked) -> Preview:
    return preview(asked.kind, asked.selection, Terms(), signed_in_person().scope, _permissions())


def _dialog(asked: Asked, form: BulkForm, found: Preview, *, status: int = 200, conflict: str = "") -> Response:
    is_part = wants_fragment("dialog")
    body = render_template(
        "bulk/_dialog.html" if is_part else "bulk/page.html",
        kind=asked.kind,
        preview=found,
        form=form,
        ids=found.ids if isinstance(asked.selection, Chosen) else (),
        is_all=isinstance(asked.selection, Matching),
        start_url=url_for(f".start_{NAMES[asked.kind.run]}") + asked.query,
        back_url=asked.back_url,
        conflict=conflict,
        idempotency_key=uuid.uuid4().hex,
        level=2 if is_part else 1,
    )
    return Response(body, status, mimetype="text/html")


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())


def _permissions() -> frozenset[Permission]:
    return ROLE_PERMISSIONS[signed_in_person().role]


def _add(kind: RunKind) -> None:
    """The two addresses of a kind, each with the permission of the kind."""
    found, name = KINDS[kind], NAMES[kind]
    views: tuple[tuple[str, str, Callable[[], BaseResponse]], ...] = (
        (f"/fulfillments/bulk-{name}", f"show_{name}", only_reads(lambda: _show(found))),
        (f"/fulfillments/bulk-{name}/start", f"start_{name}", lambda: _start(found)),
    )
    for address, endpoint, view in views:
        blueprint.add_url_rule(address, endpoint, requires(found.permission)(view), methods=["POST"])


for _kind in KINDS:
    _add(_kind)

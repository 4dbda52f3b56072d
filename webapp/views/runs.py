"""Runs: the tray in the header, the history, one run in full, and the buttons to cancel and to repeat it."""

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.errors import BadRequest, Forbidden
from webapp.extensions import db
from webapp.queries import runs as questions
from webapp.queries import runs_history
from webapp.queries.fulfillments import ATTENTION_LIMIT, needing_attention
from webapp.queries.runs import RunRow
from webapp.queries.runs_history import HistoryFilter
from webapp.schema import HIGHEST_ID
from webapp.services import bulk_again, exports, runs
from webapp.services.actors import Actor
from webapp.services.bulk_again import Step
from webapp.services.bulk_kinds import KINDS
from webapp.statuses import ROLE_PERMISSIONS, Permission, RunKind, RunState
from webapp.web.bulk_results import bulk_result, chosen_bucket
from webapp.web.htmx import go_to, wants_fragment, with_events
from webapp.web.permissions import requires
from webapp.web.query_string import chosen, only
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("runs", __name__)

TRAY = "run-tray"
RUN = "run"


@blueprint.get("/runs")
@requires(Permission.BROWSE)
def index() -> str:
    person = signed_in_person()
    only("state", "kind", "mine", "before", "after")
    wanted = HistoryFilter(
        state=chosen("state", RunState),
        kind=chosen("kind", RunKind),
        only_mine=request.args.get("mine") == "1",
        before=_id("before"),
        after=_id("after"),
    )
    page = runs_history.page(wanted, person.scope, person.id)
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("state", "kind", "mine") if request.args.get(name)
    }
    return render_template(
        "runs/index.html",
        page=page,
        wanted=wanted,
        is_filtered=bool(kept),
        page_url=partial(url_for, "runs.index", **kept),
        states=RunState,
        kinds=RunKind,
    )


@blueprint.get("/runs/tray")
@requires(Permission.BROWSE)
def tray() -> str | Response:
    return _tray() if wants_fragment(TRAY) else go_to(url_for("runs.index", mine=1))


@blueprint.get("/runs/<int:run_id>")
@requires(Permission.BROWSE)
def detail(run_id: int) -> str:
    person = signed_in_person()
    run = runs_history.detail(run_id, person.scope, person.id)
    is_bulk = run.row.kind in KINDS
    bucket, after = chosen_bucket(request.args.get("bucket", "")), _id("items_after") or 0
    template = "runs/_run.html" if wants_fragment(RUN) else "runs/detail.html"
    return render_template(
        template,
        run=run.row,
        detail=run,
        result=bulk_result(run.row, person, bucket, after) if is_bulk else None,
        exchanges=runs_history.exchanges(run_id),
        idempotency_key=uuid.uuid4().hex,
    )


@blueprint.post("/runs/<int:run_id>/cancel")
@requires(Permission.EXPORT)
def cancel(run_id: int) -> Response:
    _steered(run_id)
    state = runs.cancel(run_id, _actor())
    db.session.commit()
    is_over = state is RunState.CANCELLED
    return _answer(run_id, "The run is cancelled." if is_over else "The run stops at its next step.")


@blueprint.post("/runs/<int:run_id>/retry")
@requires(Permission.EXPORT)
def retry(run_id: int) -> Response:
    person, key = signed_in_person(), request.form.get("idempotency_key")
    kind = _steered(run_id).kind
    if kind in {RunKind.EXPORT, RunKind.PACKING_SLIPS}:
        again = exports.again(run_id, key, person)
    elif kind in KINDS:
        may = ROLE_PERMISSIONS[person.role]
        again = bulk_again.again(run_id, Step.GO_ON, key=key, actor=_actor(), permissions=may).run_id
    else:
        again = runs.retry(run_id, person.id, person.scope, key)
    db.session.commit()
    return _answer(again, "Started again.")


def _steered(run_id: int) -> RunRow:
    """The run, if this person may cancel and repeat its kind. Raises NotFound and Forbidden."""
    person = signed_in_person()
    run = questions.find(run_id, person.scope, person.id)
    if not person.can(run.permission):
        raise Forbidden(
            f"Your role ({person.role.label}) does not allow this. Ask a supervisor or an administrator."
        )
    return run


def _tray() -> str:
    person = signed_in_person()
    mine = questions.tray(person.id, person.scope)
    waited_for = set(request.args.getlist("waiting"))
    stuck = needing_attention(person.scope)
    return render_template(
        "runs/_tray.html",
        runs=mine,
        files=[run for run in mine if run.export_id and run.is_finished and str(run.id) in waited_for],
        idempotency_key=uuid.uuid4().hex,
        attention=f"{ATTENTION_LIMIT - 1}+" if stuck >= ATTENTION_LIMIT else stuck,
    )


def _answer(run_id: int, message: str) -> Response:
    """The tray as it now stands when the button was there, else the page of the run."""
    if wants_fragment(TRAY):
        body = {"target": "body"}
        return with_events(_tray(), shipment_changed=body, files_changed=body)
    flash(message, "info")
    return go_to(url_for("runs.detail", run_id=run_id))


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())


def _id(name: str) -> int | None:
    given = request.args.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < len(str(HIGHEST_ID))):
        raise BadRequest(
            f"{name} is {given[:60]!r}. It takes the number of a run, as the links of the page have it."
        )
    return int(given)

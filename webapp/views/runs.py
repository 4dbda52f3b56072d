"""Runs: the tray in the header, the history, one run in full, and the buttons to cancel and to repeat it."""

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.errors import BadRequest
from webapp.extensions import db
from webapp.queries import runs as questions
from webapp.queries import runs_history
from webapp.queries.runs_history import HistoryFilter
from webapp.services import runs
from webapp.services.actors import Actor
from webapp.statuses import Permission, RunKind, RunState
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
    items = runs_history.items(run_id, person.scope, after=_id("items_after") or 0)
    template = "runs/_run.html" if wants_fragment(RUN) else "runs/detail.html"
    return render_template(
        template,
        run=run.row,
        detail=run,
        items=items,
        items_per_page=runs_history.PAGE_SIZE,
        exchanges=runs_history.exchanges(run_id),
        idempotency_key=uuid.uuid4().hex,
    )


@blueprint.post("/runs/<int:run_id>/cancel")
@requires(Permission.RESYNC)
def cancel(run_id: int) -> Response:
    state = runs.cancel(run_id, _actor())
    db.session.commit()
    is_over = state is RunState.CANCELLED
    return _answer(run_id, "The run is cancelled." if is_over else "The run stops at its next step.")


@blueprint.post("/runs/<int:run_id>/retry")
@requires(Permission.RESYNC)
def retry(run_id: int) -> Response:
    person = signed_in_person()
    again = runs.retry(run_id, person.id, person.scope, request.form.get("idempotency_key"))
    db.session.commit()
    return _answer(again, "Started again.")


def _tray() -> str:
    person = signed_in_person()
    mine = questions.tray(person.id, person.scope)
    return render_template("runs/_tray.html", runs=mine, idempotency_key=uuid.uuid4().hex)


def _answer(run_id: int, message: str) -> Response:
    """The tray as it now stands when the button was there, else the page of the run."""
    if wants_fragment(TRAY):
        return with_events(_tray(), shipment_changed={"target": "body"})
    flash(message, "info")
    return go_to(url_for("runs.detail", run_id=run_id))


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())


def _id(name: str) -> int | None:
    given = request.args.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < len(str(questions.HIGHEST_ID))):
        raise BadRequest(
            f"{name} is {given[:60]!r}. It takes the number of a run, as the links of the page have it."
        )
    return int(given)

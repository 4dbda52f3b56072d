"""Saved views: keep a list under a name, save what was changed in it, and look after one's views."""

import uuid
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest, NotFound
from webapp.extensions import db
from webapp.forms.saved_views import PERSONAL, SHARED, SavedViewForm
from webapp.queries.saved_views import View, role_starts, visible_to
from webapp.services import saved_views
from webapp.services.actors import Actor
from webapp.services.saved_views import NameTaken, Stale, can_share
from webapp.services.saved_views_start import let_role_start_with, start_with
from webapp.statuses import Permission, Role
from webapp.views.fulfillments import state_of
from webapp.web.filters import ListState
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.saved_views import Stored, can_be_stored, kept_of, query_of
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("saved_views", __name__)


@blueprint.get("/views")
@requires(Permission.BROWSE)
def index() -> str:
    person = signed_in_person()
    views = visible_to(person)
    is_admin = person.can(Permission.MANAGE_PEOPLE)
    return render_template(
        "saved_views/index.html",
        views=views,
        may_share=can_share(person.role),
        role_starts=role_starts() if is_admin else None,
        roles=Role,
        list_url=_list_url,
        new_key=lambda: uuid.uuid4().hex,
    )


@blueprint.get("/views/new")
@requires(Permission.BROWSE)
def new() -> Response:
    form = SavedViewForm(formdata=None)
    return _form_answer(form, state_of(signed_in_person()), HTTPStatus.OK)


@blueprint.post("/views/new")
@requires(Permission.BROWSE)
def create() -> BaseResponse:
    person = signed_in_person()
    state, form = state_of(person), SavedViewForm()
    if not form.validate():
        return _form_answer(form, state, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        view_id = saved_views.create(
            form.name.data, _kept(state), is_shared=form.is_shared, key=form.idempotency_key.data,
            actor=_actor(), may_share=can_share(person.role),
        )  # fmt: skip
    except NameTaken as taken:
        return _name_taken(form, state, taken)
    db.session.commit()
    return go_to(url_for("fulfillments.index") + state.query(view=view_id))


@blueprint.post("/views/<int:view_id>/save")
@requires(Permission.BROWSE)
def save(view_id: int) -> BaseResponse:
    state = state_of(signed_in_person()).turned(view=view_id)
    try:
        saved_views.save(view_id, _kept(state), version=_version(), actor=_actor())
    except Stale as stale:
        db.session.rollback()
        return _conflict(view_id, state, stale)
    db.session.commit()
    return go_to(url_for("fulfillments.index") + state.query())


@blueprint.get("/views/<int:view_id>/edit")
@requires(Permission.BROWSE)
def edit(view_id: int) -> Response:
    view = _own(view_id)
    form = SavedViewForm(
        formdata=None, name=view.name, sharing=SHARED if view.is_shared else PERSONAL, version=view.version
    )
    return _edit_answer(view, form, HTTPStatus.OK)


@blueprint.post("/views/<int:view_id>/edit")
@requires(Permission.BROWSE)
def change(view_id: int) -> BaseResponse:
    view, form = _own(view_id), SavedViewForm()
    if not form.validate():
        return _edit_answer(view, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        saved_views.edit(
            view_id, form.name.data, is_shared=form.is_shared, version=_version(),
            actor=_actor(), may_share=can_share(signed_in_person().role),
        )  # fmt: skip
    except NameTaken as taken:
        db.session.rollback()
        form.name.errors = [*form.name.errors, taken.message]
        return _edit_answer(view, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Stale as stale:
        db.session.rollback()
        form.version.data = stale.version
        return _edit_answer(view, form, HTTPStatus.CONFLICT)
    db.session.commit()
    flash(f"“{form.name.data}” saved", "good")
    return go_to(url_for(".index"))


@blueprint.post("/views/<int:view_id>/duplicate")
@requires(Permission.BROWSE)
def duplicate(view_id: int) -> BaseResponse:
    saved_views.duplicate(view_id, key=request.form.get("idempotency_key"), actor=_actor())
    db.session.commit()
    flash("Copied: the copy is yours alone", "good")
    return go_to(url_for(".index"))


@blueprint.get("/views/<int:view_id>/delete")
@requires(Permission.BROWSE)
def confirm_delete(view_id: int) -> str:
    return _panel("delete", view=_seen(view_id))


@blueprint.post("/views/<int:view_id>/delete")
@requires(Permission.BROWSE)
def delete(view_id: int) -> BaseResponse:
    may_share = can_share(signed_in_person().role)
    name = saved_views.delete(view_id, actor=_actor(), may_share=may_share)
    db.session.commit()
    flash(f"“{name}” deleted", "good")
    return go_to(url_for(".index"))


@blueprint.post("/views/start")
@requires(Permission.BROWSE)
def start() -> BaseResponse:
    view_id = _chosen()
    start_with(view_id, actor=_actor())
    db.session.commit()
    flash("You start with this view from now on" if view_id else "Your start is the ordinary one again", "good")
    return go_to(url_for(".index"))


@blueprint.post("/views/role-start")
@requires(Permission.MANAGE_PEOPLE)
def role_start() -> BaseResponse:
    name = request.form.get("role", "")
    if name not in {role.value for role in Role}:
        raise BadRequest(f"There is no role {name[:60]!r}. Choose one of: {', '.join(Role)}.")
    role = Role(name)
    let_role_start_with(_chosen(), role, actor=_actor())
    db.session.commit()
    flash(f"Saved what people start with whose role is {role.label}", "good")
    return go_to(url_for(".index"))


def _form_answer(form: SavedViewForm, state: ListState, status: HTTPStatus) -> Response:
    """The form for a new view of this list."""
    body = _panel(
        "new",
        form=form,
        query=state.query(),
        back_url=url_for("fulfillments.index") + state.query(),
        idempotency_key=uuid.uuid4().hex,
        may_share=can_share(signed_in_person().role),
    )
    return Response(body, status, mimetype="text/html")


def _name_taken(form: SavedViewForm, state: ListState, taken: NameTaken) -> Response:
    db.session.rollback()
    form.name.errors = [*form.name.errors, taken.message]
    return _form_answer(form, state, HTTPStatus.UNPROCESSABLE_ENTITY)


def _edit_answer(view: View, form: SavedViewForm, status: HTTPStatus) -> Response:
    """The form for name and sharing; with 409 it says that the view was changed meanwhile."""
    now = _own(view.id) if status is HTTPStatus.CONFLICT else None
    may_share = view.is_shared or can_share(signed_in_person().role)
    body = _panel("edit", view=view, form=form, changed=now, may_share=may_share)
    return Response(body, status, mimetype="text/html")


def _conflict(view_id: int, state: ListState, stale: Stale) -> Response:
    view = _own(view_id)
    body = _panel("conflict", view=view, stale=stale, query=state.query(), view_url=_list_url(view))
    return Response(body, HTTPStatus.CONFLICT, mimetype="text/html")


def _panel(name: str, **context: Any) -> str:
    """A dialog alone for htmx, else on a page of its own."""
    panel, is_dialog = f"saved_views/_{name}.html", wants_fragment("dialog")
    level = 2 if is_dialog else 1
    return render_template(panel if is_dialog else "saved_views/page.html", panel=panel, level=level, **context)


def _kept(state: ListState) -> Stored:
    kept = kept_of(state)
    if not can_be_stored(kept):
        raise BadRequest(
            "A broken condition of this filter holds characters that cannot be kept, so the view was not saved. "
            "Remove that condition, then save again."
        )
    return kept


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    return int(text)


def _chosen() -> int | None:
    """The view a form names; None where it names none on purpose."""
    text = request.form.get("view", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f"There is no view {text[:60]!r}. Views are given by their number.")
    return int(text)


def _seen(view_id: int) -> View:
    view = visible_to(signed_in_person()).of_id(view_id)
    if view is None:
        raise NotFound("There is no such view, or it is not yours.")
    return view


def _own(view_id: int) -> View:
    view = _seen(view_id)
    if not view.is_mine:
        raise NotFound("There is no such view, or it is not yours.")
    return view


def _list_url(view: View) -> str:
    return url_for("fulfillments.index") + query_of(view)


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())

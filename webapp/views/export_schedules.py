"""Scheduled exports: the dialog that makes and changes one, and what their owner does with them."""

import uuid
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import AppError, BadRequest, Conflict, NotFound, Refused
from webapp.extensions import db, settings
from webapp.forms.export_schedules import ExportScheduleForm, fields_of
from webapp.queries import export_rows
from webapp.queries import export_schedules as questions
from webapp.queries.export_rows import Listed
from webapp.queries.export_schedules import ScheduleRow
from webapp.queries.filters import FilterError
from webapp.queries.listing import patience
from webapp.queries.saved_views import View, visible_to
from webapp.services import export_schedules
from webapp.services.export_schedules import Stale, Wish
from webapp.services.export_schedules_clock import list_of
from webapp.services.preferences import ExportPreferences, export_preferences
from webapp.statuses import ExportScope, Permission
from webapp.web import export_dialog
from webapp.web.export_dialog import COUNTED, ExportChoice, ScopeOption
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.permissions import requires
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("export_schedules", __name__, url_prefix="/exports/schedules")


@blueprint.get("/new")
@requires(Permission.EXPORT)
def new() -> Response:
    view = _view(request.args.get("view", ""))
    person = signed_in_person()
    file = export_preferences(person.preferences)
    if view is not None:
        file = export_dialog.with_columns(file, view.state.get("columns") or ())
    form = ExportScheduleForm(formdata=None, view=str(view.id) if view else "")
    return _answer(form, _choice(file))


@blueprint.post("/new")
@requires(Permission.EXPORT)
def create() -> BaseResponse:
    form, (action, choice) = ExportScheduleForm(), export_dialog.read_file(request.form)
    _offer_views(form)
    if action != export_dialog.START:
        return _answer(form, choice, columns_open=True)
    if not form.validate():
        return _answer(form, choice, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        export_schedules.create(_wish(form, choice), key=form.idempotency_key.data, person=signed_in_person())
    except (Refused, FilterError, NotFound) as refusal:
        return _refused(form, choice, refusal)
    db.session.commit()
    return _done("Scheduled. The file will wait here each time")


@blueprint.get("/size")
@requires(Permission.EXPORT)
def size() -> str:
    """How much the view that was just chosen holds, for the dialog that is open."""
    view = _view(request.args.get("view", ""))
    held = _size(view.id if view else None)
    return render_template("export_schedules/_size.html", size=held, counted=COUNTED)


@blueprint.get("/<int:schedule_id>/edit")
@requires(Permission.EXPORT)
def edit(schedule_id: int) -> Response:
    row = questions.find(schedule_id, signed_in_person())
    view = str(row.view_id or "")
    form = ExportScheduleForm(formdata=None, version=row.version, view=view, **fields_of(row.times))
    return _answer(form, _choice(ExportPreferences(row.format, row.mode, row.columns, row.has_mark)), row=row)


@blueprint.post("/<int:schedule_id>/edit")
@requires(Permission.EXPORT)
def change(schedule_id: int) -> BaseResponse:
    row = questions.find(schedule_id, signed_in_person())
    form, (action, choice) = ExportScheduleForm(), export_dialog.read_file(request.form)
    _offer_views(form)
    if action != export_dialog.START:
        return _answer(form, choice, row=row, columns_open=True)
    if not form.validate():
        return _answer(form, choice, row=row, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.version.data is None:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    person, version = signed_in_person(), form.version.data
    try:
        export_schedules.edit(schedule_id, _wish(form, choice), version=version, person=person)
    except Stale as stale:
        form.version.data = stale.version
        return _refused(form, choice, stale, row=row)
    except (Refused, FilterError, NotFound) as refusal:
        return _refused(form, choice, refusal, row=row)
    db.session.commit()
    return _done("Saved")


@blueprint.get("/<int:schedule_id>")
@requires(Permission.EXPORT)
def show(schedule_id: int) -> str:
    person = signed_in_person()
    row = questions.find(schedule_id, person)
    return render_template(
        "export_schedules/show.html",
        schedule=row,
        times=questions.times_of(row.id, person),
        zone=settings().business_time_zone.key,
        new_key=_new_key,
    )


@blueprint.post("/<int:schedule_id>/pause")
@requires(Permission.EXPORT)
def pause(schedule_id: int) -> BaseResponse:
    export_schedules.pause(schedule_id, person=signed_in_person())
    db.session.commit()
    return _done("Paused. Nothing is made until you resume it")


@blueprint.post("/<int:schedule_id>/resume")
@requires(Permission.EXPORT)
def resume(schedule_id: int) -> BaseResponse:
    export_schedules.resume(schedule_id, person=signed_in_person())
    db.session.commit()
    return _done("It goes on from its next time")


@blueprint.post("/<int:schedule_id>/run")
@requires(Permission.EXPORT)
def run_now(schedule_id: int) -> BaseResponse:
    key = request.form.get("idempotency_key")
    export_schedules.run_now(schedule_id, key=key, person=signed_in_person())
    db.session.commit()
    return _done("Your file is being made. You are told when it is ready")


@blueprint.get("/<int:schedule_id>/delete")
@requires(Permission.EXPORT)
def confirm_delete(schedule_id: int) -> str:
    return _panel("delete", schedule=questions.find(schedule_id, signed_in_person()))


@blueprint.post("/<int:schedule_id>/delete")
@requires(Permission.EXPORT)
def delete(schedule_id: int) -> BaseResponse:
    export_schedules.delete(schedule_id, person=signed_in_person())
    db.session.commit()
    return _done("Schedule deleted. The files it made stay until their time is over")


def _answer(
    form: ExportScheduleForm,
    choice: ExportChoice,
    *,
    row: ScheduleRow | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    problem: AppError | None = None,
    columns_open: bool = False,
) -> Response:
    """The dialog of a new schedule, or of the one in `row`."""
    _offer_views(form)
    view_id = int(form.view.data) if _is_number(form.view.data or "") else None
    body = _panel(
        "form",
        form=form,
        choice=choice,
        schedule=row,
        size=_size(view_id),
        counted=COUNTED,
        formats=export_dialog.FORMATS,
        modes=export_dialog.MODES,
        zone=settings().business_time_zone.key,
        problem=problem.message if problem else "",
        is_stale=isinstance(problem, Conflict),
        columns_open=columns_open,
        idempotency_key=_new_key(),
    )
    return Response(body, status, mimetype="text/html")


def _refused(
    form: ExportScheduleForm, choice: ExportChoice, refusal: AppError, *, row: ScheduleRow | None = None
) -> Response:
    db.session.rollback()
    is_stale = isinstance(refusal, Conflict)
    if row is not None and is_stale:
        row = questions.find(row.id, signed_in_person())
    status = HTTPStatus.CONFLICT if is_stale else HTTPStatus.UNPROCESSABLE_ENTITY
    return _answer(form, choice, row=row, status=status, problem=refusal, columns_open=not is_stale)


def _wish(form: ExportScheduleForm, choice: ExportChoice) -> Wish:
    return Wish(int(form.view.data), form.times, choice.preferences)


def _offer_views(form: ExportScheduleForm) -> None:
    form.offer((view.id, _name(view)) for view in visible_to(signed_in_person()).each)


def _name(view: View) -> str:
    return view.name if view.is_mine else f"{view.name} (shared by {view.owner_name})"


def _size(view_id: int | None) -> ScopeOption | None:
    """How much the view holds at present, or why it cannot be exported; None before one is chosen."""
    if view_id is None:
        return None
    person = signed_in_person()
    try:
        criteria, _ = list_of(view_id, person)
        with patience.limited(criteria):
            return ScopeOption(ExportScope.FILTERED, export_rows.size(Listed(criteria), COUNTED + 1))
    except AppError as error:
        return ScopeOption(ExportScope.FILTERED, None, error.message)


def _choice(file: ExportPreferences) -> ExportChoice:
    return export_dialog.choice_of(file, ExportScope.FILTERED)


def _view(text: str) -> View | None:
    """The view an address names; None where it names none."""
    if not text:
        return None
    view = visible_to(signed_in_person()).of_id(int(text)) if _is_number(text) else None
    if view is None:
        raise NotFound("There is no such view, or it is not yours.")
    return view


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _done(message: str) -> BaseResponse:
    flash(message, "good")
    return go_to(url_for("exports.index"))


def _panel(name: str, **context: Any) -> str:
    """A dialog alone for htmx, else on a page of its own."""
    panel, is_dialog = f"export_schedules/_{name}.html", wants_fragment("dialog")
    level = 2 if is_dialog else 1
    template = panel if is_dialog else "export_schedules/page.html"
    return render_template(template, panel=panel, level=level, **context)


def _new_key() -> str:
    return uuid.uuid4().hex

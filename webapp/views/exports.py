"""Exports: the dialog over the list, one's own files, and the download."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import AppError, Refused
from webapp.extensions import db, settings
from webapp.queries import export_rows, export_schedules, fulfillments
from webapp.queries import exports as questions
from webapp.queries.accounts import Person
from webapp.queries.export_rows import Given, Listed, Which
from webapp.queries.filters import FilterError
from webapp.queries.fulfillments import Criteria
from webapp.queries.listing import patience
from webapp.queries.listing.tabs import Tab
from webapp.services import exports
from webapp.services.exports import Order
from webapp.services.preferences import ExportPreferences, export_preferences
from webapp.statuses import ExportScope, Permission
from webapp.views.bulk import chosen_ids
from webapp.views.fulfillments import state_of
from webapp.web import export_dialog
from webapp.web.downloads import file_download, file_started
from webapp.web.export_dialog import COUNTED, ExportChoice, ScopeOption
from webapp.web.filters import ListState
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import only_reads, requires
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("exports", __name__)

SMALL = 5_000
"""Up to so many rows a file is written in a fraction of a second, and the person waits for it."""
PATIENCE_SECONDS = 2.0
"""For a small file: a worker that is free needs a second at most, and one that is not may need minutes."""


@dataclass(frozen=True)
class Asked:
    """What a request is about: the list it came from, and the rows selected in it."""

    person: Person
    state: ListState
    criteria: Criteria
    selected: tuple[int, ...]

    def page_ids(self) -> tuple[int, ...]:
        """The shipments on the page of the list that the person looks at."""
        state = self.state
        return tuple(
            row.id for row in fulfillments.list_page(self.criteria, state.sort, state.size, state.place).rows
        )

    def which(self, scope: ExportScope) -> Which:
        match scope:
            case ExportScope.FILTERED:
                return Listed(self.criteria)
            case ExportScope.ALL:
                return Listed(Criteria(scope=self.person.scope, tab=Tab.ALL))
            case ExportScope.CURRENT_PAGE:
                return Given(self.page_ids(), self.person.scope)
            case ExportScope.SELECTED:
                return Given(self.selected, self.person.scope)

    @property
    def is_view(self) -> bool:
        return self.state.view is not None

    @property
    def preferences(self) -> ExportPreferences:
        """How the person's last file looked; a saved view has its own columns, which are not forgotten for it."""
        remembered = export_preferences(self.person.preferences)
        return export_dialog.with_columns(remembered, self.state.columns) if self.is_view else remembered

    @property
    def scopes(self) -> list[ExportScope]:
        """Those there are: without a selection there is none to export."""
        return [scope for scope in ExportScope if scope is not ExportScope.SELECTED or self.selected]

    @property
    def likeliest(self) -> ExportScope:
        return ExportScope.SELECTED if self.selected else ExportScope.FILTERED


@blueprint.get("/fulfillments/export")
@requires(Permission.EXPORT)
def ask() -> Response:
    asked = _asked()
    return _dialog(asked, export_dialog.choice_of(asked.preferences, asked.likeliest))


@blueprint.post("/fulfillments/export/selection")
@requires(Permission.EXPORT)
@only_reads
def ask_selected() -> Response:
    """The dialog for rows selected in the list, or, with `all`, for all that match it."""
    return ask()


@blueprint.post("/fulfillments/export")
@requires(Permission.EXPORT)
def start() -> BaseResponse:
    asked, key = _asked(), request.form.get("idempotency_key")
    action, choice = export_dialog.read(request.form, asked.likeliest)
    if action != export_dialog.START:
        return _dialog(asked, choice, columns_open=True)
    try:
        run_id = exports.request_export(
            _order(asked, choice), key=key, person=asked.person, is_remembered=not asked.is_view
        )
    except (Refused, FilterError) as refusal:
        db.session.rollback()
        return _dialog(asked, choice, status=Refused.status, problem=refusal.message, columns_open=True)
    db.session.commit()
    return file_started(run_id, questions.ready_within(run_id, PATIENCE_SECONDS, SMALL))


@blueprint.get("/exports")
@requires(Permission.EXPORT)
def index() -> str:
    person = signed_in_person()
    return render_template(
        "exports/index.html",
        exports=questions.of_person(person.id, person.scope),
        schedules=export_schedules.of_person(person),
        new_key=lambda: uuid.uuid4().hex,
        days=settings().export_retention.days,
        zone=settings().business_time_zone.key,
        idempotency_key=uuid.uuid4().hex,
    )


@blueprint.get("/exports/<int:export_id>/file")
@requires(Permission.EXPORT)
def download(export_id: int) -> BaseResponse:
    return file_download(questions.file_of(export_id, signed_in_person().id))


def _asked() -> Asked:
    person = signed_in_person()
    state = state_of(person)
    is_all = request.form.get("all") == "1"
    return Asked(person, state, state.criteria(person.scope), () if is_all else chosen_ids())


def _order(asked: Asked, choice: ExportChoice) -> Order:
    ids: tuple[int, ...] = ()
    if choice.scope is ExportScope.SELECTED:
        ids = asked.selected
    elif choice.scope is ExportScope.CURRENT_PAGE:
        ids = asked.page_ids()
    return Order(choice.preferences, choice.scope, asked.criteria, asked.state.sort, ids)


def _dialog(
    asked: Asked, choice: ExportChoice, *, status: int = 200, problem: str = "", columns_open: bool = False
) -> Response:
    is_part = wants_fragment("dialog")
    query = asked.state.query(place=asked.state.place)
    body = render_template(
        "exports/_dialog.html" if is_part else "exports/dialog.html",
        choice=choice,
        scopes=[_option(asked, scope) for scope in asked.scopes],
        formats=export_dialog.FORMATS,
        modes=export_dialog.MODES,
        counted=COUNTED,
        ids=asked.selected,
        start_url=url_for(".start") + query,
        back_url=url_for("fulfillments.index") + query,
        zone=settings().business_time_zone.key,
        is_view=asked.is_view,
        problem=problem,
        columns_open=columns_open,
        idempotency_key=uuid.uuid4().hex,
        level=2 if is_part else 1,
    )
    return Response(body, status, mimetype="text/html")


def _option(asked: Asked, scope: ExportScope) -> ScopeOption:
    """A scope with its numbers; one that cannot be counted, because its filter is broken, says why."""
    try:
        with patience.limited(asked.criteria):
            return ScopeOption(scope, export_rows.size(asked.which(scope), COUNTED + 1))
    except AppError as error:
        return ScopeOption(scope, None, error.message)

"""The shipments list: its rows, its count, and which columns a person sees."""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries import fulfillments as queries
from webapp.queries.accounts import Person
from webapp.queries.connections import Connections, connections
from webapp.queries.filters import FilterError
from webapp.queries.fulfillments import NO_PAGE, Count, Criteria, Page, TooSlow
from webapp.queries.listing.keyset import PAGE_SIZES
from webapp.queries.saved_views import Views, visible_to
from webapp.queries.shipment_page import number_of
from webapp.services.preferences import Density, ListPreferences, list_preferences, save_list_preferences
from webapp.statuses import ROLE_PERMISSIONS, Permission
from webapp.web import column_choice, filters, formatting
from webapp.web.bulk_actions import bulk_actions, may_do_all
from webapp.web.cells import cells_of_this_request
from webapp.web.column_choice import ColumnChoice
from webapp.web.filter_builder import Draft, builder_of
from webapp.web.filters import ListState
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.listing import Frame, Listing, Refusal
from webapp.web.permissions import requires, signed_in
from webapp.web.rows import rows_html
from webapp.web.saved_views import query_of
from webapp.web.sessions import signed_in_person
from webapp.web.view_tabs import ViewTabs, reachable

blueprint = Blueprint("fulfillments", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    start = visible_to(signed_in_person()).start
    if start is None:
        return redirect(url_for(".index"))
    return go_to(url_for(".index") + query_of(start))


@blueprint.get("/fulfillments")
@requires(Permission.BROWSE)
def index() -> str | Response | tuple[str, int]:
    person = signed_in_person()
    state = state_of(person)
    if state.go and state.q:
        return _found_or_listed(state, person)
    views = visible_to(person)
    if not request.query_string and views.start:
        return go_to(url_for(".index") + query_of(views.start))
    return list_answer(state, person, views=views)


@blueprint.get("/fulfillments/count")
@requires(Permission.BROWSE)
def count() -> str:
    person = signed_in_person()
    state = state_of(person)
    _warehouses(state, person)
    return render_template("fulfillments/_count.html", count=_count(state.criteria(person.scope)))


@blueprint.get("/fulfillments/columns")
@requires(Permission.BROWSE)
def columns() -> str:
    state = state_of(signed_in_person())
    return _columns_form(column_choice.choice_of(ListPreferences(state.columns, state.size, state.density)), state)


@blueprint.post("/fulfillments/columns")
@requires(Permission.BROWSE)
def save_columns() -> str | Response | tuple[str, int]:
    person = signed_in_person()
    state = state_of(person)
    action, choice = column_choice.read(request.form)
    if action in {column_choice.UP, column_choice.DOWN}:
        return _columns_form(choice, state)
    if choice.problem:
        return _columns_form(choice, state), 422
    wanted = choice.preferences
    fresh = replace(state, columns=wanted.columns, size=wanted.size, density=wanted.density)
    if state.view is None:  # Within a view, they are the view's.
        save_list_preferences(person.id, wanted)
        db.session.commit()
        # What was saved is what is shown, so the address need not say it.
        fresh = replace(fresh, preferences=wanted)
    return go_to(url_for(".index") + fresh.query())


@blueprint.get("/fulfillments/<int:fulfillment_id>/row")
@requires(Permission.BROWSE)
def row(fulfillment_id: int) -> str | Response:
    """One row as it is now, in the columns of the list that asks; whoever follows the address gets the page."""
    person = signed_in_person()
    number_of(fulfillment_id, person.scope)
    if not wants_fragment():
        return go_to(url_for("shipment_page.show", fulfillment_id=fulfillment_id))
    state = state_of(person)
    frame = Frame(state, url_for(".index"), ())
    return _rows(queries.row_of(fulfillment_id, state.criteria(person.scope)), frame, person, connections())


def list_answer(
    state: ListState, person: Person, draft: Draft | None = None, *, views: Views | None = None
) -> tuple[str, int]:
    """The list of a state, as a page or as the part of one; with a draft, its filter builder shows that."""
    views = views or visible_to(person)
    state = reachable(state, views)
    warehouses = _warehouses(state, person)
    criteria = state.criteria(person.scope)
    refusal = _unseen_warehouse(state, warehouses)
    page, refusal = (NO_PAGE, refusal) if refusal else _page(state, criteria)
    connected = connections()
    listing = Listing(state, url_for("fulfillments.index"), warehouses, page, refusal)
    is_part = wants_fragment("results")
    body = render_template(
        "fulfillments/_results.html" if is_part else "fulfillments/list.html",
        listing=listing,
        tabs=ViewTabs(state, listing.path, views, formatting.business_zone()),
        rows=_rows(page, listing, person, connected),
        voiding=page.voiding,
        count=_count(criteria) if state.counts and not refusal else None,
        sees_nothing=not warehouses and person.scope.warehouse_ids is not None,
        is_new=not page.stored and not state.narrows and queries.is_empty(person.scope),
        bulk_actions=bulk_actions(state, person, connected),
        may_do_all=may_do_all(person),
        builder=builder_of(state, draft, listing.path, person.scope) if state.builder or draft else None,
    )
    if refusal is None:
        return body, HTTPStatus.OK
    # A part of the page with this status is put in its place; with another it would be taken for a mere message.
    return body, HTTPStatus.UNPROCESSABLE_ENTITY if is_part else refusal.status


def _rows(page: Page, frame: Frame, person: Person, connected: Connections) -> Markup:
    # What a person may do is left out where no row shows it, so that rows are kept for everyone.
    may = ROLE_PERMISSIONS[person.role] if frame.offers_steps else frozenset()
    return rows_html(page, frame.columns[1:], cells_of_this_request(may, connected), frame.path)


def _page(state: ListState, criteria: Criteria) -> tuple[Page, Refusal | None]:
    """The page of the list; an empty one with the reason where the list cannot be run."""
    try:
        return queries.list_page(criteria, state.sort, state.size, state.place), None
    except FilterError as error:
        reasons = tuple(f"{problem.place}: {problem.message}" for problem in error.problems)
        return NO_PAGE, Refusal("This filter cannot be used as it is", error.message, error.status, reasons)
    except TooSlow as error:
        return NO_PAGE, Refusal("This list was stopped, because it took too long", error.message, error.status)


def _count(criteria: Criteria) -> Count | None:
    """The counts; none where counting would take too long, which says nothing about the list itself."""
    try:
        return queries.count(criteria)
    except TooSlow:
        return None


def state_of(person: Person) -> ListState:
    """The list this request's address asks for. Raises BadRequest."""
    return filters.read(request.args, list_preferences(person.preferences), formatting.business_zone())


def _warehouses(state: ListState, person: Person) -> tuple[tuple[int, str], ...]:
    """The warehouses the person sees, once it is sure that the state names no other, unless a view does."""
    warehouses = queries.warehouses(person.scope)
    if state.view is None:
        filters.check_warehouses(state, warehouses)
    return tuple(warehouses.items())


def _unseen_warehouse(state: ListState, warehouses: tuple[tuple[int, str], ...]) -> Refusal | None:
    """A view may ask for a warehouse that this person does not see; the list says so instead of leaving it out."""
    if not filters.unseen_warehouses(state, dict(warehouses)):
        return None
    return Refusal(
        "This view asks for a warehouse you do not see",
        "It was saved for other warehouses, or one of its warehouses is not yours any more. Nothing was left out "
        "silently: take the warehouse off, or open another view.",
        HTTPStatus.BAD_REQUEST,
    )


def _found_or_listed(state: ListState, person: Person) -> Response:
    """Open the shipment that was scanned, or show the list that the words narrow, at an address to keep."""
    found = queries.exactly_one(state.q, person.scope)
    if found is not None:
        return go_to(url_for("shipment_page.show", fulfillment_id=found))
    return go_to(url_for(".index") + state.query())


def _columns_form(choice: ColumnChoice, state: ListState) -> str:
    return render_template(
        "fulfillments/_columns_dialog.html" if wants_fragment("dialog") else "fulfillments/columns.html",
        choice=choice,
        action_url=url_for(".save_columns") + state.query(),
        back_url=url_for(".index") + state.query(),
        sizes=PAGE_SIZES,
        densities=Density,
        is_for_view=state.view is not None,
    )

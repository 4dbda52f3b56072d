"""The shipments list: its rows, its count, and which columns a person sees."""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.extensions import db
from webapp.queries import fulfillments as queries
from webapp.queries.accounts import Person
from webapp.queries.listing.keyset import PAGE_SIZES
from webapp.services.preferences import ListPreferences, list_preferences, save_list_preferences
from webapp.statuses import Permission
from webapp.web import column_choice, filters
from webapp.web.cells import cells_of_this_request
from webapp.web.column_choice import ColumnChoice
from webapp.web.filters import ListState
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.listing import Listing
from webapp.web.permissions import requires, signed_in
from webapp.web.rows import rows_html
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("fulfillments", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    return redirect(url_for(".index"))


@blueprint.get("/fulfillments")
@requires(Permission.BROWSE)
def index() -> str | Response:
    person = signed_in_person()
    state = _state(person)
    if state.go and state.q:
        return _found_or_listed(state, person)
    warehouses = _warehouses(state, person)
    criteria = state.criteria(person.scope)
    page = queries.list_page(criteria, state.sort, state.size, state.place)
    listing = Listing(state, url_for(".index"), page, warehouses)
    return render_template(
        "fulfillments/_results.html" if wants_fragment("results") else "fulfillments/list.html",
        listing=listing,
        rows=rows_html(page.rows, listing.columns[1:], cells_of_this_request(), listing.path),
        count=queries.count(criteria) if state.counts else None,
        sees_nothing=not warehouses and person.scope.warehouse_ids is not None,
        is_new=not page.rows and not state.narrows and queries.is_empty(person.scope),
    )


@blueprint.get("/fulfillments/count")
@requires(Permission.BROWSE)
def count() -> str:
    person = signed_in_person()
    state = _state(person)
    _warehouses(state, person)
    return render_template("fulfillments/_count.html", count=queries.count(state.criteria(person.scope)))


@blueprint.get("/fulfillments/columns")
@requires(Permission.BROWSE)
def columns() -> str:
    state = _state(signed_in_person())
    return _columns_form(column_choice.choice_of(ListPreferences(state.columns, state.size)), state)


@blueprint.post("/fulfillments/columns")
@requires(Permission.BROWSE)
def save_columns() -> str | Response | tuple[str, int]:
    person = signed_in_person()
    state = _state(person)
    action, choice = column_choice.read(request.form)
    if action in {column_choice.UP, column_choice.DOWN}:
        return _columns_form(choice, state)
    if choice.problem:
        return _columns_form(choice, state), 422
    wanted = choice.preferences
    save_list_preferences(person.id, wanted)
    db.session.commit()
    # What was saved is what is shown, so the address need not say it.
    fresh = replace(state, preferences=wanted, columns=wanted.columns, size=wanted.size)
    return go_to(url_for(".index") + fresh.query())


def _state(person: Person) -> ListState:
    return filters.read(request.args, list_preferences(person.preferences))


def _warehouses(state: ListState, person: Person) -> dict[int, str]:
    """The warehouses the person sees, once it is sure that the state names no other."""
    warehouses = queries.warehouses(person.scope)
    filters.check_warehouses(state, warehouses)
    return warehouses


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
    )

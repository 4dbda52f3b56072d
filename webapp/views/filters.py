"""The filter builder, and what helps with it: words while typing, and the values of a row to start from.

Each button of the builder sends the whole form, and gets it back one step further.
"""

from http import HTTPStatus

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.errors import BadRequest
from webapp.queries import filter_values
from webapp.queries import filters as language
from webapp.queries import fulfillments as queries
from webapp.queries.cell_values import values_of
from webapp.queries.filters import FilterError, completion, typed
from webapp.services.preferences import list_preferences
from webapp.statuses import Permission
from webapp.views.fulfillments import list_answer, state_of
from webapp.web import cell_values, filter_draft, filters, formatting
from webapp.web.filter_builder import LONGEST_ADDRESS, Draft, builder_of
from webapp.web.filters import ListState
from webapp.web.htmx import load_into, wants_fragment
from webapp.web.permissions import only_reads, requires
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("filters", __name__)
blueprint.add_app_template_test(cell_values.is_filterable, "filterable")
blueprint.add_app_template_global(cell_values.list_query)


@blueprint.post("/fulfillments/filter")
@requires(Permission.BROWSE)
@only_reads
def build() -> str | Response | tuple[str, int]:
    person = signed_in_person()
    state = state_of(person)
    action, _, where = request.form.get("do", "refresh").partition(":")
    draft = _draft(action, where)
    if action == "show" and draft.can_be_shown:
        return load_into("results", _address(state, draft))
    if not wants_fragment("filter-builder"):
        return list_answer(state, person, draft)
    builder = builder_of(state, draft, url_for("fulfillments.index"), person.scope)
    is_refused = draft.is_checked or draft.typed_problems
    body = render_template("filters/_builder.html", builder=builder)
    return body, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK


@blueprint.post("/fulfillments/filter/count")
@requires(Permission.BROWSE)
@only_reads
def count() -> str:
    person = signed_in_person()
    draft = Draft(filter_draft.read(request.form))
    state = state_of(person).turned(filter=draft.group)
    problem, counted = "", None
    try:
        counted = queries.count(state.criteria(person.scope))
    except FilterError:
        problem = "Fill in every condition to see how many match."
    except queries.TooSlow as error:
        problem = error.message
    return render_template(
        "filters/_draft_count.html", count=counted, problem=problem, state=state, text=draft.text
    )


@blueprint.get("/fulfillments/filter/words")
@requires(Permission.BROWSE)
def words() -> str:
    text, at = request.args.get("text", ""), request.args.get("at", "0")
    if len(text) > typed.LONGEST:
        raise BadRequest(f"The filter is longer than {typed.LONGEST:,} characters.")
    if not (at.isascii() and at.isdecimal() and len(at) <= 5 and int(at) <= len(text)):
        raise BadRequest(f"There is no character {at[:20]!r} in the text. It has {len(text):,}.")
    scope = signed_in_person().scope
    found = completion.complete(text, int(at), lambda column: filter_values.names(column, scope))
    return render_template("filters/_words.html", completion=found)


@blueprint.get("/fulfillments/<int:fulfillment_id>/values")
@requires(Permission.BROWSE)
def values(fulfillment_id: int) -> str:
    person = signed_in_person()
    args = request.args.copy()
    column = args.pop("column", "")
    state = filters.read(args, list_preferences(person.preferences), formatting.business_zone())
    row = values_of(fulfillment_id, person.scope)
    is_fragment = wants_fragment()
    return render_template(
        "filters/_values.html" if is_fragment else "filters/cell_values.html",
        values=cell_values.offered(row, state, column),
        is_fragment=is_fragment,
        number=row.number,
        fulfillment_id=fulfillment_id,
        list_url=url_for("fulfillments.index") + state.query(),
    )


def _draft(action: str, where: str) -> Draft:
    """The form one step further; raises BadRequest for what was never in it."""
    tree = filter_draft.read(request.form)
    text = request.form.get("typed", "")
    if action == "typed" or (action == "show" and text.strip() != request.form.get("typed_was", "").strip()):
        return _typed(tree, text)
    focus = ""
    if action == "clear":
        tree = filter_draft.empty()
    elif action not in {"refresh", "show", "typed"}:
        filter_draft.change(tree, action, where)
        focus = filter_draft.next_focus(tree, action, where)
    draft = Draft(tree, is_checked=action == "show", focus=focus)
    if action == "show" and len(language.to_text(draft.group)) > LONGEST_ADDRESS:
        return Draft(tree, is_checked=True, too_long=True)
    return draft


def _typed(tree: filter_draft.Raw, text: str) -> Draft:
    """The draft that a typed filter means; the fields as they were, with what is wrong, where it means none."""
    try:
        group = typed.parse(text, zone=formatting.business_zone())
    except FilterError as error:
        return Draft(tree, typed=text, typed_problems=error.problems)
    return Draft(language.to_json(group) if group.children else {"conjunction": "and", "children": []})


def _address(state: ListState, draft: Draft) -> str:
    return url_for("fulfillments.index") + state.query(filter=draft.group, builder=True)

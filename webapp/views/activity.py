"""The history of a shipment: the first tab of its page."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, render_template, url_for

from webapp.queries.activity import SYSTEM, ActivityFilter, activity_of, people_in
from webapp.queries.shipment_page import number_of
from webapp.statuses import ActivityEvent, ActivitySubject, Permission
from webapp.views.shipment_page import page_with
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import requires
from webapp.web.query_string import chosen, chosen_id, only, page_number, text
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("activity", __name__)

PANEL = "activity/_panel.html"


@blueprint.get("/fulfillments/<int:fulfillment_id>/activity")
@requires(Permission.BROWSE)
def index(fulfillment_id: int) -> str:
    number_of(fulfillment_id, signed_in_person().scope)
    only("text", "event", "subject_type", "person", "page")
    people = people_in(fulfillment_id)
    wanted = ActivityFilter(
        text=text(),
        event=chosen("event", ActivityEvent),
        subject_type=chosen("subject_type", ActivitySubject),
        person=chosen_id("person", people, also=(SYSTEM,)),
    )
    page = page_number()
    context: dict[str, Any] = {
        "log": activity_of(fulfillment_id, wanted, page=page),
        "wanted": wanted,
        "people": people,
        "events": ActivityEvent,
        "subjects": ActivitySubject,
        "links": links("activity.index", fulfillment_id, page, asdict(wanted)),
    }
    if wants_fragment("history"):
        return render_template(PANEL, fulfillment_id=fulfillment_id, **context)
    return page_with(fulfillment_id, panel=PANEL, **context)


def links(endpoint: str, fulfillment_id: int, page: int, wanted: dict[str, Any]) -> dict[str, str]:
    """The addresses of this page, the one before, the one after, and of everything, without empty values."""
    kept = {name: value for name, value in wanted.items() if value not in {None, ""}}

    def to(number: int) -> str:
        numbered = kept | ({"page": number} if number > 1 else {})
        return url_for(endpoint, fulfillment_id=fulfillment_id, **numbered)

    return {
        "here": to(page),
        "previous": to(page - 1) if page > 1 else "",
        "next": to(page + 1),
        "all": url_for(endpoint, fulfillment_id=fulfillment_id),
    }

"""The history of a shipment: what it tells, how it is searched, and how it is paged."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Activity, FulfillmentLine
from webapp.statuses import ActivityEvent, ActivitySubject


@pytest.fixture
def shipment(make: Factory) -> Any:
    return make.shipment(account=make.provider_account(), created_at=NOON)


def log(page: Page, shipment: Any, query: str = "", status: int = 200) -> list[str]:
    page.get(f"/fulfillments/{shipment.id}/activity{query}", status=status, fragment="history")
    return page.texts(".activity > li")


def change(make: Factory, shipment: Any, minutes: int, **values: Any) -> Activity:
    event = values.pop("event", ActivityEvent.UPDATED)
    return make.activity(shipment, event, occurred_at=NOON + timedelta(minutes=minutes), **values)


def test_a_row_says_what_who_when_and_from_what_to_what(
    page: Page, cast: Cast, make: Factory, shipment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.formatting.today", NOON.date)
    change(make, shipment, 5, actor_id=cast.operator.id, changes={"tracking_number": [None, "9405 5102"]})

    rows = log(page.sign_in(cast.viewer), shipment)

    assert rows[0] == "Tracking changed by Otto Operator today 12:05 none → 9405 5102"
    assert rows[1].startswith("Created by System")


def test_values_are_shown_as_people_know_them(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    change(
        make,
        shipment,
        5,
        event=ActivityEvent.RESYNCED,
        changes={
            "status": ["picked", "fulfilled_awaiting_info"],
            "cost": [None, "7.17"],
            "fulfilled_at": [None, "2020-11-03T22:05:00+00:00"],
            "cancel_by_hand": ["False", "True"],
        },
        note="Took 212 ms",
    )

    row = log(page.sign_in(cast.viewer), shipment)[0]

    assert "Resynced from provider by System" in row
    assert "Status Picked → Shipped, no tracking" in row
    assert "Cost none → $7.17" in row
    assert "Shipped none → Nov 3, 2020" in row or "Shipped none → 3 Nov 2020" in row
    assert "Cancel by hand no → yes" in row
    assert "Took 212 ms" in row


def test_values_that_no_longer_mean_anything_are_shown_as_they_stand(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    change(make, shipment, 5, changes={"status": ["lost_at_sea", "picked"], "cost": ["much", None], "old": "odd"})

    row = log(page.sign_in(cast.viewer), shipment)[0]

    assert "lost_at_sea → Picked" in row
    assert "much → none" in row
    assert "Old none → odd" in row


def test_children_are_named(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    line_id = db.session.query(FulfillmentLine.id).scalar()
    order = make.provider_order(shipment, external_number="12345")
    for minute, (subject, id_) in enumerate(
        (
            (ActivitySubject.FULFILLMENT_LINE, line_id),
            (ActivitySubject.PROVIDER_ORDER, order.id),
            (ActivitySubject.FULFILLMENT_ORDER, 8812),
            (ActivitySubject.INVENTORY_MOVEMENT, 77),
        )
    ):
        change(make, shipment, minute + 1, subject_type=subject.value, subject_id=id_)

    rows = log(page.sign_in(cast.viewer), shipment)

    assert [row.partition(" by ")[0] for row in rows[:4]] == [
        "Changed · Inventory movement 77",
        "Changed · Fulfillment order FO-8812",
        "Changed · Provider order 12345",
        "Changed · Line NWP-011",
    ]


def test_what_was_written_is_never_html(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    change(make, shipment, 5, changes={nasty: [nasty, nasty]}, note=nasty)

    log(page.sign_in(cast.viewer), shipment, "?text=%3Cimg")

    assert nasty not in page.response.get_data(as_text=True)
    assert page.all(".activity > li")


@pytest.fixture
def busy(make: Factory, cast: Cast, shipment: Any) -> Any:
    change(make, shipment, 1, actor_id=cast.operator.id, changes={"tracking_number": ["AAA", "BBB"]})
    change(make, shipment, 2, actor_id=cast.supervisor.id, changes={"cost": ["1", "2"]})
    change(make, shipment, 3, event=ActivityEvent.RESYNCED, changes={"status": ["picked", "packed"]})
    change(make, shipment, 4, subject_type="provider_order", subject_id=1, note="Größe geändert")
    return shipment


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?text=bbb", 1),
        ("?text=otto", 1),
        ("?text=tracking+aaa", 1),
        ("?text=packed", 1),
        ("?text=GRÖSSE", 1),
        ("?text=100%25", 0),
        ("?event=resynced", 1),
        ("?event=updated", 3),
        ("?event=updated&text=cost", 1),
        ("?subject_type=provider_order", 1),
        ("?person=system", 3),
        ("?text=&event=&subject_type=&person=&page=1", 5),
    ],
)
def test_it_is_searched_by_person_event_subject_and_values(
    page: Page, cast: Cast, busy: Any, query: str, found: int
) -> None:
    assert len(log(page.sign_in(cast.viewer), busy, query)) == found


def test_it_is_narrowed_to_one_person_out_of_those_in_it(page: Page, cast: Cast, busy: Any) -> None:
    page.sign_in(cast.viewer)
    rows = log(page, busy, f"?person={cast.operator.id}")

    assert len(rows) == 1
    options = {option.get_text(): option["value"] for option in page.one("#activity-person").select("option")}
    assert list(options) == ["Everyone", "System", "Otto Operator", "Susan Supervisor"]


def test_a_search_that_finds_nothing_says_so_and_offers_the_way_out(page: Page, cast: Cast, busy: Any) -> None:
    log(page.sign_in(cast.viewer), busy, "?text=zebra")

    assert "No activity matches" in page.text
    assert page.one(".empty-actions a")["href"] == f"/fulfillments/{busy.id}/activity"


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("?event=exploded", "created, updated, deleted"),
        ("?subject_type=planet", "fulfillment, fulfillment_line"),
        ("?person=999", "system"),
        ("?page=0", "numbered from 1"),
        ("?page=-1", "numbered from 1"),
        ("?page=abc", "numbered from 1"),
        ("?page=99999999999999999999", "numbered from 1"),
        ("?evnt=created", "text, event, subject_type, person, page"),
        (f"?text={'x' * 201}", "at most 200"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_what_does(
    page: Page, cast: Cast, busy: Any, query: str, allowed: str
) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/{busy.id}/activity{query}", status=400)

    assert allowed in page.text
    assert page.one("main a[href='/fulfillments']")


def test_fifteen_rows_are_a_page_and_the_filter_stays_in_the_links(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    for minute in range(32):
        change(make, shipment, minute, note=f"note {minute:02}")
    page.sign_in(cast.viewer)

    first = log(page, shipment, "?text=note&event=updated")
    assert len(first) == 15
    assert first[0].endswith("note 31")
    older = page.one("a[rel=next]")
    assert older["href"] == f"/fulfillments/{shipment.id}/activity?text=note&event=updated&page=2"
    page.get(str(older["href"]), fragment="history")
    assert page.texts(".activity > li")[0].endswith("note 16")
    page.get(str(page.one("a[rel=next]")["href"]), fragment="history")
    assert len(page.texts(".activity > li")) == 2
    assert not page.all("a[rel=next][href]")


@pytest.mark.parametrize("query", ["", "?text=note"])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    page: Page, cast: Cast, make: Factory, shipment: Any, query: str
) -> None:
    address = f"/fulfillments/{shipment.id}/activity{query}"
    page.sign_in(cast.viewer)
    change(make, shipment, 1, note="note")
    with statements() as few:
        page.get(address, fragment="history")
    for minute in range(50):
        change(make, shipment, minute, note="note", actor_id=cast.operator.id)
    with statements() as many:
        page.get(address, fragment="history")

    assert len(many) == len(few) == 4, many


def test_without_scripts_the_tab_is_a_page_of_the_shipment(page: Page, cast: Cast, busy: Any) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/{busy.id}/activity?event=resynced")

    assert page.one("h1").get_text() == busy.fulfillment_number
    assert len(page.all(".activity > li")) == 1
    assert page.one(".tabs a[aria-current=page]").get_text() == "Activity"
    page.get(f"/fulfillments/{busy.id}/activity?text=bbb")
    assert page.one("#activity-text")["value"] == "bbb"


def test_the_panel_is_fetched_again_when_something_changed(page: Page, cast: Cast, busy: Any) -> None:
    log(page.sign_in(cast.viewer), busy, "?event=updated")

    history = page.one("#history-refresh")
    assert history["hx-get"] == f"/fulfillments/{busy.id}/activity?event=updated"
    assert history["hx-trigger"] == "activity:changed from:body, shipment:changed from:body"


def test_history_restore_gets_the_whole_page(page: Page, cast: Cast, busy: Any) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Target": "section#history"}

    page.sign_in(cast.viewer).get(f"/fulfillments/{busy.id}/activity", headers=headers)

    assert page.one("h1")

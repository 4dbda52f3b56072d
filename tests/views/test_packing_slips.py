"""Packing slips: what stands on them, that printing is noted, and who may print what."""

import json

import pytest

from tests.cast import Cast
from tests.exporting import KEY
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.statuses import ActivityEvent
from webapp.web.barcodes import barcode


def printed(shipment_id: int) -> bool:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Fulfillment, shipment_id).packing_slip_printed_at is not None


def test_a_slip_says_what_is_in_the_parcel_and_for_whom(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(lines=(("NWP-011", 2, None), ("1E10", 1_200, None)))
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}")
    page.get(str(page.one("#print-slip")["href"]))
    assert shipment.fulfillment_number in page.one(".slip h2").get_text()
    assert page.one(".slip-store").get_text() == "Northwind"
    assert "Adenauerallee 900" in page.one(".slip address").get_text()
    assert page.texts(".slip tbody tr") == ["NWP-011 Queso Cabrales 2", "1E10 Queso Cabrales 1,200"]
    assert page.one(".slip svg")["aria-label"] == f"Barcode of {shipment.fulfillment_number}"
    assert not printed(shipment.id)


def test_printing_is_noted_once_with_its_history(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    id_, version = shipment.id, shipment.version
    body = {"ids": [id_], "idempotency_key": KEY}
    page.sign_in(cast.operator).post(
        "/fulfillments/packing-slips/printed", body, fragment="slip-tools", status=200
    )
    events = json.loads(page.response.headers["HX-Trigger"])
    assert {"print:now", "toast"} <= set(events)
    page.post("/fulfillments/packing-slips/printed", body)
    assert printed(id_)
    assert db.session.get_one(Fulfillment, id_).version == version + 1
    notes = db.session.query(Activity).filter_by(event=ActivityEvent.PRINTED.value).all()
    assert [(note.fulfillment_id, note.actor_id) for note in notes] == [(id_, cast.operator.id)]
    page.post("/fulfillments/packing-slips/printed", body | {"idempotency_key": KEY[::-1]})
    assert db.session.query(Activity).filter_by(event=ActivityEvent.PRINTED.value).count() == 2


def test_selected_shipments_are_printed_together(page: Page, cast: Cast, make: Factory) -> None:
    shipments = [make.shipment(packing_slip_printed_at=NOON), make.shipment()]
    page.sign_in(cast.operator).get("/fulfillments")
    assert page.one('#bulk button[formaction="/fulfillments/packing-slips"]')
    ids = [one.id for one in shipments]
    page.post("/fulfillments/packing-slips", {"ids": ids})
    assert page.response.headers["Location"] == f"/fulfillments/packing-slips?ids={ids[0]},{ids[1]}"
    page.get(f"/fulfillments/packing-slips?ids={ids[0]},{ids[1]}&paper=4x6")
    assert len(page.all(".slip")) == 2
    assert page.one("body")["class"] == ["slips-label"]
    assert page.one("#slip-tools button[aria-pressed=true]").get_text() == "4 x 6 inch"
    chosen = [str(field["value"]) for field in page.all('form[hx-post] input[name="ids"]')]
    page.post("/fulfillments/packing-slips/printed", {"ids": chosen, "idempotency_key": KEY})
    assert all(printed(id_) for id_ in ids)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "No shipment is selected"),
        ({"ids": list(range(1, 102))}, "At most 100"),
        ({"all": "1", "ids": [1]}, "At most 100"),
    ],
)
def test_nothing_and_too_much_are_refused(page: Page, cast: Cast, sent: dict[str, object], said: str) -> None:
    page.sign_in(cast.operator).post("/fulfillments/packing-slips", sent, status=422)
    assert said in page.text


@pytest.mark.parametrize("ids", ["", "1,x", "1,,2", ",".join(["1"] * 101), "9" * 30])
def test_an_address_that_names_no_shipments_is_refused(page: Page, cast: Cast, ids: str) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/packing-slips?ids={ids}", status=400)
    assert "Select them in the list" in page.text


def test_unknown_paper_is_refused_with_what_there_is(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}/packing-slip?paper=a3", status=400)
    assert "letter, a4, 4x6" in page.text


def test_slips_of_another_warehouse_do_not_exist(page: Page, cast: Cast, make: Factory) -> None:
    mine, other = make.shipment(), make.shipment(warehouse="Columbus, OH")
    page.sign_in(cast.limited_to(make.warehouse("Reno, NV").id))
    page.get(f"/fulfillments/packing-slips?ids={mine.id},{other.id}", status=404)
    body = {"ids": [mine.id, other.id], "idempotency_key": KEY}
    page.post("/fulfillments/packing-slips/printed", body, status=404)
    assert not printed(mine.id)


def test_a_barcode_is_drawn_in_whole_modules_with_white_around_it() -> None:
    drawn = barcode("SO-10412.1")
    assert 'viewBox="0 0 165 1"' in drawn
    assert drawn.count("M") == drawn.count("v1h")
    assert 'd="M10 0h2v1h-2z' in drawn
    assert barcode("SO-Ü") == ""

"""Packing slips: what stands on them, that printing is noted, and who may print what."""

import json
from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.cast import Cast
from tests.exporting import KEY, content_of, work
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, Run
from webapp.statuses import ActivityEvent
from webapp.views import packing_slips as views
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


def test_the_list_shows_and_filters_what_is_printed_and_what_is_not(page: Page, cast: Cast, make: Factory) -> None:
    done, open_ = make.shipment(packing_slip_printed_at=NOON), make.shipment()
    numbers = {"is_not_empty": done.fulfillment_number, "is_empty": open_.fulfillment_number}
    page.sign_in(cast.viewer)
    for operator, number in numbers.items():
        page.get(f"/fulfillments?tab=all&filter[packing_slip_printed_at.{operator}]=")
        assert [found for found in numbers.values() if found in page.one("tbody").get_text()] == [number]


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
        ({"ids": list(range(1, 102))}, "none of them is there any more"),
        ({"all": "1"}, "none of them is there any more"),
    ],
)
def test_nothing_is_refused(page: Page, cast: Cast, sent: dict[str, object], said: str) -> None:
    page.sign_in(cast.supervisor).post("/fulfillments/packing-slips", sent, status=422)
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


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is there, so nobody need wait for one."""
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0)


def fields(page: Page, form: str) -> dict[str, object]:
    """What the form sends as it stands, without its token."""
    found = {str(one["name"]): str(one["value"]) for one in page.all(f"{form} input[type=hidden]:not([name=ids])")}
    return found | {"ids": [str(one["value"]) for one in page.all(f"{form} input[name=ids]")]}


def test_the_page_makes_a_pdf_of_its_slips(page: Page, cast: Cast, make: Factory, no_waiting: None) -> None:
    ids = [make.shipment().id, make.shipment().id]
    page.sign_in(cast.operator).get(f"/fulfillments/packing-slips?ids={ids[0]},{ids[1]}&paper=4x6")
    form = 'form[action="/fulfillments/packing-slips/file"]'
    page.post("/fulfillments/packing-slips/file", fields(page, form))
    [run] = db.session.query(Run).all()
    run_id = run.id
    assert page.response.headers["Location"] == f"/runs/{run_id}"
    page.get("/runs/tray", fragment="run-tray")
    again = str(page.one("#run-tray")["hx-get"])
    work(run_id)
    page.get(again, fragment="run-tray")
    assert (
        page.one('hx-partial[hx-target="#toasts"]').get_text().strip().startswith("Your packing slips are ready.")
    )
    page.get("/exports")
    assert "A packing slip for each shipment" in page.text
    file = str(page.one("#exports a[href$='/file']")["href"])
    page.get(file, headers={"Range": "bytes=0-7"}, status=206)
    assert (page.response.headers["Content-Type"], page.response.data) == ("application/pdf", b"%PDF-1.7")
    assert PdfReader(BytesIO(content_of(run_id))).pages[1].mediabox.width == 288
    page.sign_in(cast.supervisor).get(file, status=404)


def test_all_of_a_list_and_more_than_a_page_holds_are_a_pdf(
    page: Page, cast: Cast, make: Factory, no_waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        make.shipment()
    make.shipment(archived_at=NOON)
    page.sign_in(cast.supervisor).post(
        "/fulfillments/packing-slips?tab=active&sort=cost", {"all": "1"}, status=200
    )
    assert page.one("h1").get_text() == "2 packing slips as one PDF"
    action = str(page.one("#slips-form")["action"])
    assert action == "/fulfillments/packing-slips/file?tab=active&sort=cost"
    sent = fields(page, "#slips-form") | {"paper": "a4"}
    late = make.shipment()
    page.post(action, sent, status=409)
    assert "was 2 when you opened this and is 3 now" in page.text
    page.post(action, fields(page, "#slips-form") | {"paper": "a4"}, fragment="dialog", status=200)
    run_id = db.session.query(Run).one().id
    work(run_id)
    assert len(PdfReader(BytesIO(content_of(run_id))).pages) == 3
    monkeypatch.setattr(views, "MOST", 1)
    chosen = [late.id, make.shipment().id]
    page.post("/fulfillments/packing-slips", {"ids": chosen}, fragment="dialog", status=200)
    assert "Make 2 packing slips" in page.text
    assert sorted(fields(page, "#slips-form")["ids"]) == sorted(map(str, chosen))


def test_a_whole_list_is_for_supervisors_and_none_of_it_for_viewers(page: Page, cast: Cast, make: Factory) -> None:
    shipment_id = make.shipment().id
    sent = {"seen": "1", "paper": "a4", "idempotency_key": KEY}
    page.sign_in(cast.operator).post("/fulfillments/packing-slips", {"all": "1"}, status=403)
    page.post("/fulfillments/packing-slips/file", sent | {"all": "1"}, status=403)
    assert "Only supervisors" in page.text
    page.post("/fulfillments/packing-slips/file", sent | {"ids": [shipment_id], "paper": "a3"}, status=400)
    page.post("/fulfillments/packing-slips/file", sent | {"ids": [shipment_id], "seen": ""}, status=400)
    page.sign_in(cast.viewer).post("/fulfillments/packing-slips/file", sent | {"ids": [shipment_id]}, status=403)
    assert db.session.query(Run).count() == 0

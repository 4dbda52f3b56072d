"""Packing slips as one PDF, from asking to the file read back, and the marks that they were printed."""

from io import BytesIO
from time import sleep
from typing import Any

import pytest
from pypdf import PdfReader
from redis import Redis

from tests.cast import Cast
from tests.exporting import (
    KEY,
    ask_for_slips,
    content_of,
    export_of,
    person_of,
    printed_ids,
    run_of,
    stored_files,
    work,
)
from tests.factories import NOON, Factory
from tests.jobs.conftest import Drain
from webapp.barcodes import bars
from webapp.errors import Forbidden, Refused
from webapp.extensions import db
from webapp.models import Activity, BillingAddress, Fulfillment, Run, RunItem
from webapp.queries.bulk_selections import Matching
from webapp.queries.history_chains import broken_chains
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE
from webapp.queue import EXPORTS, waiting_run_ids
from webapp.services import exports, exports_run, packing_slips_file, packing_slips_run, runs
from webapp.services.actors import Actor
from webapp.services.bulk import OtherNumber
from webapp.services.export_storage import StorageFailed
from webapp.services.packing_slips import Paper
from webapp.statuses import ActivityEvent, RunState

SIZES = {Paper.LETTER: (612, 792), Paper.A4: (595, 842), Paper.LABEL: (288, 432)}
ALL = Matching(Criteria(scope=EVERYWHERE, tab=Tab.ALL), "?tab=all")

pytestmark = pytest.mark.usefixtures("nothing_stored")


def pdf_of(run_id: int) -> PdfReader:
    return PdfReader(BytesIO(content_of(run_id)), strict=True)


def texts_of(run_id: int) -> list[str]:
    return [page.extract_text() for page in pdf_of(run_id).pages]


def history_of(run_id: int) -> list[tuple[int, int | None]]:
    printed = db.session.query(Activity).filter_by(event=ActivityEvent.PRINTED.value, run_id=run_id)
    return sorted((row.fulfillment_id, row.actor_id) for row in printed)


@pytest.mark.parametrize("paper", SIZES)
def test_a_slip_says_the_same_as_the_page_on_every_paper(
    make: Factory, cast: Cast, redis: Redis, drain: Drain, paper: Paper
) -> None:
    order = make.order(name="Łukasz Müller", company="Größe & Söhne", customer_reference="PO Ελλάδα 7")
    lines = (("NWP-011", 2, None), ("1E10", 1_200, None))
    shipment = make.shipment(order=order, lines=lines, requested_shipping_method="Привет")
    copied = {name: getattr(order, name) for name in ("company", "address1", "zip", "country", "country_code")}
    db.session.add(BillingAddress(sales_order_id=order.id, **copied | {"name": "Jan Żak", "city": "Łódź"}))
    number, order_number = shipment.fulfillment_number, order.order_number
    run_id = ask_for_slips(cast.operator, [shipment.id], paper=paper)
    assert run_id in waiting_run_ids()
    drain(EXPORTS)
    run, export = run_of(run_id), export_of(run_id)
    assert (run.state, run.done, run.total) == (RunState.SUCCEEDED, 1, 1)
    assert run.message == f"1 packing slip in {export.file_name}, marked as printed."
    assert export.file_name.startswith("packing-slips-20")
    [page] = pdf_of(run_id).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == SIZES[paper]
    said = " ".join(page.extract_text().split())
    for part in (
        "Northwind", f"Packing slip {number}", order_number, "2026-11-03 12:00:00 PST", "PO Ελλάδα 7", "Reno, NV",
        "Привет", "Łukasz Müller", "Größe & Söhne", "Adenauerallee 900", "70563 Stuttgart", "Germany", "Bill to",
        "Jan Żak", "70563 Łódź", "NWP-011 Queso Cabrales 2", "1E10 Queso Cabrales 1200", "Units 1202",
    ):  # fmt: skip
        assert part in said, part
    drawn = bars(number)
    assert drawn is not None
    assert page.get_contents().get_data().count(b" re") == len(drawn.bars)


def test_slips_come_in_the_order_of_the_list_and_each_is_marked_once(make: Factory, cast: Cast) -> None:
    shipments = [make.shipment(cost=cost, packing_slip_printed_at=NOON) for cost in (2, None, 3, 1)]
    numbers, ids = [one.fulfillment_number for one in shipments], [one.id for one in shipments]
    versions = [one.version for one in shipments]
    run_id = ask_for_slips(cast.supervisor, ALL, seen=4, sort=Sort("cost"))
    assert ask_for_slips(cast.supervisor, ALL, seen=4, sort=Sort("cost")) == run_id
    work(run_id)
    found = [next(number for number in numbers if number in text) for text in texts_of(run_id)]
    assert found == [numbers[place] for place in (2, 0, 3, 1)]
    assert history_of(run_id) == [(id_, cast.supervisor.id) for id_ in ids]
    marked = db.session.query(Fulfillment).order_by(Fulfillment.id).all()
    assert [one.version for one in marked] == [version + 1 for version in versions]
    assert all(one.packing_slip_printed_at > NOON for one in marked)
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []


def test_one_that_takes_several_sheets_has_all_its_lines_and_numbers_them(make: Factory, cast: Cast) -> None:
    lines = tuple((f"SKU-{number:03}", 1, None) for number in range(60))
    shipment, other = make.shipment(lines=lines), make.shipment()
    number = shipment.fulfillment_number
    run_id = ask_for_slips(cast.operator, [shipment.id, other.id], sort=Sort("id", descending=False))
    work(run_id)
    *sheets, last = texts_of(run_id)
    assert [sheet.splitlines()[-1] for sheet in sheets] == [
        f"{number}, page {page} of {len(sheets)}" for page in range(1, len(sheets) + 1)
    ]
    assert all("Quantity" in sheet for sheet in sheets)
    found = [word for sheet in sheets for word in sheet.split() if word.startswith("SKU-")]
    assert found == [sku for sku, _, _ in lines]
    assert "page" not in last


def test_what_is_not_in_the_scope_any_more_is_neither_in_the_file_nor_marked(make: Factory, cast: Cast) -> None:
    mine, moved = make.shipment(), make.shipment()
    elsewhere = make.shipment(warehouse="Columbus, OH")
    rita = cast.limited_to(make.warehouse("Reno, NV").id)
    ids, mine_id = [mine.id, moved.id, elsewhere.id], mine.id
    with pytest.raises(OtherNumber, match="is 2 now"):
        ask_for_slips(rita, ids)
    db.session.rollback()
    run_id = ask_for_slips(rita, ids, seen=2)
    moved.warehouse_id = elsewhere.warehouse_id
    db.session.commit()
    assert work(run_id).message.startswith("1 packing slip in")
    assert len(pdf_of(run_id).pages) == 1
    assert printed_ids() == [mine_id]
    buckets = db.session.query(RunItem.bucket).filter_by(run_id=run_id).order_by(RunItem.fulfillment_id)
    assert buckets.all() == [("done",), ("skipped",)]


def test_too_many_none_and_a_list_without_the_right_are_refused(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make.shipment().id for _ in range(2)]
    for user, which, kind in (
        (cast.operator, ALL, Forbidden),
        (cast.viewer, ids, Forbidden),
        (cast.operator, [9_999], Refused),
    ):
        with pytest.raises(kind):
            ask_for_slips(user, which, seen=2)
        db.session.rollback()
    monkeypatch.setattr(packing_slips_file, "MOST", 1)
    with pytest.raises(Refused, match="At most 1 packing slips"):
        ask_for_slips(cast.operator, ids)
    db.session.rollback()
    assert db.session.query(Run).count() == 0


@pytest.mark.parametrize("step", ["slips_of", "settle"])
def test_a_cancelled_one_leaves_no_file_and_marks_nothing(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run_id = ask_for_slips(cast.operator, [make.shipment().id])
    monkeypatch.setattr("jobs.watching.LOOK_SECONDS", 0.01)
    going_on = getattr(packing_slips_run, step)

    def cancelled(*given: Any) -> Any:
        with db.engine.begin() as other:
            other.execute(Run.__table__.update().values(state=RunState.CANCELLING.value))
        if step == "slips_of":
            sleep(0.2)  # Until the watch has seen it, before the first hundred are told.
        return going_on(*given)

    monkeypatch.setattr(packing_slips_run, step, cancelled)
    settled = []
    monkeypatch.setattr(exports_run, "offer", lambda *given: settled.append(given))
    run = work(run_id)
    assert (run.state, run.message) == (RunState.CANCELLED, "Cancelled. No file was made.")
    assert stored_files() == printed_ids() == settled == []


def test_one_cancelled_when_the_file_is_there_is_too_late(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make.shipment().id for _ in range(3)]
    run_id, operator = ask_for_slips(cast.operator, ids), Actor(cast.operator.id)
    monkeypatch.setattr(packing_slips_run, "STEP", 1)
    mark_some = packing_slips_run.mark_some

    def cancel_now(*given: Any) -> bool:
        runs.cancel(run_id, operator)
        db.session.commit()
        return mark_some(*given)

    monkeypatch.setattr(packing_slips_run, "mark_some", cancel_now)
    assert work(run_id).state == RunState.SUCCEEDED
    assert printed_ids() == ids
    assert len(pdf_of(run_id).pages) == len(ids)


def test_a_storage_that_fails_is_said_and_a_retry_makes_the_file(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment_id = make.shipment().id
    run_id = ask_for_slips(cast.operator, [shipment_id], paper=Paper.LABEL)
    with monkeypatch.context() as away:

        def fail(*_: Any) -> None:
            raise StorageFailed("The storage is away.")

        away.setattr(packing_slips_run.Document, "close", fail)
        run = work(run_id)
    assert (run.state, run.can_retry, run.message) == (RunState.FAILED, True, "The storage is away.")
    assert stored_files() == printed_ids() == []
    again = exports.again(run_id, KEY[::-1], person_of(cast.operator))
    db.session.commit()
    assert work(again).state == RunState.SUCCEEDED
    assert pdf_of(again).pages[0].mediabox.width == 288
    assert printed_ids() == [shipment_id]


def test_what_no_font_has_is_said_on_the_slip_and_by_the_run(make: Factory, cast: Cast) -> None:
    names = ["山田 太郎", "김민준 משה محمد", "พี่สมชาย", "𠮷野", "Ann 🚚"]
    shipments = [make.shipment(order=make.order(name=name)) for name in names]
    run_id = ask_for_slips(
        cast.operator, [shipment.id for shipment in shipments], sort=Sort("id", descending=False)
    )
    run = work(run_id)
    said = [" ".join(page.extract_text().split()) for page in pdf_of(run_id).pages]
    for text, script in zip(said, ["", "", "", "Chinese or Japanese", "symbols"], strict=True):
        assert (f"Not all of this could be printed right ({script})." in text) == bool(script), text
    assert "山田 太郎" in said[0]
    assert "พี่สมชาย" in said[2]
    assert not any("could be printed right" in text for text in said[:3])
    others = ", ".join(shipment.fulfillment_number for shipment in shipments[3:])
    assert run.message.endswith(
        "marked as printed. Not all of the text could be printed right (Chinese or Japanese, symbols) "
        f"for {others}. Print those from their pages."
    )

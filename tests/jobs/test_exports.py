"""Exports from asking to file: what is in it, what becomes of the run, what is left when something goes wrong."""

import errno
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from redis import Redis

from jobs import sweeper
from tests.cast import Cast
from tests.exporting import (
    KEY,
    ask,
    content_of,
    csv_rows,
    export_of,
    person_of,
    run_of,
    sheet_rows,
    stored_files,
    work,
    workbook,
)
from tests.factories import NOON, Factory
from tests.jobs.conftest import Drain
from webapp.database import reading_engine
from webapp.errors import NotFound, Refused
from webapp.extensions import db, settings
from webapp.models import Fulfillment, Run, SalesOrderLine, User
from webapp.queries import export_rows
from webapp.queries.export_columns import SUMMARY
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queue import EXPORTS, waiting_run_ids
from webapp.schema import now
from webapp.services import export_files, export_storage, exports, runs
from webapp.services.actors import Actor
from webapp.statuses import ExportFormat, ExportMode, ExportScope, FulfillmentStatus, RunState

FEDEX = "9611804123456789012345678901234567"


@pytest.fixture(autouse=True)
def nothing_stored(app: Any) -> None:
    for folder in export_storage.folders():
        export_storage.remove(folder)


@pytest.fixture(params=["openpyxl", "stream"])
def xlsx(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test for either writer of XLSX."""
    if request.param == "stream":
        monkeypatch.setattr(export_files, "LARGE", 0)


def test_a_worker_makes_the_file_that_was_asked_for(make: Factory, cast: Cast, redis: Redis, drain: Drain) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    assert run_id in waiting_run_ids()
    drain(EXPORTS)
    run, export = run_of(run_id), export_of(run_id)
    assert (run.state, run.done, run.total) == (RunState.SUCCEEDED, 1, 1)
    assert run.message == f"1 row in {export.file_name}."
    assert len(content_of(run_id)) == export.byte_size
    assert export.expires_at - export.created_at >= settings().export_retention
    assert len(stored_files()) == 1


def test_types_survive_in_xlsx(make: Factory, cast: Cast, xlsx: None) -> None:
    order = make.order(order_number="00123", name="=cmd|' /C calc'!A0")
    make.shipment(
        order=order,
        tracking_number=FEDEX,
        cost=Decimal("12.3400"),
        fulfilled_at=NOON,
        fulfilled_shipping_method="1E10",
        status=FulfillmentStatus.FULFILLED,
        lines=(("1E10", 2, None), ("007", 3, None)),
    )
    run_id = ask(cast.viewer)
    assert work(run_id).state == RunState.SUCCEEDED
    headings, row = sheet_rows(content_of(run_id))
    found = dict(zip(headings, row, strict=True))
    assert headings == [column.heading for column in SUMMARY]
    assert found["Order #"] == "00123"
    assert found["Tracking #"] == FEDEX
    assert found["Ful. Method"] == "1E10"
    assert found["Customer"] == "=cmd|' /C calc'!A0"
    assert (found["Items"], found["Qty"]) == (2, 5)
    assert isinstance(found["Items"], int)
    assert found["Cost"] == 12.34
    assert found["Fulfilled At"] == NOON.astimezone(settings().business_time_zone).replace(tzinfo=None)
    assert found["Status"] == "Shipped"
    assert found["Packing Slip Printed At"] is None


def test_the_sheet_is_frozen_filterable_and_says_what_it_is(make: Factory, cast: Cast, xlsx: None) -> None:
    make.shipment(tracking_number=FEDEX, cost=Decimal("1.5"))
    run_id = ask(cast.viewer)
    work(run_id)
    book = workbook(content_of(run_id))
    sheet = book["Shipments"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:S2"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["H"].width == 26
    assert [sheet[f"{letter}2"].number_format for letter in "AHOR"] == [
        "0", "@", "#,##0.00##", "yyyy-mm-dd hh:mm:ss",
    ]  # fmt: skip
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Time zone of all times"] == "America/Los_Angeles"
    assert about["Shipments"] == "All that match this list"


def test_line_items_have_a_row_for_each_line(make: Factory, cast: Cast, xlsx: None) -> None:
    shipment = make.shipment(lines=(("NWP-011", 2, "9.10"), ("1E10", 3, None)))
    for line in db.session.query(SalesOrderLine).all():
        line.unit_price = Decimal("10.2500")
    db.session.commit()
    run_id = ask(cast.viewer, mode=ExportMode.LINE_ITEMS)
    work(run_id)
    headings, *rows = sheet_rows(content_of(run_id))
    assert headings[-6:] == ["Item SKU", "Item Name", "Item Description", "Item Qty", "Unit Price", "Line Total"]
    assert [row[1] for row in rows] == [shipment.fulfillment_number] * 2
    assert [(row[-6], row[-3], row[-2], row[-1]) for row in rows] == [
        ("NWP-011", 2, 10.25, 20.5),
        ("1E10", 3, 10.25, 30.75),
    ]


def test_csv_is_plain_text_that_no_spreadsheet_runs(make: Factory, cast: Cast) -> None:
    order = make.order(name='=HYPERLINK("x")', order_number="-5")
    make.shipment(order=order, tracking_number="+1 555", cost=Decimal("0.1234"), fulfilled_at=NOON)
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    work(run_id)
    content = content_of(run_id)
    assert content.startswith(b"\xef\xbb\xbfID,Fulfillment #")
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    headings, row = csv_rows(content)
    found = dict(zip(headings, row, strict=True))
    assert found["Customer"] == '\'=HYPERLINK("x")'
    assert found["Order #"] == "-5"
    assert found["Tracking #"] == "'+1 555"
    assert found["Cost"] == "0.1234"
    assert found["Fulfilled At"] == "2026-11-03 12:00:00"


def test_columns_come_as_chosen_and_without_the_mark_if_asked(make: Factory, cast: Cast) -> None:
    make.shipment()
    chosen = ("status", "item_sku", "number")
    run_id = ask(cast.viewer, format=ExportFormat.CSV, columns=chosen, has_mark=False)
    work(run_id)
    assert content_of(run_id).startswith(b"Status,Fulfillment #\r\n")


def test_a_list_without_rows_gives_a_file_with_headings(app: Any, cast: Cast, xlsx: None) -> None:
    run_id = ask(cast.viewer)
    assert work(run_id).message.startswith("0 rows in")
    assert sheet_rows(content_of(run_id)) == [[column.heading for column in SUMMARY]]


def test_characters_no_sheet_can_hold_are_left_out_and_counted(make: Factory, cast: Cast, xlsx: None) -> None:
    for _ in range(2):
        make.shipment(order=make.order(name="A\x01B\x0bC\ufffe d\r\n<&>"))
    run_id = ask(cast.viewer, columns=("customer",))
    run = work(run_id)
    assert sheet_rows(content_of(run_id))[1:] == [["ABC d\r\n<&>"]] * 2
    assert "6 characters that a spreadsheet cannot hold were left out" in run.message


def test_only_what_is_selected_is_in_the_file_in_the_order_of_the_list(make: Factory, cast: Cast) -> None:
    ids = [make.shipment().id for _ in range(4)]
    elsewhere = make.shipment(warehouse="Columbus, OH").id
    rita = cast.limited_to(make.warehouse("Reno, NV").id)
    run_id = ask(
        rita, scope=ExportScope.SELECTED, ids=(ids[2], ids[0], elsewhere), sort=Sort("id", descending=False),
        columns=("id",),
    )  # fmt: skip
    work(run_id)
    assert sheet_rows(content_of(run_id)) == [["ID"], [ids[0]], [ids[2]]]


def test_everything_means_what_the_person_sees_at_the_time_it_is_made(make: Factory, cast: Cast) -> None:
    mine = make.shipment(archived_at=NOON).id
    make.shipment(warehouse="Columbus, OH")
    rita = cast.limited_to(make.warehouse("Reno, NV").id)
    run_id = ask(rita, scope=ExportScope.ALL, columns=("id",))
    work(run_id)
    assert sheet_rows(content_of(run_id)) == [["ID"], [mine]]


def test_whoever_may_not_sign_in_any_more_gets_no_file(
    make: Factory, cast: Cast, redis: Redis, drain: Drain
) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    db.session.get_one(User, cast.viewer.id).is_active = False
    drain(EXPORTS)
    assert run_of(run_id).state == RunState.FAILED
    assert stored_files() == []


def test_rows_changed_while_the_file_is_written_are_not_seen(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make.shipment(cost=Decimal(1)).id for _ in range(5)]
    monkeypatch.setattr(export_rows, "BATCH", 1)
    stream = export_rows.stream

    def disturbed(*given: Any) -> Any:
        for number, rows in enumerate(stream(*given)):
            if number == 0:
                with db.engine.begin() as other:
                    other.execute(Fulfillment.__table__.update().values(cost=Decimal(2), voided_at=None))
                    other.execute(
                        Fulfillment.__table__.update().where(Fulfillment.id == ids[0]).values(archived_at=NOON)
                    )
            yield rows

    monkeypatch.setattr(export_rows, "stream", disturbed)
    run_id = ask(cast.viewer, columns=("id", "cost"), tab=Tab.ACTIVE, sort=Sort("cost"))
    assert work(run_id).state == RunState.SUCCEEDED
    assert sheet_rows(content_of(run_id))[1:] == [[id_, 1] for id_ in reversed(ids)]
    with reading_engine(db.engine).connect() as now:
        assert set(now.scalars(Fulfillment.__table__.select().with_only_columns(Fulfillment.cost))) == {2}


def test_a_cancelled_export_leaves_no_file(make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make.shipment()
    monkeypatch.setattr("jobs.watching.LOOK_SECONDS", 0.01)
    stream = export_rows.stream

    def cancelled(*given: Any) -> Any:
        rows = list(stream(*given))
        with db.engine.begin() as other:
            other.execute(Run.__table__.update().values(state=RunState.CANCELLING.value))
        while True:  # Until the watch has seen it; a run that nobody stops would never end.
            yield from rows

    monkeypatch.setattr(export_rows, "stream", cancelled)
    run_id = ask(cast.viewer)
    run = work(run_id)
    assert (run.state, run.message) == (RunState.CANCELLED, "Cancelled. No file was made.")
    assert stored_files() == []


def test_one_cancelled_after_its_last_row_leaves_no_file_either(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    size = export_storage.size

    def cancel_now(key: str) -> int:
        runs.cancel(run_id, Actor(cast.viewer.id))
        db.session.commit()
        return size(key)

    monkeypatch.setattr(export_storage, "size", cancel_now)
    assert work(run_id).state == RunState.CANCELLED
    assert stored_files() == []


def test_a_full_storage_fails_the_run_with_its_reason_and_a_retry_makes_the_file(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = (make.shipment().id,)
    make.shipment()
    run_id = ask(cast.viewer, scope=ExportScope.SELECTED, ids=ids, columns=("id",))
    with monkeypatch.context() as full:

        def no_room(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr("webapp.services.export_files.xlsx_small.SmallXlsx.close", no_room)
        run = work(run_id)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "No space left on device" in run.message
    assert stored_files() == []
    again = exports.again(run_id, KEY[::-1], person_of(cast.viewer))
    db.session.commit()
    assert work(again).state == RunState.SUCCEEDED
    assert sheet_rows(content_of(again)) == [["ID"], [ids[0]]]


def test_nobody_repeats_the_export_of_another_or_one_that_went_well(make: Factory, cast: Cast) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    work(run_id)
    with pytest.raises(Refused, match="did not fail"):
        exports.again(run_id, KEY[::-1], person_of(cast.viewer))
    db.session.rollback()
    with pytest.raises(NotFound):
        exports.again(run_id, KEY[::-1], person_of(cast.operator))


def test_the_same_key_again_is_the_same_export(make: Factory, cast: Cast) -> None:
    make.shipment()
    assert ask(cast.viewer) == ask(cast.viewer)
    assert db.session.query(Run).count() == 1


def test_an_earlier_try_leaves_nothing_behind(make: Factory, cast: Cast) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    with export_storage.writing(f"{run_id}/dead/half.xlsx") as file:
        file.write(b"half")
    work(run_id)
    assert len(stored_files()) == 1
    assert sheet_rows(content_of(run_id))


def test_files_past_their_time_are_deleted_and_so_is_what_broken_off_ones_left(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch, app: Any
) -> None:
    make.shipment()
    kept, old, waiting = (ask(cast.viewer, key=f"{number}" * 20) for number in range(3))
    for run_id in (kept, old):
        work(run_id)
    for folder in (f"{waiting}/token", "999999/token"):
        with export_storage.writing(f"{folder}/half.xlsx") as file:
            file.write(b"half")
    export_of(old).expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    monkeypatch.setattr(sweeper, "application", lambda: app)
    for _ in range(2):
        sweeper.delete_old_files()
        assert sorted(export_storage.folders()) == sorted([str(kept), str(waiting)])
    assert export_of(old).storage_key is None
    assert content_of(kept)

"""Exports and the processes that make them: a worker killed at every point, and one that is told to stop."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from tests.cast import Cast
from tests.dying_worker import IN_EXPORTS, IN_SLIPS
from tests.emptying import unguarded
from tests.exporting import (
    ask,
    ask_for_slips,
    content_of,
    export_of,
    printed_ids,
    run_of,
    sheet_rows,
    stored_files,
)
from tests.factories import Factory
from tests.jobs.conftest import Drain, Kill
from tests.workers import stored, wait_until, worker
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentLine, Run
from webapp.queue import EXPORTS
from webapp.services import packing_slips_run, runs
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent, ExportFormat, ExportMode, RunState

OVER = "after the commit"
ALL_MARKED = "after all are marked"
IS_OFFERED = {"before any is marked", "before the marks are committed", ALL_MARKED}
MANY = {ExportFormat.XLSX: 150_000, ExportFormat.CSV: 600_000}
"""Lines that take a worker several seconds to write."""
CANCEL_SECONDS = 2.0

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_stored", "redis")]


@pytest.mark.parametrize("point", IN_EXPORTS)
def test_a_worker_killed_during_an_export_leaves_one_whole_file_and_no_other(
    make: Factory, cast: Cast, drain: Drain, kill: Kill, point: str
) -> None:
    shipment_id = make.shipment().id
    run_id = ask(cast.viewer, columns=("id",))
    kill(EXPORTS, point)
    assert len(stored_files()) == 1
    assert (export_of(run_id).storage_key is not None) is (point == OVER)
    drain(EXPORTS)
    run = run_of(run_id)
    assert (run.state, run.attempts, run.done) == (RunState.SUCCEEDED, 1 if point == OVER else 2, 1)
    assert db.session.query(Run).count() == 1
    assert sheet_rows(content_of(run_id)) == [["ID"], [shipment_id]]
    assert stored_files() == [f"/{export_of(run_id).storage_key}"]


@pytest.mark.parametrize("point", IN_SLIPS)
def test_a_worker_killed_during_packing_slips_leaves_one_file_and_marks_each_shipment_once(
    make: Factory, cast: Cast, drain: Drain, kill: Kill, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    ids = [make.shipment().id for _ in range(3)]
    run_id = ask_for_slips(cast.operator, ids)
    monkeypatch.setattr(packing_slips_run, "STEP", 2)
    kill(EXPORTS, point)
    assert len(stored_files()) == 1
    is_offered = export_of(run_id).storage_key is not None
    assert is_offered is (point in IS_OFFERED)
    assert not printed_ids() or is_offered
    drain(EXPORTS)
    run = run_of(run_id)
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 1 if point == ALL_MARKED else 2)
    assert db.session.query(Run).count() == 1
    assert len(PdfReader(BytesIO(content_of(run_id)), strict=True).pages) == len(ids)
    assert stored_files() == [f"/{export_of(run_id).storage_key}"]
    assert printed_ids() == ids
    printed = db.session.query(Activity.fulfillment_id).filter_by(event=ActivityEvent.PRINTED.value, run_id=run_id)
    assert sorted(printed.all()) == [(id_,) for id_ in ids]


@pytest.mark.parametrize("format_", [ExportFormat.XLSX, ExportFormat.CSV])
def test_a_large_export_at_work_stops_within_two_seconds_and_leaves_no_file(
    settings: Settings, make: Factory, cast: Cast, format_: ExportFormat
) -> None:
    _with_many_lines(make.shipment(), MANY[format_])
    run_id = ask(cast.viewer, mode=ExportMode.LINE_ITEMS, format=format_)
    viewer = Actor(cast.viewer.id)
    with worker(settings, EXPORTS):
        wait_until(lambda: stored(run_id).done > 0)
        assert runs.cancel(run_id, viewer) is RunState.CANCELLING
        db.session.commit()
        wait_until(lambda: stored(run_id).state != RunState.CANCELLING, CANCEL_SECONDS)
    run = stored(run_id)
    assert (run.state, run.total) == (RunState.CANCELLED, MANY[format_])
    assert run.done < MANY[format_]
    assert stored_files() == []


def _with_many_lines(shipment: Fulfillment, many: int) -> None:
    """Give it so many lines, which stand for the rows of a large list; their budgets are of no account here."""
    table = FulfillmentLine.__table__
    line = db.session.query(FulfillmentLine).filter_by(fulfillment_id=shipment.id).one()
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < many - 1))
    same = (line.sales_order_line_id, line.product_id, line.quantity)
    rows = sa.select(sa.literal(shipment.id), line.fulfillment_order_line_id + numbers.c.n, *map(sa.literal, same))
    names = ["fulfillment_id", "fulfillment_order_line_id", "sales_order_line_id", "product_id", "quantity"]
    db.session.rollback()
    with db.engine.connect() as connection, _unchecked(connection), connection.begin(), unguarded(connection):
        connection.execute(sa.insert(table).from_select(names, rows))
        connection.execute(
            sa.update(Fulfillment).values(item_count=many, unit_count=Fulfillment.unit_count + many)
        )


@contextmanager
def _unchecked(connection: sa.Connection) -> Iterator[None]:
    """Without foreign keys on SQLite, which only knows them switched off outside a transaction."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute("PRAGMA foreign_keys = OFF")
    yield
    driver.execute("PRAGMA foreign_keys = ON")

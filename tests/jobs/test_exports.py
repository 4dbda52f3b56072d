"""Exports as they are asked for: which shipments, by whom, once, and what becomes of the run."""

import pytest
from redis import Redis

from jobs import watching
from tests.cast import Cast
from tests.exporting import (
    KEY,
    ask,
    content_of,
    export_of,
    person_of,
    run_of,
    sheet_rows,
    stored_files,
    work,
)
from tests.factories import NOON, Factory
from tests.jobs.conftest import Drain
from webapp.errors import NotFound, Refused
from webapp.extensions import db, settings
from webapp.models import Run, User
from webapp.queries import export_rows
from webapp.queries.listing.keyset import Sort
from webapp.queue import EXPORTS, waiting_run_ids
from webapp.services import exports
from webapp.services.export_files import csv_copy, csv_lines
from webapp.statuses import ExportFormat, ExportScope, RunState

pytestmark = pytest.mark.usefixtures("nothing_stored")


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


@pytest.mark.parametrize("format_", [ExportFormat.CSV, ExportFormat.XLSX])
def test_others_may_have_the_processor_after_each_batch(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch, format_: ExportFormat
) -> None:
    for module in (export_rows, csv_copy, csv_lines):
        monkeypatch.setattr(module, "BATCH", 2)
    yields: list[None] = []
    monkeypatch.setattr(watching.os, "sched_yield", lambda: yields.append(None))
    for _ in range(5):
        make.shipment()
    run_id = ask(cast.viewer, format=format_)
    assert work(run_id).done == 5
    assert len(yields) == 3


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

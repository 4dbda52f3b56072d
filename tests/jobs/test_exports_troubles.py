"""Exports that others, a person, the storage or time come between: what is in them, what is left of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from jobs import sweeper
from tests.cast import Cast
from tests.exporting import (
    KEY,
    ask,
    content_of,
    csv_rows,
    export_of,
    person_of,
    sheet_rows,
    stored_files,
    work,
)
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.config import Settings
from webapp.database import reading_engine
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.queries import export_rows
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.schema import now
from webapp.services import export_storage, exports, runs
from webapp.services.actors import Actor
from webapp.statuses import ExportFormat, ExportScope, RunState

pytestmark = pytest.mark.usefixtures("nothing_stored")


def test_rows_changed_while_the_file_is_written_are_not_seen(
    make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make.shipment(cost=Decimal(1)).id for _ in range(5)]
    monkeypatch.setattr(export_rows, "FETCHED", 1)
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


@pytest.mark.parametrize("wanted", list(ExportFormat))
def test_a_full_storage_fails_the_run_with_its_reason_and_a_retry_makes_the_file(
    page: Page, make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch, wanted: ExportFormat
) -> None:
    ids = (make.shipment().id,)
    make.shipment()
    run_id = ask(cast.viewer, format=wanted, scope=ExportScope.SELECTED, ids=ids, columns=("id",))
    with monkeypatch.context() as full:
        open_file = LocalFileSystem.open

        def without_room(files: Any, path: str, mode: str) -> Any:
            open_file(files, path, mode).close()  # So that there is something to be left behind.
            return open_file(files, "/dev/full", mode)

        full.setattr(LocalFileSystem, "open", without_room)
        run = work(run_id)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert stored_files() == []
    page.sign_in(cast.viewer)
    for address in (f"/runs/{run_id}", "/exports"):
        page.get(address)
        assert "because the storage said: No space left on device." in page.text
        assert page.all('a[href$="/file"]') == []
    page.get(f"/exports/{export_of(run_id).id}/file", status=404)
    again = exports.again(run_id, KEY[::-1], person_of(cast.viewer))
    db.session.commit()
    assert work(again).state == RunState.SUCCEEDED
    read = csv_rows if wanted is ExportFormat.CSV else sheet_rows
    assert [[str(cell) for cell in row] for row in read(content_of(again))] == [["ID"], [str(ids[0])]]


def test_a_storage_that_is_no_folder_any_more_fails_the_run_with_its_reason(
    make: Factory, cast: Cast, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shipment()
    (tmp_path / "mount").touch()
    away = replace(settings, export_storage=str(tmp_path / "mount" / "exports"))
    monkeypatch.setattr(export_storage, "settings", lambda: away)
    run = work(ask(cast.viewer))
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "because the storage said: Not a directory." in run.message


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

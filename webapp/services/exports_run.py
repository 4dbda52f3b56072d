"""Make the file of an export: one moment of the database, written into the storage, and what came of it."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from webapp.database import begin_snapshot
from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.models import Export, Run
from webapp.queries import export_rows, filters
from webapp.queries.accounts import Person, active_person
from webapp.queries.export_columns import columns_of
from webapp.queries.export_rows import Listed, Row, Stored, Which
from webapp.queries.listing import kept
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.schema import now
from webapp.services import export_storage, runs
from webapp.services.export_files import Layout, XlsxWriter, csv_written, xlsx_writer
from webapp.services.export_storage import StorageFailed
from webapp.services.exports import STORED_SETS
from webapp.services.runs import Claim
from webapp.statuses import ExportFormat, ExportMode, ExportScope, Permission, RunState

LONGEST_NOTE = 1_000  # Of a filter in words, in the sheet that says what a file holds.


class Watch(Protocol):
    """Whoever looks after the run while the file is written; `tell` raises when the run is to stop."""

    def begin(self, connection: sa.Connection, total: int) -> None: ...

    def tell(self, done: int) -> None: ...


class Place(Protocol):
    """Where the file of a run lies, or is to lie."""

    @property
    def run_id(self) -> int: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Task:
    """One file to make, for whom, and where it is to lie."""

    run_id: int
    person: Person
    format: ExportFormat
    mode: ExportMode
    scope: ExportScope
    parameters: Mapping[str, Any]
    file_name: str
    key: str

    def listed(self) -> tuple[Criteria, Sort]:
        return kept.from_json(self.parameters["list"], self.person.scope)


@dataclass(frozen=True)
class Made:
    """What was written: rows, bytes, how many characters no cell can hold, and what else is to be said of it."""

    rows: int
    bytes: int
    left_out: int
    note: str = ""


def task_of(claim: Claim) -> Task:
    """The file this run is to make, for the person as they are now. Raises Refused when they may not have it."""
    export = db.session.scalars(sa.select(Export).where(Export.run_id == claim.run_id)).one()
    person = active_person(export.owner_id)
    if person is None or not person.can(Permission.EXPORT):
        raise Refused("Whoever asked for this may not export any more, so no file was made.")
    return Task(
        run_id=claim.run_id,
        person=person,
        format=ExportFormat(export.format),
        mode=ExportMode(export.mode),
        scope=ExportScope(export.scope),
        parameters=export.parameters,
        file_name=export.file_name,
        key=key_of(claim, export.file_name),
    )


def key_of(claim: Claim, file_name: str) -> str:
    """A worker thought dead may still be writing, so each one writes in a place of its own."""
    return f"{claim.run_id}/{claim.token[:12]}/{file_name}"


def make(task: Task, watch: Watch) -> Made:
    """Write the file; what an earlier try left is deleted first.

    Raises StorageFailed, FilterError for a list that means nothing any more, and what the watch raises.
    """
    export_storage.remove(str(task.run_id))
    connection = begin_snapshot(db.session())
    try:
        rows, left_out = _write(task, connection, watch)
    finally:
        db.session.rollback()
    return Made(rows, export_storage.size(task.key), left_out)


def _write(task: Task, connection: sa.Connection, watch: Watch) -> tuple[int, int]:
    criteria, sort = task.listed()
    which = Stored(task.run_id, criteria.scope) if task.scope in STORED_SETS else Listed(criteria)
    total = export_rows.size(which).rows(task.mode)
    watch.begin(connection, total)
    layout = _layout(task, criteria, which)
    with export_storage.writing(task.key) as file:
        if task.format is ExportFormat.CSV:
            return _told(csv_written(file, layout, which, sort, task.mode), watch), 0
        to = xlsx_writer(layout, file, total)
        done = _told(_written(to, export_rows.stream(which, sort, layout.columns, task.mode)), watch)
        to.close()
        return done, to.left_out


def _written(to: XlsxWriter, batches: Iterable[Sequence[Row]]) -> Generator[int]:
    done = 0
    for rows in batches:
        to.write(rows)
        done += len(rows)
        yield done


def _told(steps: Generator[int], watch: Watch) -> int:
    """Go through the steps, each the rows done so far, and return their end.

    When the watch raises, the statement is over before anything else is done with its connection.
    """
    done = 0
    with closing(steps):
        for done in steps:
            watch.tell(done)
    return done


def _layout(task: Task, criteria: Criteria, which: Which) -> Layout:
    return Layout(
        format=task.format,
        columns=columns_of(task.mode, task.parameters["columns"]),
        zone=settings().business_time_zone,
        notes=tuple(_notes(task, criteria, which).items()),
        has_mark=task.parameters["has_mark"],
    )


def _notes(task: Task, criteria: Criteria, which: Which) -> dict[str, str]:
    zone, moment = settings().business_time_zone, now()
    notes = {
        "File": task.file_name,
        "Asked for by": task.person.display_name,
        "As of": f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        "Time zone of all times": zone.key,
        "Currency": settings().currency,
        "Each row": task.mode.label,
        "Shipments": task.scope.label,
    }
    if isinstance(which, Listed):
        notes["List"] = criteria.tab.label
        if criteria.search:
            notes["Search"] = criteria.search.text
        if criteria.filter.is_applied:
            notes["Filter"] = filters.describe(criteria.filter, now=moment, zone=zone)[:LONGEST_NOTE]
    return notes


def settle(claim: Claim, task: Task, made: Made) -> bool:
    """Offer the file, unless the run was cancelled meanwhile; says whether it is offered. Raises ClaimLost."""
    if runs.hold(claim) is RunState.CANCELLING:
        stop(claim, task)
        return False
    offer(claim, task, made)
    runs.finish(claim, RunState.SUCCEEDED, _said(task, made), result={"left_out": made.left_out})
    return True


def offer(claim: Claim, place: Place, made: Made) -> None:
    """Let the file be downloaded. The caller holds the run."""
    expires = now() + settings().export_retention
    file = {"storage_key": place.key, "row_count": made.rows, "byte_size": made.bytes, "expires_at": expires}
    done = {"total": made.rows, "done": made.rows}
    for statement in (
        sa.update(Export).where(Export.run_id == claim.run_id).values(file),
        sa.update(Run).where(Run.id == claim.run_id).values(done),
    ):
        db.session.execute(statement, execution_options=_APART)


def stop(claim: Claim, task: Place) -> None:
    """Leave no file of a cancelled run. Raises ClaimLost."""
    export_storage.remove(str(task.run_id))
    runs.finish(claim, RunState.CANCELLED, "Cancelled. No file was made.")


def fail(claim: Claim, error: StorageFailed, technical: str) -> None:
    """Record that the storage did not take the file; it can be tried again. Raises ClaimLost."""
    runs.finish(claim, RunState.FAILED, error.message, technical_error=technical, can_retry=True)


def discard(task: Place) -> None:
    """Delete what a worker wrote whose run is another's by now."""
    export_storage.remove(task.key.rpartition("/")[0])


_APART = {"synchronize_session": False}


def _said(task: Task, made: Made) -> str:
    rows = "1 row" if made.rows == 1 else f"{made.rows:,} rows"
    said = f"{rows} in {task.file_name}."
    if made.left_out:
        said += f" {made.left_out:,} characters that a spreadsheet cannot hold were left out."
    return said

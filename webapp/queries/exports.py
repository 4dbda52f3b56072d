"""Questions about exports: a person's own files, one of them to download, whether one is ready."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.database import reading_engine
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Export, Run
from webapp.queries.runs import RunRow, selecting
from webapp.queries.runs import rows as run_rows
from webapp.queries.scope import Scope
from webapp.schema import HIGHEST_ID, now
from webapp.statuses import ExportFormat, ExportMode, ExportScope

MOST_LISTED = 100  # A week of files of somebody who exports all day.
LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class ExportRow:
    """A file of a person with the run that makes it; there is none to download without `expires_at`."""

    id: int
    run: RunRow
    file_name: str
    format: ExportFormat
    mode: ExportMode
    scope: ExportScope
    row_count: int | None
    byte_size: int | None
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class ExportFile:
    """A file that can be downloaded."""

    id: int
    name: str
    format: ExportFormat
    key: str
    bytes: int


def of_person(person_id: int, scope: Scope) -> list[ExportRow]:
    """The person's exports, newest first, without those whose file is past its time."""
    mine = sa.select(Export).where(Export.owner_id == person_id, _is_kept()).order_by(Export.id.desc())
    return _rows(mine.limit(MOST_LISTED), person_id, scope)


def of_runs(run_ids: Iterable[int], person_id: int, scope: Scope) -> dict[int, ExportRow]:
    """The person's exports of these runs, by run, also those whose file is past its time."""
    wanted = sa.select(Export).where(Export.owner_id == person_id, Export.run_id.in_(sorted(run_ids)))
    return {row.run.id: row for row in _rows(wanted, person_id, scope)}


def _rows(statement: sa.Select[Export], person_id: int, scope: Scope) -> list[ExportRow]:
    exports = db.session.scalars(statement).all()
    ids = [export.run_id for export in exports]
    runs = {run.id: run for run in run_rows(selecting(scope, person_id).where(Run.id.in_(ids)))}
    return [
        ExportRow(
            id=export.id, run=runs[export.run_id], file_name=export.file_name,
            format=ExportFormat(export.format), mode=ExportMode(export.mode), scope=ExportScope(export.scope),
            row_count=export.row_count, byte_size=export.byte_size,
            created_at=export.created_at, expires_at=export.expires_at,
        )
        for export in exports
    ]  # fmt: skip


def file_of(export_id: int, person_id: int) -> ExportFile:
    """A file of this person that is there; raises NotFound, which does not tell a stranger's from none."""
    found = sa.select(Export).where(
        Export.id == export_id, Export.owner_id == person_id, Export.storage_key.is_not(None), _is_kept()
    )
    export = db.session.scalar(found) if export_id <= HIGHEST_ID else None
    if export is None or export.storage_key is None:
        raise NotFound(
            "There is no such file of yours. Files are deleted after some days: export the list again, and look "
            "under Exports for those that are still there."
        )
    return ExportFile(
        export.id, export.file_name, ExportFormat(export.format), export.storage_key, export.byte_size or 0
    )


def ready_within(run_id: int, seconds: float, most_rows: int) -> int | None:
    """Wait so long for the file of a run, and return the id of the export once it is there; else None.

    Does not wait for one of more than `most_rows`, as soon as that is known. Looks over a connection of its own,
    outside any transaction, so that nobody waits for the one who waits.
    """
    asked = sa.select(Export.id, Export.storage_key, Run.total).join(Run, Run.id == Export.run_id)
    deadline = time.monotonic() + seconds
    while True:
        with reading_engine(db.engine).connect() as connection:
            export_id, key, total = connection.execute(asked.where(Run.id == run_id)).one()
        if key is not None:
            return int(export_id)
        if (total or 0) > most_rows or time.monotonic() > deadline:
            return None
        time.sleep(LOOK_SECONDS)


def _is_kept() -> sa.ColumnElement[bool]:
    return sa.or_(Export.expires_at.is_(None), Export.expires_at > now())

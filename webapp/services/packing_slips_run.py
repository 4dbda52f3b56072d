"""Make the PDF of packing slips that a run is for, then mark what is in it as printed.

The file is offered before the first shipment is marked: one that is marked has its slip, whatever happens. Each
step of marking is one transaction with its rows of the run, so that a run that starts again repeats none.
"""

from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from webapp.database import begin_snapshot
from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.models import Export, Fulfillment, RunItem
from webapp.queries import export_rows
from webapp.queries.accounts import Person, active_person
from webapp.queries.export_rows import Stored
from webapp.queries.listing.keyset import Sort
from webapp.queries.packing_slips import slips_of
from webapp.schema import Key, now
from webapp.services import bulk_steps, export_storage, exports_run, packing_slips, runs
from webapp.services.actors import Actor
from webapp.services.exports_run import Made, Watch
from webapp.services.packing_slips import Paper
from webapp.services.runs import Claim
from webapp.services.slip_files import SHEETS, Document, drawn, scripts_of
from webapp.statuses import BulkBucket, ExportMode, Permission, RunState

BATCH = 100
"""Slips read at once; memory holds no more of them."""
STEP = 200
"""Shipments marked in one transaction: others wait for a lock a tenth of a second at most."""
NAMED = 5
"""Shipments named in the result of a run; the slips themselves say it too."""
_APART = {"synchronize_session": False}


@dataclass(frozen=True, kw_only=True)
class SlipsTask:
    """One file of slips to make, for whom, in which order, on which paper; `is_made` if an earlier try did it."""

    run_id: int
    person: Person
    paper: Paper
    sort: Sort
    file_name: str
    key: str
    is_made: bool


def task_of(claim: Claim) -> SlipsTask:
    """The file this run is to make, for the person as they are now. Raises Refused when they may not have it."""
    export = db.session.scalars(sa.select(Export).where(Export.run_id == claim.run_id)).one()
    person = active_person(export.owner_id)
    if person is None or not person.can(Permission.PRINT):
        raise Refused("Whoever asked for this may not print packing slips any more, so none were made.")
    wanted = export.parameters
    return SlipsTask(
        run_id=claim.run_id,
        person=person,
        paper=Paper(wanted["paper"]),
        sort=Sort(wanted["sort"], wanted["descending"]),
        file_name=export.file_name,
        key=exports_run.key_of(claim, export.file_name),
        is_made=export.storage_key is not None,
    )


def make(task: SlipsTask, watch: Watch) -> Made:
    """Write the file; what an earlier try left is deleted first.

    Raises StorageFailed, Refused when no shipment is in the person's scope any more, and what the watch raises.
    """
    export_storage.remove(str(task.run_id))
    connection = begin_snapshot(db.session())
    try:
        count, note = _write(task, connection, watch)
    finally:
        db.session.rollback()
    return Made(count, export_storage.size(task.key), 0, note)


def settle(claim: Claim, task: SlipsTask, made: Made) -> bool:
    """Offer the file, unless the run was cancelled meanwhile; says whether it is offered. Raises ClaimLost."""
    if runs.hold(claim) is RunState.CANCELLING:
        exports_run.stop(claim, task)
        return False
    exports_run.offer(claim, task, made)
    export = db.session.scalars(sa.select(Export).where(Export.run_id == claim.run_id)).one()
    export.parameters = export.parameters | {"note": made.note}
    return True


def mark_some(claim: Claim, task: SlipsTask) -> bool:
    """Mark the next shipments of the file as printed; False when none were left, and the run is over by that.

    A cancellation comes too late for it: the file is there. Raises ClaimLost.
    """
    runs.hold(claim)
    ids = bulk_steps.waiting(claim.run_id, STEP)
    if not ids:
        runs.finish(claim, RunState.SUCCEEDED, _said(claim, task))
        return False
    actor = Actor(task.person.id, task.person.scope)
    marked = packing_slips.mark_in_file(ids, run_id=claim.run_id, actor=actor)
    _settle_items(claim, marked, BulkBucket.DONE)
    _settle_items(claim, sorted(set(ids) - set(marked)), BulkBucket.SKIPPED)
    return True


def _write(task: SlipsTask, connection: sa.Connection, watch: Watch) -> tuple[int, str]:
    ids = _ids(task, connection)
    if not ids:
        raise Refused("You do not see any of these shipments any more, so no packing slips were made.")
    watch.begin(connection, len(ids))
    sheet, zone, done = SHEETS[task.paper], settings().business_time_zone, 0
    numbers: list[str] = []
    unprinted: set[str] = set()
    with export_storage.writing(task.key) as file:
        document = Document(file, (sheet.width, sheet.height), "Packing slips")
        rest = iter(ids)
        while some := list(islice(rest, BATCH)):
            for slip in slips_of(some, task.person.scope):
                if missing := drawn(slip, document, task.paper, zone):
                    unprinted |= missing
                    numbers.append(slip.fulfillment_number)
                watch.tell(done := done + 1)
        document.close()
    return done, _note(numbers, unprinted)


def _note(numbers: list[str], unprinted: set[str]) -> str:
    """Which slips are not as they should be, and what to do about it."""
    if not numbers:
        return ""
    named = ", ".join(numbers[:NAMED]) + (f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else "")
    scripts = ", ".join(scripts_of(unprinted))
    return f" Not all of the text could be printed right ({scripts}) for {named}. Print those from their pages."


def _ids(task: SlipsTask, connection: sa.Connection) -> list[int]:
    """Those of the set that are in the scope, in the order of the list."""
    which = Stored(task.run_id, task.person.scope)
    parts = export_rows.statements_of(
        which, task.sort, (), ExportMode.SUMMARY, [sa.type_coerce(Fulfillment.id, Key)]
    )
    return [id_ for statement, values in parts for id_ in connection.execute(statement, values).scalars()]


def _settle_items(claim: Claim, ids: list[int], bucket: BulkBucket) -> None:
    mine = (RunItem.run_id == claim.run_id, RunItem.fulfillment_id.in_(ids))
    values = {"bucket": bucket.value, "finished_at": now()}
    db.session.execute(sa.update(RunItem).where(*mine).values(values), execution_options=_APART)


def _said(claim: Claim, task: SlipsTask) -> str:
    marked = sa.select(sa.func.count()).where(
        RunItem.run_id == claim.run_id, RunItem.bucket == BulkBucket.DONE.value
    )
    count = db.session.scalars(marked).one()
    slips = "1 packing slip" if count == 1 else f"{count:,} packing slips"
    parameters = db.session.scalars(sa.select(Export.parameters).where(Export.run_id == claim.run_id)).one()
    return f"{slips} in {task.file_name}, marked as printed.{parameters.get('note', '')}"

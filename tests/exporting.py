"""Exports in tests: asked for, made here and now as a worker does, read back as people's programs read them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import sqlalchemy as sa

from jobs import exports as job
from jobs import packing_slips as slips_job
from webapp.extensions import db
from webapp.models import Export, Fulfillment, Run
from webapp.queries.accounts import Person, active_person
from webapp.queries.bulk_selections import Chosen, Matching
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.services import export_storage, exports, packing_slips_file, runs
from webapp.services.actors import Actor
from webapp.services.exports import Order
from webapp.services.packing_slips import Paper
from webapp.services.packing_slips_file import SlipsOrder
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ROLE_PERMISSIONS, ExportMode, ExportScope, RunKind

NEWEST_FIRST = Sort()
KEY = "0123456789abcdef0123456789abcdef"


def person_of(user: Any) -> Person:
    found = active_person(user.id)
    assert found is not None
    return found


def ask(
    user: Any,
    *,
    mode: ExportMode = ExportMode.SUMMARY,
    scope: ExportScope = ExportScope.FILTERED,
    tab: Tab = Tab.ALL,
    sort: Sort = NEWEST_FIRST,
    ids: tuple[int, ...] = (),
    key: str = KEY,
    **file: Any,
) -> int:
    """Ask for an export of this person's list, and commit."""
    person = person_of(user)
    wanted = ExportPreferences(mode=mode, **file)
    order = Order(wanted, scope, Criteria(scope=person.scope, tab=tab), sort, ids)
    run_id = exports.request_export(order, key=key, person=person)
    db.session.commit()
    return run_id


def ask_for_slips(
    user: Any,
    which: Sequence[int] | Matching,
    *,
    seen: int | None = None,
    paper: Paper = Paper.LETTER,
    sort: Sort = NEWEST_FIRST,
    key: str = KEY,
) -> int:
    """Ask for the packing slips of these shipments as one PDF, and commit."""
    person = person_of(user)
    selection = which if isinstance(which, Matching) else Chosen(tuple(which))
    count = len(which) if seen is None and not isinstance(which, Matching) else seen or 0
    run_id = packing_slips_file.request_file(
        SlipsOrder(selection, count, paper, sort),
        key=key,
        actor=Actor(person.id, person.scope),
        permissions=ROLE_PERMISSIONS[person.role],
    )
    db.session.commit()
    return run_id


def printed_ids() -> list[int]:
    """The shipments whose slip is marked as printed."""
    db.session.rollback()
    printed = sa.select(Fulfillment.id).where(Fulfillment.packing_slip_printed_at.is_not(None))
    return list(db.session.scalars(printed.order_by(Fulfillment.id)))


def work(run_id: int) -> Run:
    """Do what a worker does with the run, but for its heartbeat; returns the run as it then stands."""
    claim = runs.claim(run_id)
    db.session.commit()
    assert claim is not None
    (slips_job if claim.kind is RunKind.PACKING_SLIPS else job)._write(claim)
    return run_of(run_id)


def run_of(run_id: int) -> Run:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Run, run_id)


def export_of(run_id: int) -> Export:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Export).where(Export.run_id == run_id)).one()


def content_of(run_id: int) -> bytes:
    export = export_of(run_id)
    assert export.storage_key is not None, run_of(run_id).message
    with export_storage.open_file(export.storage_key) as file:
        return file.read()


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def sheet_rows(content: bytes, name: str = "Shipments") -> list[list[Any]]:
    return [list(row) for row in workbook(content)[name].iter_rows(values_only=True)]


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def stored_files() -> list[str]:
    """Every file in the storage, whole or not."""
    files, root = export_storage._located("")
    return [path.removeprefix(root) for path in files.find(root)] if files.exists(root) else []

"""Exports in tests: asked for, made here and now as a worker does, read back as people's programs read them."""

import csv
import io
from typing import Any

import openpyxl
import sqlalchemy as sa

from jobs import exports as job
from webapp.extensions import db
from webapp.models import Export, Run
from webapp.queries.accounts import Person, active_person
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.services import export_storage, exports, runs
from webapp.services.exports import Order
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ExportMode, ExportScope

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


def work(run_id: int) -> Run:
    """Do what a worker does with the run, but for its heartbeat; returns the run as it then stands."""
    claim = runs.claim(run_id)
    db.session.commit()
    assert claim is not None
    job._write(claim)
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

"""Exports are asked for: the run, the file it is to make and what is in it, all in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound, Refused
from webapp.extensions import db, settings
from webapp.models import Export, Fulfillment, Run, RunItem
from webapp.queries.accounts import Person
from webapp.queries.export_columns import columns_of
from webapp.queries.listing import kept
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.sets_of_ids import among
from webapp.schema import now
from webapp.services import idempotency, preferences, runs
from webapp.services.actors import Actor
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ExportFormat, ExportScope, RunKind

STORED_SETS = frozenset({ExportScope.CURRENT_PAGE, ExportScope.SELECTED})
"""Scopes whose shipments are fixed when the export is asked for; the others are looked up when it is made."""


@dataclass(frozen=True)
class Order:
    """What a person asks for: the file, the scope, the list it is about, and for fixed sets the shipments."""

    file: ExportPreferences
    scope: ExportScope
    criteria: Criteria
    sort: Sort
    ids: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        criteria = self.criteria
        if self.scope is ExportScope.ALL:
            criteria = Criteria(scope=criteria.scope, tab=Tab.ALL)
        return {
            "list": kept.to_json(criteria, self.sort),
            "columns": list(self.file.columns),
            "has_mark": self.file.has_mark,
        }


def request_export(order: Order, *, key: str | None, person: Person, is_remembered: bool = True) -> int:
    """Ask for a file and return the run that makes it; the same key again gives the same run.

    Raises FilterError for a list that cannot be run, Refused when no column or no shipment is chosen, and what
    services.idempotency.claim raises. How the file is to look is remembered for the person's next export.
    """
    columns = columns_of(order.file.mode, order.file.columns)
    if not columns:
        raise Refused("Tick at least one column: a file without any has nothing in it.")
    asked = order.as_json() | {
        "format": order.file.format.value, "mode": order.file.mode.value, "scope": order.scope.value,
        "ids": sorted(order.ids),
    }  # fmt: skip
    first = idempotency.claim(person.id, key, "export", asked)
    if first is not None:
        return int(first["run_id"])
    if order.scope not in STORED_SETS:
        kept.from_json(asked["list"], person.scope)  # Whether it can be run at all.
    run_id = _insert(order, person)
    if is_remembered:
        preferences.save_export_preferences(person.id, order.file)
    idempotency.remember(person.id, key, {"run_id": run_id})
    return run_id


def again(run_id: int, key: str | None, person: Person) -> int:
    """Ask anew for the file of a run of one's own that failed; the same key again gives the same new run.

    Raises NotFound, and Refused when the run did not fail.
    """
    first = idempotency.claim(person.id, key, "export_again", {"run_id": run_id})
    if first is not None:
        return int(first["run_id"])
    before = db.session.scalar(sa.select(Export).where(Export.run_id == run_id, Export.owner_id == person.id))
    if before is None:
        raise NotFound("There is no such export of yours.")
    if not db.session.scalar(sa.select(Run.can_retry).where(Run.id == run_id)):
        raise Refused("Making this file did not fail, so there is nothing to do again.")
    kind = db.session.scalars(sa.select(Run.kind).where(Run.id == run_id)).one()
    made = runs.request(RunKind(kind), Actor(person.id, person.scope), retry_of_id=run_id)
    fields = ("owner_id", "format", "mode", "scope", "parameters")
    add_file(made, **{name: getattr(before, name) for name in fields})
    items = sa.select(sa.literal(made, RunItem.run_id.type), RunItem.fulfillment_id)
    copied = items.where(RunItem.run_id == run_id).order_by(RunItem.id)
    db.session.execute(sa.insert(RunItem).from_select(["run_id", "fulfillment_id"], copied))
    idempotency.remember(person.id, key, {"run_id": made})
    return made


def add_file(run_id: int, **fields: Any) -> None:
    """Add the file that this run is to make."""
    moment = now()
    name = file_name(fields["format"], moment)
    db.session.add(Export(run_id=run_id, file_name=name, created_at=moment, **fields))
    db.session.flush()


def file_name(extension: str, moment: datetime) -> str:
    """As in `fulfillments-2026-11-03-12-00-00.xlsx`, by the clock of the business."""
    local = moment.astimezone(settings().business_time_zone)
    subject = "packing-slips" if extension == ExportFormat.PDF else "fulfillments"
    return f"{subject}-{local:%Y-%m-%d-%H-%M-%S}.{extension}"


def _insert(order: Order, person: Person) -> int:
    run_id = runs.request(RunKind.EXPORT, Actor(person.id, person.scope))
    file = order.file
    add_file(
        run_id,
        owner_id=person.id,
        format=file.format.value,
        mode=file.mode.value,
        scope=order.scope.value,
        parameters=order.as_json(),
    )
    if order.scope in STORED_SETS:
        _store(run_id, order.ids, person)
    return run_id


def _store(run_id: int, ids: tuple[int, ...], person: Person) -> None:
    """Fix the set; those outside the person's scope do not exist."""
    found = sa.select(sa.literal(run_id, RunItem.run_id.type), Fulfillment.id)
    found = found.where(among(Fulfillment.id), person.scope.limit()).order_by(Fulfillment.id)
    insert = sa.insert(RunItem).from_select(["run_id", "fulfillment_id"], found)
    counted = {"preserve_rowcount": True}
    stored = db.session.connection().execute(insert, {"ids": sorted(set(ids))}, execution_options=counted)
    if not stored.rowcount:
        raise Refused("No shipment is selected, or none of them is there any more. Select some in the list first.")

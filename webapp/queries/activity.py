"""The activity log of a shipment and its children: who did what, when, from what to what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Activity, FulfillmentLine, Product, ProviderOrder, User
from webapp.queries.history_words import Change, changes_from
from webapp.queries.slices import Slice, slice_from, slice_of
from webapp.statuses import ActivityEvent, ActivitySubject

PAGE_SIZE = 15
SYSTEM = "system"
_CONFLICT_ROWS = 5  # What a person can take in who only wants to know what happened meanwhile.


@dataclass(frozen=True)
class ActivityRow:
    """One history row, with the names of its person and its subject."""

    id: int
    event: ActivityEvent
    subject_type: ActivitySubject
    subject_name: str
    actor_name: str | None
    changes: tuple[Change, ...]
    note: str
    run_id: int | None
    occurred_at: datetime

    @property
    def title(self) -> str:
        """What happened, in a few words; a single changed field is named."""
        if self.event is ActivityEvent.UPDATED and len(self.changes) == 1:
            return f"{self.changes[0].label} changed"
        return self.event.label

    @property
    def is_about_shipment(self) -> bool:
        return self.subject_type is ActivitySubject.FULFILLMENT

    @property
    def names_fields(self) -> bool:
        """Whether the changes still need their field's name; the title has said it of a single one."""
        return self.title == self.event.label

    @property
    def words(self) -> str:
        """All that a search may find the row by."""
        parts = [self.actor_name or SYSTEM, self.title, self.event.label, self.subject_name, self.note]
        return " ".join(parts + [change.words for change in self.changes])


@dataclass(frozen=True)
class ActivityFilter:
    """What is looked for: words anywhere in a row, an event, a kind of subject, a person or the system."""

    text: str = ""
    event: ActivityEvent | None = None
    subject_type: ActivitySubject | None = None
    person: int | str | None = None

    def __bool__(self) -> bool:
        return self != ActivityFilter()


_ROWS = (
    sa.select(
        Activity.id,
        Activity.event,
        Activity.subject_type,
        Activity.subject_id,
        Activity.changes,
        Activity.note,
        Activity.run_id,
        Activity.occurred_at,
        User.display_name.label("actor_name"),
        Product.sku,
        ProviderOrder.external_number,
    )
    .join(User, User.id == Activity.actor_id, isouter=True)
    .join(
        FulfillmentLine,
        sa.and_(
            Activity.subject_type == ActivitySubject.FULFILLMENT_LINE.value,
            FulfillmentLine.id == Activity.subject_id,
        ),
        isouter=True,
    )
    .join(Product, Product.id == FulfillmentLine.product_id, isouter=True)
    .join(
        ProviderOrder,
        sa.and_(
            Activity.subject_type == ActivitySubject.PROVIDER_ORDER.value,
            ProviderOrder.id == Activity.subject_id,
        ),
        isouter=True,
    )
    .order_by(Activity.occurred_at.desc(), Activity.id.desc())
)


def activity_of(fulfillment_id: int, wanted: ActivityFilter, *, page: int) -> Slice[ActivityRow]:
    """One page, newest first, of the history of a shipment that the caller was allowed to read.

    Words are looked for in what people see (labels, names), which only this side knows, so with words the rows
    of this one shipment are read until the page is full.
    """
    statement = _ROWS.where(Activity.fulfillment_id == fulfillment_id, *_conditions(wanted))
    if not wanted.text:
        return slice_of(statement, page=page, size=PAGE_SIZE).map(_row_from)
    return slice_from(_matching(statement, wanted.text), page=page, size=PAGE_SIZE)


def activity_of_order(fulfillment_order_id: int, *, page: int) -> Slice[ActivityRow]:
    """One page, newest first, of the history of a fulfillment order that the caller was allowed to read."""
    statement = _ROWS.where(Activity.fulfillment_order_id == fulfillment_order_id)
    return slice_of(statement, page=page, size=PAGE_SIZE).map(_row_from)


def people_in(fulfillment_id: int) -> list[tuple[int, str]]:
    """Everyone who appears in the history of a shipment, by name."""
    seen = sa.select(Activity.actor_id).where(Activity.fulfillment_id == fulfillment_id)
    statement = sa.select(User.id, User.display_name).where(User.id.in_(seen)).order_by(User.display_name)
    return [(id_, name) for id_, name in db.session.execute(statement)]


def latest_changes(fulfillment_id: int, count: int) -> list[ActivityRow]:
    """The newest `count` changes of the shipment itself, for someone who missed them; a handful at most.

    Every new version of a shipment has one history row, so the difference of two versions says how many.
    """
    statement = _ROWS.where(
        Activity.fulfillment_id == fulfillment_id,
        Activity.subject_type == ActivitySubject.FULFILLMENT.value,
    )
    rows = (_row_from(row) for row in db.session.execute(statement.limit(50)).mappings())
    return [row for row in rows if row.changes][: max(min(count, _CONFLICT_ROWS), 0)]


def latest_changes_of_order(fulfillment_order_id: int, count: int) -> list[ActivityRow]:
    """The newest `count` changes of a fulfillment order, for someone who missed them; a handful at most."""
    statement = _ROWS.where(Activity.fulfillment_order_id == fulfillment_order_id)
    limited = statement.limit(max(min(count, _CONFLICT_ROWS), 0))
    return [_row_from(row) for row in db.session.execute(limited).mappings()]


def _conditions(wanted: ActivityFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.event:
        yield Activity.event == wanted.event.value
    if wanted.subject_type:
        yield Activity.subject_type == wanted.subject_type.value
    if wanted.person == SYSTEM:
        yield Activity.actor_id.is_(None)
    elif wanted.person is not None:
        yield Activity.actor_id == wanted.person


def _matching(statement: sa.Select[*tuple[Any, ...]], text: str) -> Iterator[ActivityRow]:
    words = text.casefold().split()
    for row in db.session.execute(statement).mappings():
        found = _row_from(row)
        haystack = found.words.casefold()
        if all(word in haystack for word in words):
            yield found


def _row_from(row: sa.RowMapping) -> ActivityRow:
    subject = ActivitySubject(row["subject_type"])
    return ActivityRow(
        id=row["id"],
        event=ActivityEvent(row["event"]),
        subject_type=subject,
        subject_name=_subject_name(subject, row),
        actor_name=row["actor_name"],
        changes=changes_from(subject.value, row["changes"]),
        note=row["note"],
        run_id=row["run_id"],
        occurred_at=row["occurred_at"],
    )


def _subject_name(subject: ActivitySubject, row: sa.RowMapping) -> str:
    if subject is ActivitySubject.FULFILLMENT:
        return subject.label
    if subject is ActivitySubject.FULFILLMENT_ORDER:
        return f"{subject.label} FO-{row['subject_id']}"
    return f"{subject.label} {row['sku'] or row['external_number'] or row['subject_id']}"

"""The unfinished runs that void shipments, as columns for whatever shows shipments, and how they come along."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, Run, RunItem
from webapp.models.runs import IS_UNFINISHED
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.schema import HIGHEST_ID
from webapp.statuses import FINISHED_RUN_STATES, RunKind, RunState

VOID_RUN_ID = (
    sa.select(Run.id)
    .where(
        Run.kind == sa.literal_column(f"'{RunKind.VOID.value}'"),
        Run.fulfillment_id == Fulfillment.id,
        IS_UNFINISHED,
    )
    .correlate(Fulfillment)
    .scalar_subquery()
)
"""At most one, and found through the index that sees to that; empty when the shipment is not being voided."""

BULK_VOID_RUN_ID = (
    sa.select(sa.func.min(Run.id))
    .join(RunItem, RunItem.run_id == Run.id)
    .where(
        # Bulk runs name no shipment themselves, so the same index finds the few that are at work.
        Run.kind == sa.literal_column(f"'{RunKind.BULK_VOID.value}'"),
        Run.fulfillment_id.is_(None),
        IS_UNFINISHED,
        RunItem.fulfillment_id == Fulfillment.id,
        RunItem.bucket.is_(None),
    )
    .correlate(Fulfillment)
    .scalar_subquery()
)
"""The first of the bulk runs that have yet to come to the shipment."""


@dataclass(frozen=True)
class Progress:
    """Whether a run is done with a shipment, and the good news to tell of a run about that shipment alone."""

    is_over: bool
    good_news: str = ""


def progress(run_id: int, fulfillment_id: int) -> Progress:
    """How a run comes along with a shipment that the caller has checked to be in scope. Raises NotFound."""
    row = db.session.execute(
        _RUN, {"run_id": min(run_id, HIGHEST_ID), "fulfillment_id": fulfillment_id}
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such run.")
    state = RunState(row.state)
    is_single = row.kind == RunKind.VOID.value
    return Progress(
        is_over=state in FINISHED_RUN_STATES or row.bucket is not None,
        good_news=row.message if is_single and state is RunState.SUCCEEDED else "",
    )


def waiting_in_bulk(ids: Collection[int], scope: Scope) -> set[int]:
    """Those of the shipments that a bulk run is still to void; none outside the scope."""
    statement = sa.select(Fulfillment.id).where(
        among(Fulfillment.id), scope.limit(), BULK_VOID_RUN_ID.is_not(None)
    )
    return set(db.session.execute(statement, {"ids": sorted(ids)}).scalars())


_RUN = (
    sa.select(Run.state, Run.message, Run.kind, RunItem.bucket)
    .join(
        RunItem,
        sa.and_(RunItem.run_id == Run.id, RunItem.fulfillment_id == sa.bindparam("fulfillment_id")),
        isouter=True,
    )
    .where(
        Run.id == sa.bindparam("run_id"),
        Run.kind.in_([RunKind.VOID.value, RunKind.BULK_VOID.value]),
        sa.or_(Run.fulfillment_id == sa.bindparam("fulfillment_id"), RunItem.id.is_not(None)),
    )
)

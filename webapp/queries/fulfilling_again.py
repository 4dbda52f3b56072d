"""Voided shipments as fulfilling them again sees them: what they held, how they went, and what came after."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Activity, Fulfillment, Run, SalesOrder
from webapp.queries.prepared import Prepared
from webapp.queries.restores import Need, needs_of
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.statuses import ActivityEvent, RunKind

_IS_AGAIN = sa.and_(Activity.event == ActivityEvent.UPDATED.value, Run.kind == RunKind.BULK_FULFIL.value)
_POSITION = Activity.chain_position
_LATEST_AGAIN = sa.func.max(sa.case((_IS_AGAIN, _POSITION), else_=0))
_LATEST_VOID = sa.func.max(sa.case((Activity.event == ActivityEvent.VOIDED.value, _POSITION), else_=0))
_DONE_AGAIN = Prepared(
    # By the places in the chain, as the clock may be set back.
    sa.select(Activity.fulfillment_id)
    .join(Run, Run.id == Activity.run_id, isouter=True)
    .where(among(Activity.fulfillment_id), sa.or_(_IS_AGAIN, Activity.event == ActivityEvent.VOIDED.value))
    .group_by(Activity.fulfillment_id)
    .having(_LATEST_AGAIN > _LATEST_VOID)
)


@dataclass(frozen=True, kw_only=True)
class Voided:
    """A shipment that is to be fulfilled again; `is_done` when that was done since it was voided."""

    fulfillment_id: int
    fulfillment_order_id: int
    sales_order_id: int
    is_voided: bool
    is_done: bool
    shipping_method: str
    provider_account_id: int | None
    needs: tuple[Need, ...]

    @property
    def quantities(self) -> dict[int, int]:
        """The units it held of each line of its fulfillment order."""
        return {need.budget_id: need.quantity for need in self.needs}


@lru_cache(maxsize=64)
def _shipments_in(scope: Scope) -> Prepared:
    asked_for = (Fulfillment.requested_shipping_method_manual, Fulfillment.requested_shipping_method)
    given = (sa.func.nullif(column, "") for column in asked_for)
    return Prepared(
        sa.select(
            Fulfillment.id.label("fulfillment_id"),
            Fulfillment.fulfillment_order_id,
            Fulfillment.sales_order_id,
            Fulfillment.voided_at.is_not(None).label("is_voided"),
            sa.func.coalesce(*given, SalesOrder.shipping_method).label("shipping_method"),
            Fulfillment.provider_account_id,
        )
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .where(among(Fulfillment.id), scope.limit())
        .order_by(Fulfillment.id)
    )


def voided_of(ids: Collection[int], scope: Scope) -> list[Voided]:
    """These shipments by id, also those that are not voided; none outside the scope."""
    connection = db.session.connection()
    needs = needs_of(ids)
    done = {fulfillment_id for (fulfillment_id,) in _DONE_AGAIN.rows(connection, ids=sorted(ids))}
    return [
        Voided(
            **row._asdict(),
            is_done=row.fulfillment_id in done,
            needs=tuple(needs.get(row.fulfillment_id, ())),
        )
        for row in _shipments_in(scope).named(connection, ids=sorted(ids))
    ]

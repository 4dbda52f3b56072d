"""How shipments stand for voiding and restoring, read with or without locks by the same statement."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentOrder, ProviderOrder, Run
from webapp.models.runs import IS_UNFINISHED
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.queries.void_rules import Standing
from webapp.statuses import (
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
    ProviderOrderState,
    RunKind,
)

Statement = sa.Select[*tuple[Any, ...]]
_ORDER_STATES = (
    sa.select(sa.func.aggregate_strings(ProviderOrder.state, ","))
    .where(ProviderOrder.fulfillment_id == Fulfillment.id)
    .correlate(Fulfillment)
    .scalar_subquery()
)
_IS_BEING_VOIDED = (
    sa.exists()
    .where(
        Run.fulfillment_id == Fulfillment.id,
        Run.kind == RunKind.VOID.value,
        IS_UNFINISHED,
        Run.id != sa.bindparam("run_id", type_=Run.id.type),
    )
    .correlate(Fulfillment)
)
_IS_BEING_SENT = (
    sa.exists()
    .where(Run.fulfillment_id == Fulfillment.id, Run.kind == RunKind.CREATE_PROVIDER_ORDER.value, IS_UNFINISHED)
    .correlate(Fulfillment)
)
_COLUMNS: Mapping[str, Any] = {
    "fulfillment_id": Fulfillment.id,
    "fulfillment_number": Fulfillment.fulfillment_number,
    "version": Fulfillment.version,
    "status": Fulfillment.status,
    "status_before_void": Fulfillment.status_before_void,
    "request_status_before_void": Fulfillment.request_status_before_void,
    "newest_sibling_at_void": Fulfillment.newest_sibling_at_void,
    "type": Fulfillment.fulfillment_type,
    "unit_count": Fulfillment.unit_count,
    "warehouse_id": Fulfillment.warehouse_id,
    "sales_order_id": Fulfillment.sales_order_id,
    "voided_at": Fulfillment.voided_at,
    "archived_at": Fulfillment.archived_at,
    "merged_submission": Fulfillment.merged_submission,
    "provider_account_id": Fulfillment.provider_account_id,
    "provider_state": Fulfillment.provider_state,
    "provider_order_states": _ORDER_STATES,
    "provider_problem": Fulfillment.provider_problem,
    "cancel_by_hand": Fulfillment.cancel_by_hand,
    "void_problem": Fulfillment.void_problem,
    "void_reason": Fulfillment.void_reason,
    "void_told_to_channel_at": Fulfillment.void_told_to_channel_at,
    "submitted_to_sales_channel_at": Fulfillment.submitted_to_sales_channel_at,
    "is_being_voided": _IS_BEING_VOIDED,
    "is_being_sent": _IS_BEING_SENT,
    "fulfillment_order_id": Fulfillment.fulfillment_order_id,
    "fulfillment_order_status": FulfillmentOrder.status,
    "fulfillment_order_request_status": FulfillmentOrder.request_status,
}
WIDTH = len(_COLUMNS)
"""As many values of a row make a standing; whoever selects more finds them after these."""


def _states(text: str) -> tuple[ProviderOrderState, ...]:
    return tuple(map(ProviderOrderState, text.split(",")))


_ENUMERATIONS: Mapping[str, Callable[[str], Any]] = {
    "status": FulfillmentStatus,
    "status_before_void": FulfillmentStatus,
    "type": FulfillmentType,
    "provider_state": ProviderOrderState,
    "provider_order_states": _states,
    "fulfillment_order_status": FulfillmentOrderStatus,
    "fulfillment_order_request_status": FulfillmentOrderRequestStatus,
}


def standings_in(scope: Scope) -> Statement:
    """Selects the shipments with `ids` in the scope, in the order in which their fulfillment orders are locked.

    `run_id` is the run that asks, which is not in its own way; 0 when none does.
    """
    return (
        sa.select(*(column.label(name) for name, column in _COLUMNS.items()))
        .join(FulfillmentOrder, FulfillmentOrder.id == Fulfillment.fulfillment_order_id)
        .where(among(Fulfillment.id), scope.limit())
        .order_by(FulfillmentOrder.id, Fulfillment.id)
    )


@lru_cache(maxsize=64)
def _standings_in(scope: Scope) -> Prepared:
    return Prepared(standings_in(scope))


def standings(ids: Collection[int], scope: Scope) -> list[Standing]:
    """How these shipments stand at this moment; those outside the scope are left out. One statement."""
    rows = _standings_in(scope).rows(db.session.connection(), ids=sorted(ids), run_id=0)
    return [standing_from(row) for row in rows]


def standing_from(row: Iterable[Any]) -> Standing:
    """The standing in the first `WIDTH` values of a row."""
    values = dict(zip(_COLUMNS, row, strict=False))
    for name, read in _ENUMERATIONS.items():
        if values[name]:
            values[name] = read(values[name])
    values["provider_order_states"] = values["provider_order_states"] or ()
    return Standing(**values)

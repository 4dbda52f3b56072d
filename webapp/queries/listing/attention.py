"""What is stuck and needs a person: each rule with its reason, since when it holds, and the next step.

The rules that depend on the clock take their limits as the bound values of `limits()`. All of them lie within
`MAY_NEED_ATTENTION`, which is the condition of a partial index, so that the tab never reads the whole table.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.config import Settings
from webapp.models import Fulfillment, SalesChannel, SalesOrder, Store
from webapp.models.fulfillments import (
    IS_ACTIVE,
    IS_NOT_ARCHIVED,
    IS_NOT_VOIDED,
    IS_SHIPPED,
    IS_SUBMITTED,
    MAY_NEED_ATTENTION,
    PROVIDER_IN_TROUBLE,
)
from webapp.schema import Instant
from webapp.statuses import FulfillmentType


@dataclass(frozen=True, eq=False)
class Rule:
    """One way of being stuck; `since` tells the age, `next_step` what the person can do."""

    key: str
    reason: str
    next_step: str
    condition: sa.ColumnElement[bool]
    since: sa.SQLColumnExpression[Any]

    @property
    def label(self) -> str:
        """The name of the result column: since when the rule holds, empty when it does not."""
        return f"attention_{self.key}"


_silent_before = sa.bindparam("silent_before", type_=Instant())
_overdue_before = sa.bindparam("overdue_before", type_=Instant())
_last_heard = sa.func.coalesce(
    Fulfillment.last_synced_from_provider_at, Fulfillment.last_synced_to_provider_at, Fulfillment.created_at
)
_order = aliased(SalesOrder)
_told_through_a_channel = (
    sa.select(_order.id)
    .join(Store, Store.id == _order.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .where(_order.id == Fulfillment.sales_order_id, SalesChannel.takes_tracking)
    .correlate(Fulfillment)
    .exists()
)

RULES = (
    Rule(
        "provider",
        "The provider reports a problem",
        "Open it and resync",
        sa.and_(IS_ACTIVE, PROVIDER_IN_TROUBLE),
        sa.func.coalesce(Fulfillment.last_synced_from_provider_at, Fulfillment.updated_at),
    ),
    Rule(
        "cancel",
        "Voided here, but not at the provider",
        "Cancel it at the provider by hand",
        sa.and_(Fulfillment.cancel_by_hand.is_(sa.true()), IS_NOT_ARCHIVED),
        sa.func.coalesce(Fulfillment.voided_at, Fulfillment.updated_at),
    ),
    Rule(
        "tracking",
        "Shipped without tracking",
        "Open it and resync, or enter the number",
        # A pickup is handed over at the counter and never gets a number.
        sa.and_(
            IS_ACTIVE,
            IS_SHIPPED,
            Fulfillment.tracking_number.is_(None),
            Fulfillment.fulfillment_type != FulfillmentType.PICKUP.value,
        ),
        sa.func.coalesce(Fulfillment.fulfilled_at, Fulfillment.updated_at),
    ),
    Rule(
        "channel",
        "Tracking not told to the sales channel",
        "Open it and submit to the channel",
        sa.and_(
            IS_ACTIVE,
            IS_SHIPPED,
            Fulfillment.tracking_number.is_not(None),
            Fulfillment.submitted_to_sales_channel_at.is_(None),
            Fulfillment.fulfilled_at < _overdue_before,
            _told_through_a_channel,
        ),
        Fulfillment.fulfilled_at,
    ),
    Rule(
        "silent",
        "Submitted, and the provider is silent",
        "Open it and resync",
        sa.and_(
            IS_NOT_VOIDED,
            IS_NOT_ARCHIVED,
            IS_SUBMITTED,
            Fulfillment.provider_account_id.is_not(None),
            _last_heard < _silent_before,
        ),
        _last_heard,
    ),
)

NEEDS_ATTENTION = sa.and_(*MAY_NEED_ATTENTION, sa.or_(*(rule.condition for rule in RULES)))
"""A shipment some rule holds for."""

FIELDS = tuple(rule.label for rule in RULES)
SINCE_COLUMNS = tuple(sa.case((rule.condition, rule.since)).label(rule.label) for rule in RULES)


def limits(settings: Settings, moment: datetime) -> dict[str, Any]:
    """The bound values of the rules that depend on the clock."""
    return {
        "silent_before": moment - settings.silent_provider_after,
        "overdue_before": moment - settings.channel_overdue_after,
    }


@dataclass(frozen=True)
class Finding:
    """One rule that holds for a row, since when."""

    reason: str
    next_step: str
    since: datetime


def findings(row: Any) -> list[Finding]:
    """What is stuck about a row of the tab."""
    held = ((rule, getattr(row, rule.label)) for rule in RULES)
    return [Finding(rule.reason, rule.next_step, since) for rule, since in held if since is not None]

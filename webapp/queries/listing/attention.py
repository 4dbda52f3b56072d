"""What is stuck and needs a person: each rule with its reason, since when it holds, and the next step.

The rules that depend on the clock take their limits as the bound values of `limits()`. All of them lie within
`MAY_NEED_ATTENTION`, which is the condition of a partial index, so that the tab never reads the whole table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.config import Settings
from webapp.models import Fulfillment, ProviderAccount, SalesChannel, SalesOrder, Store
from webapp.models.fulfillments import (
    IS_ACTIVE,
    IS_NOT_ARCHIVED,
    IS_NOT_VOIDED,
    IS_SHIPPED,
    IS_SUBMITTED,
    MAY_NEED_ATTENTION,
    PROVIDER_IN_TROUBLE,
)
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of, channel_kinds
from webapp.schema import Instant
from webapp.statuses import FulfillmentType


class Step(Enum):
    """What a person can do about it, the likeliest first; webapp.web.next_steps says how and who may."""

    SEND_AGAIN = auto()
    RESYNC = auto()
    ADD_TRACKING = auto()
    SEE_CALLS = auto()
    SEE_PROVIDER_ORDER = auto()
    TELL_CHANNEL = auto()
    SEE_CHANNEL = auto()
    SEE_SHIPMENT = auto()


@dataclass(frozen=True, eq=False)
class Rule:
    """One way of being stuck; `since` tells the age, `advice` what helps, `steps` what can be pressed for it."""

    key: str
    reason: str
    advice: str
    steps: tuple[Step, ...]
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
_order, _channel_account = aliased(SalesOrder), aliased(ProviderAccount)
# Not written as EXISTS, which PostgreSQL would turn into a join over all orders.
_can_be_told = (
    sa.select(_order.id)
    .join(Store, Store.id == _order.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .join(_channel_account, _channel_account.id == SalesChannel.provider_account_id)
    .where(
        _order.id == Fulfillment.sales_order_id,
        SalesChannel.takes_tracking,
        _channel_account.is_enabled,
        _channel_account.kind.in_(sorted(channel_kinds())),
    )
    .limit(sa.literal_column("1", sa.Integer))
    .correlate(Fulfillment)
    .scalar_subquery()
    .is_not(None)
)

_was_never_taken = sa.and_(
    IS_SUBMITTED,
    Fulfillment.provider_account_id.is_not(None),
    Fulfillment.provider_state.is_(None),
    Fulfillment.last_synced_to_provider_at.is_(None),
    Fulfillment.provider_problem.is_not(None),
)

RULES = (
    Rule(
        "unsent",
        "The provider is not known to have the order",
        "See what the provider said, and send it again",
        (Step.SEND_AGAIN, Step.SEE_CALLS),
        sa.and_(IS_ACTIVE, _was_never_taken),
        Fulfillment.updated_at,
    ),
    Rule(
        "provider",
        "The provider reports a problem",
        "Resync it, and see what the provider said",
        (Step.RESYNC, Step.SEE_CALLS),
        sa.and_(IS_ACTIVE, PROVIDER_IN_TROUBLE, sa.not_(_was_never_taken)),
        # A resync that meets the same problem again does not make it younger.
        Fulfillment.updated_at,
    ),
    Rule(
        "cancel",
        "Voided here, but not at the provider",
        "Cancel it at the provider by hand, then resync",
        (Step.SEE_PROVIDER_ORDER, Step.RESYNC),
        sa.and_(Fulfillment.cancel_by_hand.is_(sa.true()), IS_NOT_ARCHIVED),
        sa.func.coalesce(Fulfillment.voided_at, Fulfillment.updated_at),
    ),
    Rule(
        "void",
        "It was to be voided, and is not",
        "Open it, read why, and void it again",
        (Step.SEE_SHIPMENT,),
        sa.and_(IS_ACTIVE, Fulfillment.void_problem.is_not(None)),
        Fulfillment.updated_at,
    ),
    Rule(
        "tracking",
        "Shipped without tracking",
        "Resync it, or enter the number",
        (Step.ADD_TRACKING, Step.RESYNC),
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
        "Tell the sales channel",
        (Step.TELL_CHANNEL, Step.SEE_CHANNEL),
        sa.and_(
            IS_ACTIVE,
            IS_SHIPPED,
            Fulfillment.tracking_number.is_not(None),
            Fulfillment.submitted_to_sales_channel_at.is_(None),
            Fulfillment.fulfilled_at < _overdue_before,
            _can_be_told,
        ),
        Fulfillment.fulfilled_at,
    ),
    Rule(
        "silent",
        "Submitted, and the provider is silent",
        "Resync it, and see when the provider was asked",
        (Step.RESYNC, Step.SEE_CALLS),
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

COLUMNS: tuple[sa.SQLColumnExpression[Any], ...] = (
    *(sa.case((rule.condition, rule.since)).label(rule.label) for rule in RULES),
    ProviderAccount.kind.label("account_kind"),
)
FIELDS = (*(rule.label for rule in RULES), "account_kind")
"""What a row of the tab holds beside what every row does."""


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
    advice: str
    since: datetime
    steps: tuple[Step, ...]


def findings(row: Any) -> list[Finding]:
    """What is stuck about a row of the tab."""
    held = ((rule, getattr(row, rule.label)) for rule in RULES)
    can_be_asked = row.account_kind is not None and Capability.RESYNC_FROM in capabilities_of(row.account_kind)
    return [
        Finding(rule.reason, rule.advice, since, _possible(rule.steps, can_be_asked=can_be_asked))
        for rule, since in held
        if since is not None
    ]


def _possible(steps: Iterable[Step], *, can_be_asked: bool) -> tuple[Step, ...]:
    """A provider that cannot be asked how its orders stand offers no resync."""
    return tuple(step for step in steps if can_be_asked or step is not Step.RESYNC)

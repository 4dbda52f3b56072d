"""How a shipment stands with its sales channel: what can be told, and the sentence that says why not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import ChannelFulfillment, Fulfillment, ProviderAccount, SalesChannel, SalesOrder, Store
from webapp.providers.registry import channel_kinds
from webapp.queries.prepared import Prepared
from webapp.queries.runs import RunRow, known, latest_id
from webapp.queries.scope import Scope
from webapp.statuses import FulfillmentStatus, RunKind


@dataclass(frozen=True, kw_only=True)
class ChannelStanding:
    """A shipment as its channel's card sees it. `told_numbers` are the tracking numbers the channel has."""

    fulfillment_id: int
    fulfillment_number: str
    status: FulfillmentStatus
    tracking_number: str | None
    voided_at: datetime | None
    submitted_at: datetime | None
    void_told_at: datetime | None
    problem: str | None
    channel: str
    takes_tracking: bool
    account_id: int | None
    account_kind: str | None
    account_name: str | None
    account_is_enabled: bool | None
    told_numbers: frozenset[str]
    run: RunRow | None

    @property
    def is_told(self) -> bool:
        """Whether the channel has the shipment under the number that it has now."""
        if self.submitted_at is None:
            return False
        return not self.told_numbers or self.told_numbers == {self.tracking_number}

    @property
    def is_void_due(self) -> bool:
        """Whether the channel was told of a shipment that was voided afterwards, and has not heard of that."""
        return self.voided_at is not None and self.submitted_at is not None and self.void_told_at is None

    @property
    def knows_all(self) -> bool:
        """Whether there is nothing that the channel has not heard of."""
        return self.is_told and not self.is_void_due

    @property
    def kind(self) -> RunKind:
        return RunKind.TAKE_BACK_AT_CHANNEL if self.is_void_due else RunKind.SUBMIT_TO_CHANNEL

    @property
    def is_busy(self) -> bool:
        return self.run is not None and not self.run.is_finished

    @property
    def refusal(self) -> str | None:
        """Why the channel cannot be told, in a sentence; None when it can."""
        return self._about_channel() or (None if self.is_void_due else self._about_shipment())

    def _about_channel(self) -> str | None:
        if not self.takes_tracking:
            return f"{self.channel} takes no tracking, so there is nothing to tell it."
        if self.account_kind is None:
            return f"{self.channel} is not connected: no account tells Dockside how to reach it."
        if self.account_kind not in channel_kinds():
            return f"{self.channel} is connected through an account that is no sales channel's."
        if not self.account_is_enabled:
            return f"The account “{self.account_name}” of {self.channel} is switched off."
        return None

    def _about_shipment(self) -> str | None:
        if self.voided_at is not None:
            return "The shipment is voided, so its tracking is not told."
        if self.status is FulfillmentStatus.CANCELED:
            return "The shipment is canceled, so its tracking is not told."
        if not self.tracking_number:
            return "The shipment has no tracking number yet. Resync it, or enter the number."
        return None


def standing_of(fulfillment_id: int, scope: Scope) -> ChannelStanding:
    """How one shipment stands with its channel; a second statement when there is a run. Raises NotFound."""
    found = _standing_in(scope).named(db.session.connection(), fulfillment_id=fulfillment_id)
    if not found:
        raise NotFound("There is no such shipment.")
    [row] = found
    return _standing(row, known(row.run_id) if row.run_id else None)


def standings_of(ids: Collection[int], scope: Scope) -> list[ChannelStanding]:
    """How these shipments stand with their channels, without their runs, in no order; one statement."""
    rows = db.session.execute(_STANDING.where(Fulfillment.id.in_(sorted(ids)), scope.limit())).all()
    return [_standing(row, run=None) for row in rows]


def _standing(row: Any, run: RunRow | None) -> ChannelStanding:
    numbers = frozenset(row.told_numbers.split(_BETWEEN)) if row.told_numbers else frozenset()
    values = row._asdict() | {"status": FulfillmentStatus(row.status), "told_numbers": numbers, "run": run}
    del values["run_id"]
    return ChannelStanding(**values)


_KINDS = (RunKind.SUBMIT_TO_CHANNEL, RunKind.TAKE_BACK_AT_CHANNEL)
_BETWEEN = "\n"  # No tracking number holds one.
_TOLD_NUMBERS = (
    sa.select(sa.func.aggregate_strings(ChannelFulfillment.tracking_number, _BETWEEN))
    .where(ChannelFulfillment.fulfillment_id == Fulfillment.id)
    .correlate(Fulfillment)
    .scalar_subquery()
)
_STANDING = (
    sa.select(
        Fulfillment.id.label("fulfillment_id"),
        Fulfillment.fulfillment_number,
        Fulfillment.status,
        Fulfillment.tracking_number,
        Fulfillment.voided_at,
        Fulfillment.submitted_to_sales_channel_at.label("submitted_at"),
        Fulfillment.void_told_to_channel_at.label("void_told_at"),
        Fulfillment.channel_problem.label("problem"),
        SalesChannel.name.label("channel"),
        SalesChannel.takes_tracking,
        ProviderAccount.id.label("account_id"),
        ProviderAccount.kind.label("account_kind"),
        ProviderAccount.name.label("account_name"),
        ProviderAccount.is_enabled.label("account_is_enabled"),
        _TOLD_NUMBERS.label("told_numbers"),
        latest_id(_KINDS).label("run_id"),
    )
    .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .join(ProviderAccount, ProviderAccount.id == SalesChannel.provider_account_id, isouter=True)
)


@lru_cache(maxsize=64)
def _standing_in(scope: Scope) -> Prepared:
    return Prepared(_STANDING.where(Fulfillment.id == sa.bindparam("fulfillment_id"), scope.limit()))

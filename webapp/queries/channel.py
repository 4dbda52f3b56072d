"""How a shipment stands with its sales channel: what can be told, and the sentence that says why not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import (
    ChannelFulfillment,
    Fulfillment,
    ProviderAccount,
    Run,
    RunItem,
    SalesChannel,
    SalesOrder,
    Store,
)
from webapp.models.runs import IS_UNFINISHED
from webapp.providers.registry import channel_kinds
from webapp.queries.prepared import Prepared
from webapp.queries.runs import RunRow, known, latest_id
from webapp.queries.scope import Scope
from webapp.schema import now
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
    account_paused_until: datetime | None
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
        knows_it = self.submitted_at is not None or bool(self.told_numbers)  # Also one that is due again.
        return self.voided_at is not None and knows_it and self.void_told_at is None

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

    @property
    def refusal_to_submit(self) -> str | None:
        """The same, and for what the channel knows already."""
        if self.refusal or not self.knows_all:
            return self.refusal
        return f"{self.channel} was told of this shipment already. Clear that to tell it again."

    @property
    def passing_trouble(self) -> str | None:
        """Why telling the channel now may come to nothing although it is possible, in a sentence."""
        if self.account_paused_until is None or self.account_paused_until <= now():
            return None
        return (
            f"The account “{self.account_name}” of {self.channel} failed several times in a row and is left alone "
            "for some minutes. Telling it before that may have to be tried again."
        )

    @property
    def can_be_cleared(self) -> bool:
        return self.submitted_at is not None or self.problem is not None

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


def being_told(ids: Collection[int]) -> set[int]:
    """Those of these shipments whose channel is being told by a run about them alone."""
    unfinished = sa.select(Run.fulfillment_id).where(
        IS_UNFINISHED, Run.kind.in_(kind.value for kind in _KINDS), Run.fulfillment_id.in_(sorted(ids))
    )
    return {id_ for id_ in db.session.scalars(unfinished) if id_ is not None}


def bulk_run_telling(fulfillment_id: int) -> int | None:
    """The bulk run in which this shipment waits to be told, if there is one."""
    return db.session.scalar(
        WAITING_IN_BULK.with_only_columns(Run.id).where(RunItem.fulfillment_id == fulfillment_id).limit(1)
    )


def _standing(row: Any, run: RunRow | None) -> ChannelStanding:
    numbers = frozenset(row.told_numbers.split(_BETWEEN)) if row.told_numbers else frozenset()
    values = row._asdict() | {"status": FulfillmentStatus(row.status), "told_numbers": numbers, "run": run}
    del values["run_id"]
    return ChannelStanding(**values)


KNOWN_TO_CHANNEL = sa.exists().where(ChannelFulfillment.fulfillment_id == Fulfillment.id).correlate(Fulfillment)
"""Whether the channel has a parcel of the shipment, under whatever number."""

IS_OWED_CORRECTION = sa.and_(
    Fulfillment.submitted_to_sales_channel_at.is_(None),
    Fulfillment.tracking_number.is_not(None),
    KNOWN_TO_CHANNEL,
)
"""Whether the channel has the shipment, but not as it is now: it is due however long ago it was shipped."""

WAITING_IN_BULK = (
    sa.select(RunItem.fulfillment_id)
    .join(Run, Run.id == RunItem.run_id)
    .where(IS_UNFINISHED, Run.kind == RunKind.BULK_SUBMIT_TO_CHANNEL.value, RunItem.bucket.is_(None))
)
"""The shipments that bulk runs have still to tell."""

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
        ProviderAccount.circuit_open_until.label("account_paused_until"),
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

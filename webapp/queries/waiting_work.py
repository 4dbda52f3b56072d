"""How much work waits for each provider and sales channel."""

from collections import Counter

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, Run, RunItem, SalesChannel, SalesOrder, Store
from webapp.models.runs import IS_UNFINISHED
from webapp.statuses import RunKind

_AT_PROVIDERS = (
    RunKind.RESYNC_FROM_PROVIDER,
    RunKind.VOID,
    RunKind.CREATE_PROVIDER_ORDER,
    RunKind.RESYNC_TO_PROVIDER,
    RunKind.CANCEL_PROVIDER_ORDER,
    RunKind.BULK_VOID,
    RunKind.BULK_RESYNC_FROM,
    RunKind.BULK_RESYNC_TO,
    RunKind.BULK_CANCEL_ORDERS,
)
_AT_CHANNELS = (RunKind.SUBMIT_TO_CHANNEL, RunKind.TAKE_BACK_AT_CHANNEL, RunKind.BULK_SUBMIT_TO_CHANNEL)


def waiting() -> Counter[int | None]:
    """By account, or None without one, the shipments that unfinished runs have still to ask about there."""
    work = _unfinished()
    shipments = sa.select(Fulfillment.provider_account_id, sa.func.count()).join_from(
        work, Fulfillment, Fulfillment.id == work.c.fulfillment_id
    )
    at_providers = shipments.where(_is_one_of(work, _AT_PROVIDERS))
    at_channels = (
        sa.select(SalesChannel.provider_account_id, sa.func.count())
        .join_from(work, Fulfillment, Fulfillment.id == work.c.fulfillment_id)
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .where(_is_one_of(work, _AT_CHANNELS))
    )
    found: Counter[int | None] = Counter()
    for statement, account in ((at_providers, Fulfillment), (at_channels, SalesChannel)):
        for account_id, count in db.session.execute(statement.group_by(account.provider_account_id)):
            found[account_id] += count
    return found


def _unfinished() -> sa.CTE:
    """Each shipment that a run on it alone, or a bulk run that has not come to it, is at."""
    alone = sa.select(Run.kind, Run.fulfillment_id).where(IS_UNFINISHED, Run.fulfillment_id.is_not(None))
    together = (
        sa.select(Run.kind, RunItem.fulfillment_id)
        .join(RunItem, RunItem.run_id == Run.id)
        .where(IS_UNFINISHED, RunItem.bucket.is_(None))
    )
    return sa.union_all(alone, together).cte("work")


def _is_one_of(work: sa.CTE, kinds: tuple[RunKind, ...]) -> sa.ColumnElement[bool]:
    return work.c.kind.in_([kind.value for kind in kinds])

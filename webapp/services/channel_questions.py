"""What a sales channel is told of a shipment, read first so that no transaction is open while it is called."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import (
    ChannelFulfillment,
    Fulfillment,
    FulfillmentLine,
    Product,
    ProviderAccount,
    SalesOrder,
    Warehouse,
)
from webapp.providers.base import Exchange, ProviderAccountRecord, ProviderError
from webapp.providers.channel import ChannelAdapter, Receipt, ShippedUnits, ToldShipment, Tracking
from webapp.providers.registry import channel_adapter_for, label_of
from webapp.queries.channel import standing_of
from webapp.queries.scope import EVERYWHERE
from webapp.queries.tracking_links import tracking_url
from webapp.services import exchanges
from webapp.services.credentials import decrypt
from webapp.services.provider_questions import door_options
from webapp.services.runs import Claim
from webapp.statuses import RunKind

# The account's setting that says which of our two numbers of an order is its name at the channel.
ORDER_NAME_SETTING = "order_name"


@dataclass(frozen=True)
class ChannelQuestion:
    """What is told, and to whom."""

    claim: Claim
    account: ProviderAccountRecord
    shipment: ToldShipment

    @property
    def fulfillment_id(self) -> int:
        """Raises ValueError for a run about no shipment."""
        if self.claim.fulfillment_id is None:
            raise ValueError("This run names no shipment.")
        return self.claim.fulfillment_id

    @property
    def takes_back(self) -> bool:
        return self.claim.kind is RunKind.TAKE_BACK_AT_CHANNEL

    @property
    def label(self) -> str:
        return label_of(self.account.kind)


@dataclass(frozen=True)
class ChannelAnswer:
    """What the channel has by now, or why nobody can say; `was_asked` is false when nothing was sent at all."""

    receipt: Receipt | None = None
    error: ProviderError | None = None
    was_asked: bool = True


def question_of(claim: Claim) -> ChannelQuestion:
    """Read what is to be told. Raises Refused when the channel cannot be told of this shipment any more."""
    if claim.fulfillment_id is None:
        raise Refused("This run names no shipment.")
    standing = standing_of(claim.fulfillment_id, EVERYWHERE)
    if standing.refusal:
        raise Refused(standing.refusal)
    if standing.kind is not claim.kind:
        raise Refused(
            "The shipment was voided or restored meanwhile, so the channel was not told of what was before."
        )
    account = _account(standing.account_id)
    return ChannelQuestion(claim, account, _shipment(claim.fulfillment_id, account))


def ask(question: ChannelQuestion, *, patience: float | None = None) -> ChannelAnswer:
    """Tell the channel, within so many seconds. Holds no transaction, keeps every exchange."""
    keep = exchanges.keeper(
        question.account.id, fulfillment_id=question.fulfillment_id, run_id=question.claim.run_id
    )
    sent: list[str] = []

    def record(exchange: Exchange) -> None:
        sent.append(exchange.operation)
        keep(exchange)

    options = door_options(until=None if patience is None else time.monotonic() + patience)
    try:
        channel = channel_adapter_for(question.account, options=options, record=record)
        return ChannelAnswer(_told(channel, question))
    except ProviderError as error:
        return ChannelAnswer(error=error, was_asked=bool(sent))


def _told(channel: ChannelAdapter, question: ChannelQuestion) -> Receipt:
    tell: Callable[[ToldShipment], Receipt] = (
        channel.cancel_fulfillment if question.takes_back else channel.submit_tracking
    )
    try:
        return tell(question.shipment)
    finally:
        channel.close()


def _account(account_id: int | None) -> ProviderAccountRecord:
    row = db.session.get_one(ProviderAccount, account_id, populate_existing=True)
    return ProviderAccountRecord(
        id=row.id,
        kind=row.kind,
        name=row.name,
        base_url=row.base_url,
        credentials=decrypt(row.credentials),
        settings=row.settings,
        circuit_open_until=row.circuit_open_until,
        is_enabled=row.is_enabled,
    )


def _shipment(fulfillment_id: int, account: ProviderAccountRecord) -> ToldShipment:
    row = db.session.execute(
        sa.select(
            Fulfillment.fulfillment_number,
            Fulfillment.sales_order_id,
            Fulfillment.carrier,
            Fulfillment.tracking_number,
            SalesOrder.order_number,
            SalesOrder.customer_reference,
            Warehouse.name.label("warehouse"),
        )
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
        .where(Fulfillment.id == fulfillment_id)
    ).one()
    by_our_number = account.settings.get(ORDER_NAME_SETTING) == "order_number"
    number = row.tracking_number or ""
    return ToldShipment(
        number=row.fulfillment_number,
        order_name=row.order_number if by_our_number else row.customer_reference or row.order_number,
        tracking=Tracking(number, row.carrier, tracking_url(row.carrier, number)),
        units=_units(fulfillment_id),
        place=row.warehouse,
        ours=_told_ids(fulfillment_id, row.sales_order_id, is_ours=True),
        others=_told_ids(fulfillment_id, row.sales_order_id, is_ours=False),
    )


def _units(fulfillment_id: int) -> tuple[ShippedUnits, ...]:
    rows = db.session.execute(
        sa.select(Product.sku, sa.func.sum(FulfillmentLine.quantity))
        .join(Product, Product.id == FulfillmentLine.product_id)
        .where(FulfillmentLine.fulfillment_id == fulfillment_id)
        .group_by(Product.sku)
        .order_by(Product.sku)
    )
    return tuple(ShippedUnits(sku, int(quantity)) for sku, quantity in rows)


def _told_ids(fulfillment_id: int, sales_order_id: int, *, is_ours: bool) -> frozenset[str]:
    told = ChannelFulfillment
    of_shipment = told.fulfillment_id == fulfillment_id if is_ours else told.fulfillment_id != fulfillment_id
    return frozenset(
        db.session.scalars(
            sa.select(told.external_id)
            .join(Fulfillment, Fulfillment.id == told.fulfillment_id)
            .where(Fulfillment.sales_order_id == sales_order_id, of_shipment)
        )
    )

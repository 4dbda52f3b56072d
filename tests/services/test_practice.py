"""Practice mode: what the sandbox answers about a seeded shipment is what the database says its provider said."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from flask import Flask

from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, SalesChannel, SalesOrder, Store
from webapp.providers.base import OrderReference, ProviderAccountRecord
from webapp.providers.http import DoorOptions
from webapp.providers.registry import adapter_for, channel_adapter_for
from webapp.sandbox import SandboxControl, running
from webapp.services import practice, practice_orders
from webapp.services.credentials import decrypt
from webapp.services.seeding import seed

# As many as `flask up` makes; only these states are sure to be among so few, and at a provider with few orders not
# even all of them. Others are looked at when there.
SHIPMENTS = 1_500
AT_LEAST = {"awaiting", "shipped", "cancelled"}
BUSY = {"shipstation", "shiphero"}


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running(rate_limits=False) as url:
        yield url


def _account(kind: str) -> ProviderAccountRecord:
    row = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.kind == kind)).one()
    return ProviderAccountRecord(row.id, kind, row.name, row.base_url, decrypt(row.credentials))


def _one_in_each_state(kind: str) -> dict[str, ProviderOrder]:
    statement = (
        sa.select(ProviderOrder)
        .join(ProviderAccount, ProviderAccount.id == ProviderOrder.provider_account_id)
        .where(ProviderAccount.kind == kind)
    )
    return {order.state: order for order in db.session.scalars(statement)}


@pytest.fixture
def _seeded(app: Flask, sandbox_url: str) -> None:
    """A practice database whose orders the sandbox has, without their plans, so that nothing ships meanwhile."""
    seed(fulfillments=SHIPMENTS, random_seed=1)
    practice.point_to_sandbox(sandbox_url)
    db.session.commit()
    with SandboxControl(sandbox_url) as control:
        for kind, orders in practice_orders.sandbox_orders().items():
            control.load(kind, [order | {"plan": None} for order in orders])


@pytest.mark.usefixtures("_seeded")
@pytest.mark.parametrize("kind", practice_orders.PLAYED)
def test_the_sandbox_tells_a_seeded_order_as_the_database_does(kind: str) -> None:
    orders = _one_in_each_state(kind)
    assert set(orders) >= (AT_LEAST if kind in BUSY else {"shipped"})
    options = DoorOptions(allow_sandbox=True)
    with closing(adapter_for(_account(kind), options=options, record=lambda _: None)) as adapter:
        for state, order in orders.items():
            told = adapter.fetch_order(OrderReference(order.external_id, order.external_number))

            assert (told.external_id, told.number) == (order.external_id, order.external_number)
            assert (told.raw_status, told.state) == (order.raw_status, state)
            if state == "shipped":
                cost = None if kind == "shipfusion" else order.cost  # Shipfusion shows no price.
                assert (told.tracking_number, told.cost) == (order.tracking_number, cost)


@pytest.mark.usefixtures("_seeded")
def test_the_shop_has_the_seeded_orders_with_what_it_was_told() -> None:
    told = (
        sa.select(Fulfillment.tracking_number, SalesOrder.customer_reference)
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .where(SalesChannel.type == "shopify", Fulfillment.voided_at.is_(None))
        .where(Fulfillment.submitted_to_sales_channel_at.is_not(None))
        .limit(3)
    )
    rows = db.session.execute(told).all()
    assert rows
    shop = channel_adapter_for(_account("shopify"), options=DoorOptions(allow_sandbox=True), record=lambda _: None)
    with closing(shop):
        for tracking_number, name in rows:
            order = shop.fetch_order(name)
            assert tracking_number in {number for one in order.fulfillments for number in one.tracking_numbers}
            assert order.fulfillment_orders

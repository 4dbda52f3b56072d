"""Several clients, each a process of its own, fulfil the same and neighbouring fulfillment orders at once."""

import pytest
import sqlalchemy as sa

from tests import clients
from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import Wanted, open_order
from tests.processes import at_once
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import CostLayer, Fulfillment, FulfillmentOrder, FulfillmentOrderLine
from webapp.queries.invariants import violations

CLIENTS = 4
UNITS = 8

pytestmark = pytest.mark.slow


def test_they_never_ship_more_than_there_is_and_none_fails(make: Factory, cast: Cast, settings: Settings) -> None:
    sales_order = make.order(fulfillment_status="unfulfilled")
    orders = [
        open_order(
            make,
            Wanted("NWP-011", UNITS, promised=(3, UNITS - 3), layers=((2, "9.00"), (UNITS - 2, "9.50"))),
            Wanted("NWP-042", UNITS, layers=((UNITS, "4.00"),)),
            order=sales_order,
        )
        for _ in range(3)
    ]
    ids = [order.id for order in orders]
    user = cast.operator.id
    db.session.commit()
    shipped = at_once(CLIENTS, clients.fulfil_all, user, ids, settings=settings)

    total = 3 * 2 * UNITS
    assert sum(shipped) == total
    sequences = db.session.scalars(sa.select(Fulfillment.sequence).order_by(Fulfillment.sequence))
    assert list(sequences) == list(range(1, total + 1))
    assert set(db.session.scalars(sa.select(FulfillmentOrderLine.remaining))) == {0}
    assert set(db.session.scalars(sa.select(CostLayer.remaining))) == {0}
    assert set(db.session.scalars(sa.select(FulfillmentOrder.status))) == {"closed"}
    assert violations() == []

"""The factory itself: what it makes must pass the schema on both databases."""

from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment


def test_it_makes_a_shipment_with_everything_behind_it(make: Factory, cast: Cast) -> None:
    account = make.provider_account()
    shipment = make.shipment(account=account, tracking_number="9405 5102")
    make.provider_order(shipment)
    assert cast.operator.id
    assert db.session.get(Fulfillment, shipment.id).fulfillment_number.endswith(".1")

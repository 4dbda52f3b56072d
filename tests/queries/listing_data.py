"""Shipments for the tests of the list: many rows, made quickly, with gaps and ties in every sort key."""

import random
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from tests.factories import NOON, Factory
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.statuses import FulfillmentStatus, FulfillmentType

LIVE = tuple(status for status in FulfillmentStatus if status is not FulfillmentStatus.CANCELED)


def copies(make: Factory, count: int, *, seed: int = 1) -> list[int]:
    """Add `count` shipments that differ only in what a list can be sorted by; returns their ids."""
    first = make.shipment()
    table = Fulfillment.__table__
    row = dict(db.session.execute(sa.select(table).where(table.c.id == first.id)).mappings().one())
    chance = random.Random(seed)
    rows = [row | _varied(chance) | _named(row, number) for number in range(2, count + 1)]
    db.session.execute(sa.insert(table), rows)
    db.session.commit()
    return sorted(db.session.scalars(sa.select(Fulfillment.id)))


def _named(row: dict[str, object], number: int) -> dict[str, object]:
    return {
        "id": int(str(row["id"])) + number,
        "sequence": number,
        "fulfillment_number": f"{row['fulfillment_number']}{number}",
    }


def _varied(chance: random.Random) -> dict[str, object]:
    """Few different values, so that there are ties, and none at all for a third of the rows."""

    def moment() -> object:
        return NOON + timedelta(hours=chance.randrange(5))

    tracking = chance.choice([None, "1Z1", "1Z2", "9405"])
    return {
        "status": chance.choice(LIVE).value,
        "fulfillment_type": chance.choice(list(FulfillmentType)).value,
        "tracking_number": tracking,
        "tracking_key": tracking,
        "cost": chance.choice([None, Decimal("1.5000"), Decimal("9.9999"), Decimal("10.0000")]),
        "fulfilled_at": chance.choice([None, moment()]),
        "packing_slip_printed_at": chance.choice([None, None, moment()]),
        "created_at": moment(),
        "updated_at": moment(),
    }

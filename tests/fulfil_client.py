"""One client among several: fulfils a unit at a time until nothing is left, and prints how many it shipped.

Run as `python -m tests.fulfil_client USER ORDER…`, so that it has a process and a connection of its own.
"""

import random
import sys
import uuid

import sqlalchemy as sa

from webapp import create_app
from webapp.errors import Conflict, Refused
from webapp.extensions import db
from webapp.queries.fulfilling import FulfillmentOrderDetail, fulfillment_order
from webapp.queries.scope import EVERYWHERE
from webapp.services.actors import Actor
from webapp.services.fulfilling import fulfil


def main() -> None:
    user_id, *order_ids = map(int, sys.argv[1:])
    made = 0
    with create_app().app_context():
        while still_open := [order for id_ in order_ids if (order := _read(id_)).refusal is None]:
            made += _ship_one(random.choice(still_open), user_id)
    print(made)


def _read(order_id: int) -> FulfillmentOrderDetail:
    found = fulfillment_order(order_id, EVERYWHERE)
    db.session.rollback()
    return found


def _ship_one(order: FulfillmentOrderDetail, user_id: int) -> int:
    """1 when a unit was shipped; 0 when another client was faster, which is no mistake."""
    line = random.choice([line for line in order.lines if line.fulfillable])
    try:
        fulfil(
            order.id,
            {line.id: 1},
            shipping_method="Standard",
            version=order.version,
            key=uuid.uuid4().hex,
            actor=Actor(user_id),
        )
        db.session.commit()
    except (Conflict, Refused):
        db.session.rollback()
        return 0
    except sa.exc.DBAPIError:
        db.session.rollback()
        raise
    return 1


if __name__ == "__main__":
    main()

"""One client among many: voids, restores and edits shipments at random, and prints how often it changed each.

Run as `python -m tests.void_client USER SECONDS SHIPMENT…`, so that it has a process and a connection of its own.
"""

import json
import random
import sys
import time
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from webapp import create_app
from webapp.errors import AppError
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.services import restores, shipping_details, voids
from webapp.services.actors import Actor


def main() -> None:
    user_id, seconds, *shipment_ids = map(int, sys.argv[1:])
    changed: Counter[int] = Counter()
    with create_app().app_context():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shipment_id = random.choice(shipment_ids)
            changed[shipment_id] += _change(shipment_id, Actor(user_id))
    print(json.dumps(changed))


def _change(shipment_id: int, actor: Actor) -> int:
    """1 when something was changed; 0 when somebody was faster or it made no sense, which is no mistake."""
    version = db.session.scalar(sa.select(Fulfillment.version).where(Fulfillment.id == shipment_id))
    db.session.rollback()
    values: dict[str, Any] = {"version": version, "key": uuid.uuid4().hex, "actor": actor}
    act = random.choice(("void", "restore", "edit"))
    try:
        if act == "void":
            voids.void(shipment_id, reason="", **values)
        elif act == "restore":
            restores.restore(shipment_id, **values)
        else:
            cost = Decimal(random.randrange(10_000_000)) / 1000
            shipping_details.edit(shipment_id, {"cost": cost}, **values)
        db.session.commit()
    except AppError:
        db.session.rollback()
        return 0
    return 1


if __name__ == "__main__":
    main()

"""What one client among many does at random, in a process and with a connection of its own."""

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.services.importing.files import csv_file, shipped_row
from webapp import create_app
from webapp.errors import AppError, Conflict, Refused
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.fulfilling import FulfillmentOrderDetail, fulfillment_order
from webapp.queries.scope import EVERYWHERE
from webapp.services import restores, shipping_details, voids
from webapp.services.actors import Actor
from webapp.services.fulfilling import fulfil
from webapp.services.importing import import_shipments

SKUS = ("TEA-1", "CUP-2")
ORDERED = "2000"  # More than an import a client makes in any test.


@contextmanager
def _with_all_others(barrier: Any) -> Iterator[None]:
    """An application of this process's own, from the moment at which everybody has one."""
    with create_app().app_context():
        barrier.wait(60)
        yield


def change_shipments(barrier: Any, user_id: int, seconds: float, shipment_ids: Sequence[int]) -> Counter[int]:
    """Void, restore and edit shipments; gives how often it changed each."""
    changed: Counter[int] = Counter()
    with _with_all_others(barrier):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shipment_id = random.choice(shipment_ids)
            changed[shipment_id] += _change(shipment_id, Actor(user_id))
    return changed


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


def fulfil_all(barrier: Any, user_id: int, order_ids: Sequence[int]) -> int:
    """Fulfil a unit at a time until nothing of the orders is left; gives how many it shipped."""
    made = 0
    with _with_all_others(barrier):
        while still_open := [order for id_ in order_ids if (order := _read(id_)).refusal is None]:
            made += _ship_one(random.choice(still_open), user_id)
    return made


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
    return 1


def import_next(barrier: Any, folder: Path, seconds: float, orders: Sequence[str]) -> int:
    """Import the next shipment of each known order again and again; gives how many shipments it added.

    The orders have the lines of tests.services.importing.files under both SKUS; their first shipment is there
    already.
    """
    added = 0
    with _with_all_others(barrier):
        end = time.monotonic() + seconds
        for sequence in count(2):
            if time.monotonic() >= end:
                break
            added += _import(folder, sequence, orders)
    return added


def _import(folder: Path, sequence: int, orders: Sequence[str]) -> int:
    """Import a unit of each line of each order as a shipment; raises when any of it is refused."""
    cells = {
        "shipment_sequence": str(sequence),
        "shipment_quantity": "1",
        "ordered_quantity": ORDERED,
        "tracking_number": "",
        "status": "submitted",
        "fulfilled_at": "",
    }
    rows = [shipped_row(order_number=order, sku=sku, **cells) for order in orders for sku in SKUS]
    random.shuffle(rows)
    outcome = import_shipments(csv_file(folder / f"{sequence}.csv", rows), tell=_stop)
    return outcome.shipments_added


def _stop(refusal: object) -> None:
    raise AssertionError(refusal)

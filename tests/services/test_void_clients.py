"""Many clients, each a process of its own, void, restore and edit the same and neighbouring shipments at once."""

import os
from collections import Counter

import pytest
import sqlalchemy as sa

from tests import clients
from tests.cast import Cast
from tests.factories import Factory
from tests.ledger import assert_sound, intent, ship
from tests.processes import at_once
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.history_chains import broken_chains

CLIENTS = int(os.environ.get("VOID_CLIENTS", "5"))
SECONDS = int(os.environ.get("VOID_SECONDS", "2"))

pytestmark = pytest.mark.slow


def test_no_change_is_lost_nobody_meets_a_deadlock_and_the_ledger_is_exact(
    make: Factory, cast: Cast, settings: Settings
) -> None:
    shipments = []
    for _ in range(3):
        parent = intent(make, {"NWP-011": 6, "NWP-042": 3}, layers=((4, "9.00"), (100, "9.50")))
        shipments += [ship(make, parent, {"NWP-011": 2, "NWP-042": 1}) for _ in range(3)]
    ids = [shipment.id for shipment in shipments]
    user = cast.operator.id
    db.session.commit()
    changes: Counter[int] = Counter()
    for changed in at_once(CLIENTS, clients.change_shipments, user, SECONDS, ids, settings=settings):
        changes.update(changed)
    print(f"{changes.total():,} changes by {CLIENTS} clients")
    assert changes.total() > 0
    versions = dict(db.session.execute(sa.select(Fulfillment.id, Fulfillment.version)).all())
    assert versions == {id_: 1 + changes[id_] for id_ in ids}
    assert_sound()
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []

"""Many clients, each a process of its own, void, restore and edit the same and neighbouring shipments at once."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.ledger import assert_sound, intent, ship
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.history_chains import broken_chains

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = int(os.environ.get("VOID_CLIENTS", "5"))
SECONDS = int(os.environ.get("VOID_SECONDS", "4"))

pytestmark = pytest.mark.slow


def test_no_change_is_lost_nobody_meets_a_deadlock_and_the_ledger_is_exact(
    make: Factory, cast: Cast, settings: Settings
) -> None:
    shipments = []
    for _ in range(3):
        parent = intent(make, {"NWP-011": 6, "NWP-042": 3}, layers=((4, "9.00"), (100, "9.50")))
        shipments += [ship(make, parent, {"NWP-011": 2, "NWP-042": 1}) for _ in range(3)]
    ids = [shipment.id for shipment in shipments]
    environment = os.environ | {
        "DOCKSIDE_MODE": "test",
        "DATABASE_URL": settings.database_url.render_as_string(hide_password=False),
        "REDIS_URL": settings.redis_url,
        "DOCKSIDE_VAR": str(settings.var_folder),
    }
    command = [sys.executable, "-m", "tests.void_client", str(cast.operator.id), str(SECONDS), *map(str, ids)]
    db.session.commit()
    clients = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(CLIENTS)
    ]
    said = [client.communicate(timeout=SECONDS + 300)[0] for client in clients]

    assert [client.returncode for client in clients] == [0] * CLIENTS
    changes: Counter[int] = Counter()
    for one in said:
        changes.update({int(id_): times for id_, times in json.loads(one.splitlines()[-1]).items()})
    print(f"{changes.total():,} changes by {CLIENTS} clients")
    assert changes.total() > 0
    versions = dict(db.session.execute(sa.select(Fulfillment.id, Fulfillment.version)).all())
    assert versions == {id_: 1 + changes[id_] for id_ in ids}
    assert_sound()
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []

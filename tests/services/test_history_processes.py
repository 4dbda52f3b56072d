"""Several processes write history of one shipment at once, as web and worker processes do; it stays one chain."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from tests.factories import Factory
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.queries.history_chains import broken_chains

ROOT = Path(__file__).resolve().parents[2]
WRITERS, CHANGES = 3, 20
# Waits for a line, so that all are ready before the first writes; then edits the shipment again and again.
WRITER = """
import sys
import sqlalchemy as sa
from webapp import create_app
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.services import history
from webapp.services.actors import Actor
from webapp.statuses import ActivityEvent

shipment_id, changes = map(int, sys.argv[1:])
locked = sa.select(Fulfillment).where(Fulfillment.id == shipment_id).with_for_update()
with create_app().app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(changes):
        shipment = db.session.scalars(locked.execution_options(populate_existing=True)).one()
        history.record(shipment, ActivityEvent.UPDATED, Actor(), note=str(number))
        db.session.commit()
"""


def test_processes_that_write_at_once_keep_one_chain(app: Flask, make: Factory, settings: Settings) -> None:
    shipment_id = make.shipment().id
    db.session.commit()
    environment = os.environ | {
        "DOCKSIDE_MODE": "test",
        "DATABASE_URL": settings.database_url.render_as_string(hide_password=False),
        "REDIS_URL": settings.redis_url,
        "DOCKSIDE_VAR": str(settings.var_folder),
    }
    command = [sys.executable, "-c", WRITER, str(shipment_id), str(CHANGES)]
    writers = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0

    places = sa.select(Activity.chain_position).where(Activity.fulfillment_id == shipment_id)
    assert sorted(db.session.scalars(places)) == list(range(1, WRITERS * CHANGES + 2))
    assert db.session.get_one(Fulfillment, shipment_id).history_length == WRITERS * CHANGES + 1
    assert list(broken_chains(lambda _count: None)) == []

"""A warehouse in which people, a provider and dying workers act at random; all rules hold after each step."""

import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from _pytest.monkeypatch import MonkeyPatch
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.cast import Cast
from tests.emptying import empty
from tests.factories import Factory
from tests.ledger import assert_sound, figures
from tests.open_orders import Wanted, open_order
from webapp.errors import AppError
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, ProviderAccount, Run
from webapp.queries.history_chains import broken_chains
from webapp.sandbox import SandboxControl
from webapp.schema import now
from webapp.services import (
    archiving,
    fulfilling,
    fulfilling_settle,
    restores,
    resyncs,
    resyncs_settle,
    runs_sweep,
    shipping_details,
    voids,
    voids_settle,
)
from webapp.services.actors import Actor
from webapp.services.importing.importer import import_shipments
from webapp.statuses import RunState

HEADER = (
    "order_number,order_date,warehouse,sku,ordered_quantity,unit_cost,shipment_sequence,shipment_quantity,status"
)
PARCEL = {"tracking_number": "1Z 999-AA1", "carrier": "ups", "service": "ups_ground", "cost": 7.5}
any_of = st.integers(0, 999)
"""Which of the shipments or orders there are: counted round, so that it always means one."""


@dataclass(frozen=True)
class World:
    """What the machine acts in: one application, one database, one sandbox, one place for files."""

    app: Flask
    sandbox: SandboxControl
    drain: Callable[..., None]
    make_account: Callable[[], ProviderAccount]
    folder: Path


class Dead(BaseException):
    """A worker's end; nothing in it has the time to catch anything."""


def dying(settle: Callable[..., None]) -> Callable[..., None]:
    """The same, of a worker that dies with everything written and nothing committed."""

    def settle_and_die(*arguments: Any) -> None:
        settle(*arguments)
        db.session.rollback()
        raise Dead

    return settle_and_die


def is_there_a_shipment(machine: "Warehouse") -> bool:
    """Looked up until there is one, because none ever goes."""
    machine.has_shipments = machine.has_shipments or bool(machine._ids(Fulfillment))
    return machine.has_shipments


class Warehouse(RuleBasedStateMachine):
    """Each rule is one thing somebody does; what is refused must leave no trace."""

    world: ClassVar[World]
    steps: ClassVar[int] = 0
    has_shipments = False

    @initialize()
    def open_the_doors(self) -> None:
        db.session.rollback()
        empty(db.engine)
        self.world.sandbox.reset()
        self.make = Factory()
        self.susan = Actor(Cast().supervisor.id)
        self.account_id = self.world.make_account().id
        self.imported: dict[int, int] = {}
        goods = (Wanted("A-1", 6, promised=(4, 2), layers=((3, "1.10"), (20, "1.35"))), Wanted("B-2", 3))
        open_order(self.make, *goods)
        open_order(self.make, Wanted("A-1", 4))

    # --- what people do -------------------------------------------------------------------------------------

    @rule(number=st.integers(1, 3), shipped=st.integers(0, 3))
    def import_a_file(self, number: int, shipped: int) -> None:
        """An order of three units, of which so many are shipped, or more of one that is known."""
        before = self.imported.get(number, 0)
        self.imported[number] = max(before, shipped)
        line = f'IM-{number},2026-11-01,"Reno, NV",C-3,3,2.50'
        rows = [f"{line},{sequence},1,packed" for sequence in range(1, shipped + 1)] or [f"{line},,,"]
        path = self.world.folder / "orders.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        import_shipments(path)

    @rule(order=any_of, takes=st.lists(st.integers(0, 4), min_size=2, max_size=2), at_provider=st.booleans())
    def fulfil(self, order: int, takes: list[int], at_provider: bool) -> None:
        orders = self._ids(FulfillmentOrder)
        parent = db.session.get_one(FulfillmentOrder, orders[order % len(orders)], populate_existing=True)
        lines = self._ids(FulfillmentOrderLine, FulfillmentOrderLine.fulfillment_order_id == parent.id)
        self._act(
            lambda: fulfilling.fulfil(
                parent.id,
                {line: units for line, units in zip(lines, takes, strict=False) if units},
                shipping_method="Standard",
                provider_account_id=self.account_id if at_provider else None,
                handed_over=takes[0] % 2 == 1 and not at_provider,
                version=parent.version,
                key=uuid.uuid4().hex,
                actor=self.susan,
            )
        )

    @precondition(is_there_a_shipment)
    @rule(which=any_of, force=st.booleans(), times=st.integers(1, 2))
    def void(self, which: int, force: bool, times: int) -> None:
        """Also by a double click: the same form twice."""
        shipment = self._shipment(which)
        values: dict[str, Any] = {"version": shipment.version, "key": uuid.uuid4().hex, "force": force}
        for _ in range(times):
            self._act(
                lambda: voids.void(shipment.id, reason="Ordered twice", actor=self.susan, may_force=True, **values)
            )

    @precondition(is_there_a_shipment)
    @rule(which=any_of, times=st.integers(1, 2))
    def restore(self, which: int, times: int) -> None:
        shipment = self._shipment(which)
        values: dict[str, Any] = {"version": shipment.version, "key": uuid.uuid4().hex}
        for _ in range(times):
            self._act(lambda: restores.restore(shipment.id, actor=self.susan, **values))

    @precondition(is_there_a_shipment)
    @rule(which=any_of)
    def void_and_restore(self, which: int) -> None:
        """Together they change nothing, as long as no provider has to be asked."""
        shipment = self._shipment(which)
        if shipment.voided_at is not None or shipment.provider_account_id is not None:
            return
        before = figures()
        if not self._act(lambda: voids.void_locally([shipment.id], reason="", actor=self.susan, force=True)):
            return
        restored = self._act(lambda: restores.restore_locally([shipment.id], actor=self.susan))
        assert restored
        assert restored[0].is_restored, restored[0].reason
        assert figures() == before

    @precondition(is_there_a_shipment)
    @rule(which=any_of, back=st.booleans())
    def archive(self, which: int, back: bool) -> None:
        shipment = self._shipment(which)
        change = archiving.unarchive if back else archiving.archive
        self._act(lambda: change(shipment.id, key=uuid.uuid4().hex, actor=self.susan))

    @precondition(is_there_a_shipment)
    @rule(which=any_of, cents=st.integers(0, 9_999), age=st.integers(0, 1))
    def edit_the_cost(self, which: int, cents: int, age: int) -> None:
        """Sometimes from a page that is out of date."""
        shipment = self._shipment(which)
        values: dict[str, Any] = {"version": shipment.version - age, "key": uuid.uuid4().hex}
        cost = {"cost": Decimal(cents) / 100}
        self._act(lambda: shipping_details.edit(shipment.id, cost, actor=self.susan, **values))

    # --- what the provider and the workers do ---------------------------------------------------------------

    @precondition(is_there_a_shipment)
    @rule(which=any_of, answer=st.sampled_from(["awaiting_shipment", "shipped", "cancelled"]))
    def move_the_order_at_the_provider(self, which: int, answer: str) -> None:
        """It may happen long before anybody here asks."""
        shipment = self._shipment(which)
        if shipment.provider_account_id is None:
            return
        parcels = [PARCEL] if answer == "shipped" else []
        order = {"number": shipment.fulfillment_number, "status": answer, "shipments": parcels}
        self.world.sandbox.load("shipstation", [order])

    @precondition(is_there_a_shipment)
    @rule(which=any_of)
    def ask_for_a_resync(self, which: int) -> None:
        shipment = self._shipment(which)
        self._act(lambda: resyncs.request(shipment.id, self.susan, uuid.uuid4().hex))

    @rule()
    def let_the_workers_work(self) -> None:
        self.world.drain()

    @rule()
    def let_a_worker_die(self) -> None:
        """The next run is carried out up to its commit, which never comes; the sweeper gives it to another."""
        with MonkeyPatch.context() as patch:
            for settling in (resyncs_settle, voids_settle, fulfilling_settle):
                patch.setattr(settling, "settle", dying(settling.settle))
            self.world.drain()
        db.session.rollback()
        old = now() - timedelta(hours=1)
        held = Run.state.in_([RunState.RUNNING.value, RunState.CANCELLING.value])
        db.session.execute(sa.update(Run).where(held).values(heartbeat_at=old))
        db.session.commit()
        runs_sweep.take_over_stale()
        db.session.commit()

    # --- what always holds ----------------------------------------------------------------------------------

    @invariant()
    def every_rule_holds(self) -> None:
        self.count_step()
        db.session.rollback()
        assert_sound()
        broken = [str(fault) for fault in broken_chains(lambda _rows: None)]
        assert not broken, broken

    @classmethod
    def count_step(cls) -> None:
        """A long walk says now and then how far it is; parallel workers of pytest are heard on stderr alone."""
        cls.steps += 1
        if cls.steps % 1000 == 0:
            print(f"{cls.steps:,} steps on {db.engine.dialect.name}", file=sys.stderr)

    def _act(self, act: Callable[[], Any]) -> Any:
        """Do it and commit; what is refused is rolled back and has changed nothing."""
        before = figures()
        try:
            done = act()
            db.session.commit()
            return done
        except AppError:
            db.session.rollback()
            assert figures() == before
            return None

    def _shipment(self, which: int) -> Fulfillment:
        ids = self._ids(Fulfillment)
        return db.session.get_one(Fulfillment, ids[which % len(ids)], populate_existing=True)

    def _ids(self, model: Any, *conditions: Any) -> list[int]:
        return list(db.session.scalars(sa.select(model.id).where(*conditions).order_by(model.id)))

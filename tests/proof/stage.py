"""A shipment of its own at one system, a person who asks something of it, and the workers that carry it out."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.open_orders import Wanted, open_order
from tests.proof.systems import Calls, System, Work
from webapp.extensions import db
from webapp.models import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrderLine,
    InventoryMovement,
    ProviderAccount,
    ProviderExchange,
    Run,
)
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.systems import SeenRequest
from webapp.schema import now
from webapp.services import fulfilling, provider_operations, resyncs, runs, unknown_outcomes, voids
from webapp.services.actors import Actor
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS
from webapp.statuses import RunKind, RunState

SKU, UNITS = "NWP-011", 2
KINDS = {Work.UPDATE: RunKind.RESYNC_TO_PROVIDER, Work.CANCEL: RunKind.CANCEL_PROVIDER_ORDER}
# A name that shows wherever a page writes it without escaping it.
ACCOUNT = '<b>Dock</b> & "Söhne" {}'


@dataclass(frozen=True)
class Props:
    """What every stage is built from."""

    make: Factory
    sandbox: SandboxControl
    sandbox_url: str
    drain: Drain
    actor: Actor


@dataclass
class Stage:
    """One shipment at a provider, by an account of its own: no fault of another test has left a trace on it."""

    props: Props
    system: System
    work: Work
    account: ProviderAccount = field(init=False)
    shipment_id: int = field(init=False)
    number: str = field(init=False)

    def __post_init__(self) -> None:
        self.account = self._account()

    def _account(self) -> ProviderAccount:
        kind = self.system.kind
        return self.props.make.provider_account(
            kind,
            name=ACCOUNT.format(uuid.uuid4().hex[:6]),
            base_url=f"{self.props.sandbox_url}/{kind}",
            credentials=PRACTICE_CREDENTIALS[kind],
            settings={**PRACTICE_SETTINGS.get(kind, {}), **self.system.settings},
        )

    def ask(self) -> int:
        """Make the shipment as the work needs it and let a person ask for the work; gives the run's id."""
        key = uuid.uuid4().hex
        if self.work is Work.CREATE:
            return self._fulfil(key)
        shipment = self.waiting_there()
        if self.work is Work.RESYNC:
            run_id = resyncs.request(shipment.id, self.props.actor, key)
        elif self.work is Work.VOID:
            terms: dict[str, Any] = {"reason": "Twice", "version": shipment.version, "key": key}
            run_id = voids.void(shipment.id, actor=self.props.actor, **terms).run_id or 0
        else:
            run_id = provider_operations.request(KINDS[self.work], shipment.id, self.props.actor, key)
        db.session.commit()
        return run_id

    def _fulfil(self, key: str) -> int:
        order = open_order(self.props.make, Wanted(SKU, UNITS))
        db.session.refresh(order)
        line = FulfillmentOrderLine
        line_id = db.session.scalars(sa.select(line.id).where(line.fulfillment_order_id == order.id)).one()
        made = fulfilling.fulfil(
            order.id,
            {line_id: UNITS},
            shipping_method="Standard",
            provider_account_id=self.account.id,
            version=order.version,
            key=key,
            actor=self.props.actor,
        )
        db.session.commit()
        self._is(db.session.get_one(Fulfillment, made.fulfillment_id))
        return db.session.scalars(sa.select(Run.id).where(Run.fulfillment_id == self.shipment_id)).one()

    def waiting_there(self) -> Fulfillment:
        """Submitted, and its order waits there; one that is to be changed lacks a unit there."""
        lines = ((SKU, UNITS, "9.10"),)
        shipment = self.props.make.shipment(account=self.account, status="submitted", lines=lines)
        self._is(shipment)
        line = FulfillmentLine
        key = db.session.scalars(sa.select(line.id).where(line.fulfillment_id == shipment.id)).one()
        units = UNITS - 1 if self.work is Work.UPDATE else UNITS
        order = {"number": self.number, "lines": [{"sku": SKU, "quantity": units, "key": str(key)}]}
        ids = self.props.sandbox.load(self.system.kind, [order])
        self.props.make.provider_order(shipment, external_id=ids[self.number])
        return shipment

    def _is(self, shipment: Fulfillment) -> None:
        self.shipment_id, self.number = shipment.id, shipment.fulfillment_number

    def go_wrong(self, fault: Fault, calls: tuple[Calls, ...], **how: Any) -> None:
        """Let these calls meet the fault until the faults are cleared."""
        for each in calls:
            where = {"method": each.method, "path": each.path}
            self.props.sandbox.fault(self.system.kind, fault, **{"count": None, **where, **how})

    def work_to_the_end(self, run_id: int) -> list[Run]:
        """Let workers try and, where that was put off, once more for the last time; the run after each try."""
        self._first_try()
        tries = [self.run(run_id)]
        if tries[0].state == RunState.QUEUED:
            last = db.session.get_one(Run, run_id)
            last.attempts, last.due_at = runs.MAX_ATTEMPTS - 1, last.created_at
            db.session.commit()
            wake([(RunKind(last.kind), run_id)])
            self.props.drain()
            tries.append(self.run(run_id))
        return tries

    def _first_try(self) -> None:
        self.props.drain()

    def run(self, run_id: int) -> Run:
        """The run as it now stands, cut loose."""
        db.session.expire_all()
        run = db.session.get_one(Run, run_id)
        db.session.expunge(run)
        db.session.commit()
        return run

    def again(self, run: Run) -> Run:
        """What comes after: the clock asks about what is unknown, a person tries again what failed."""
        if run.state == RunState.UNKNOWN:
            db.session.get_one(Run, run.id).finished_at = now() - timedelta(hours=1)
            unknown_outcomes.ask_again()
        else:
            runs.retry(run.id, self.props.actor.user_id or 0, self.props.actor.scope, uuid.uuid4().hex)
        db.session.commit()
        if self.system.has_old_copy:
            self.props.sandbox.advance(300)
        next_id = db.session.scalars(sa.select(Run.id).where(Run.retry_of_id == run.id)).one()
        return Stage.work_to_the_end(self, next_id)[-1]

    def shipment(self) -> Fulfillment:
        db.session.expire_all()
        return db.session.get_one(Fulfillment, self.shipment_id)

    def exchanges(self, run_id: int) -> list[str]:
        """What the record says of each call of the run."""
        rows = sa.select(ProviderExchange.outcome).where(ProviderExchange.run_id == run_id)
        return list(db.session.scalars(rows.order_by(ProviderExchange.id)))

    def movements(self) -> tuple[int, int]:
        """How many movements of stock the shipment has, and their sum in units."""
        moved = InventoryMovement
        figures = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(moved.quantity), 0))
        count, units = db.session.execute(figures.where(moved.fulfillment_id == self.shipment_id)).one()
        return int(count), int(units)

    def requests(self) -> list[SeenRequest]:
        return self.props.sandbox.requests(self.system.kind)

    def is_done_there(self) -> bool:
        """Whether the provider has done what it was asked, and once."""
        found = self.props.sandbox.overview(self.system.kind, self.number)["orders"]
        orders = [order["status"].lower() for order in found if order["number"] == self.number]
        match self.work:
            case Work.VOID | Work.CANCEL if self.work in self.system.changes:
                return len(orders) == 1 and "cancel" in orders[0]
            case Work.UPDATE | Work.CREATE if len(orders) == 1:
                return self.system.units(self.props.sandbox.show(self.system.kind, self.number)) == UNITS
            case Work.RESYNC | Work.VOID:
                return len(orders) == 1 and "cancel" not in orders[0]
        return False

"""What must never be true is refused by the schema itself, whoever writes it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.factories import NOON, Factory
from webapp.extensions import db
from webapp.models import (
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrderLine,
    InventoryMovement,
    Run,
)
from webapp.statuses import FulfillmentStatus, MovementType, RunKind, RunState

TRACKING_255 = "9" * 255


@pytest.fixture
def shipment(make: Factory) -> Any:
    return make.shipment(account=make.provider_account())


def refused(write: Callable[[], Any], *, by: str = "") -> None:
    """The write fails at the schema, at the constraint with this name where the database tells it."""
    with pytest.raises(DBAPIError) as error:
        write()
    db.session.rollback()
    assert by in str(error.value.orig), error.value.orig


def change(model: Any, **values: Any) -> Callable[[], Any]:
    """Write these values into every row of the model's table, past all services."""
    return lambda: db.session.execute(sa.update(model).values(**values))


def add(row: Any) -> Callable[[], Any]:
    def write() -> None:
        db.session.add(row)
        db.session.flush()

    return write


def inverse(movement: InventoryMovement, **values: Any) -> InventoryMovement:
    """The row that reverses this one, or differs from that in these values."""
    row = InventoryMovement(
        type=MovementType.SALE.value,
        inventory_status=movement.inventory_status,
        product_id=movement.product_id,
        warehouse_id=movement.warehouse_id,
        cost_layer_id=movement.cost_layer_id,
        unit_cost=movement.unit_cost,
        quantity=-movement.quantity,
        fulfillment_id=movement.fulfillment_id,
        fulfillment_line_id=movement.fulfillment_line_id,
        reverses_id=movement.id,
        occurred_at=movement.occurred_at + timedelta(hours=1),
    )
    for name, value in values.items():
        setattr(row, name, value)
    return row


def the_sale() -> InventoryMovement:
    return db.session.scalars(sa.select(InventoryMovement).where(InventoryMovement.quantity < 0)).one()


def test_a_movement_is_reversed_once(shipment: Any) -> None:
    sale = the_sale()
    db.session.add(inverse(sale))
    db.session.commit()
    refused(add(inverse(sale)), by="reverses_id")


def test_a_movement_does_not_reverse_itself(shipment: Any) -> None:
    refused(add(inverse(the_sale(), id=900, reverses_id=900)), by="not_its_own_reversal")


def test_a_movement_moves_something(shipment: Any) -> None:
    refused(add(inverse(the_sale(), quantity=0)), by="quantity_not_zero")


def test_a_movement_of_a_line_names_the_shipment_too(shipment: Any) -> None:
    refused(add(inverse(the_sale(), fulfillment_id=None)), by="line_names_its_shipment")


def test_a_sequence_is_used_once_within_an_order(make: Factory) -> None:
    order = make.order()
    make.shipment(order=order, sequence=1)
    with pytest.raises(IntegrityError, match="sequence"):
        make.shipment(order=order, sequence=1, fulfillment_number="SO-other.1")
    db.session.rollback()


def test_another_order_may_use_the_same_sequence(make: Factory) -> None:
    assert make.shipment(sequence=1).sequence == make.shipment(sequence=1).sequence == 1


def test_a_number_is_given_once(make: Factory) -> None:
    make.shipment(fulfillment_number="SO-1.1")
    with pytest.raises(IntegrityError, match="fulfillment_number"):
        make.shipment(fulfillment_number="SO-1.1")
    db.session.rollback()


@pytest.mark.parametrize("model", [FulfillmentOrderLine, CostLayer])
@pytest.mark.parametrize("beyond", [-1, "more"])
def test_what_remains_is_between_nothing_and_all(shipment: Any, model: Any, beyond: int | str) -> None:
    remaining = -1 if beyond == -1 else model.quantity + 1
    refused(change(model, remaining=remaining), by="remaining_within_quantity")


@pytest.mark.parametrize("model", [FulfillmentOrderLine, CostLayer])
def test_nothing_and_all_may_remain(shipment: Any, model: Any) -> None:
    change(model, remaining=0)()
    change(model, remaining=model.quantity)()


@pytest.mark.parametrize("model", [FulfillmentOrderLine, FulfillmentLine, CostLayer, Allocation])
@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_is_positive(shipment: Any, model: Any, quantity: int) -> None:
    # What remains would be refused too; this is about the quantity.
    values = {"quantity": quantity} | ({"remaining": quantity} if hasattr(model, "remaining") else {})
    refused(change(model, **values), by="quantity")


VOIDED = {
    "voided_at": NOON,
    "status": FulfillmentStatus.CANCELED.value,
    "status_before_void": FulfillmentStatus.PACKED.value,
}


@pytest.mark.parametrize(
    ("values", "by"),
    [
        (VOIDED | {"status": FulfillmentStatus.PACKED.value}, "voided_is_canceled"),
        (VOIDED | {"status_before_void": None}, "void_remembers_status"),
        ({"status_before_void": FulfillmentStatus.PACKED.value}, "void_remembers_status"),
        ({"void_reason": "Wrong parcel"}, "reason_only_when_voided"),
        (VOIDED | {"void_reason": "x" * 1001}, ""),
        ({"status": "lost"}, "status_known"),
        ({"provider_state": "lost"}, "provider_state_known"),
        ({"fulfillment_type": "pigeon"}, "fulfillment_type_known"),
        ({"sequence": 0}, "sequence_positive"),
        ({"item_count": 0}, "counts_positive"),
        ({"unit_count": 0}, "counts_positive"),
        ({"cost": -1}, "cost_not_negative"),
        ({"tracking_number": TRACKING_255 + "9", "tracking_key": TRACKING_255}, ""),
        ({"tracking_number": "1Z"}, "tracking_key_present"),
    ],
)
def test_a_shipment_in_a_wrong_state_is_refused(shipment: Any, values: dict[str, Any], by: str) -> None:
    refused(change(Fulfillment, **values), by=by)


@pytest.mark.parametrize("values", [VOIDED, {"tracking_number": TRACKING_255, "tracking_key": TRACKING_255}])
def test_a_shipment_in_a_right_state_is_taken(shipment: Any, values: dict[str, Any]) -> None:
    change(Fulfillment, **values)()


def run(shipment: Any, state: RunState) -> Run:
    return Run(kind=RunKind.RESYNC_FROM_PROVIDER.value, state=state.value, fulfillment_id=shipment.id)


@pytest.mark.parametrize("first", [RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING])
@pytest.mark.parametrize("second", [RunState.QUEUED, RunState.RUNNING])
def test_the_same_work_on_a_shipment_is_unfinished_once(shipment: Any, first: RunState, second: RunState) -> None:
    db.session.add(run(shipment, first))
    db.session.commit()
    refused(add(run(shipment, second)), by="fulfillment_id" if is_sqlite() else "uq_runs_unfinished_subject")


def test_finished_work_may_be_repeated_and_other_shipments_worked_on(make: Factory, shipment: Any) -> None:
    db.session.add(run(shipment, RunState.FAILED))
    db.session.add(run(shipment, RunState.SUCCEEDED))
    db.session.add(run(shipment, RunState.QUEUED))
    db.session.add(run(make.shipment(), RunState.QUEUED))
    db.session.flush()


def test_a_run_is_not_further_than_its_end(shipment: Any) -> None:
    refused(add(Run(kind="resync_from_provider", state="running", total=3, done=4)), by="done_within_total")


def test_a_provider_order_is_held_once(make: Factory, shipment: Any) -> None:
    make.provider_order(shipment, external_id="700")
    with pytest.raises(IntegrityError, match="external_id"):
        make.provider_order(shipment, external_id="700")
    db.session.rollback()


def test_two_accounts_may_use_the_same_order_number(make: Factory, shipment: Any) -> None:
    make.provider_order(shipment, external_id="700")
    make.provider_order(make.shipment(account=make.provider_account()), external_id="700")


@pytest.mark.parametrize("values", [{"status": "open"}, {"fulfillment_line_id": None}, {"status": "lost"}])
def test_an_allocation_holds_a_line_exactly_while_it_is_fulfilled(shipment: Any, values: dict[str, Any]) -> None:
    refused(change(Allocation, **values))


def test_a_row_that_is_pointed_at_stays(shipment: Any) -> None:
    refused(lambda: db.session.execute(sa.delete(Fulfillment)))


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"

"""The preview says what the void then does: to the unit, the layer, the allocation and the budget."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import NOON, Factory
from tests.ledger import intent, ship
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Allocation, Fulfillment, FulfillmentOrder, FulfillmentOrderLine, InventoryMovement
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.services.actors import SYSTEM
from webapp.services.voids import void_locally
from webapp.services.voids_plan import Plan, plan
from webapp.statuses import FulfillmentStatus, VoidBucket

BOTH = (("NWP-011", 2, "9.10"), ("NWP-042", 3, "5.25"))


def void_as_planned(preview: Plan, **values: Any) -> None:
    """Void what was previewed, and hold what happened against every figure of the preview."""
    layers = layers_now()
    results = void_locally([one.fulfillment_id for one in preview.shipments], reason="", actor=SYSTEM, **values)
    db.session.commit()
    for one, result in zip(preview.shipments, results, strict=True):
        assert (one.bucket, one.reason) == (result.bucket, result.reason)
    for units in preview.units:
        movement = db.session.scalars(
            sa.select(InventoryMovement).where(InventoryMovement.reverses_id == units.movement_id)
        ).one()
        assert (movement.quantity, movement.unit_cost) == (units.quantity, units.unit_cost)
        assert movement.cost_layer_id == units.layer_id
        layers[units.layer_id] += units.quantity
    reversals = sa.select(sa.func.count()).where(InventoryMovement.reverses_id.is_not(None))
    assert db.session.scalar(reversals) == len(preview.units)
    assert layers == layers_now()
    for one in preview.shipments:
        for freed in one.allocations if one.goes_on else ():
            allocation = db.session.get_one(Allocation, freed.id)
            assert (allocation.status, allocation.quantity) == ("allocated", freed.quantity)
        shipment = db.session.get_one(Fulfillment, one.fulfillment_id)
        assert shipment.cancel_by_hand is one.is_left_at_provider
    for order in preview.orders:
        parent = db.session.get_one(FulfillmentOrder, order.id)
        assert (parent.status, parent.request_status) == ("open", "unsubmitted")
        for budget in order.budgets:
            assert db.session.get_one(FulfillmentOrderLine, budget.id).remaining == budget.remaining_after


def layers_now() -> dict[Any, int]:
    return dict(map(tuple, db.session.execute(sa.text("SELECT id, remaining FROM cost_layers"))))


def test_it_names_every_unit_its_layer_and_its_value(make: Factory) -> None:
    parent = intent(make, {"A": 5}, layers=((2, "1.00"), (20, "2.50")))
    shipment = ship(make, parent, {"A": 3})

    preview = plan([shipment.id], EVERYWHERE)

    (one,) = preview.shipments
    assert (one.fulfillment_number, one.version) == (shipment.fulfillment_number, shipment.version)
    assert (one.bucket, one.goes_on, one.reason) == (VoidBucket.VOIDED, True, "")
    assert [(units.sku, units.quantity, units.unit_cost, units.value) for units in one.units] == [
        ("A", 2, Decimal("1.00"), Decimal("2.00")),
        ("A", 1, Decimal("2.50"), Decimal("2.50")),
    ]
    assert {units.warehouse for units in one.units} == {"Reno, NV"}
    assert all(units.received_at and units.received_at < NOON for units in one.units)
    assert (preview.unit_count, preview.value) == (3, Decimal("4.50"))
    assert [(freed.sku, freed.quantity) for freed in one.allocations] == [("A", 3)]
    (order,) = preview.orders
    assert (order.number, order.status.value, order.request_status.value) == (
        f"FO-{parent.id}",
        "open",
        "accepted",
    )
    assert [(line.sku, line.quantity, line.remaining, line.remaining_after) for line in order.budgets] == [
        ("A", 5, 2, 5)
    ]
    assert one.provider_step is None
    void_as_planned(preview)


def test_a_set_of_all_kinds_comes_to_what_was_said(make: Factory) -> None:
    parent = intent(make, {"A": 9}, layers=((2, "1.00"), (20, "2.50")))
    account = make.provider_account()
    shipments = [
        ship(make, parent, {"A": 3}),
        ship(make, parent, {"A": 2}),
        ship(make, parent, {"A": 1}, status=FulfillmentStatus.FULFILLED),
        make.shipment(lines=BOTH),
        make.shipment(lines=BOTH, merged_submission=True),
        make.shipment(account=account, status=FulfillmentStatus.CANCELED),
    ]
    preview = plan([one.id for one in shipments], EVERYWHERE)

    assert [one.bucket.value for one in preview.shipments] == [
        "voided",
        "voided",
        "needs_confirmation",
        "voided",
        "skipped",
        "voided",
    ]
    assert [budget.remaining_after for budget in preview.orders[0].budgets] == [8]
    void_as_planned(preview)


def test_by_force_it_says_that_the_provider_is_not_asked(make: Factory) -> None:
    shipment = make.shipment(lines=BOTH, account=make.provider_account())
    make.provider_order(shipment)
    shipped = make.shipment(status=FulfillmentStatus.FULFILLED)

    preview = plan([shipment.id, shipped.id], EVERYWHERE, force=True)

    one, other = preview.shipments
    assert one.provider_step == "ShipStation is not asked. Its order there stays as it is."
    assert one.is_left_at_provider
    assert (other.provider_step, other.is_left_at_provider) == (None, False)
    void_as_planned(preview, force=True)


@pytest.mark.parametrize(("kind", "said", "is_left"), [("shipstation", "It cannot cancel orders", True)])
def test_it_says_what_the_provider_is_asked(make: Factory, kind: str, said: str, is_left: bool) -> None:
    shipment = make.shipment(account=make.provider_account(kind))

    (one,) = plan([shipment.id], EVERYWHERE).shipments

    assert (one.bucket, one.goes_on) == (VoidBucket.NEEDS_PROVIDER, True)
    assert one.provider_step is not None
    assert said in one.provider_step
    assert one.is_left_at_provider is is_left


def test_it_says_what_the_channel_was_told(make: Factory) -> None:
    shipment = make.shipment(submitted_to_sales_channel_at=NOON)

    (one,) = plan([shipment.id], EVERYWHERE).shipments

    assert (one.channel, one.channel_told_at) == ("Shopify", NOON)


def test_it_reads_only_and_takes_as_many_statements_for_many(make: Factory) -> None:
    ids = [make.shipment(lines=BOTH).id for _ in range(6)]
    db.session.rollback()
    db.session().info["reading"] = True
    try:
        with statements() as sent:
            plan(ids, EVERYWHERE)
    finally:
        db.session().info.pop("reading")

    assert len(sent) == 5, sent
    assert all(one.lstrip().startswith("SELECT") for one in sent)


def test_a_voided_shipment_has_nothing_left_to_give_back(make: Factory) -> None:
    shipment = make.shipment()
    void_locally([shipment.id], reason="", actor=SYSTEM)
    db.session.commit()

    preview = plan([shipment.id], EVERYWHERE)

    assert preview.shipments[0].bucket is VoidBucket.SKIPPED
    assert (preview.shipments[0].units, preview.shipments[0].allocations) == ((), ())
    assert (preview.orders, preview.unit_count) == ((), 0)


def test_shipments_outside_the_limit_and_unknown_ones_are_left_out(make: Factory) -> None:
    shipment = make.shipment()
    scope = Scope(frozenset({make.warehouse("Newark, NJ").id}))

    assert plan([shipment.id, 10**9], scope) == Plan((), ())
    assert plan([], EVERYWHERE) == Plan((), ())

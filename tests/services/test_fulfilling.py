"""Fulfilling an open fulfillment order: every row that changes, what is refused, and what two at once come to."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import Wanted, open_order
from tests.together import together
from webapp.errors import AppError, Conflict, IdempotencyKeyReused, NotFound, Refused
from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentSearchText,
    InventoryMovement,
    SalesOrder,
)
from webapp.queries.invariants import violations
from webapp.queries.scope import Scope
from webapp.services.actors import SYSTEM, Actor
from webapp.services.fulfilling import Fulfilled, OrderChanged, fulfil
from webapp.services.fulfilling_rules import ShortStock
from webapp.statuses import FulfillmentOrderStatus, FulfillmentStatus


@pytest.fixture
def otto(cast: Cast) -> Actor:
    return Actor(cast.operator.id, request_id="request-1")


def lines_of(order: FulfillmentOrder) -> list[FulfillmentOrderLine]:
    statement = sa.select(FulfillmentOrderLine).where(FulfillmentOrderLine.fulfillment_order_id == order.id)
    return list(db.session.scalars(statement.order_by(FulfillmentOrderLine.id)))


def ship(order: FulfillmentOrder, *quantities: Any, actor: Actor, **values: Any) -> Fulfilled:
    """Fulfil these quantities of the lines in their order (None leaves a line out), and commit."""
    asked = {
        line.id: quantity
        for line, quantity in zip(lines_of(order), quantities, strict=False)
        if quantity is not None
    }
    given: Mapping[str, Any] = {"shipping_method": "Standard", "version": order.version, "key": uuid.uuid4().hex}
    fulfilled = fulfil(order.id, asked, actor=actor, **{**given, **values})
    db.session.commit()
    db.session.expire_all()
    return fulfilled


def the(fulfilled: Fulfilled) -> Fulfillment:
    return db.session.get_one(Fulfillment, fulfilled.fulfillment_id)


def movements_of(fulfilled: Fulfilled) -> list[tuple[int, str]]:
    statement = sa.select(InventoryMovement.quantity, InventoryMovement.unit_cost).where(
        InventoryMovement.fulfillment_id == fulfilled.fulfillment_id
    )
    rows = db.session.execute(statement.order_by(InventoryMovement.id))
    return [(quantity, f"{cost:.2f}") for quantity, cost in rows]


def test_a_part_is_shipped_and_the_rest_stays_open(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3))

    fulfilled = ship(order, 2, None, actor=otto)

    shipment = the(fulfilled)
    assert fulfilled == Fulfilled(shipment.id, shipment.fulfillment_number)
    assert shipment.fulfillment_number == f"{db.session.get_one(SalesOrder, order.sales_order_id).order_number}.1"
    assert (shipment.fulfillment_type, shipment.status) == ("manual", FulfillmentStatus.PACKED)
    assert (shipment.item_count, shipment.unit_count, shipment.sequence) == (1, 2, 1)
    assert shipment.warehouse_id == order.warehouse_id
    assert shipment.fulfilled_at is None
    assert [line.remaining for line in lines_of(order)] == [3, 3]
    assert (order.status, order.request_status, order.version) == ("open", "unsubmitted", 2)
    assert db.session.get_one(SalesOrder, order.sales_order_id).fulfillment_status == "partially_fulfilled"
    assert violations() == []


def test_the_rest_closes_it_and_takes_the_next_sequence(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3))

    ship(order, 2, None, actor=otto)
    second = ship(order, 3, 3, actor=otto)

    assert the(second).sequence == 2
    assert (order.status, order.request_status) == ("closed", "accepted")
    sales_order = db.session.get_one(SalesOrder, order.sales_order_id)
    assert (sales_order.fulfillment_status, sales_order.status) == ("fulfilled", "open")
    assert violations() == []


def test_the_sequence_follows_the_highest_of_the_whole_sales_order(make: Factory, otto: Actor) -> None:
    sales_order = make.order()
    make.shipment(order=sales_order, sequence=7)
    order = open_order(make, order=sales_order)

    assert the(ship(order, 1, actor=otto)).fulfillment_number == f"{sales_order.order_number}.8"


def test_units_leave_the_oldest_layers_first_at_what_they_cost(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 6, layers=((2, "9.00"), (3, "9.50"), (9, "10.00"))))

    fulfilled = ship(order, 6, actor=otto)

    assert movements_of(fulfilled) == [(-2, "9.00"), (-3, "9.50"), (-1, "10.00")]
    remaining = db.session.scalars(sa.select(CostLayer.remaining).order_by(CostLayer.received_at))
    assert list(remaining) == [0, 0, 8]
    assert violations() == []


@pytest.mark.parametrize("promised", [(5,), (2, 3), (1, 1, 1, 1, 1), (4, 1)])
@pytest.mark.parametrize("quantity", [1, 3, 5])
def test_allocations_are_held_whole_or_split(
    make: Factory, otto: Actor, promised: tuple[int, ...], quantity: int
) -> None:
    order = open_order(make, Wanted("NWP-011", 5, promised=promised))

    ship(order, quantity, actor=otto)

    totals = {"allocated": 0, "fulfilled": 0}
    for status, units in db.session.execute(sa.select(Allocation.status, Allocation.quantity)):
        totals[status] += units
    assert totals == {"allocated": 5 - quantity, "fulfilled": quantity}
    assert violations() == []


def test_two_lines_of_one_product_share_its_layers(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 3, layers=((4, "9.10"),)), Wanted("NWP-011", 3, layers=()))

    with pytest.raises(ShortStock) as refused:
        ship(order, 3, 2, actor=otto)
    assert str(refused.value) == ("Stock does not suffice. NWP-011: 2 requested, 3 allocated, 1 on hand, 1 short.")
    db.session.rollback()
    ship(order, 3, 1, actor=otto)
    assert violations() == []


@pytest.mark.parametrize(
    ("handed_over", "tracking", "status", "has_left"),
    [
        (False, None, FulfillmentStatus.PACKED, False),
        (False, "1Z 999", FulfillmentStatus.PACKED, False),
        (True, "1Z 999", FulfillmentStatus.FULFILLED, True),
        (True, None, FulfillmentStatus.FULFILLED_AWAITING_INFO, True),
    ],
)
def test_a_parcel_stands_ready_or_has_left(
    make: Factory,
    otto: Actor,
    handed_over: bool,
    tracking: str | None,
    status: FulfillmentStatus,
    has_left: bool,
) -> None:
    order = open_order(make)

    shipment = the(ship(order, 5, actor=otto, handed_over=handed_over, tracking_number=tracking))

    assert (shipment.status, shipment.fulfilled_at is not None) == (status, has_left)
    assert (shipment.tracking_number, shipment.tracking_key) == (tracking, tracking and "1Z999")
    sales_order = db.session.get_one(SalesOrder, order.sales_order_id)
    assert sales_order.status == ("closed" if has_left else "open")
    assert violations() == []


def test_the_orders_own_method_is_known_and_another_one_is_typed(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 5), method="Express")

    known = the(ship(order, 1, actor=otto, shipping_method="Express"))
    typed = the(ship(order, 1, actor=otto, shipping_method="By bike", handed_over=True, cost=Decimal("3.50")))

    assert (known.requested_shipping_method, known.requested_shipping_method_manual) == ("Express", None)
    assert known.fulfilled_shipping_method_manual is None
    assert (typed.requested_shipping_method, typed.requested_shipping_method_manual) == (None, "By bike")
    assert (typed.fulfilled_shipping_method_manual, typed.cost) == ("By bike", Decimal("3.5"))


def test_it_is_found_by_the_search_box(make: Factory, otto: Actor) -> None:
    shipment = the(ship(open_order(make), 1, actor=otto, tracking_number="94 055"))

    text = db.session.get_one(FulfillmentSearchText, shipment.id).text
    assert {shipment.fulfillment_number.lower(), "94055", "nwp-011"} <= set(text.split("\n"))


def test_history_tells_of_the_shipment_and_of_its_fulfillment_order(make: Factory, otto: Actor) -> None:
    order = open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3))

    shipment = the(ship(order, 5, 3, actor=otto, tracking_number="1Z"))

    begun, lowered = db.session.scalars(sa.select(Activity).order_by(Activity.id))
    assert (begun.event, begun.fulfillment_id, begun.fulfillment_order_id) == ("created", shipment.id, None)
    assert begun.changes == {"status": [None, "packed"], "tracking_number": [None, "1Z"]}
    assert begun.note == f"Fulfilled from FO-{order.id}: 5 of NWP-011, 3 of NWP-042"
    assert (lowered.event, lowered.fulfillment_order_id) == ("updated", order.id)
    assert lowered.changes == {
        "status": ["open", "closed"],
        "request_status": ["unsubmitted", "accepted"],
        "remaining": ["8", "0"],
    }
    assert {(row.actor_id, row.request_id) for row in (begun, lowered)} == {(otto.user_id, "request-1")}


@pytest.mark.parametrize(
    ("quantities", "message"),
    [
        ((), "Say of at least one line how many units are shipped."),
        ((0,), "NWP-011: 0 is not a whole number of units above 0."),
        ((-2,), "NWP-011: -2 is not a whole number of units above 0."),
        ((1.5,), "NWP-011: 1.5 is not a whole number of units above 0."),
        ((True,), "NWP-011: True is not a whole number of units above 0."),
        ((6,), "NWP-011: 6 requested, but only 5 are left to ship."),
        ((10**30,), "but only 5 are left to ship."),
        ((6, 0), "NWP-011: 6 requested, but only 5 are left to ship. NWP-042: 0 is not a whole number"),
    ],
)
def test_quantities_that_cannot_be_are_refused_and_nothing_is_written(
    make: Factory, otto: Actor, quantities: tuple[Any, ...], message: str
) -> None:
    order = open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3))

    with pytest.raises(Refused) as refused:
        ship(order, *quantities, actor=otto)

    assert message in str(refused.value)
    assert_untouched(order)


def test_short_lines_are_named_all_at_once(make: Factory, otto: Actor) -> None:
    order = open_order(
        make,
        Wanted("NWP-011", 5, promised=(2, 1)),
        Wanted("NWP-042", 4),
        Wanted("NWP-072", 6, layers=((1, "2.00"), (1, "3.00"))),
    )

    with pytest.raises(ShortStock) as refused:
        ship(order, 5, 4, 6, actor=otto)

    assert str(refused.value) == (
        "Stock does not suffice. NWP-011: 5 requested, 3 allocated, 100 on hand, 2 short; "
        "NWP-072: 6 requested, 6 allocated, 2 on hand, 4 short."
    )
    assert_untouched(order)


def assert_untouched(order: FulfillmentOrder) -> None:
    db.session.rollback()
    assert db.session.query(Fulfillment).count() == 0
    assert db.session.query(Activity).count() == 0
    assert db.session.get_one(FulfillmentOrder, order.id).version == 1
    assert violations() == []


def test_a_line_of_another_order_is_refused(make: Factory, otto: Actor) -> None:
    order, other = open_order(make), open_order(make, Wanted("NWP-042", 5))
    stranger = lines_of(other)[0].id

    with pytest.raises(Refused, match=f"FO-{order.id} has no line {stranger}"):
        fulfil(order.id, {stranger: 1}, shipping_method="Standard", version=1, key=uuid.uuid4().hex, actor=otto)


@pytest.mark.parametrize("status", [FulfillmentOrderStatus.CLOSED, FulfillmentOrderStatus.CANCELLED])
def test_one_that_is_not_open_is_refused(make: Factory, otto: Actor, status: FulfillmentOrderStatus) -> None:
    order = open_order(make)
    order.status = status.value
    db.session.commit()

    with pytest.raises(Refused, match=f"FO-{order.id} is {status.value}"):
        ship(order, 1, actor=otto)


def test_one_that_changed_meanwhile_is_refused(make: Factory, otto: Actor) -> None:
    order = open_order(make)
    ship(order, 1, actor=otto)

    with pytest.raises(OrderChanged) as refused:
        ship(order, 1, actor=otto, version=1)

    assert refused.value.version == 2


def test_outside_the_limit_it_does_not_exist(make: Factory, otto: Actor) -> None:
    order = open_order(make)
    elsewhere = Actor(otto.user_id, Scope(frozenset({make.warehouse("Newark, NJ").id})))

    with pytest.raises(NotFound):
        ship(order, 1, actor=elsewhere)
    with pytest.raises(NotFound):
        fulfil(10**30, {}, shipping_method="x", version=1, key=uuid.uuid4().hex, actor=otto)


def test_only_a_person_fulfils(make: Factory) -> None:
    with pytest.raises(ValueError, match="A person fulfils"):
        ship(open_order(make), 1, actor=SYSTEM)


def test_the_same_key_gives_the_first_shipment_again_and_other_values_are_refused(
    make: Factory, otto: Actor
) -> None:
    order = open_order(make)
    key = uuid.uuid4().hex

    first = ship(order, 2, actor=otto, key=key, version=1)
    again = ship(order, 2, actor=otto, key=key, version=1)
    with pytest.raises(IdempotencyKeyReused):
        ship(order, 3, actor=otto, key=key, version=1)

    db.session.rollback()
    assert again == first
    assert db.session.query(Fulfillment).count() == 1


def test_a_number_taken_without_the_lock_is_said_in_words(
    make: Factory, otto: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services import fulfilling_rows
    from webapp.services.fulfilling_locks import NextNumber

    sales_order = make.order(fulfillment_status="partially_fulfilled")
    shipment = make.shipment(order=sales_order)
    order = open_order(make, order=sales_order)
    taken = NextNumber(1, shipment.fulfillment_number, "Standard")
    monkeypatch.setattr(fulfilling_rows, "lock_next_number", lambda _: taken)

    with pytest.raises(Conflict, match="took the number"):
        ship(order, 1, actor=otto)
    db.session.rollback()
    assert violations() == []


@pytest.mark.parametrize("same_key", [True, False])
def test_two_at_once_never_ship_more_than_the_budget(
    app: Flask, make: Factory, otto: Actor, same_key: bool
) -> None:
    order = open_order(make, Wanted("NWP-011", 5))
    order_id, line_id = order.id, lines_of(order)[0].id
    key = uuid.uuid4().hex

    def act(_number: int) -> str:
        try:
            fulfil(
                order_id,
                {line_id: 4},
                shipping_method="Standard",
                version=1,
                key=key if same_key else uuid.uuid4().hex,
                actor=otto,
            )
            db.session.commit()
        except AppError as error:
            db.session.rollback()
            return error.code
        return "fulfilled"

    answers = together(app, 4, act)

    expected = ["fulfilled"] * 4 if same_key else ["conflict"] * 3 + ["fulfilled"]
    assert sorted(answers) == expected
    assert db.session.query(Fulfillment).count() == 1
    assert violations() == []


def test_two_orders_of_one_sales_order_at_once_get_different_numbers(
    app: Flask, make: Factory, otto: Actor
) -> None:
    sales_order = make.order(fulfillment_status="unfulfilled")
    orders = [open_order(make, Wanted(f"NWP-{number:03}", 5), order=sales_order) for number in range(4)]
    asked = [(order.id, lines_of(order)[0].id) for order in orders]

    def act(number: int) -> str:
        order_id, line_id = asked[number]
        fulfilled = fulfil(
            order_id, {line_id: 5}, shipping_method="x", version=1, key=uuid.uuid4().hex, actor=otto
        )
        db.session.commit()
        return fulfilled.fulfillment_number.partition(".")[2]

    assert sorted(together(app, 4, act)) == ["1", "2", "3", "4"]
    assert violations() == []

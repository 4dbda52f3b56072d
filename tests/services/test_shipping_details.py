"""Editing tracking and cost: what changes, what is written down, and what two people at once come to."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.together import together
from webapp.errors import IdempotencyKeyReused, NotFound, Stale
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentSearchText
from webapp.queries.scope import Scope
from webapp.services.actors import SYSTEM, Actor
from webapp.services.shipping_details import edit
from webapp.statuses import ActivityEvent, FulfillmentStatus


@pytest.fixture
def otto(cast: Cast) -> Actor:
    return Actor(cast.operator.id, request_id="request-1")


def key() -> str:
    return uuid.uuid4().hex


def search_text_of(shipment: Fulfillment) -> str:
    statement = sa.select(FulfillmentSearchText.text).where(FulfillmentSearchText.fulfillment_id == shipment.id)
    return str(db.session.scalar(statement))


def history_of(shipment: Fulfillment) -> list[Activity]:
    statement = sa.select(Activity).where(
        Activity.fulfillment_id == shipment.id, Activity.event == ActivityEvent.UPDATED.value
    )
    return list(db.session.scalars(statement.order_by(Activity.id)))


def test_it_sets_both_and_everything_that_follows_from_them(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(tracking_number="OLD 1")
    values = {"tracking_number": "9405 5102-0086", "cost": Decimal("7.17")}

    saved = edit(shipment.id, values, version=1, key=key(), actor=otto)
    db.session.commit()

    assert set(saved.changed) == {"tracking_number", "cost"}
    assert (shipment.tracking_number, shipment.cost) == ("9405 5102-0086", Decimal("7.17"))
    assert shipment.tracking_key == "940551020086"
    assert shipment.version == 2
    assert shipment.updated_at > NOON or shipment.updated_at != shipment.created_at
    text = search_text_of(shipment)
    assert "9405 5102-0086" in text
    assert "940551020086" in text
    assert "old 1" not in text


def test_it_writes_one_history_row_with_old_and_new(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(tracking_number="OLD1", cost=Decimal("5.00"))

    edit(shipment.id, {"tracking_number": None, "cost": Decimal("7.1250")}, version=1, key=key(), actor=otto)
    db.session.commit()

    (row,) = history_of(shipment)
    assert row.changes == {"tracking_number": ["OLD1", None], "cost": ["5", "7.125"]}
    assert (row.actor_id, row.request_id) == (otto.user_id, "request-1")


def test_only_what_is_sent_changes(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(tracking_number="KEEP", cost=Decimal("5.00"))

    edit(shipment.id, {"cost": None}, version=1, key=key(), actor=otto)

    assert (shipment.tracking_number, shipment.cost) == ("KEEP", None)


def test_emptying_the_tracking_number_empties_what_scanners_and_the_search_look_for(
    make: Factory, otto: Actor
) -> None:
    shipment = make.shipment(tracking_number="1Z999")

    edit(shipment.id, {"tracking_number": None}, version=1, key=key(), actor=otto)
    db.session.commit()

    assert shipment.tracking_key is None
    assert "1z999" not in search_text_of(shipment)


def test_the_same_values_change_nothing_and_leave_no_trace(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(tracking_number="SAME", cost=Decimal("5.00"))

    saved = edit(
        shipment.id, {"tracking_number": "SAME", "cost": Decimal("5.0")}, version=1, key=key(), actor=otto
    )
    db.session.commit()

    assert saved.changed == ()
    assert shipment.version == 1
    assert history_of(shipment) == []


@pytest.mark.parametrize("status", [FulfillmentStatus.FULFILLED_AWAITING_INFO, FulfillmentStatus.FULFILLED])
def test_it_works_after_shipping_and_leaves_the_status_alone(
    make: Factory, otto: Actor, status: FulfillmentStatus
) -> None:
    shipment = make.shipment(status=status)

    edit(shipment.id, {"tracking_number": "1Z999"}, version=1, key=key(), actor=otto)

    assert shipment.status == status


def test_it_works_after_voiding(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(
        status=FulfillmentStatus.CANCELED, status_before_void="packed", voided_at=NOON, void_reason="twice"
    )

    edit(shipment.id, {"tracking_number": "1Z999"}, version=1, key=key(), actor=otto)

    assert shipment.tracking_number == "1Z999"


def test_a_change_made_from_an_older_version_is_refused(make: Factory, otto: Actor) -> None:
    shipment = make.shipment(version=3)

    with pytest.raises(Stale) as refused:
        edit(shipment.id, {"tracking_number": "MINE"}, version=2, key=key(), actor=otto)

    assert refused.value.version == 3
    assert shipment.tracking_number is None


def test_a_shipment_outside_the_limit_does_not_exist(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    limited = Actor(otto.user_id, Scope(frozenset({make.warehouse("Newark, NJ").id})))

    with pytest.raises(NotFound):
        edit(shipment.id, {"tracking_number": "MINE"}, version=1, key=key(), actor=limited)


def test_the_same_key_has_one_effect_and_gets_the_first_answer(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    once = key()

    first = edit(shipment.id, {"tracking_number": "1Z"}, version=1, key=once, actor=otto)
    db.session.commit()
    second = edit(shipment.id, {"tracking_number": "1Z"}, version=1, key=once, actor=otto)
    db.session.commit()

    assert second == first
    assert shipment.version == 2
    assert len(history_of(shipment)) == 1


def test_the_same_key_with_other_values_is_refused(make: Factory, otto: Actor) -> None:
    shipment = make.shipment()
    once = key()
    edit(shipment.id, {"tracking_number": "1Z"}, version=1, key=once, actor=otto)
    db.session.commit()

    with pytest.raises(IdempotencyKeyReused):
        edit(shipment.id, {"tracking_number": "2Z"}, version=2, key=once, actor=otto)


def test_nothing_else_can_be_edited(make: Factory, otto: Actor) -> None:
    with pytest.raises(ValueError, match="warehouse_id"):
        edit(make.shipment().id, {"warehouse_id": None}, version=1, key=key(), actor=otto)


def test_only_a_person_edits(make: Factory) -> None:
    with pytest.raises(ValueError, match="by a person"):
        edit(make.shipment().id, {"cost": None}, version=1, key=key(), actor=SYSTEM)


def test_of_two_people_who_save_at_the_same_moment_one_is_told(app: Flask, make: Factory, otto: Actor) -> None:
    shipment_id = make.shipment().id

    def save(number: int) -> Any:
        try:
            edit(shipment_id, {"tracking_number": f"BY-{number}"}, version=1, key=key(), actor=otto)
        except Stale as stale:
            db.session.rollback()
            return stale.version
        db.session.commit()
        return "saved"

    answers = together(app, 4, save)

    assert sorted(map(str, answers)) == ["2", "2", "2", "saved"]
    shipment = db.session.get_one(Fulfillment, shipment_id)
    assert shipment.version == 2
    (row,) = history_of(shipment)
    assert row.changes == {"tracking_number": [None, shipment.tracking_number]}


def test_a_double_click_at_the_same_moment_is_one_change(app: Flask, make: Factory, otto: Actor) -> None:
    shipment_id = make.shipment().id
    once = key()

    def save(_: int) -> tuple[str, ...]:
        saved = edit(shipment_id, {"tracking_number": "1Z"}, version=1, key=once, actor=otto)
        db.session.commit()
        return saved.changed

    assert together(app, 4, save) == [("tracking_number",)] * 4
    assert len(history_of(db.session.get_one(Fulfillment, shipment_id))) == 1

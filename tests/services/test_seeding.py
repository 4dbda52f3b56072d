"""Practice data keeps every rule, is the same for the same numbers, and has all that a real warehouse has."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.emptying import empty
from tests.factories import Factory
from tests.indexes import index_names
from tests.services.importing.files import everything
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Allocation, Fulfillment, FulfillmentOrder, SalesOrder
from webapp.queries.invariants import violations
from webapp.services.actors import SYSTEM
from webapp.services.restores import restore_locally
from webapp.services.seeding import seed
from webapp.statuses import (
    AllocationStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
    SalesOrderFulfillmentStatus,
)

MOMENT = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(("fulfillments", "random_seed"), [(1, 1), (2, 9), (40, 2), (400, 3), (2_001, 4)])
def test_every_rule_holds(app: Flask, fulfillments: int, random_seed: int) -> None:
    seeded = seed(fulfillments=fulfillments, random_seed=random_seed, moment=MOMENT)
    assert seeded.fulfillments == db.session.query(Fulfillment).count() == fulfillments
    assert seeded.sales_orders == db.session.query(SalesOrder).count() > 0
    assert violations() == []


def test_the_same_numbers_give_the_same_data(migrated_app: Flask, app: Flask) -> None:
    made = []
    for random_seed in (5, 5, 6):
        db.session.remove()  # What an earlier round may have left open would keep the emptying waiting.
        empty(db.engine)
        seed(fulfillments=60, random_seed=random_seed, moment=MOMENT)
        rows = everything()
        # Encrypting the practice credentials is never the same twice.
        rows.pop("provider_accounts")
        made.append(rows)
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_what_was_voided_remembers_all_that_a_restore_needs(app: Flask) -> None:
    seed(fulfillments=400, random_seed=3, moment=MOMENT)
    voided = list(db.session.scalars(sa.select(Fulfillment.id).where(Fulfillment.voided_at.is_not(None))))
    back = {one.fulfillment_id for one in restore_locally(voided, actor=SYSTEM) if one.is_restored}
    db.session.commit()
    intents = sa.select(FulfillmentOrder.request_status).join(
        Fulfillment, Fulfillment.fulfillment_order_id == FulfillmentOrder.id
    )
    assert set(db.session.scalars(intents.where(Fulfillment.id.in_(back)))) == {"accepted"}
    assert violations() == []


def test_it_refuses_a_database_that_is_not_empty(app: Flask, make: Factory) -> None:
    make.shipment()
    before = everything()
    with pytest.raises(
        Refused, match=r"already holds data \(.*fulfillments.*\)\. Seeding needs an empty database"
    ):
        seed(fulfillments=5, random_seed=1, moment=MOMENT)
    assert everything() == before


def test_a_failure_leaves_the_database_empty_and_with_its_indexes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services.seeding.stock import Stock

    def fail(self: Stock) -> None:
        raise RuntimeError("power cut")

    indexes = index_names()
    monkeypatch.setattr(Stock, "write", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        seed(fulfillments=50, random_seed=1, moment=MOMENT)
    assert not any(everything().values())
    assert index_names() == indexes
    monkeypatch.undo()
    seed(fulfillments=50, random_seed=1, moment=MOMENT)
    assert index_names() == indexes


def test_it_has_everything_a_warehouse_has(app: Flask) -> None:
    seed(fulfillments=2_000, random_seed=2, moment=MOMENT)
    assert _values(Fulfillment.status) == {status.value for status in FulfillmentStatus}
    assert _values(Fulfillment.fulfillment_type) == {kind.value for kind in FulfillmentType}
    assert _values(FulfillmentOrder.status) >= {FulfillmentOrderStatus.OPEN, FulfillmentOrderStatus.CLOSED}
    assert _values(Allocation.status) >= {AllocationStatus.ALLOCATED, AllocationStatus.FULFILLED}
    progress = SalesOrderFulfillmentStatus
    assert _values(SalesOrder.fulfillment_status) >= {
        progress.UNFULFILLED,
        progress.PARTIALLY_FULFILLED,
        progress.FULFILLED,
    }
    assert len(_values(Fulfillment.warehouse_id)) > 1
    assert _share(Fulfillment.voided_at.is_not(None)) == pytest.approx(0.037, abs=0.02)
    assert 0.02 < _share(Fulfillment.archived_at.is_not(None)) < 0.9
    assert 0.6 < _share(Fulfillment.status == FulfillmentStatus.FULFILLED) < 0.97
    assert 0 < _share(Fulfillment.backordered.is_(sa.true())) < 0.2
    assert 0 < _share(Fulfillment.provider_problem.is_not(None)) < 0.1
    assert 0 < _share(Fulfillment.channel_problem.is_not(None)) < 0.1


def test_nothing_happens_after_the_moment(app: Flask) -> None:
    seed(fulfillments=300, random_seed=1, moment=MOMENT)
    for column in (
        Fulfillment.created_at,
        Fulfillment.updated_at,
        Fulfillment.fulfilled_at,
        Fulfillment.voided_at,
    ):
        assert db.session.scalar(sa.select(sa.func.max(column))) <= MOMENT


def _values(column: sa.orm.InstrumentedAttribute[str]) -> set[str]:
    return set(db.session.scalars(sa.select(column).distinct()))


def _share(condition: sa.ColumnElement[bool]) -> float:
    count = sa.select(sa.func.count()).select_from(Fulfillment)
    return (db.session.scalar(count.where(condition)) or 0) / (db.session.scalar(count) or 1)

"""Voids of three lines against eight statements written by hand; afterwards everything is as it was before.

Runs with `make bench`, or alone: `python -m tests.benchmarks.voids --shipments 100000 --databases sqlite`.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from tests.benchmarks import data, void_clients
from tests.benchmarks.pages import Result
from tests.benchmarks.void_floor import Floor
from tests.emptying import unguarded
from webapp.database import is_sqlite
from webapp.embedded_redis import embedded_redis
from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    IdempotencyKey,
    InventoryMovement,
    SalesOrder,
    User,
)
from webapp.services.actors import Actor
from webapp.services.restores import restore_locally
from webapp.services.voids import void_locally

SINGLES = 240
TURN = 12  # Whoever writes after another client reads the changed pages again on SQLite; here is one client only.
CLIENTS = 8
EACH = 60
BULK = 100
BULK_ROUNDS = 5
STEP = 250
_APPENDED = (IdempotencyKey, Activity, InventoryMovement, Allocation)
_KEPT = (Fulfillment, FulfillmentOrder, FulfillmentOrderLine, SalesOrder, CostLayer, Allocation)


def measure(url: URL, redis_url: str) -> list[Result]:
    """Every line about voids for one database, which exists and is seeded."""
    with data.application(url, redis_url), _left_as_it_was() as (ids, user_id):
        return [
            *_single(url, ids, user_id),
            *_clients(url, redis_url, ids, user_id),
            *_bulk(ids, user_id),
        ]


def _single(url: URL, ids: Sequence[int], user_id: int) -> list[Result]:
    floor = Floor(url, user_id)
    chosen = ids[: 2 * SINGLES]
    _void_set(chosen, user_id)  # Beforehand, so that neither measures how long the disk takes to find the rows.
    _restore(chosen)
    ours = void_clients.product(user_id, void_clients.versions_of(chosen))
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    for start in range(0, len(chosen), 2 * TURN):
        turn = chosen[start : start + 2 * TURN]
        times["ours"] += [_timed(lambda id_=id_: ours(id_)) for id_ in turn[:TURN]]
        times["floor"] += [_timed(lambda id_=id_: floor.void(id_)) for id_ in turn[TURN:]]
    floor.close()
    _restore(chosen)
    medians = {name: statistics.median(values[20:]) for name, values in times.items()}
    ratio = medians["ours"] / medians["floor"]
    rate = 1000 / medians["ours"]
    on_sqlite = is_sqlite(db.session())
    return [
        Result("void by hand, 8 statements", medians["floor"], "ms", ""),
        Result(
            "void of three lines",
            medians["ours"],
            "ms",
            "by hand",
            ratio,
            "" if on_sqlite else "≤ 2.5",
            None if on_sqlite else ratio <= 2.5,
        ),
        Result(
            "voids a second, one client",
            rate,
            "/s",
            "",
            None,
            "≥ 600" if on_sqlite else "",
            rate >= 600 if on_sqlite else None,
        ),
    ]


def _clients(url: URL, redis_url: str, ids: Sequence[int], user_id: int) -> list[Result]:
    """Eight processes at once, the product and the floor in turn; one process more or less is one more hand."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    db.session.commit()
    for _ in range(2):
        for by_hand in (True, False):
            shares = [ids[start : start + EACH] for start in range(0, CLIENTS * EACH, EACH)]
            rates[by_hand].append(void_clients.rate(url, redis_url, user_id, shares, by_hand=by_hand))
            _restore(ids[: CLIENTS * EACH])
    ours, floor = max(rates[False]), max(rates[True])
    return [
        Result(f"by hand, {CLIENTS} clients", floor, "/s", ""),
        Result(
            f"voids a second, {CLIENTS} clients", ours, "/s", "by hand", ours / floor, "≥ 0.5", ours / floor >= 0.5
        ),
    ]


def _bulk(ids: Sequence[int], user_id: int) -> list[Result]:
    chosen = ids[:BULK]
    times: dict[str, list[float]] = {"bulk": [], "single": []}
    for _ in range(BULK_ROUNDS):
        times["bulk"].append(_timed(lambda: _void_set(chosen, user_id)))
        _restore(chosen)
        one = void_clients.product(user_id, void_clients.versions_of(chosen))
        times["single"].append(_timed(lambda act=one: [act(id_) for id_ in chosen]))
        _restore(chosen)
    bulk, single = statistics.median(times["bulk"]), statistics.median(times["single"])
    return [
        Result(f"bulk void of {BULK}", bulk, "ms", f"{BULK} single", bulk / single, "≤ 0.6", bulk / single <= 0.6)
    ]


def _void_set(ids: Sequence[int], user_id: int) -> None:
    void_locally(ids, reason="Benchmark", actor=Actor(user_id), force=True)
    db.session.commit()


def _restore(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), STEP):
        for result in restore_locally(ids[start : start + STEP], actor=Actor()):
            if not result.is_restored:
                raise RuntimeError(f"Shipment {result.fulfillment_id} did not come back: {result.reason}")
        db.session.commit()


@contextlib.contextmanager
def _left_as_it_was() -> Iterator[tuple[list[int], int]]:
    """Shipments to void and somebody to do it; afterwards every row is what it was, and no row is new."""
    user_id = db.session.scalar(sa.select(User.id).where(User.username == data.USERNAME)) or 0
    ids = list(db.session.scalars(_candidates()))
    if len(ids) < 2 * SINGLES:
        raise RuntimeError(f"Only {len(ids)} shipments can be voided here; seed more.")
    before = {model: _rows(model, ids) for model in _KEPT}
    marks = {model: db.session.scalar(sa.select(sa.func.max(model.id))) or 0 for model in _APPENDED}
    db.session.commit()
    try:
        yield ids, user_id
    finally:
        db.session.rollback()
        with unguarded(db.session.connection()):
            for model, mark in marks.items():
                db.session.execute(sa.delete(model).where(model.id > mark))
            for model, rows in before.items():
                db.session.execute(sa.update(model), rows)
        db.session.commit()


def _candidates() -> sa.Select[int]:
    """Live shipments of three lines without a provider, each alone on its fulfillment order, well spread."""
    other = sa.orm.aliased(Fulfillment)
    is_alone = ~sa.exists().where(
        other.fulfillment_order_id == Fulfillment.fulfillment_order_id, other.id != Fulfillment.id
    )
    return (
        sa.select(Fulfillment.id)
        .where(
            Fulfillment.item_count == 3,
            Fulfillment.voided_at.is_(None),
            Fulfillment.provider_account_id.is_(None),
            Fulfillment.merged_submission.is_(sa.false()),
            is_alone,
        )
        .order_by(Fulfillment.tracking_number, Fulfillment.id)
        .limit(2 * SINGLES)
    )


def _rows(model: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Every row of this table that a void of the shipments changes."""
    shipments = Fulfillment.id.in_(ids)
    lines = FulfillmentLine.fulfillment_id.in_(ids)
    of = {
        Fulfillment: (Fulfillment.id, shipments),
        FulfillmentOrder: (Fulfillment.fulfillment_order_id, shipments),
        FulfillmentOrderLine: (FulfillmentLine.fulfillment_order_line_id, lines),
        SalesOrder: (Fulfillment.sales_order_id, shipments),
        CostLayer: (InventoryMovement.cost_layer_id, InventoryMovement.fulfillment_id.in_(ids)),
    }
    if model is Allocation:
        held = Allocation.fulfillment_line_id.in_(sa.select(FulfillmentLine.id).where(lines))
        statement = sa.select(Allocation.__table__).where(held)
    else:
        column, condition = of[model]
        statement = sa.select(model.__table__).where(model.id.in_(sa.select(column).where(condition)))
    return [dict(row) for row in db.session.execute(statement).mappings()]


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def main() -> int:
    """The table of voids alone, over the same databases as `make bench`."""
    from tests.benchmarks.__main__ import _options, _urls, print_table

    options = _options()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, embedded_redis(Path(folder)) as redis_url:
        for database in options.databases:
            with _urls(database, options.shipments) as (_, url):
                with data.application(url, redis_url):
                    data.ready(options.shipments)
                title = f"{database}, {options.shipments:,} shipments"
                failed += print_table(title, measure(url, redis_url))
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

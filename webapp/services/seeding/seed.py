"""Fills an empty database with practice data, as much as is asked for."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from random import Random

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.models import Fulfillment, SalesOrder, User
from webapp.schema import now
from webapp.services.loading.bare_tables import bare_tables, tables_with_rows
from webapp.services.loading.loader import Batch, Loader
from webapp.services.loading.progress import Progress, Silence
from webapp.services.loading.times import text_of_datetime
from webapp.services.seeding.catalog import write_catalog
from webapp.services.seeding.fates import Fates
from webapp.services.seeding.goods import WAREHOUSES
from webapp.services.seeding.orders import OrderBook
from webapp.services.seeding.plan import Plan
from webapp.services.seeding.shipments import ShipmentWriter
from webapp.services.seeding.stages import Stages
from webapp.services.seeding.stock import Stock
from webapp.services.seeding.working_hours import moments

BATCH = 2_000  # Shipments written at a time: some forty thousand rows, a few tens of megabytes.
UNITS_OF_A_SHIPMENT = 6  # About; only the size of deliveries depends on it.


@dataclass(frozen=True)
class Seeded:
    """How much there is now."""

    fulfillments: int
    sales_orders: int


def seed(
    *,
    fulfillments: int,
    random_seed: int,
    moment: datetime | None = None,
    progress: Progress | None = None,
) -> Seeded:
    """Make this many shipments of the fourteen months before `moment`; the same numbers give the same data.

    Commits by itself, all at once. Raises Refused when the database holds anything already.
    """
    _refuse_unless_empty()
    people = list(db.session.scalars(sa.select(User.id).order_by(User.id)))
    progress = progress or Silence()
    with bare_tables(progress) as loader:
        _write_all(
            loader,
            fulfillments,
            Random(random_seed),  # noqa: S311 - practice data keeps no secret
            moment or now(),
            people=people,
            progress=progress,
        )
        totals = [
            loader.connection.scalar(sa.select(sa.func.count()).select_from(model)) or 0
            for model in (Fulfillment, SalesOrder)
        ]
    progress.finish()
    return Seeded(*totals)


def _refuse_unless_empty() -> None:
    filled = sorted(tables_with_rows(db.session.connection()))
    if filled:
        raise Refused(
            f"The database already holds data ({', '.join(filled)}). Seeding needs an empty database: "
            "point DATABASE_URL at a new one."
        )


def _write_all(
    loader: Loader,
    fulfillments: int,
    random: Random,
    moment: datetime,
    *,
    people: list[int],
    progress: Progress,
) -> None:
    batch, money, movement_ids = Batch(), loader.money, count(1)
    times = moments(fulfillments, moment, settings().business_time_zone, random)
    catalog = write_catalog(batch, fulfillments, settings(), text_of_datetime(moment), random)
    expected = fulfillments * UNITS_OF_A_SHIPMENT // (len(catalog.goods) * len(WAREHOUSES))
    stock = Stock(batch, money, random, movement_ids, expected)
    book = OrderBook(batch, money, catalog, stock, random)
    stages = Stages(fulfillments, random)
    plan = Plan(times, stages, book, random)
    fates = Fates(fulfillments, int(moment.timestamp()), stages.recent_from, times.__getitem__, random)
    writer = ShipmentWriter(
        batch=batch,
        money=money,
        accounts=catalog.account_ids,
        people=people,
        fates=fates,
        allocation_ids=book.allocation_ids,
        movement_ids=movement_ids,
        random=random,
    )
    for place, created_at in enumerate(times):
        writer.write(place + 1, place, plan.shipment_at(place), created_at)
        if (place + 1) % BATCH == 0:
            batch.write(loader)
            progress.advance(BATCH)
    stock.write()
    batch.write(loader)
    writer.write_heads(loader)

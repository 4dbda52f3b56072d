"""The bulk loader: what it writes reads back as the models mean it, and whoever comes after can go on."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories import Factory
from webapp.extensions import db
from webapp.models import CostLayer, Fulfillment, Product, Warehouse
from webapp.sandbox import (
    amazon_mcf_access,
    shipfusion,
    shiphero_access,
    shipstation,
    shopify_access,
    starshipit,
    trackstar,
    veracore_access,
)
from webapp.services.loading import layouts
from webapp.services.loading.bare_tables import bare_tables
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Loader
from webapp.services.loading.progress import Progress, Silence
from webapp.services.loading.times import text_of, text_of_datetime
from webapp.services.seeding import seed
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS

MOMENT = datetime(2026, 11, 3, 20, 0, 5, 250_000, tzinfo=UTC)


def write_layer(loader: Loader, unit_cost: int, received_at: str) -> None:
    loader.write(layouts.WAREHOUSES, [(1, "Reno, NV")])
    loader.write(layouts.PRODUCTS, [(1, "NWP-011", "Queso", "tab\there \\ and “é”", "")])
    loader.write(layouts.COST_LAYERS, [(1, 1, 1, 5, 5, loader.money[unit_cost], received_at)])


@pytest.mark.parametrize(
    ("amount", "meant"), [(0, "0"), (1, "0.0001"), (91_000, "9.1"), (123_456_789, "12345.6789")]
)
def test_amounts_instants_and_text_read_back_as_they_were_meant(app: Flask, amount: int, meant: str) -> None:
    with db.engine.begin() as connection:
        write_layer(Loader(connection), amount, text_of_datetime(MOMENT))
    layer = db.session.get_one(CostLayer, 1)
    assert layer.unit_cost == Decimal(meant)
    assert layer.received_at == MOMENT
    assert db.session.get_one(Product, 1).description == "tab\there \\ and “é”"


@pytest.mark.parametrize(
    "moment", [MOMENT, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2000, 2, 29, tzinfo=UTC)]
)
def test_seconds_and_datetimes_are_written_alike(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert text_of(int(whole.timestamp())) == text_of_datetime(whole)
    assert text_of_datetime(whole.astimezone(tz=None)) == text_of_datetime(whole)


def test_what_the_models_add_after_a_bare_load_takes_the_next_ids(app: Flask) -> None:
    seed(fulfillments=20, random_seed=1, moment=MOMENT)
    highest = db.session.scalar(sa.select(sa.func.max(Warehouse.id)))
    db.session.add(Warehouse(name="A further one"))
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.max(Warehouse.id))) == (highest or 0) + 1


def test_a_bare_load_keeps_what_a_person_had_entered_before(app: Flask, make: Factory) -> None:
    make.provider_account(name="Ours")
    with bare_tables(Silence()) as loader:
        write_layer(loader, 1, text_of_datetime(MOMENT))
    assert db.session.scalar(sa.text("SELECT name FROM provider_accounts")) == "Ours"
    assert db.session.query(CostLayer).count() == 1


def test_keys_and_rules_are_there_again_after_a_bare_load(app: Flask) -> None:
    seed(fulfillments=20, random_seed=1, moment=MOMENT)
    for statement in (
        "INSERT INTO stores (id, sales_channel_id, name) VALUES (900, 900, 'nowhere')",
        "INSERT INTO warehouses (id, name) SELECT 900, name FROM warehouses WHERE id = 1",
    ):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text(statement))
        db.session.rollback()


def test_the_search_index_finds_what_a_bare_load_brought(app: Flask) -> None:
    seed(fulfillments=20, random_seed=1, moment=MOMENT)
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL searches the table itself")
    number = db.session.get_one(Fulfillment, 7).fulfillment_number
    found = sa.text("SELECT rowid FROM fulfillment_search_fts WHERE text LIKE :text")
    assert 7 in db.session.scalars(found, {"text": f"%{number.lower()}%"}).all()


def test_ids_beside_others_never_clash_with_rows_added_meanwhile(app: Flask) -> None:
    with db.engine.begin() as connection:
        ids = Ids(Loader(connection), alone=False)
        first = [ids.next(layouts.WAREHOUSES) for _ in range(3)]
    db.session.add(Warehouse(name="Meanwhile"))
    db.session.commit()
    assert len(set(first)) == 3
    assert db.engine.dialect.name == "sqlite" or db.session.scalar(sa.select(Warehouse.id)) not in first


def test_ids_count_on_from_the_highest_while_nobody_else_writes(app: Flask, make: Factory) -> None:
    highest = make.warehouse().id
    db.session.rollback()  # Reading it began a transaction, which would keep the next one waiting.
    with db.engine.begin() as connection:
        ids = Ids(Loader(connection), alone=True)
        assert [ids.next(layouts.WAREHOUSES) for _ in range(2)] == [highest + 1, highest + 2]


def test_a_layout_must_fit_its_table() -> None:
    with pytest.raises(TypeError, match=r"layout of products does not fit .*'sku'"):
        layouts._layout(Product, "id name")
    with pytest.raises(TypeError, match="layout of products does not fit"):
        layouts._layout(Product, "id sku name colour")


def test_a_log_hears_of_progress_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 10.0, 11.0])
    monkeypatch.setattr("webapp.services.loading.progress.time.monotonic", lambda: next(clock))
    log = io.StringIO()
    progress = Progress("Seeding:", 4_000, stream=log)
    progress.advance(500)
    progress.advance(500)
    progress.stage("Making indexes …")
    assert log.getvalue() == "Seeding: 1,000 of 4,000 (25 %), 100 a second, 0:30 left\n"


def test_a_terminal_has_one_line_that_is_clean_in_the_end() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = Progress("Seeding:", 10, stream=terminal)
    progress.stage("Making indexes …")
    progress.finish()
    assert terminal.getvalue() == f"\rMaking indexes …\r{' ' * len('Making indexes …')}\r"


def test_practice_credentials_open_the_sandbox() -> None:
    assert PRACTICE_CREDENTIALS == {
        "shipstation": {"api_key": shipstation.API_KEY, "api_secret": shipstation.API_SECRET},
        "shiphero": {"refresh_token": shiphero_access.REFRESH_TOKEN},
        "fba": amazon_mcf_access.CREDENTIALS,
        "shipfusion": {"username": shipfusion.USERNAME, "password": shipfusion.PASSWORD},
        "starshipit": {"api_key": starshipit.API_KEY, "subscription_key": starshipit.SUBSCRIPTION_KEY},
        "shopify": {"client_id": shopify_access.CLIENT_ID, "client_secret": shopify_access.CLIENT_SECRET},
        "trackstar": {"api_key": trackstar.API_KEY, "access_token": trackstar.ACCESS_TOKEN},
        "veracore": {
            "username": veracore_access.USERNAME,
            "password": veracore_access.PASSWORD,
            "system_id": veracore_access.SYSTEM_ID,
        },
    }
    assert PRACTICE_SETTINGS["trackstar"]["connection_id"] == trackstar.CONNECTION_ID


def test_seeded_instants_ascend_with_their_ids(app: Flask) -> None:
    seed(fulfillments=200, random_seed=1, moment=MOMENT)
    created = db.session.scalars(sa.select(Fulfillment.created_at).order_by(Fulfillment.id)).all()
    assert created == sorted(created)
    assert MOMENT - created[0] > timedelta(days=300)

"""Small random worlds: some sixty shipments with hostile texts, missing values and times at the edges of days."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.queries.filters.words import TEXTS, cut
from webapp.models import (
    Base,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentSearchText,
    Product,
    ProviderAccount,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    SalesOrderTag,
    Store,
    User,
    Warehouse,
)
from webapp.services.search_text import search_text, tracking_key

SHIPMENTS = 60
NOW = datetime(2026, 11, 3, 20, 15, 30, tzinfo=UTC)
# Around midnight of days on which somewhere the clocks change, and around now.
EDGES = (
    datetime(2026, 3, 8, 8, tzinfo=UTC),
    datetime(2026, 3, 8, 10, tzinfo=UTC),
    datetime(2026, 3, 29, 0, tzinfo=UTC),
    datetime(2026, 4, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 4, 24, 22, tzinfo=UTC),
    datetime(2026, 9, 6, 4, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 11, 1, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 9, tzinfo=UTC),
    datetime(2026, 11, 2, 8, tzinfo=UTC),
    datetime(2026, 11, 3, 8, tzinfo=UTC),
    NOW,
    datetime(2026, 11, 4, 8, tzinfo=UTC),
    datetime(2027, 3, 14, 10, tzinfo=UTC),
)
_STEPS = (
    timedelta(0),
    timedelta(microseconds=-1),
    timedelta(microseconds=1),
    timedelta(seconds=59, microseconds=999_999),
    timedelta(minutes=1),
    timedelta(hours=-1),
    timedelta(hours=7, minutes=15),
    timedelta(days=-1),
    timedelta(days=-7),
    timedelta(days=-29),
    timedelta(days=30),
)
AMOUNTS = tuple(Decimal(text) for text in ("0", "0.0001", "9.1", "9.10", "9.9999", "10", "14.5", "99999.9999"))


class World:
    """The rows by table, and per shipment what each column of the catalogue reaches."""

    def __init__(self) -> None:
        self.rows: dict[Any, list[dict[str, Any]]] = {}
        self.shipments: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"<a world of {len(self.shipments)} shipments>"

    def insert(self, engine: sa.Engine) -> None:
        """Replace what the database holds."""
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            else:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
            for table, rows in self.rows.items():
                connection.execute(table.insert(), rows)


def make_world(seed: int) -> World:
    return _Maker(random.Random(seed)).world()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.made = World()

    def world(self) -> World:
        names = self.chance.sample(TEXTS, 12)
        self.warehouses = [self.add(Warehouse, id=i + 1, name=f"{cut(names[i], 100)} {i}") for i in range(4)]
        self.users = [self.add(User, id=i + 1, **_person(i, names[i + 4])) for i in range(2)]
        channel_types = self.chance.sample(["shopify", "Amazon", "manual", "\u017fhop"], 3)
        account = {"kind": "shipstation", "name": "One", "base_url": "http://127.0.0.1", "credentials": b"",
                   "settings": {}, "is_enabled": True, "created_at": NOW, "updated_at": NOW}  # fmt: skip
        self.accounts = [
            self.add(ProviderAccount, id=1, **account),
            self.add(ProviderAccount, id=2, **account | {"kind": "shopify"}),
            self.add(ProviderAccount, id=3, **account | {"kind": "shopify", "name": "Off", "is_enabled": False}),
        ]
        channels = [
            self.add(SalesChannel, id=i + 1, type=kind, name=f"Channel {i}", takes_tracking=i != 2,
                     provider_account_id=self.chance.choice([None, 1, 2, 2, 2, 3]))
            for i, kind in enumerate(channel_types)
        ]  # fmt: skip
        self.stores = [
            self.add(
                Store, id=i + 1, sales_channel_id=self.chance.choice(channels)["id"], name=f"{self.text(90)} {i}"
            )
            for i in range(4)
        ]
        self.products = [
            self.add(Product, id=i + 1, sku=f"{self.text(90)}-{i % 3}{'x' * i}", name=self.text(255),
                     nominal_code=self.text(60), description="")
            for i in range(8)
        ]  # fmt: skip
        orders = [self.order(i + 1) for i in range(25)]
        for id_ in range(1, SHIPMENTS + 1):
            self.shipment(id_, self.chance.choice(orders))
        return self.made

    def add(self, model: type[Base], **values: Any) -> dict[str, Any]:
        self.made.rows.setdefault(model.__table__, []).append(values)
        return values

    def text(self, longest: int) -> str:
        return cut(self.chance.choice(TEXTS), longest)

    def maybe(self, value: Any, likelihood: float = 0.6) -> Any:
        return value if self.chance.random() < likelihood else None

    def moment(self) -> datetime:
        return self.chance.choice(EDGES) + self.chance.choice(_STEPS)

    def order(self, id_: int) -> dict[str, Any]:
        lengths = {
            "customer_reference": 120, "shipping_method": 120, "name": 255, "company": 255, "email": 255,
            "phone": 60, "address1": 255, "address2": 255, "city": 120, "province": 120, "province_code": 20,
            "zip": 40, "country": 120, "country_code": 2,
        }  # fmt: skip
        texts = {key: self.text(length) if self.chance.random() < 0.8 else "" for key, length in lengths.items()}
        order = self.add(
            SalesOrder, id=id_, order_number=f"{self.text(90)}SO-{id_}",
            store_id=self.chance.choice(self.stores)["id"], status="open", fulfillment_status="fulfilled",
            ordered_at=NOW, created_at=NOW, updated_at=NOW, **texts,
        )  # fmt: skip
        tags = {self.text(60) for _ in range(self.chance.choice([0, 0, 1, 2, 3]))}
        for tag in tags:
            self.add(SalesOrderTag, sales_order_id=id_, tag=tag)
        self.add(FulfillmentOrder, id=id_, sales_order_id=id_, warehouse_id=1, status="closed",
                 request_status="submitted", created_at=NOW, updated_at=NOW)  # fmt: skip
        return order | {"tags": tags, "shipments": 0}

    def shipment(self, id_: int, order: dict[str, Any]) -> None:
        order["shipments"] += 1
        warehouse, store = self.chance.choice(self.warehouses), self.stores[order["store_id"] - 1]
        channel = self.made.rows[SalesChannel.__table__][store["sales_channel_id"] - 1]
        values = self.own_values(id_, order, warehouse)
        lines = [self.line(id_, number, order) for number in range(self.chance.choice([1, 1, 2, 3]))]
        self.add(Fulfillment, **values, item_count=len(lines), unit_count=sum(line["quantity"] for line in lines))
        self.add(FulfillmentSearchText, fulfillment_id=id_, text=search_text(
            fulfillment_number=values["fulfillment_number"], order_number=order["order_number"],
            tracking_number=values["tracking_number"], customer_reference=order["customer_reference"],
            customer_name=order["name"], customer_email=order["email"], skus=[line["sku"] for line in lines],
        ))  # fmt: skip
        voider = self.users[values["voided_by_user_id"] - 1] if values["voided_by_user_id"] else None
        self.made.shipments.append(
            {"row": values, "order": order, "lines": lines, "warehouse": warehouse, "store": store,
             "channel": channel, "voider": voider, "account": self.account_of(channel)}
        )  # fmt: skip

    def account_of(self, channel: dict[str, Any]) -> dict[str, Any] | None:
        account_id = channel["provider_account_id"]
        return self.accounts[account_id - 1] if account_id else None

    def own_values(self, id_: int, order: dict[str, Any], warehouse: dict[str, Any]) -> dict[str, Any]:
        chance = self.chance
        voided = chance.random() < 0.25
        statuses = [
            "submitted",
            "packed",
            "picked",
            "awaiting_pickup",
            "fulfilled",
            "fulfilled_awaiting_info",
            "canceled",
        ]
        tracking = self.maybe(f"{self.text(200)}{chance.choice(['', '1Z999', ' 42'])}") or None
        created = self.moment()
        return {
            "id": id_,
            "sales_order_id": order["id"],
            "fulfillment_order_id": order["id"],
            "warehouse_id": warehouse["id"],
            "provider_account_id": self.maybe(1),
            "sequence": order["shipments"],
            "fulfillment_number": f"{order['order_number']}.{order['shipments']}",
            "fulfillment_type": chance.choice(["manual", "shipstation", "fba", "pickup"]),
            "status": "canceled" if voided else chance.choice(statuses),
            "status_before_void": "packed" if voided else None,
            "backordered": chance.random() < 0.3,
            "merged_submission": False,
            "requested_shipping_method": self.maybe(self.text(120)),
            "requested_shipping_method_manual": self.maybe(self.text(120), 0.3),
            "fulfilled_shipping_method": self.maybe(self.text(120)),
            "fulfilled_shipping_method_manual": self.maybe(self.text(120), 0.3),
            "tracking_number": tracking,
            "tracking_key": tracking_key(tracking),
            "cost": self.maybe(chance.choice(AMOUNTS)),
            "provider_state": self.maybe(chance.choice(["awaiting", "shipped", "exception", "unknown"])),
            "provider_problem": self.maybe("It said no", 0.1),
            "cancel_by_hand": chance.random() < 0.1,
            "void_problem": chance.choice(["ShipHero could not be reached.", None, None, None]),
            "fulfilled_at": self.maybe(self.moment()),
            "packing_slip_printed_at": self.maybe(self.moment()),
            "submitted_to_sales_channel_at": self.maybe(self.moment(), 0.4),
            "last_synced_from_provider_at": self.maybe(self.moment(), 0.3),
            "last_synced_to_provider_at": self.maybe(self.moment(), 0.3),
            "archived_at": self.maybe(self.moment(), 0.2),
            "voided_at": self.moment() if voided else None,
            "voided_by_user_id": self.maybe(chance.choice([1, 2])) if voided else None,
            "void_reason": self.maybe(self.text(900)) if voided else None,
            "version": 1,
            "created_at": created,
            "updated_at": created + chance.choice(_STEPS),
        }

    def line(self, shipment_id: int, number: int, order: dict[str, Any]) -> dict[str, Any]:
        id_ = shipment_id * 10 + number
        product, quantity = self.chance.choice(self.products), self.chance.choice([1, 2, 5, 12])
        price = self.maybe(self.chance.choice(AMOUNTS), 0.8)
        self.add(SalesOrderLine, id=id_, sales_order_id=order["id"], product_id=product["id"], quantity=quantity,
                 unit_price=price)  # fmt: skip
        self.add(FulfillmentOrderLine, id=id_, fulfillment_order_id=order["id"], sales_order_line_id=id_,
                 quantity=quantity, remaining=0)  # fmt: skip
        self.add(FulfillmentLine, id=id_, fulfillment_id=shipment_id, fulfillment_order_line_id=id_,
                 sales_order_line_id=id_, product_id=product["id"], quantity=quantity)  # fmt: skip
        return {**product, "quantity": quantity, "price": price}


def _person(number: int, name: str) -> dict[str, Any]:
    return {
        "username": f"person{number}", "display_name": cut(name, 120), "password_hash": "", "role": "viewer",
        "is_active": True, "limited_to_warehouses": False, "locale": "en_US", "preferences": {}, "created_at": NOW,
    }  # fmt: skip

"""What orders refer to by name: warehouses, channels, stores, products, provider accounts; made when they are new.

Names that were met are kept for the whole import. That grows with the catalog, not with the file.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.models import Base, Product, ProviderAccount, SalesChannel, Store, Warehouse
from webapp.services.importing.file_orders import FileLine, Values
from webapp.services.importing.planning import OrderPlan
from webapp.services.loading import layouts
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Batch

CHANNEL_TYPE_WITHOUT_ONE = "manual"


class References:
    """Ids by name."""

    def __init__(self) -> None:
        self.warehouses: dict[str, int] = {}
        self.products: dict[str, int] = {}
        self._channels: dict[tuple[str, str], int] = {}
        self._stores: dict[tuple[int, str], int] = {}

    def make_missing(
        self, connection: sa.Connection, plans: Collection[OrderPlan], batch: Batch, ids: Ids
    ) -> None:
        """Look up, or add to the batch, everything these orders refer to."""
        warehouses = {intent.warehouse for plan in plans for intent in plan.intents}
        self._find(connection, Warehouse, Warehouse.name, warehouses, self.warehouses)
        for name in sorted(warehouses - self.warehouses.keys()):
            self.warehouses[name] = ids.next(layouts.WAREHOUSES)
            batch[layouts.WAREHOUSES].append((self.warehouses[name], name))
        self._make_products(connection, plans, batch, ids)
        new_orders = [plan.order.values for plan in plans if plan.known is None]
        self._make_stores(connection, new_orders, batch, ids)

    def store_of(self, values: Values) -> int:
        channel_type, channel, store = _store_key(values)
        return self._stores[self._channels[channel_type, channel], store]

    def _make_products(
        self, connection: sa.Connection, plans: Iterable[OrderPlan], batch: Batch, ids: Ids
    ) -> None:
        new: dict[str, FileLine] = {}
        for plan in plans:
            for line in plan.new_lines:
                if line.new is not None:
                    new.setdefault(line.sku, line.new)
        self._find(connection, Product, Product.sku, new.keys(), self.products)
        for sku, first in new.items():
            if sku not in self.products:
                self.products[sku] = ids.next(layouts.PRODUCTS)
                values = first.values
                name = values["product_name"] or sku
                batch[layouts.PRODUCTS].append(
                    (self.products[sku], sku, name, values["product_description"], values["nominal_code"])
                )

    def _make_stores(self, connection: sa.Connection, orders: list[Values], batch: Batch, ids: Ids) -> None:
        keys = sorted({_store_key(values) for values in orders})
        if any((kind, channel) not in self._channels for kind, channel, _ in keys):
            found = connection.execute(sa.select(SalesChannel.type, SalesChannel.name, SalesChannel.id))
            self._channels |= {(kind, channel): number for kind, channel, number in found}
        for kind, channel, _ in keys:
            if (kind, channel) not in self._channels:
                number = self._channels[kind, channel] = ids.next(layouts.SALES_CHANNELS)
                batch[layouts.SALES_CHANNELS].append((number, kind, channel, None, False))
        if any((self._channels[kind, channel], store) not in self._stores for kind, channel, store in keys):
            stores = connection.execute(sa.select(Store.sales_channel_id, Store.name, Store.id))
            self._stores |= {(channel_id, store): number for channel_id, store, number in stores}
        for kind, channel, store in keys:
            key = (self._channels[kind, channel], store)
            if key not in self._stores:
                self._stores[key] = ids.next(layouts.STORES)
                batch[layouts.STORES].append((self._stores[key], *key))

    @staticmethod
    def _find(
        connection: sa.Connection,
        model: type[Base],
        name: InstrumentedAttribute[str],
        wanted: Collection[str],
        found: dict[str, int],
    ) -> None:
        missing = [value for value in wanted if value not in found]
        if missing:
            key = model.metadata.tables[model.__tablename__].c.id
            found.update(dict(connection.execute(sa.select(name, key).where(name.in_(missing))).all()))


def _store_key(values: Values) -> tuple[str, str, str]:
    """Type, channel and store; a part that the file leaves out takes the name of the one before it."""
    channel_type = values["channel_type"] or CHANNEL_TYPE_WITHOUT_ONE
    channel = values["channel"] or channel_type.replace("_", " ").capitalize()
    return channel_type, channel, values["store"] or channel


def provider_accounts(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Every provider account by kind and name; an import never makes one, because it has no credentials."""
    rows = connection.execute(sa.select(ProviderAccount.kind, ProviderAccount.name, ProviderAccount.id))
    return {(kind, name): number for kind, name, number in rows}

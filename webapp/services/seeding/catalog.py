"""The practice shop's catalog: warehouses, provider accounts, channels, stores and products."""

from dataclasses import dataclass
from json import dumps
from random import Random

from webapp.config import Settings
from webapp.services.credentials import encrypt
from webapp.services.loading import layouts
from webapp.services.loading.loader import Batch
from webapp.services.seeding.goods import FAMILIES, STORES, WAREHOUSES

# What the sandbox's systems ask for; good for nothing else.
PRACTICE_CREDENTIALS: dict[str, dict[str, str]] = {
    "shipstation": {"api_key": "sandbox-shipstation-key", "api_secret": "sandbox-shipstation-secret"},
    "shiphero": {"refresh_token": "sandbox-shiphero-refresh-token"},
    "trackstar": {
        "api_key": "sandbox-trackstar-organisation-key",
        "access_token": "sandbox-trackstar-connection-token",
    },
    "fba": {
        "refresh_token": "Atzr|sandbox-amazon-refresh-token",
        "client_id": "amzn1.application-oa2-client.sandbox",
        "client_secret": "amzn1.oa2-cs.v1.sandbox-amazon-secret",
    },
    "starshipit": {
        "api_key": "sandbox-starshipit-key",
        "subscription_key": "sandbox-starshipit-subscription",
    },
    "shipfusion": {"username": "sandbox-shipfusion-user", "password": "sandbox-shipfusion-password"},
    "veracore": {
        "username": "sandbox-veracore-user",
        "password": "sandbox-veracore-<pass>&word",
        "system_id": "sandbox-veracore-system",
    },
    "shopify": {"client_id": "sandbox-shopify-client-id", "client_secret": "sandbox-shopify-client-secret"},
}
# What an account must say before its provider takes an order. Trackstar's knows its connection, to see how old the
# copy is, and what to say where a country has no states, because the warehouse system there demands one.
PRACTICE_SETTINGS: dict[str, dict[str, str | dict[str, str]]] = {
    "shipfusion": {"warehouse": "IL"},
    "trackstar": {
        "connection_id": "07b344db-0304-4866-9ae1-sandbox00001",
        "address_fields": {"state": "-"},
    },
}
ACCOUNT_NAMES = {
    "shipstation": "ShipStation",
    "shiphero": "ShipHero",
    "starshipit": "Starshipit",
    "fba": "Amazon MCF",
    "veracore": "VeraCore",
    "shipfusion": "Shipfusion",
    "trackstar": "Trackstar",
}
CHANNEL_ACCOUNT_NAMES = {"shopify": "Northwind on Shopify"}
SMALLEST_CATALOG, LARGEST_CATALOG = 60, 1_200
SHIPMENTS_PER_PRODUCT = 400  # So that a large catalog grows with a large shop.


@dataclass(frozen=True, slots=True)
class Good:
    """A product as orders need it; amounts in ten-thousandths."""

    id: int
    sku: str
    name: str
    price: int
    cost: int


@dataclass(frozen=True, slots=True)
class Shop:
    """A store with what its channel is told."""

    id: int
    channel_type: str
    takes_tracking: bool
    share: int


@dataclass(frozen=True)
class Catalog:
    """Everything that orders refer to."""

    goods: list[Good]
    shops: list[Shop]
    warehouse_ids: list[int]
    account_ids: dict[str, int]


def write_catalog(batch: Batch, fulfillments: int, settings: Settings, written_at: str, random: Random) -> Catalog:
    """Add the catalog's rows to the batch; ids begin at 1, because the database is empty."""
    batch[layouts.WAREHOUSES].extend(enumerate(WAREHOUSES, 1))
    account_ids = _write_accounts(batch, settings, written_at)
    return Catalog(
        goods=_write_goods(batch, fulfillments, random),
        shops=_write_shops(batch, account_ids),
        warehouse_ids=list(range(1, len(WAREHOUSES) + 1)),
        account_ids={kind: account_ids[kind] for kind in ACCOUNT_NAMES},
    )


def _write_accounts(batch: Batch, settings: Settings, written_at: str) -> dict[str, int]:
    ids: dict[str, int] = {}
    for number, (kind, name) in enumerate((ACCOUNT_NAMES | CHANNEL_ACCOUNT_NAMES).items(), 1):
        ids[kind] = number
        address = f"{settings.sandbox_url}/{kind}"
        credentials = encrypt(PRACTICE_CREDENTIALS.get(kind, {}))
        said = dumps(PRACTICE_SETTINGS.get(kind, {}))
        batch[layouts.PROVIDER_ACCOUNTS].append(
            (number, kind, name, address, credentials, said, True, written_at, written_at)
        )
    return ids


def _write_shops(batch: Batch, account_ids: dict[str, int]) -> list[Shop]:
    channel_ids: dict[tuple[str, str], int] = {}
    shops: list[Shop] = []
    for number, (channel_type, channel, store, takes_tracking, share) in enumerate(STORES, 1):
        key = (channel_type, channel)
        if key not in channel_ids:
            channel_ids[key] = len(channel_ids) + 1
            batch[layouts.SALES_CHANNELS].append(
                (channel_ids[key], *key, account_ids.get(channel_type), takes_tracking)
            )
        batch[layouts.STORES].append((number, channel_ids[key], store))
        shops.append(Shop(number, channel_type, takes_tracking, share))
    return shops


def _write_goods(batch: Batch, fulfillments: int, random: Random) -> list[Good]:
    """Every family's names in every variant, again in further editions while the catalog is to be larger."""
    wanted = min(max(SMALLEST_CATALOG, fulfillments // SHIPMENTS_PER_PRODUCT), LARGEST_CATALOG)
    goods: list[Good] = []
    edition = 0
    while len(goods) < wanted:
        edition += 1
        _write_edition(batch, goods, edition, wanted, random)
    return goods


def _write_edition(batch: Batch, goods: list[Good], edition: int, wanted: int, random: Random) -> None:
    suffix = "" if edition == 1 else f" (series {edition})"
    depth = max(len(family.names) * len(family.variants) for family in FAMILIES)
    for place in range(depth):
        for family in FAMILIES:
            if len(goods) == wanted or place >= len(family.names) * len(family.variants):
                continue
            step, which = divmod(place, len(family.names))
            variant = family.variants[step]
            number = len(goods) + 1
            sku = f"{family.prefix}-{number:04}"
            name = f"{family.names[which]}, {variant}{suffix}"
            price = family.price * (10 + 7 * step) // 10 // 1_000 * 1_000 + 9_900
            good = Good(number, sku, name, price, int(price * (0.3 + 0.3 * random.random())))
            goods.append(good)
            batch[layouts.PRODUCTS].append(
                (number, sku, name, family.description.format(variant), family.nominal_code)
            )

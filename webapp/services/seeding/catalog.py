"""The practice shop's catalog: warehouses, provider accounts, channels, stores and products."""

from dataclasses import dataclass
from random import Random

from webapp.config import Settings
from webapp.services.credentials import encrypt
from webapp.services.loading import layouts
from webapp.services.loading.loader import Batch
from webapp.services.seeding.goods import FAMILIES, STORES, WAREHOUSES

# What the sandbox's systems ask for; good for nothing else.
PRACTICE_CREDENTIALS = {"api_key": "sandbox-shipstation-key", "api_secret": "sandbox-shipstation-secret"}
ACCOUNT_NAMES = {
    "shipstation": "ShipStation",
    "shiphero": "ShipHero",
    "starshipit": "Starshipit",
    "fba": "Amazon MCF",
    "veracore": "VeraCore",
    "shipfusion": "Shipfusion",
    "trackstar": "Trackstar",
}
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
    return Catalog(
        goods=_write_goods(batch, fulfillments, random),
        shops=_write_shops(batch),
        warehouse_ids=list(range(1, len(WAREHOUSES) + 1)),
        account_ids=_write_accounts(batch, settings, written_at),
    )


def _write_accounts(batch: Batch, settings: Settings, written_at: str) -> dict[str, int]:
    ids: dict[str, int] = {}
    for number, (kind, name) in enumerate(ACCOUNT_NAMES.items(), 1):
        ids[kind] = number
        address = f"{settings.sandbox_url}/{kind}"
        credentials = encrypt(PRACTICE_CREDENTIALS)
        batch[layouts.PROVIDER_ACCOUNTS].append(
            (number, kind, name, address, credentials, "{}", True, written_at, written_at)
        )
    return ids


def _write_shops(batch: Batch) -> list[Shop]:
    channel_ids: dict[tuple[str, str], int] = {}
    shops: list[Shop] = []
    for number, (channel_type, channel, store, takes_tracking, share) in enumerate(STORES, 1):
        key = (channel_type, channel)
        if key not in channel_ids:
            channel_ids[key] = len(channel_ids) + 1
            batch[layouts.SALES_CHANNELS].append((channel_ids[key], *key, None, takes_tracking))
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

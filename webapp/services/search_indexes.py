"""The trigram indexes of PostgreSQL, without which a search reads everything: are they there, and making them.

The migrations make them where they can. A role that may not create extensions goes on without them; these make up
for it once somebody has created pg_trgm. On SQLite they are always there.
"""

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from webapp.errors import Refused
from webapp.extensions import db, settings

# What is indexed of an order, as migration 0003 has it.
_ORDER_COLUMNS = (
    "order_number", "customer_reference", "shipping_method", "name", "email", "phone", "company", "address1",
    "address2", "city", "province", "province_code", "zip", "country", "country_code",
)  # fmt: skip
_ON_ORDERS = ", ".join(f'lower({column} COLLATE "C") gin_trgm_ops' for column in _ORDER_COLUMNS)
_INDEXES = {
    "ix_fulfillment_search_texts_trigrams": "fulfillment_search_texts USING gin (text gin_trgm_ops)",
    "ix_sales_orders_trigrams": f"sales_orders USING gin ({_ON_ORDERS})",
}


def missing() -> list[str]:
    """The names of the indexes that are not there, though the tables are."""
    if settings().is_sqlite or not _has("fulfillment_search_texts"):
        return []
    return [name for name in _INDEXES if not _has(name)]


def make_missing() -> list[str]:
    """Make what is missing, for which writing waits meanwhile. Raises Refused where pg_trgm cannot be had."""
    wanted = missing()
    if not wanted:
        return []
    try:
        db.session.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        db.session.rollback()
        reason = str(error.orig).splitlines()[0]
        raise Refused(
            f"PostgreSQL does not create the extension pg_trgm: {reason}. Let an administrator of this database "
            "run CREATE EXTENSION pg_trgm, then run this again."
        ) from None
    for name in wanted:
        db.session.execute(sa.text(f"CREATE INDEX {name} ON {_INDEXES[name]}"))
    return wanted


def _has(name: str) -> bool:
    return db.session.scalar(sa.select(sa.func.to_regclass(name).is_not(None))) is True

"""The indexes behind conditions on orders, customers and lines; for texts pg_trgm on PostgreSQL, FTS5 on SQLite.

Where pg_trgm cannot be had the migration goes on without it, as the one before did: such conditions then read
every order. PostgreSQL compares in the collation "C", in which the lower case is that of ASCII everywhere;
docs/decisions/0006-one-filter-compiler.md says why.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    "order_number",
    "customer_reference",
    "shipping_method",
    "name",
    "email",
    "phone",
    "company",
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "zip",
    "country",
    "country_code",
)
LOWER = (
    ("ix_sales_order_tags_lower_tag", "sales_order_tags", "tag", ", sales_order_id"),
    # For long lists of numbers, as people paste them.
    ("ix_sales_orders_lower_order_number", "sales_orders", "order_number", ""),
    ("ix_fulfillments_lower_fulfillment_number", "fulfillments", "fulfillment_number", ""),
    ("ix_fulfillments_lower_tracking_number", "fulfillments", "tracking_number", ""),
)
_LISTED = ", ".join(COLUMNS)
_NEW = ", ".join(f"new.{column}" for column in COLUMNS)
_OLD = ", ".join(f"old.{column}" for column in COLUMNS)
_ADD = f"INSERT INTO sales_order_fts(rowid, {_LISTED}) VALUES (new.id, {_NEW});"
_REMOVE = f"INSERT INTO sales_order_fts(sales_order_fts, rowid, {_LISTED}) VALUES ('delete', old.id, {_OLD});"
SQLITE_UP = (
    f"CREATE VIRTUAL TABLE sales_order_fts USING fts5({_LISTED}, content='sales_orders', content_rowid='id', "
    "tokenize='trigram', detail='column', columnsize=0)",
    "INSERT INTO sales_order_fts(sales_order_fts) VALUES ('rebuild')",
    f"CREATE TRIGGER sales_order_fts_insert AFTER INSERT ON sales_orders BEGIN {_ADD} END",
    f"CREATE TRIGGER sales_order_fts_delete AFTER DELETE ON sales_orders BEGIN {_REMOVE} END",
    f"CREATE TRIGGER sales_order_fts_update AFTER UPDATE OF {_LISTED} ON sales_orders BEGIN {_REMOVE} {_ADD} END",
)
SQLITE_DOWN = (
    "DROP TRIGGER sales_order_fts_update",
    "DROP TRIGGER sales_order_fts_delete",
    "DROP TRIGGER sales_order_fts_insert",
    "DROP TABLE sales_order_fts",
)


def upgrade() -> None:
    op.create_index(
        "ix_fulfillment_lines_quantity_fulfillment_id", "fulfillment_lines", ["quantity", "fulfillment_id"]
    )
    op.create_index("ix_sales_order_lines_unit_price", "sales_order_lines", ["unit_price"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, column, more in LOWER:
        lowered = f"lower({column})" if on_sqlite else f'lower({column} COLLATE "C")'
        op.execute(f"CREATE INDEX {name} ON {table} ({lowered}{more})")
    if on_sqlite:
        for statement in SQLITE_UP:
            op.execute(statement)
    elif _has_trigrams():
        parts = ", ".join(f'lower({column} COLLATE "C") gin_trgm_ops' for column in COLUMNS)
        op.execute(f"CREATE INDEX ix_sales_orders_trigrams ON sales_orders USING gin ({parts})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_DOWN:
            op.execute(statement)
    else:
        op.execute("DROP INDEX IF EXISTS ix_sales_orders_trigrams")
    for name, *_ in LOWER:
        op.execute(f"DROP INDEX {name}")
    op.drop_index("ix_sales_order_lines_unit_price", "sales_order_lines")
    op.drop_index("ix_fulfillment_lines_quantity_fulfillment_id", "fulfillment_lines")


def _has_trigrams() -> bool:
    """Whether the migration before found pg_trgm, or made it."""
    found = sa.text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')")
    return bool(op.get_bind().scalar(found))

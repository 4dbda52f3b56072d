"""The trigram index behind the search box: pg_trgm on PostgreSQL, FTS5 on SQLite.

Where pg_trgm cannot be had the migration goes on without it and says so: search then reads every row.
"""

import sys

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE_UP = (
    "CREATE VIRTUAL TABLE fulfillment_search_fts USING fts5("
    "text, content='fulfillment_search_texts', content_rowid='fulfillment_id', "
    "tokenize='trigram', detail='none', columnsize=0)",
    "CREATE TRIGGER fulfillment_search_insert AFTER INSERT ON fulfillment_search_texts BEGIN "
    "INSERT INTO fulfillment_search_fts(rowid, text) VALUES (new.fulfillment_id, new.text); END",
    "CREATE TRIGGER fulfillment_search_delete AFTER DELETE ON fulfillment_search_texts BEGIN "
    "INSERT INTO fulfillment_search_fts(fulfillment_search_fts, rowid, text) "
    "VALUES ('delete', old.fulfillment_id, old.text); END",
    "CREATE TRIGGER fulfillment_search_update AFTER UPDATE ON fulfillment_search_texts BEGIN "
    "INSERT INTO fulfillment_search_fts(fulfillment_search_fts, rowid, text) "
    "VALUES ('delete', old.fulfillment_id, old.text); "
    "INSERT INTO fulfillment_search_fts(rowid, text) VALUES (new.fulfillment_id, new.text); END",
)
POSTGRES_UP = (
    "CREATE INDEX ix_fulfillment_search_texts_trigrams ON fulfillment_search_texts USING gin (text gin_trgm_ops)"
)
SQLITE_DOWN = (
    "DROP TRIGGER fulfillment_search_update",
    "DROP TRIGGER fulfillment_search_delete",
    "DROP TRIGGER fulfillment_search_insert",
    "DROP TABLE fulfillment_search_fts",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_UP:
            op.execute(statement)
    elif _has_trigrams():
        op.execute(POSTGRES_UP)
    else:
        sys.stderr.write(
            "The extension pg_trgm cannot be created, so every search, and every filter on the texts of orders, will "
            "read all rows. To mend it, let an administrator run CREATE EXTENSION pg_trgm, and then run "
            "flask --app wsgi search index.\n"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_DOWN:
            op.execute(statement)
    else:
        op.execute("DROP INDEX IF EXISTS ix_fulfillment_search_texts_trigrams")


def _has_trigrams() -> bool:
    """Whether pg_trgm is there, or could be made; the savepoint keeps a refusal from ending the migration."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True

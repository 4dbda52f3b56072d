"""History rows hang together by hashes, and neither they nor the ledger can be changed any more."""

from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from webapp.models.history_chain import changes_text, instant_text, next_hash
from webapp.schema import JSON, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROWS_AT_A_TIME = 5_000  # A few megabytes.
_APPEND_ONLY = ("activities", "inventory_movements")
_CHECKS = {
    "chain_position": "CONSTRAINT ck_activities_chain_position_positive CHECK (chain_position > 0)",
    "hash": "CONSTRAINT ck_activities_hash_length CHECK (length(hash) = 32)",
}
_OWNERS = ("fulfillments", "fulfillment_orders")

_POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_rows boolean := true;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN  -- Loading an empty database truncates it, which takes nothing away.
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO has_rows;
    END IF;
    IF has_rows THEN
        RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
_POSTGRES_TRIGGERS = (
    "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_to_change()",
    "CREATE TRIGGER {table}_append_only_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()",
)
_SQLITE_TRIGGER = (
    "CREATE TRIGGER {table}_append_only_{event} BEFORE {event} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'Rows of {table} are never changed or deleted.'); END"
)

_activities = sa.table(
    "activities",
    sa.column("id", sa.BigInteger),
    sa.column("fulfillment_id", sa.BigInteger),
    sa.column("fulfillment_order_id", sa.BigInteger),
    sa.column("subject_type", sa.String),
    sa.column("subject_id", sa.BigInteger),
    sa.column("event", sa.String),
    sa.column("actor_id", sa.BigInteger),
    sa.column("changes", JSON),
    sa.column("note", sa.String),
    sa.column("request_id", sa.String),
    sa.column("run_id", sa.BigInteger),
    sa.column("occurred_at", Instant),
    sa.column("chain_position", sa.Integer),
    sa.column("hash", sa.LargeBinary),
)


def upgrade() -> None:
    for table in _OWNERS:
        op.add_column(table, sa.Column("history_length", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("history_head", sa.LargeBinary(32)))
    before = _words_of_activities()
    op.add_column("activities", sa.Column("chain_position", sa.Integer()))
    op.add_column("activities", sa.Column("hash", sa.LargeBinary(32)))
    _chain("fulfillments", _activities.c.fulfillment_id, sa.true())
    _chain("fulfillment_orders", _activities.c.fulfillment_order_id, _activities.c.fulfillment_id.is_(None))
    if before is None:
        _require_on_postgresql()
    else:
        _require_on_sqlite(before)
    _index()
    op.drop_index("ix_activities_fulfillment_id_id", "activities", if_exists=True)
    _refuse_changes()


def downgrade() -> None:
    _allow_changes()
    op.create_index("ix_activities_fulfillment_id_id", "activities", ["fulfillment_id", "id"])
    op.drop_index("uq_activities_fulfillment_order_id_chain_position", "activities")
    op.drop_index("uq_activities_fulfillment_id_chain_position", "activities")
    op.drop_column("activities", "hash")  # Takes its check along.
    op.drop_column("activities", "chain_position")
    for table in _OWNERS:
        op.drop_column(table, "history_head")
        op.drop_column(table, "history_length")


def _words_of_activities() -> str | None:
    """The words that made the table, on SQLite, which requires values of a column only in a table made anew."""
    if op.get_bind().dialect.name == "postgresql":
        return None
    return op.get_bind().scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'activities'")
    )


def _require_on_postgresql() -> None:
    for column, check in _CHECKS.items():
        op.alter_column("activities", column, nullable=False)
        op.execute(f"ALTER TABLE activities ADD {check}")


def _require_on_sqlite(before: str) -> None:
    columns, constraints = before.split("(", 1)[1].split("CONSTRAINT", 1)
    added = f"chain_position INTEGER NOT NULL {_CHECKS['chain_position']}, hash BLOB NOT NULL {_CHECKS['hash']}"
    op.execute(f"CREATE TABLE activities_chained ({columns}{added}, CONSTRAINT{constraints}")
    op.execute("INSERT INTO activities_chained SELECT * FROM activities")
    op.execute("DROP TABLE activities")
    op.execute("ALTER TABLE activities_chained RENAME TO activities")
    op.create_index(
        "ix_activities_fulfillment_order_id_id",
        "activities",
        ["fulfillment_order_id", "id"],
        sqlite_where=sa.text("fulfillment_order_id IS NOT NULL"),
    )


def _chain(owners: str, owner: sa.ColumnClause[int], condition: sa.ColumnElement[bool]) -> None:
    """Give every row of these chains its place and hash, and every owner its head; in the order of the ids."""
    owned = sa.table(owners, sa.column("id"), sa.column("history_length"), sa.column("history_head"))
    last, length, head = None, 0, None
    for rows in _batches(owner, condition):
        links, heads = [], []
        for owner_id, of_one in groupby(rows, key=lambda row: row[owner.name]):
            if owner_id != last:
                last, length, head = owner_id, 0, None
            for row in of_one:
                length += 1
                head = next_hash(head, length, _content(row))
                links.append({"row": row["id"], "place": length, "digest": head})
            heads.append({"owner": owner_id, "length": length, "head": head})
        _set(_activities, "row", {"chain_position": "place", "hash": "digest"}, links)
        _set(owned, "owner", {"history_length": "length", "history_head": "head"}, heads)


def _batches(owner: sa.ColumnClause[int], condition: sa.ColumnElement[bool]) -> Iterator[list[sa.RowMapping]]:
    place, last = sa.tuple_(owner, _activities.c.id), (0, 0)
    columns = [column for column in _activities.c if column.name not in {"chain_position", "hash"}]
    statement = sa.select(*columns).where(owner.is_not(None), condition).order_by(owner, _activities.c.id)
    while rows := list(op.get_bind().execute(statement.where(place > last).limit(ROWS_AT_A_TIME)).mappings()):
        yield rows
        last = (rows[-1][owner.name], rows[-1]["id"])


def _content(row: sa.RowMapping) -> tuple:
    return (
        row["fulfillment_id"],
        row["fulfillment_order_id"],
        row["subject_type"],
        row["subject_id"],
        row["event"],
        row["actor_id"],
        changes_text(row["changes"]),
        row["note"],
        row["request_id"],
        row["run_id"],
        instant_text(row["occurred_at"]),
    )


def _set(table: sa.TableClause, key: str, columns: dict[str, str], rows: list[dict]) -> None:
    statement = sa.update(table).where(table.c.id == sa.bindparam(key))
    op.get_bind().execute(statement.values({name: sa.bindparam(value) for name, value in columns.items()}), rows)


def _index() -> None:
    op.create_index(
        "uq_activities_fulfillment_id_chain_position",
        "activities",
        ["fulfillment_id", "chain_position"],
        unique=True,
    )
    only_theirs = sa.text("fulfillment_id IS NULL")
    op.create_index(
        "uq_activities_fulfillment_order_id_chain_position",
        "activities",
        ["fulfillment_order_id", "chain_position"],
        unique=True,
        postgresql_where=only_theirs,
        sqlite_where=only_theirs,
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRES_FUNCTION)
    for table in _APPEND_ONLY:
        for statement in _triggers(table):
            op.execute(statement)


def _triggers(table: str) -> list[str]:
    if op.get_bind().dialect.name == "postgresql":
        return [statement.format(table=table) for statement in _POSTGRES_TRIGGERS]
    return [_SQLITE_TRIGGER.format(table=table, event=event) for event in ("update", "delete")]


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change() CASCADE")  # The triggers go with it.
        return
    for table in _APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only_update")
        op.execute(f"DROP TRIGGER {table}_append_only_delete")

"""Who changed what of a provider account; rows that nobody changes afterwards."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import JSON, Instant, Key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "provider_account_changes"
# The function is that of 0005.
_POSTGRES = (
    f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_to_change()",
    f"CREATE TRIGGER {TABLE}_append_only_truncate BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()",
)
_SQLITE = tuple(
    f"CREATE TRIGGER {TABLE}_append_only_{event} BEFORE {event} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'Rows of {TABLE} are never changed or deleted.'); END"
    for event in ("update", "delete")
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", Key, nullable=False),
        sa.Column("provider_account_id", Key, nullable=False),
        sa.Column("event", sa.String(30), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("request_id", sa.String(40), nullable=True),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.CheckConstraint("event IN ('created', 'updated')", name=op.f(f"ck_{TABLE}_event_known")),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f(f"fk_{TABLE}_provider_account_id_provider_accounts"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f(f"fk_{TABLE}_actor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_provider_account_id"), TABLE, ["provider_account_id"])
    for statement in _POSTGRES if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)

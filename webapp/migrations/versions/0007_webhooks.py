"""Secret addresses for providers' notices, and the notices that came."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import Instant, Key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_addresses",
        sa.Column("provider_account_id", Key, sa.ForeignKey("provider_accounts.id"), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", Key, primary_key=True),
        sa.Column("provider_account_id", Key, sa.ForeignKey("provider_accounts.id"), nullable=False),
        sa.Column("notice_hash", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(60), server_default="", nullable=False),
        sa.Column("times", sa.Integer, server_default="1", nullable=False),
        sa.Column("run_id", Key, sa.ForeignKey("runs.id")),
        sa.Column("received_at", Instant(), nullable=False),
        sa.UniqueConstraint("provider_account_id", "notice_hash"),
    )
    op.create_index("ix_webhook_deliveries_received_at", "webhook_deliveries", ["received_at"])


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_addresses")

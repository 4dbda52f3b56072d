"""What sales channels know of our shipments, by their own ids, to correct it and to take it back."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import Instant, Key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_fulfillments",
        sa.Column("id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=False),
        sa.Column("provider_account_id", Key, nullable=False),
        sa.Column("external_id", sa.String(120), nullable=False),
        sa.Column("external_order_id", sa.String(120), nullable=False),
        sa.Column("tracking_number", sa.String(255), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_channel_fulfillments_fulfillment_id_fulfillments"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f("fk_channel_fulfillments_provider_account_id_provider_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_fulfillments")),
        sa.UniqueConstraint(
            "provider_account_id",
            "external_id",
            name=op.f("uq_channel_fulfillments_provider_account_id_external_id"),
        ),
    )
    op.create_index(op.f("ix_channel_fulfillments_fulfillment_id"), "channel_fulfillments", ["fulfillment_id"])


def downgrade() -> None:
    op.drop_table("channel_fulfillments")

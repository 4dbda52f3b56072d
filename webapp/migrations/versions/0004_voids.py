"""What voiding and restoring need to remember, and failed voids among what needs attention."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BEFORE = (
    "archived_at IS NULL AND (provider_problem IS NOT NULL OR provider_state IN ('exception', 'unknown') "
    "OR cancel_by_hand IS {true}{void} OR status IN ('fulfilled', 'fulfilled_awaiting_info') "
    "AND (tracking_number IS NULL OR submitted_to_sales_channel_at IS NULL) "
    "OR status IN ('submitted') AND provider_account_id IS NOT NULL)"
)


def upgrade() -> None:
    op.add_column("fulfillments", sa.Column("request_status_before_void", sa.String(30)))
    op.add_column("fulfillments", sa.Column("void_problem", sa.String(500)))
    op.add_column("fulfillments", sa.Column("void_told_to_channel_at", Instant()))
    _index_attention(" OR void_problem IS NOT NULL")


def downgrade() -> None:
    _index_attention("")
    op.drop_column("fulfillments", "void_told_to_channel_at")
    op.drop_column("fulfillments", "void_problem")
    op.drop_column("fulfillments", "request_status_before_void")


def _index_attention(void: str) -> None:
    op.drop_index("ix_fulfillments_attention", "fulfillments")
    op.create_index(
        "ix_fulfillments_attention",
        "fulfillments",
        ["id"],
        postgresql_where=sa.text(_BEFORE.format(true="true", void=void)),
        sqlite_where=sa.text(_BEFORE.format(true="1", void=void)),
    )

"""When a provider was last asked by the clock, and the shipments that are asked about."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_POLLED = (
    "status IN ('submitted', 'acknowledged', 'picked', 'packed', 'awaiting_pickup', 'fulfilled_awaiting_info') "
    "AND provider_account_id IS NOT NULL AND voided_at IS NULL AND archived_at IS NULL"
)
_UNKNOWN = "state = 'unknown'"


def upgrade() -> None:
    op.add_column("fulfillments", sa.Column("polled_at", Instant()))
    op.create_index(
        "ix_fulfillments_polled",
        "fulfillments",
        ["provider_account_id", "polled_at", "id"],
        postgresql_where=sa.text(_POLLED),
        sqlite_where=sa.text(_POLLED),
    )
    where = sa.text(_UNKNOWN)
    op.create_index("ix_runs_unknown", "runs", ["id"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_runs_unknown", "runs")
    op.drop_index("ix_fulfillments_polled", "fulfillments")
    op.drop_column("fulfillments", "polled_at")

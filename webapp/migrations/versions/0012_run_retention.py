"""Indexes by which old runs of the clock are found, and whether anything refers to one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_runs_by_the_clock", "runs", "finished_at", "requested_by_id IS NULL"),
    ("ix_runs_retry_of_id", "runs", "retry_of_id", "retry_of_id IS NOT NULL"),
    ("ix_activities_run_id", "activities", "run_id", "run_id IS NOT NULL"),
    ("ix_webhook_deliveries_run_id", "webhook_deliveries", "run_id", "run_id IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, [column], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)

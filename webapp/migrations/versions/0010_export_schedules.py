"""Scheduled exports and the history of their runs."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import JSON, Instant, Key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_schedules",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("saved_view_id", Key, nullable=True),
        sa.Column("view_name", sa.String(80), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("has_mark", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), server_default="", nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        _check("format_known", "format IN ('xlsx', 'csv')"),
        _check("mode_known", "mode IN ('summary', 'line_items')"),
        _check("state_known", "state IN ('active', 'paused', 'stopped')"),
        _check("some_weekday", "weekdays BETWEEN 1 AND 127"),
        _check("minute_of_day", "minute BETWEEN 0 AND 1439"),
        _check("next_when_active", "(state = 'active') = (next_at IS NOT NULL)"),
        _check("reason_when_stopped", "(state = 'stopped') = (reason <> '')"),
        _check("view_when_active", "state <> 'active' OR saved_view_id IS NOT NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_export_schedules_owner_id_users")),
        sa.ForeignKeyConstraint(
            ["saved_view_id"],
            ["saved_views.id"],
            name=op.f("fk_export_schedules_saved_view_id_saved_views"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_schedules")),
    )
    for column in ("owner_id", "saved_view_id", "next_at"):
        op.create_index(op.f(f"ix_export_schedules_{column}"), "export_schedules", [column])
    op.create_table(
        "export_schedule_runs",
        sa.Column("id", Key, nullable=False),
        sa.Column("schedule_id", Key, nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("run_id", Key, nullable=True),
        sa.Column("problem", sa.String(500), server_default="", nullable=False),
        sa.CheckConstraint(
            "(run_id IS NULL) = (problem <> '')", name=op.f("ck_export_schedule_runs_run_or_problem")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["export_schedules.id"],
            name=op.f("fk_export_schedule_runs_schedule_id_export_schedules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_export_schedule_runs_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_schedule_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_export_schedule_runs_run_id")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_export_schedule_runs_schedule_id_due_at")),
    )


def downgrade() -> None:
    op.drop_table("export_schedule_runs")
    op.drop_table("export_schedules")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_export_schedules_{name}"))

"""Packing slips as PDF among the files people asked for."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import JSON, Instant, Key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow(
        {
            "format_known": "format IN ('xlsx', 'csv', 'pdf')",
            "mode_known": "mode IN ('summary', 'line_items', 'packing_slips')",
        }
    )


def downgrade() -> None:
    op.execute("DELETE FROM exports WHERE format = 'pdf'")
    _allow({"format_known": "format IN ('xlsx', 'csv')", "mode_known": "mode IN ('summary', 'line_items')"})


def _allow(checks: dict[str, str]) -> None:
    """Replace the checks of these names; SQLite, which cannot, gets a new table with the same rows."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(checks)
        return
    for name, condition in checks.items():
        op.drop_constraint(op.f(f"ck_exports_{name}"), "exports", type_="check")
        op.create_check_constraint(op.f(f"ck_exports_{name}"), "exports", condition)


def _make_anew(checks: dict[str, str]) -> None:
    all_checks = checks | {"scope_known": "scope IN ('filtered', 'all', 'current_page', 'selected')"}
    op.create_table(
        "exports_anew",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("run_id", Key, nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("storage_key", sa.String(255), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("byte_size", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_exports_{name}")) for name, text in all_checks.items()),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_exports_owner_id_users")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_exports_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("run_id", name=op.f("uq_exports_run_id")),
    )
    op.execute("INSERT INTO exports_anew SELECT * FROM exports")
    op.drop_table("exports")
    op.rename_table("exports_anew", "exports")
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"], unique=False)
    op.create_index("ix_exports_owner_id_id", "exports", ["owner_id", "id"], unique=False)

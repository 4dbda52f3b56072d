"""Runs: background work a person can see, its rows, and the keys that make a repeated request one request."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, now, one_of
from webapp.statuses import UNFINISHED_RUN_STATES, RunState

IS_UNFINISHED = sa.text("state IN ({})".format(", ".join(f"'{state.value}'" for state in UNFINISHED_RUN_STATES)))
"""Of a run; written as in the partial indexes, so that these are used."""


_IS_UNKNOWN = sa.text(f"state = '{RunState.UNKNOWN.value}'")


BY_THE_CLOCK = sa.text("requested_by_id IS NULL")
"""Of a run; written as in its partial index."""
_IS_RETRY = sa.text("retry_of_id IS NOT NULL")


class Run(Base):
    """One piece of background work: the row is the truth, Redis only wakes a worker for it.

    `claim` names the worker process that holds the run and `heartbeat_at` shows that it still lives.
    `due_at` is when a queued run may start: a provider that asks for a pause sets it in the future.
    """

    __tablename__ = "runs"
    __table_args__ = (
        one_of("state", RunState),
        sa.CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="done_within_total"),
        # The same work on the same shipment is never asked for twice at once.
        sa.Index(
            "uq_runs_unfinished_subject",
            "kind",
            "fulfillment_id",
            unique=True,
            postgresql_where=IS_UNFINISHED,
            sqlite_where=IS_UNFINISHED,
        ),
        sa.Index("ix_runs_unfinished", "id", postgresql_where=IS_UNFINISHED, sqlite_where=IS_UNFINISHED),
        sa.Index("ix_runs_unknown", "id", postgresql_where=_IS_UNKNOWN, sqlite_where=_IS_UNKNOWN),
        sa.Index("ix_runs_by_the_clock", "finished_at", postgresql_where=BY_THE_CLOCK, sqlite_where=BY_THE_CLOCK),
        sa.Index("ix_runs_retry_of_id", "retry_of_id", postgresql_where=_IS_RETRY, sqlite_where=_IS_RETRY),
        sa.Index(None, "requested_by_id", "id"),
        sa.Index(None, "fulfillment_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(20), default=RunState.QUEUED.value)
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    fulfillment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillments.id"))
    retry_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int | None] = mapped_column(sa.Integer)
    done: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    claim: Mapped[str | None] = mapped_column(sa.String(40))
    heartbeat_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant, default=now)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    message: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    can_retry: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    technical_error: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class RunItem(Base):
    """One shipment of a bulk run and what became of it; `bucket` is empty until it was worked on."""

    __tablename__ = "run_items"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "fulfillment_id"),
        sa.Index(None, "run_id", "bucket"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("runs.id"))
    fulfillment_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillments.id"))
    bucket: Mapped[str | None] = mapped_column(sa.String(30))
    reason: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class IdempotencyKey(Base):
    """The first result of a mutating request, given again when the same key comes again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now, index=True)

"""The pages about runs: the history by keyset, one run in full with its rows and its exchanges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderExchange, Run, RunItem
from webapp.queries import runs
from webapp.queries.runs import RunRow
from webapp.queries.scope import Scope
from webapp.statuses import ExchangeOutcome, RunKind, RunState

PAGE_SIZE = 50
WAITING = "waiting"
MAX_EXCHANGES = 100  # One run of a single shipment makes a handful; a page is no place for more.


@dataclass(frozen=True, kw_only=True)
class HistoryFilter:
    """What of the history is wanted; `before` and `after` are the ids at the edges of the page one comes from."""

    state: RunState | None = None
    kind: RunKind | None = None
    only_mine: bool = False
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class HistoryPage:
    """One page, newest first, with the ids to go on from; None where there is nothing more."""

    rows: Sequence[RunRow]
    newer_than: int | None
    older_than: int | None


@dataclass(frozen=True)
class RunDetail:
    """One run in full; `technical_error` is for those who mend things."""

    row: RunRow
    technical_error: str | None
    retry_of_id: int | None
    heartbeat_at: datetime | None


@dataclass(frozen=True)
class ItemRow:
    """One shipment of a run over many."""

    id: int
    fulfillment_id: int
    fulfillment_number: str
    bucket: str | None
    reason: str
    finished_at: datetime | None


@dataclass(frozen=True)
class ExchangeRow:
    """One call to the outside that a run made; its bodies are on a page of their own."""

    id: int
    fulfillment_id: int | None
    operation: str
    response_status: int | None
    duration_ms: int
    outcome: ExchangeOutcome
    message: str
    occurred_at: datetime


def page(wanted: HistoryFilter, scope: Scope, person_id: int) -> HistoryPage:
    """One page of the history; one statement whatever its depth."""
    statement = runs.selecting(scope, person_id).where(*_conditions(wanted, person_id))
    backwards = wanted.after is not None
    if backwards:
        statement = statement.where(Run.id > wanted.after).order_by(Run.id)
    else:
        statement = statement.order_by(Run.id.desc())
        if wanted.before is not None:
            statement = statement.where(Run.id < wanted.before)
    found = runs.rows(statement.limit(PAGE_SIZE + 1))
    has_more, shown = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        shown = shown[::-1]
    has_newer = has_more if backwards else wanted.before is not None
    has_older = True if backwards else has_more
    return HistoryPage(
        shown,
        newer_than=shown[0].id if shown and has_newer else None,
        older_than=shown[-1].id if shown and has_older else None,
    )


def detail(run_id: int, scope: Scope, person_id: int) -> RunDetail:
    """Everything about one run; raises NotFound when there is none this person may see."""
    row = runs.find(run_id, scope, person_id)
    rest = db.session.execute(
        sa.select(Run.technical_error, Run.retry_of_id, Run.heartbeat_at).where(Run.id == run_id)
    ).one_or_none()
    if rest is None:
        raise NotFound("There is no such run.")
    return RunDetail(row, rest.technical_error, rest.retry_of_id, rest.heartbeat_at)


def items(
    run_id: int, scope: Scope, after: int = 0, *, bucket: str | None = None, limit: int | None = None
) -> list[ItemRow]:
    """Up to a page of the run's shipments that are in scope, in the order they were asked for.

    With `bucket` only those in it; WAITING are those that nothing became of yet.
    """
    statement = items_of(run_id, scope).where(RunItem.id > after).order_by(RunItem.id).limit(limit or PAGE_SIZE)
    if bucket is not None:
        statement = statement.where(RunItem.bucket.is_(None) if bucket == WAITING else RunItem.bucket == bucket)
    return [ItemRow(*row) for row in db.session.execute(statement)]


def items_of(run_id: int, scope: Scope) -> runs.Statement:
    """Selects the run's shipments that are in scope."""
    return (
        sa.select(
            RunItem.id,
            RunItem.fulfillment_id,
            Fulfillment.fulfillment_number,
            RunItem.bucket,
            RunItem.reason,
            RunItem.finished_at,
        )
        .join(Fulfillment, Fulfillment.id == RunItem.fulfillment_id)
        .where(RunItem.run_id == run_id, scope.limit())
    )


def exchanges(run_id: int) -> list[ExchangeRow]:
    """The calls a run made, in order; for a run the caller has checked to be visible."""
    table = ProviderExchange
    statement = (
        sa.select(
            table.id,
            table.fulfillment_id,
            table.operation,
            table.response_status,
            table.duration_ms,
            table.outcome,
            table.message,
            table.occurred_at,
        )
        .where(table.run_id == run_id)
        .order_by(table.id)
        .limit(MAX_EXCHANGES)
    )
    found = db.session.execute(statement).mappings()
    return [ExchangeRow(**{**row, "outcome": ExchangeOutcome(row["outcome"])}) for row in found]


def _conditions(wanted: HistoryFilter, person_id: int) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        conditions.append(Run.state == wanted.state.value)
    if wanted.kind:
        conditions.append(Run.kind == wanted.kind.value)
    if wanted.only_mine:
        conditions.append(Run.requested_by_id == person_id)
    return conditions

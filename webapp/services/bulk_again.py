"""What can be done with the outcome of a bulk run: each makes a new run over one bucket of it."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.choices import Choice
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.queries import bulk_selections
from webapp.queries.bulk_selections import OfRun
from webapp.queries.runs import RunRow, find
from webapp.services import bulk
from webapp.services.actors import Actor
from webapp.services.bulk import Requested
from webapp.services.bulk_kinds import KINDS, BulkKind, Terms
from webapp.statuses import BulkBucket, Permission


class Step(Choice):
    """What is done with which bucket."""

    RETRY = "retry", "Retry these"
    GO_ON = "go_on", "Go on with the rest"
    FORCE = "force", "Force these"
    UNDO = "undo", "Undo"


BUCKETS: dict[Step, BulkBucket | None] = {
    Step.RETRY: BulkBucket.ERRORS,
    Step.GO_ON: None,
    Step.FORCE: BulkBucket.NEEDS_CONFIRMATION,
    Step.UNDO: BulkBucket.DONE,
}


@dataclass(frozen=True)
class Plan:
    """A step about one run: of which kind the new run is, over which rows, on which terms."""

    kind: BulkKind
    selection: OfRun
    terms: Terms


def plan(run_id: int, step: Step, actor: Actor) -> Plan:
    """Raises NotFound, and Refused for a run that is no bulk run, is still at work, or knows no such step."""
    run, kind = _found(run_id, actor)
    if not run.is_finished:
        raise Refused(f"Run {run_id} is still at work. Wait until it is done, or cancel it.")
    if step is Step.UNDO:
        if kind.undo is None:
            raise Refused(f"“{kind.run.label}” cannot be undone as a whole.")
        return Plan(KINDS[kind.undo], OfRun(run_id, BUCKETS[step]), Terms())
    parameters = db.session.scalar(sa.select(Run.parameters).where(Run.id == run_id)) or {}
    before = Terms.from_json(parameters)
    return Plan(kind, OfRun(run_id, BUCKETS[step]), Terms(before.reason, before.force or step is Step.FORCE))


def kind_of(run_id: int, actor: Actor) -> BulkKind:
    """The kind of a bulk run. Raises NotFound, and Refused for another run."""
    return _found(run_id, actor)[1]


def again(
    run_id: int,
    step: Step,
    *,
    key: str | None,
    actor: Actor,
    permissions: Collection[Permission],
) -> Requested:
    """Make the run of this step. Raises what `plan` and services.bulk.request raise."""
    wanted = plan(run_id, step, actor)
    count = len(bulk_selections.ids(wanted.selection, actor.scope))
    return bulk.request(
        wanted.kind, wanted.selection, wanted.terms, expected=count, key=key, actor=actor, permissions=permissions
    )


def _found(run_id: int, actor: Actor) -> tuple[RunRow, BulkKind]:
    run = find(run_id, actor.scope, actor.user_id)
    if run.kind not in KINDS:
        raise Refused(f"Run {run_id} is about one shipment, so it has no rows to do this with.")
    return run, KINDS[run.kind]

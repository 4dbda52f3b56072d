"""Bulk work is asked for here: void, restore, archive or unarchive many shipments at once, as one run.

The set is copied into the rows of the run at the moment of confirming and is fixed from then on. A few shipments
are worked off in the request itself, by the same steps and into the same rows as by a worker.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from webapp.errors import Conflict, Forbidden, Refused
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.queries.bulk_selections import MOST, Matching, OfRun, Selection, statement_of
from webapp.queue import asked_for, enqueue_after_commit, forget_all_but
from webapp.services import bulk_held, bulk_steps, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import BulkKind, Terms
from webapp.services.voids import checked_reason
from webapp.statuses import Permission

log = structlog.get_logger()

AT_ONCE = 30
"""Up to so many, a person waits for the answer and needs no permission beyond that of the kind."""


@dataclass(frozen=True)
class Requested:
    """The run that was made."""

    run_id: int


class OtherNumber(Conflict):
    """Another number of shipments matches now than the person was shown; nothing was started."""

    code = "other_number"

    def __init__(self, seen: int, count: int) -> None:
        super().__init__(
            f"The number of shipments was {seen:,} when you opened this and is {count:,} now, so nothing was "
            "started. Look at the new number, then confirm again."
        )
        self.count = count


def request(
    kind: BulkKind,
    selection: Selection,
    terms: Terms,
    *,
    expected: int,
    key: str | None,
    actor: Actor,
    permissions: Collection[Permission],
) -> Requested:
    """Fix the set and start working on it; the same key again gives the same run.

    Raises Forbidden, Refused for an empty or too large set and for terms nobody can keep, OtherNumber unless the
    set has the `expected` size, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("Bulk work is asked for by a person.")
    terms = _checked(kind, terms, permissions)
    asked = {"selection": selection.as_json(), "terms": terms.as_json(), "expected": expected}
    first = idempotency.claim(actor.user_id, key, kind.run.value, asked)
    if first is not None:
        return Requested(first["run_id"])
    bulk_held.wait_for_turn(kind.run)
    run_id = _insert(kind, selection, terms, actor)
    count = store_set(run_id, selection, actor)
    check_number(count, selection, permissions)
    if count != expected:
        raise OtherNumber(expected, count)
    db.session.execute(sa.update(Run).where(Run.id == run_id).values(total=count), execution_options=_APART)
    if count > AT_ONCE or not _worked_off(run_id, kind, terms, actor):
        enqueue_after_commit(kind.run, run_id)
    idempotency.remember(actor.user_id, key, {"run_id": run_id})
    return Requested(run_id)


def check_number(count: int, selection: Selection, permissions: Collection[Permission]) -> None:
    """Raises Refused for a set that is empty or too large, Forbidden when the person may not change so many."""
    if not count:
        raise Refused(_nothing(selection))
    if count > MOST:
        raise Refused(f"These are more than {MOST:,} shipments. Narrow the list, and do it in several runs.")
    if Permission.BULK_MANY in permissions:
        return
    if count > AT_ONCE:
        raise Forbidden(f"You may do this to {AT_ONCE} shipments at once. Choose fewer, or ask a supervisor.")
    if isinstance(selection, Matching):
        raise Forbidden("Only supervisors may do this to a whole list. Select the shipments, or ask one.")


def _nothing(selection: Selection) -> str:
    if isinstance(selection, Matching):
        return "Nothing matches this list any more, so there is nothing to do. Load the list again."
    if isinstance(selection, OfRun):
        return "This run has no such shipments, so there is nothing to do."
    return "No shipment is selected, or none of them is there any more. Select some in the list first."


def _checked(kind: BulkKind, terms: Terms, permissions: Collection[Permission]) -> Terms:
    if kind.permission not in permissions:
        raise Forbidden(f"You may not {kind.verb.lower()} shipments. Ask a supervisor or an administrator.")
    if terms.force and not kind.can_force:
        raise Refused(f"There is nothing to force in “{kind.run.label}”.")
    if terms.force and Permission.FORCE_VOID not in permissions:
        raise Forbidden("Only a supervisor may void shipments that have shipped. Ask one.")
    return Terms(reason=checked_reason(terms.reason) if kind.takes_reason else "", force=terms.force)


_APART = {"synchronize_session": False}


def _insert(kind: BulkKind, selection: Selection, terms: Terms, actor: Actor) -> int:
    is_again = isinstance(selection, OfRun) and _kind_of(selection.run_id) == kind.run
    run = Run(
        kind=kind.run.value,
        requested_by_id=actor.user_id,
        parameters=terms.as_json() | {"selection": _told(selection)},
        retry_of_id=selection.run_id if isinstance(selection, OfRun) and is_again else None,
    )
    db.session.add(run)
    db.session.flush()
    return run.id


def _kind_of(run_id: int) -> str | None:
    return db.session.scalar(sa.select(Run.kind).where(Run.id == run_id))


def _told(selection: Selection) -> dict[str, Any]:
    """How the set came about; its members stand in the rows."""
    return selection.as_json() if isinstance(selection, Matching | OfRun) else {}


def store_set(run_id: int, selection: Selection, actor: Actor) -> int:
    """Copy the set into the rows of the run and return how many they are."""
    statement, values = statement_of(selection, actor.scope)
    found = statement.subquery()
    rows = sa.select(sa.literal(run_id, RunItem.run_id.type), found.c.id).order_by(found.c.id)
    insert = sa.insert(RunItem).from_select(["run_id", "fulfillment_id"], rows)
    counted = {"preserve_rowcount": True}
    return db.session.connection().execute(insert, values, execution_options=counted).rowcount


def _worked_off(run_id: int, kind: BulkKind, terms: Terms, actor: Actor) -> bool:
    """Do the work now and say whether it is done; what does not go smoothly is left to a worker."""
    ids = bulk_steps.waiting(run_id, AT_ONCE)
    if any(one.is_at_provider for one in kind.foresee(ids, terms, actor.scope)):
        return False  # Asking a provider takes longer than a request may.
    before = asked_for()
    try:
        with db.session.begin_nested():
            return _work_off(run_id, ids, actor)
    except bulk_steps.ROW_ERRORS as error:
        forget_all_but(before)
        log.warning("bulk_left_to_worker", run_id=run_id, exc_info=error)
        return False


def _work_off(run_id: int, ids: list[int], actor: Actor) -> bool:
    claim = runs.claim(run_id)
    if claim is None:
        return False
    if bulk_steps.work(claim, ids, actor).at_provider:
        raise Refused("A provider has to be asked after all, so this is left to a worker.")
    bulk_steps.finish(claim)
    return True

"""Packing slips of many shipments as one PDF are asked for: the run, its set of shipments, and the file to be."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import Forbidden, Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.queries.bulk_selections import Chosen, Matching
from webapp.queries.listing.keyset import Sort
from webapp.services import exports, idempotency, runs
from webapp.services.actors import Actor
from webapp.services.bulk import OtherNumber, store_set
from webapp.services.packing_slips import Paper
from webapp.statuses import ExportFormat, ExportMode, ExportScope, Permission, RunKind

MOST = 10_000
"""Slips in one file: more than a warehouse packs in a day, made within a minute."""


@dataclass(frozen=True)
class SlipsOrder:
    """What a person asks for: which shipments, how many they saw, the paper, and the order of the list."""

    selection: Chosen | Matching
    seen: int
    paper: Paper
    sort: Sort


def request_file(order: SlipsOrder, *, key: str | None, actor: Actor, permissions: Collection[Permission]) -> int:
    """Fix the set and ask for the file; returns the run that makes it, the same for the same key.

    Raises Forbidden, Refused for an empty or too large set, OtherNumber unless it has the size that was seen,
    FilterError for a list that cannot be run, and what services.idempotency.claim raises.
    """
    if actor.user_id is None:
        raise ValueError("A person prints packing slips.")
    asked = order.selection.as_json() | {"seen": order.seen, "paper": order.paper.value, "sort": order.sort.text}
    first = idempotency.claim(actor.user_id, key, RunKind.PACKING_SLIPS.value, asked)
    if first is not None:
        return int(first["run_id"])
    check_permissions(order.selection, permissions)
    run_id = runs.request(RunKind.PACKING_SLIPS, actor)
    count = store_set(run_id, order.selection, actor)
    check_number(count)
    if count != order.seen:
        raise OtherNumber(order.seen, count)
    db.session.execute(
        sa.update(Run).where(Run.id == run_id).values(total=count),
        execution_options={"synchronize_session": False},
    )
    is_list = isinstance(order.selection, Matching)
    exports.add_file(
        run_id,
        owner_id=actor.user_id,
        format=ExportFormat.PDF.value,
        mode=ExportMode.PACKING_SLIPS.value,
        scope=(ExportScope.FILTERED if is_list else ExportScope.SELECTED).value,
        parameters={
            "paper": order.paper.value, "sort": order.sort.key, "descending": order.sort.descending,
        },
    )  # fmt: skip
    idempotency.remember(actor.user_id, key, {"run_id": run_id})
    return run_id


def check_permissions(selection: Chosen | Matching, permissions: Collection[Permission]) -> None:
    """Raises Forbidden when the person may not print these."""
    if Permission.PRINT not in permissions:
        raise Forbidden("Your role does not allow printing packing slips. Ask a supervisor or an administrator.")
    if isinstance(selection, Matching) and Permission.BULK_MANY not in permissions:
        raise Forbidden("Only supervisors may print a whole list. Select the shipments, or ask one.")


def check_number(count: int) -> None:
    """Raises Refused for a set that is empty or too large."""
    if not count:
        raise Refused("No shipment is selected, or none of them is there any more. Select some in the list first.")
    if count > MOST:
        raise Refused(f"At most {MOST:,} packing slips go into one file. Narrow the list, and make several.")

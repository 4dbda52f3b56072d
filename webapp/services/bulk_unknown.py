"""Rows of a bulk run of whose outcome nobody knows: each is left to a run of its own, which looks first."""

from collections.abc import Mapping
from typing import Any

from webapp.services import problems, runs
from webapp.services.runs import Claim


def leave_to_a_run(claim: Claim, fulfillment_id: int, parameters: Mapping[str, Any] | None = None) -> None:
    """Ask for the same about this shipment alone, by whoever asked for all; the clock asks again as for any run.

    In the transaction that records the row. While such a run is unfinished, it is left to that one.
    """
    kind = problems.ALONE.get(claim.kind, claim.kind)
    runs.request(kind, claim.actor, fulfillment_id=fulfillment_id, parameters=parameters, is_in_doubt=True)

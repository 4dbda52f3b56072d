"""Rows of a bulk run about which a provider or channel is asked: each by the steps of a run about one shipment.

A worker killed between the provider's answer and ours asks again, which every operation allows.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from webapp.services import (
    bulk_provider_voids,
    bulk_steps,
    bulk_unknown,
    doubts,
    provider_settle,
    resyncs_settle,
    runs,
)
from webapp.services.bulk_channel_row import ChannelRow
from webapp.services.bulk_verdicts import Verdict
from webapp.services.provider_operations import CANCEL_ORDER, RESYNC_FROM, RESYNC_TO
from webapp.services.provider_runs import Operation
from webapp.services.resyncs import Answer
from webapp.services.runs import Claim
from webapp.services.voids_run import Verdict as ProviderVerdict
from webapp.statuses import RunKind, RunState

_OPERATIONS: dict[RunKind, Operation] = {
    RunKind.BULK_RESYNC_FROM: RESYNC_FROM,
    RunKind.BULK_RESYNC_TO: RESYNC_TO,
    RunKind.BULK_CANCEL_ORDERS: CANCEL_ORDER,
}


class Row(Protocol):
    """One row and what its provider said last."""

    def ask(self) -> timedelta | None:
        """Ask the provider, with no transaction open; returns how long to wait where it is to be asked again."""
        ...

    def settle(self) -> bool:
        """Carry out the answer and record what became of the row; False when the run is to stop.

        Raises ClaimLost.
        """
        ...


def row_of(claim: Claim, fulfillment_id: int) -> Row:
    """Read what is to be asked. Raises Refused for a shipment that must not be asked about any more."""
    if claim.kind in _OPERATIONS:
        return _OperationRow(_OPERATIONS[claim.kind], claim, fulfillment_id)
    if claim.kind is RunKind.BULK_SUBMIT_TO_CHANNEL:
        return ChannelRow(claim, fulfillment_id)
    return _VoidRow(claim, fulfillment_id)


class _VoidRow:
    def __init__(self, claim: Claim, fulfillment_id: int) -> None:
        self._question = bulk_provider_voids.question(claim, fulfillment_id)
        self._verdict = ProviderVerdict()

    def ask(self) -> timedelta | None:
        verdict = bulk_provider_voids.ask(self._question)
        self._verdict = replace(verdict, error=doubts.after(self._verdict.error, verdict.error))
        return bulk_provider_voids.pause_before(self._verdict)

    def settle(self) -> bool:
        return bulk_provider_voids.settle(self._question, self._verdict)


class _OperationRow:
    def __init__(self, operation: Operation, claim: Claim, fulfillment_id: int) -> None:
        self._operation = operation
        self._errand = operation.prepare(replace(claim, fulfillment_id=fulfillment_id))
        self._answer = Answer()

    def ask(self) -> timedelta | None:
        answer = self._operation.ask(self._errand)
        self._answer = replace(answer, error=doubts.after(self._answer.error, answer.error))
        return provider_settle.pause_before(self._answer)

    def settle(self) -> bool:
        claim, fulfillment_id = self._errand.claim, self._errand.question.fulfillment_id
        is_cancelling = runs.hold(claim) is RunState.CANCELLING
        if is_cancelling and not self._operation.changes_provider:
            return False
        shipment = resyncs_settle.locked(fulfillment_id)
        settled = self._operation.carry_out(self._errand, self._answer, shipment)
        bulk_steps.record(claim, [Verdict(fulfillment_id, settled.bucket, settled.message)])
        if settled.state is RunState.UNKNOWN:
            bulk_unknown.leave_to_a_run(claim, fulfillment_id)
        return not is_cancelling

"""Rows of a bulk void whose order is with a provider: each asks for itself, by the steps of a single such void.

A worker killed between the provider's answer and ours asks again, and hears that the order is cancelled already.
"""

from dataclasses import replace
from datetime import timedelta

from webapp.services import bulk_steps, bulk_unknown, resyncs_settle, runs, voids_run, voids_settle
from webapp.services.bulk_kinds import OF_A_VOID, Verdict
from webapp.services.provider_questions import Question, question_of
from webapp.services.runs import Claim
from webapp.services.voids_run import Verdict as ProviderVerdict
from webapp.statuses import RunState


def question(claim: Claim, fulfillment_id: int) -> Question:
    """What is to be asked, and of whom. Raises Refused when the shipment has lost its account."""
    return question_of(replace(claim, fulfillment_id=fulfillment_id))


def ask(asked: Question) -> ProviderVerdict:
    """Ask the provider and cancel there. Takes as long as it takes, holds no transaction."""
    return voids_run.ask(asked, bulk_steps.terms_of(asked.claim).reason)


def pause_before(verdict: ProviderVerdict) -> timedelta | None:
    """How long to wait before asking again; None when the verdict stands."""
    pause = voids_settle.pause_before(verdict)
    return pause[0] if pause else None


def settle(asked: Question, verdict: ProviderVerdict) -> bool:
    """Void the shipment or leave it, and record what became of its row; False when the run is to stop.

    It is voided also when the run is to stop, because the provider was told by now. Raises ClaimLost.
    """
    claim = asked.claim
    is_cancelling = runs.hold(claim) is RunState.CANCELLING
    shipment = resyncs_settle.locked(asked.fulfillment_id)
    reason = bulk_steps.terms_of(claim).reason
    settled = voids_settle.carry_out(asked, verdict, reason, shipment)
    bulk_steps.record(claim, [Verdict(asked.fulfillment_id, OF_A_VOID[settled.bucket], settled.message)])
    if settled.is_unknown:
        bulk_unknown.leave_to_a_run(claim, asked.fulfillment_id, {"reason": reason})
    return not is_cancelling

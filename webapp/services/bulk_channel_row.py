"""A row of a bulk submission: its sales channel is told, by the steps of a run about one shipment."""

from dataclasses import replace
from datetime import timedelta

from webapp.errors import Refused
from webapp.providers.base import Throttled
from webapp.queries.channel import standing_of
from webapp.queries.scope import EVERYWHERE
from webapp.services import bulk_steps, bulk_unknown, channel_questions, channel_settle, doubts, runs
from webapp.services.bulk_verdicts import Verdict
from webapp.services.resyncs_settle import locked
from webapp.services.runs import Claim
from webapp.statuses import RunState


class ChannelRow:
    """One row of a bulk submission and what its channel said last, see services.bulk_provider.Row.

    A worker killed between the channel's answer and ours asks again: the adapter looks before it tells.
    """

    def __init__(self, claim: Claim, fulfillment_id: int) -> None:
        standing = standing_of(fulfillment_id, EVERYWHERE)
        if refusal := standing.refusal_to_submit:
            raise Refused(refusal)
        one = replace(claim, kind=standing.kind, fulfillment_id=fulfillment_id)
        self._question = channel_questions.question_of(one)
        self._answer = channel_questions.ChannelAnswer()

    def ask(self) -> timedelta | None:
        """What is out of order stays due and is left to a retry, so that the other rows do not wait for it."""
        answer = channel_questions.ask(self._question)
        error = doubts.after(self._answer.error, answer.error)
        self._answer = replace(answer, error=error)
        if error is None or not (error.ambiguous or isinstance(error, Throttled)):
            return None
        return channel_settle.pause_before(self._answer, attempts=1)

    def settle(self) -> bool:
        """What the channel was told is kept also when the run is being cancelled."""
        claim, fulfillment_id = self._question.claim, self._question.fulfillment_id
        shipment = locked(fulfillment_id)
        is_cancelling = runs.hold(claim) is RunState.CANCELLING
        settled = channel_settle.carry_out(self._question, self._answer, shipment)
        bulk_steps.record(claim, [Verdict(fulfillment_id, settled.bucket, settled.message)])
        if settled.is_unknown:
            bulk_unknown.leave_to_a_run(claim, fulfillment_id)
        return not is_cancelling

"""The shape of work that asks a provider about one shipment: what is to be asked, the answer, what came of it.

An operation is the same whether one shipment is the run's own or one row of many: read (`prepare`), ask with no
transaction open, and `carry_out` under the shipment's lock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.models import Fulfillment
from webapp.providers.base import NewOrder, ProviderError
from webapp.services import runs
from webapp.services.provider_questions import Question, Talk
from webapp.services.resyncs import Answer
from webapp.services.runs import Claim
from webapp.statuses import BulkBucket, RunState


@dataclass(frozen=True)
class Errand:
    """What a provider is asked: about which shipment, and, where it is told something, what."""

    question: Question
    order: NewOrder | None = None

    @property
    def claim(self) -> Claim:
        return self.question.claim

    @property
    def label(self) -> str:
        return self.question.label


@dataclass(frozen=True)
class Settled:
    """What became of the shipment: the bucket of its row, the end of a run of its own, and the words for both."""

    bucket: BulkBucket
    state: RunState
    message: str
    can_retry: bool = False
    technical_error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing a provider can be asked. `changes_provider`: its answer is kept also when the run was cancelled.

    `prepare` raises Refused for a shipment that must not be asked about any more.
    """

    prepare: Callable[[Claim], Errand]
    ask: Callable[[Errand], Answer]
    carry_out: Callable[[Errand, Answer, Fulfillment], Settled]
    changes_provider: bool


def end(claim: Claim, settled: Settled) -> None:
    """Let the run of one shipment end as it came. Raises ClaimLost."""
    runs.finish(
        claim,
        settled.state,
        settled.message,
        result=settled.result,
        technical_error=settled.technical_error,
        can_retry=settled.can_retry,
    )


def answer_to(errand: Errand, ask: Callable[[Talk], Answer]) -> Answer:
    """What `ask` brings home, or the error it met. Holds no transaction, keeps every exchange."""
    talk = Talk(errand.question)
    try:
        return ask(talk)
    except ProviderError as error:
        return Answer(error=error, was_asked=talk.was_used)

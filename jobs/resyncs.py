"""The job behind “Resync from provider”."""

from jobs.context import perform
from webapp.extensions import db
from webapp.services import resyncs, resyncs_settle
from webapp.services.provider_questions import question_of
from webapp.services.runs import Claim


def from_provider(run_id: int) -> None:
    """Ask the provider how the run's shipment stands and merge what it says."""
    perform(run_id, _from_provider)


def _from_provider(claim: Claim) -> None:
    question = question_of(claim)
    db.session.commit()  # Nothing is held open while the provider is asked.
    answer = resyncs.ask(question)
    resyncs_settle.settle(question, answer)
    db.session.commit()

"""The job behind a void of a shipment whose order is with a provider."""

from jobs.context import perform
from webapp.extensions import db
from webapp.services import voids_run, voids_settle
from webapp.services.provider_questions import question_of
from webapp.services.runs import Claim


def with_provider(run_id: int) -> None:
    """Cancel the order at the provider and void the run's shipment, or leave both as they are and say why."""
    perform(run_id, _with_provider)


def _with_provider(claim: Claim) -> None:
    reason = str(claim.parameters.get("reason", ""))
    question = question_of(claim)
    db.session.commit()  # Nothing is held open while the provider is asked.
    verdict = voids_run.ask(question, reason)
    voids_settle.settle(question, verdict, reason)
    db.session.commit()

"""The job behind a shipment that a provider is to ship."""

from jobs.context import perform
from webapp.extensions import db
from webapp.services import fulfilling_send, fulfilling_settle
from webapp.services.runs import Claim


def create_provider_order(run_id: int) -> None:
    """Create the order of the run's shipment at its provider, or find it there under our number."""
    perform(run_id, _create_provider_order)


def _create_provider_order(claim: Claim) -> None:
    errand = fulfilling_send.prepare(claim)
    db.session.commit()  # Nothing is held open while the provider is asked.
    answer = fulfilling_send.ask(errand)
    fulfilling_settle.settle(errand, answer)
    db.session.commit()

"""The jobs that tell a provider something about one shipment: the lines it has here, or to cancel its order."""

from functools import partial

from jobs.context import perform
from webapp.extensions import db
from webapp.services import provider_settle
from webapp.services.provider_operations import CANCEL_ORDER, RESYNC_TO
from webapp.services.provider_runs import Operation
from webapp.services.runs import Claim


def update_order(run_id: int) -> None:
    """Make the lines of the order at the provider those of the run's shipment."""
    perform(run_id, partial(_carry_out, RESYNC_TO))


def cancel_order(run_id: int) -> None:
    """Cancel the order of the run's shipment at the provider, and nothing here."""
    perform(run_id, partial(_carry_out, CANCEL_ORDER))


def _carry_out(operation: Operation, claim: Claim) -> None:
    errand = operation.prepare(claim)
    db.session.commit()  # Nothing is held open while the provider is asked.
    answer = operation.ask(errand)
    provider_settle.settle(operation, errand, answer)
    db.session.commit()

"""The job behind a notice from a provider."""

from jobs.context import perform
from webapp.extensions import db
from webapp.providers.base import ProviderError
from webapp.services import webhooks_work
from webapp.services.runs import Claim


def work_off(run_id: int) -> None:
    """Ask about every shipment the notice is about."""
    perform(run_id, _work_off)


def _work_off(claim: Claim) -> None:
    try:
        told = webhooks_work.numbers_told(claim)
    except ProviderError as error:
        webhooks_work.fail(claim, error)
    else:
        webhooks_work.settle(claim, told)
    db.session.commit()

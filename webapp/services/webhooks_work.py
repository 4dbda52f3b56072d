"""The run behind a notice: which shipments it is about, and a resync for each, which reads there again.

The order in which notices come does not matter: each only says that something is new, never what.
"""

from datetime import timedelta

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, ProviderOrder, Run
from webapp.providers.base import Capability, ProviderError
from webapp.providers.notices import FollowsNotices
from webapp.providers.registry import capabilities_of
from webapp.schema import now
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.services.provider_questions import Inquiry, account_of
from webapp.services.runs import Claim
from webapp.statuses import RunKind, RunState

WAIT = timedelta(seconds=30)
MOST = 500  # One notice of ShipStation tells of a batch of labels; more is no notice but a catalogue.


def numbers_told(claim: Claim) -> list[str]:
    """The order numbers behind a notice's address, read from the provider; raises any ProviderError.

    Takes as long as it takes and holds no transaction.
    """
    url = claim.parameters.get("resource_url")
    if not url:
        return []
    account = account_of(int(claim.parameters["account_id"]))
    db.session.commit()
    with Inquiry(account, claim.run_id) as adapter:
        return adapter.numbers_told_at(str(url)) if isinstance(adapter, FollowsNotices) else []


def settle(claim: Claim, told: list[str]) -> None:
    """Ask for a resync of every shipment the notice is about and end the run. Raises ClaimLost.

    A resync that is at work may have read too early: the run waits for it, and then asks again.
    """
    account = account_of(int(claim.parameters["account_id"]))
    ids = _shipments(claim, account.id, told) if Capability.RESYNC_FROM in capabilities_of(account.kind) else []
    asked = [runs.request(RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=id_) for id_ in ids]
    if _are_at_work(asked) and not claim.is_last_attempt:
        runs.postpone(claim, now() + WAIT, "Another resync is at work, so this one follows it.")
        return
    what = "One shipment is" if len(ids) == 1 else f"{len(ids):,} shipments are"
    runs.finish(claim, RunState.SUCCEEDED, f"{what} asked about again." if ids else "It is about none of ours.")


def fail(claim: Claim, error: ProviderError) -> None:
    """Put it off, or end the run with the reason; polling asks about open shipments in any case."""
    if error.retryable and not claim.is_last_attempt:
        wait = timedelta(seconds=error.retry_after) if error.retry_after else WAIT
        runs.postpone(claim, now() + wait, f"{error.message} This is tried again by itself.")
        return
    runs.finish(claim, RunState.FAILED, error.message, can_retry=False, technical_error=error.code)


def _shipments(claim: Claim, account_id: int, told: list[str]) -> list[int]:
    numbers = [*claim.parameters.get("numbers", ()), *told]
    of_account = Fulfillment.provider_account_id == account_id
    by_number = sa.select(Fulfillment.id).where(of_account, Fulfillment.fulfillment_number.in_(numbers))
    by_order = sa.select(ProviderOrder.fulfillment_id).where(
        ProviderOrder.provider_account_id == account_id,
        ProviderOrder.external_id.in_(list(claim.parameters.get("external_ids", ()))),
    )
    found = db.session.scalars(sa.union(by_number, by_order))
    return sorted(set(found))[:MOST]


def _are_at_work(run_ids: list[int]) -> bool:
    working = (Run.id.in_(run_ids), Run.state == RunState.RUNNING.value)
    return bool(db.session.scalar(sa.select(sa.exists().where(*working))))

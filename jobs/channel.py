"""The job that tells a sales channel of a shipment or its void, and the sync that asks for it by the clock."""

import structlog

from jobs.context import application, perform
from webapp.extensions import db
from webapp.services import channel, channel_sync

log = structlog.get_logger()


def tell(run_id: int) -> None:
    """Tell the channel of the run's shipment what it does not know yet; see services.channel.carry_out."""
    perform(run_id, channel.carry_out)


def tell_due() -> None:
    """Ask for a run for each of the next shipments that a channel is to be told of."""
    with application().app_context():
        asked = channel_sync.request_due()
        db.session.commit()
        if asked:
            log.info("channels_to_be_told", runs=asked)

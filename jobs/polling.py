"""What asks providers by the clock: how open orders stand, and what became of outcomes that nobody knows."""

import structlog

from jobs.context import application
from webapp.extensions import db
from webapp.services import polling, unknown_outcomes

log = structlog.get_logger()


def poll() -> None:
    """Ask for a run over the shipments that are due, one for each account."""
    with application().app_context():
        made = polling.request_due()
        if made:
            log.info("providers_polled", runs=made)


def ask_again() -> None:
    """Ask once more for what ended without a known outcome."""
    with application().app_context():
        asked = unknown_outcomes.ask_again()
        db.session.commit()
        if asked:
            log.info("unknown_outcomes_asked_again", runs=asked)

"""Tries after one of which nobody knows what it did: that stays so until somebody has seen what stands there."""

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Run
from webapp.providers.base import (
    AlreadyShipped,
    NotCancellable,
    NotFound,
    NotUpdatable,
    OutcomeUnknown,
    ProviderError,
    Throttled,
    Unsupported,
)
from webapp.services.runs import Claim
from webapp.statuses import RunState

# Said of an order that was seen, or by a provider that was asked for it.
_ABOUT_THE_ORDER = (AlreadyShipped, NotCancellable, NotFound, NotUpdatable, Unsupported)


def carried_over(error: ProviderError | None, claim: Claim) -> ProviderError | None:
    """The error of a try; one that says nothing about an earlier try in doubt leaves that unknown.

    A provider that cannot even be asked how its order stands has not refused what it was told before.
    """
    if error is None or _settles(error) or (isinstance(error, Throttled) and not claim.is_last_attempt):
        return error
    return _still_unknown(error) if claim.is_in_doubt or _was_left_unknown(claim) else error


def after(earlier: ProviderError | None, error: ProviderError | None) -> ProviderError | None:
    """The same for a try that follows another one within a row of a bulk run."""
    if error is None or _settles(error) or earlier is None or not earlier.ambiguous:
        return error
    return _still_unknown(error)


def _settles(error: ProviderError) -> bool:
    """Whether it says how things stand by now, be it that nobody knows."""
    return error.ambiguous or error.after_look or isinstance(error, _ABOUT_THE_ORDER)


def _still_unknown(error: ProviderError) -> OutcomeUnknown:
    words = f"{error.message} An earlier try may have been carried out there."
    return OutcomeUnknown(words, retryable=True, retry_after=error.retry_after)


def _was_left_unknown(claim: Claim) -> bool:
    """Whether the run before this one, about the same shipment, ended without anybody knowing what it did."""
    same = (Run.kind == claim.kind.value, Run.fulfillment_id == claim.fulfillment_id, Run.id < claim.run_id)
    last = sa.select(Run.state).where(*same).order_by(Run.id.desc()).limit(1)
    return db.session.scalar(last) == RunState.UNKNOWN.value

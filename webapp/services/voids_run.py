"""Void a shipment whose order is with a provider: see how it stands there, cancel it, and only then void here.

Stock never comes back for a parcel that may still leave: whatever the provider leaves open changes nothing here.
"""

from dataclasses import dataclass, replace
from enum import Enum

from webapp.providers.base import (
    AlreadyShipped,
    Capability,
    NotCancellable,
    NotFound,
    OrderReference,
    ProviderAdapter,
    ProviderError,
    ProviderOrderSnapshot,
    Unsupported,
)
from webapp.services.provider_questions import Question, Talk
from webapp.statuses import ProviderOrderState

_HAS_LEFT = frozenset({ProviderOrderState.SHIPPED, ProviderOrderState.PARTIALLY_SHIPPED})


class Found(Enum):
    """How the order stands at the provider once everything was done there that can be done."""

    GONE = "cancelled there, or there is no such order"
    LEFT = "shipped there"
    STANDING = "open there, and the provider lets nobody but a person cancel it"


@dataclass(frozen=True)
class Verdict:
    """What became of the order at the provider, or the error for which nobody can say.

    `was_asked` is false when nothing was sent at all, `was_told` true when the order was cancelled because of us.
    """

    found: Found | None = None
    order: ProviderOrderSnapshot | None = None
    error: ProviderError | None = None
    was_asked: bool = True
    was_told: bool = False


def ask(question: Question, reason: str) -> Verdict:
    """Ask the provider, and cancel there what has not left. Holds no transaction, keeps every exchange."""
    talk = Talk(question)
    try:
        with talk as adapter:
            return _see_to_it(adapter, question.reference, reason)
    except NotFound:
        return Verdict(Found.GONE)
    except Unsupported as error:
        # An order that can be asked about, and yet was not seen, may have left.
        return Verdict(error=error) if talk.was_used else Verdict(Found.STANDING, was_asked=False)
    except ProviderError as error:
        return Verdict(error=error, was_asked=talk.was_used)


def _see_to_it(adapter: ProviderAdapter, reference: OrderReference, reason: str) -> Verdict:
    order = adapter.fetch_order(reference)
    if order.state in _HAS_LEFT:
        return Verdict(Found.LEFT, order)
    if order.state is ProviderOrderState.CANCELLED:
        return Verdict(Found.GONE, order)
    if Capability.CANCEL not in adapter.capabilities:
        return Verdict(Found.STANDING, order)
    try:
        meant = replace(reference, external_id=order.external_id)
        return _cancelled(adapter, adapter.cancel_order(meant, reason))
    except AlreadyShipped:
        # It left between the two calls; looking once more brings its tracking number.
        return Verdict(Found.LEFT, adapter.fetch_order(reference))
    except Unsupported:
        return Verdict(Found.STANDING, order)  # What this account's connection allows differs from its kind.


def _cancelled(adapter: ProviderAdapter, order: ProviderOrderSnapshot) -> Verdict:
    """What the order is after it was told to be cancelled."""
    if order.state in _HAS_LEFT:
        return Verdict(Found.LEFT, order)
    if order.state is ProviderOrderState.CANCELLED:
        return Verdict(Found.GONE, order, was_told=True)
    raise NotCancellable(
        f"{adapter.label} was told to cancel the order, and it still stands there as {order.raw_status[:60]}."
    )

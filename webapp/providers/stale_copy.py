"""The error of a provider whose reads come from a copy that lags behind what was sent."""

from webapp.providers.base import OutcomeUnknown


class StaleCopy(OutcomeUnknown):
    """The provider answers from a copy older than what we sent, so it cannot say yet what became of that.

    The account is well; asking again after `retry_after` does no harm.
    """

    code = "provider_stale_copy"
    retryable = True
    trips_circuit = False

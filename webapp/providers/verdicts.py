"""What a test of an account's connection came to, in a word."""

from webapp.choices import Choice, Tone
from webapp.providers.addresses import (
    CertificateRefused,
    InvalidBaseUrl,
    RealHostRefused,
    Unreachable,
    WrongAddress,
)
from webapp.providers.base import AuthFailed, NotFound, ProviderError, Throttled, Transient


class ConnectionVerdict(Choice):
    """Never stored; what came of each call is with the exchanges."""

    WORKS = "works", "The connection works", Tone.GOOD
    WRONG_CREDENTIALS = "wrong_credentials", "Wrong credentials", Tone.BAD
    WRONG_ADDRESS = "wrong_address", "Wrong address", Tone.BAD
    UNTRUSTED = "untrusted", "Its certificate does not verify", Tone.BAD
    NOT_REACHABLE = "not_reachable", "Not reachable", Tone.BAD
    RATE_LIMITED = "rate_limited", "Called too often", Tone.WARNING
    OUT_OF_ORDER = "out_of_order", "Out of order", Tone.WARNING
    REFUSED = "refused", "Refused", Tone.BAD


# The first that fits; the finer errors stand before those they are kinds of.
_VERDICTS: tuple[tuple[tuple[type[ProviderError], ...], ConnectionVerdict], ...] = (
    ((AuthFailed,), ConnectionVerdict.WRONG_CREDENTIALS),
    # A call that tests an account names no order that could be missing.
    ((InvalidBaseUrl, RealHostRefused, WrongAddress, NotFound), ConnectionVerdict.WRONG_ADDRESS),
    ((CertificateRefused,), ConnectionVerdict.UNTRUSTED),
    ((Unreachable,), ConnectionVerdict.NOT_REACHABLE),
    ((Throttled,), ConnectionVerdict.RATE_LIMITED),
    ((Transient,), ConnectionVerdict.OUT_OF_ORDER),
)


def verdict_of(error: ProviderError) -> ConnectionVerdict:
    """The word for what went wrong."""
    return next((verdict for kinds, verdict in _VERDICTS if isinstance(error, kinds)), ConnectionVerdict.REFUSED)

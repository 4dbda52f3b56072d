"""What is true of one provider's API as a whole, and what the door and its interpreter ask about it."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.providers.base import ProviderError
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shapes import JsonValue


def _says_nothing_of_that(_data: JsonValue) -> bool:
    """For a provider whose answers do not say in their bodies whether a call was turned down."""
    return False


def _names_none(_data: JsonValue) -> type[ProviderError] | None:
    """For a provider whose refusals are told apart by their status."""
    return None


@dataclass(frozen=True)
class ProviderTraits:
    """What is true of one provider's API as a whole.

    `explain` finds the provider's own words in an answer. `says_missing`, where given, decides from status and
    body whether a 400 or 404 means that there is no such order; any other 404 then means a wrong address.
    `said_no` tells a plain refusal from a breakdown: some providers refuse with status 500. `refusal` names the
    error that a body speaks of where the status says nothing: AuthFailed, NotFound or Rejected.
    """

    kind: str
    label: str
    rate_limit: RateLimit
    explain: Callable[[JsonValue], str | None]
    says_missing: Callable[[int, JsonValue], bool] | None = None
    said_no: Callable[[JsonValue], bool] = _says_nothing_of_that
    refusal: Callable[[JsonValue], type[ProviderError] | None] = _names_none
    # Field names that name a person at this provider only; lower case without punctuation.
    personal: frozenset[str] = frozenset()

"""JSON from outside, strictly: bounded, no key twice, no NaN, exact decimals; plain or as base64."""

import base64
import binascii
import json
from decimal import Decimal
from typing import Any, NoReturn

from webapp.queries.filters.problems import WrongValue

MOST_CHARACTERS = 512 * 1024  # Room for one list of a thousand long values; a query string is far shorter anyway.


def loads(text: str) -> Any:
    """What a JSON text, or the base64 of one, says. Raises WrongValue."""
    if len(text) > MOST_CHARACTERS:
        raise WrongValue(f"The filter is too long: {len(text):,} characters, {MOST_CHARACTERS:,} are the most.")
    text = text.strip()
    return _json(text if text[:1] in {"{", "["} else _from_base64(text))


def _from_base64(text: str) -> str:
    # In a query string a plus sign arrives as a space; both alphabets are taken, with or without padding.
    plain = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise WrongValue("The filter is neither JSON nor base64 of it.") from None


def _json(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_without_repetition, parse_constant=_no_constant, parse_float=_exactly
        )
    except RecursionError:
        raise WrongValue("The filter is nested far too deep.") from None
    except ValueError:
        raise WrongValue("The filter is not valid JSON.") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise WrongValue("The filter has an object with the same key twice.")
    return found


def _exactly(number: str) -> Decimal:
    try:
        return Decimal(number)
    except ArithmeticError:
        raise WrongValue("The filter has a number that is far too large.") from None


def _no_constant(name: str) -> NoReturn:
    raise WrongValue(f"{name} is not a value.")

"""What a scanned or typed code may stand for: labels carry more than the tracking number itself.

Formats: USPS prints `420`, a ZIP code of 5 or 9 digits and then the number, which begins with 9 and has 20, 22
or 26 digits (USPS Publication 199). FedEx prints 34 digits that end in the number, older Express labels 32 with
the number at the 17th, Ground the 96-form of 22 digits that ends in 15 (FedEx barcode label documentation).
"""

import re

_NOT_IN_TRACKING = re.compile(r"[^0-9A-Za-z]")
_TRACKING = re.compile(r"(?=(?:.*\d){6})[0-9A-Za-z][0-9A-Za-z -]{7,}")  # No carrier's number is shorter.
_USPS_LENGTHS = frozenset({20, 22, 26})
_USPS_PREFIXES = (len("420") + 5, len("420") + 9)
_FEDEX_LENGTHS = (12, 14, 15)


def tracking_key(tracking_number: str | None) -> str | None:
    """A tracking number as a scanner reads it: upper case, without spaces and dashes; None for none."""
    if tracking_number is None:
        return None
    return _NOT_IN_TRACKING.sub("", tracking_number).upper() or tracking_number


def tracking_keys(code: str) -> tuple[str, ...]:
    """The tracking numbers a code may stand for, as the tracking key column holds them; itself first."""
    key = tracking_key("".join(code.split()))
    if not key:
        return ()
    if not key.isdecimal():
        return (key,)
    return tuple(dict.fromkeys((key, *_usps(key), *_fedex(key))))


def may_be_tracking(code: str) -> bool:
    """Whether it looks like a tracking number as labels carry it: long, mostly digits, with blanks or dashes."""
    return _TRACKING.fullmatch(code) is not None


def numbers(code: str) -> tuple[str, ...]:
    """A shipment or order number as typed, and without blanks in upper case."""
    compact = "".join(code.split())
    return tuple(dict.fromkeys((code.strip(), compact, compact.upper())))


def _usps(key: str) -> list[str]:
    if not key.startswith("420"):
        return []
    # One length of label can be read with either ZIP code, so both readings are given.
    readings = (key[length:] for length in _USPS_PREFIXES)
    return [number for number in readings if number.startswith("9") and len(number) in _USPS_LENGTHS]


def _fedex(key: str) -> list[str]:
    if len(key) == 34:
        return [key[-length:] for length in _FEDEX_LENGTHS]
    if len(key) == 32:
        return [key[16:28]]
    if len(key) == 22 and key.startswith("96"):
        return [key[-15:]]
    return []

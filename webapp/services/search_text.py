"""What the search box looks through: a lower-case text per shipment, and tracking as scanners read it."""

import re
from collections.abc import Iterable

_NOT_IN_TRACKING = re.compile(r"[^0-9A-Za-z]")
_SEPARATOR = "\n"


def tracking_key(tracking_number: str | None) -> str | None:
    """A tracking number as a scanner reads it: upper case, without spaces and dashes; None for none."""
    if tracking_number is None:
        return None
    return _NOT_IN_TRACKING.sub("", tracking_number).upper() or tracking_number


def search_text(
    *,
    fulfillment_number: str,
    order_number: str,
    tracking_number: str | None,
    customer_reference: str,
    customer_name: str,
    customer_email: str,
    skus: Iterable[str],
) -> str:
    """The text of one shipment; each part on its own line, so that no search matches across two of them."""
    parts = [fulfillment_number, order_number, tracking_number, tracking_key(tracking_number)]
    parts += [customer_reference, customer_name, customer_email, *skus]
    return _SEPARATOR.join(dict.fromkeys(part.lower() for part in parts if part))

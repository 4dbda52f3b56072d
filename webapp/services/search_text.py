"""What the search box looks through: a lower-case text per shipment."""

from collections.abc import Iterable

from webapp.queries.listing.scanned import tracking_key

__all__ = ["search_text", "tracking_key"]
_SEPARATOR = "\n"


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

"""What a provider's copy says about ours, decided alike for every provider."""

from collections.abc import Mapping

from webapp.providers.base import Rejected
from webapp.providers.shapes import JsonValue
from webapp.statuses import FulfillmentStatus, ProviderOrderState


def refuse_other(label: str, order_id: object, number: str, asked: str) -> None:
    """Raises Rejected for an order under an id of ours that has not our number, so that it is somebody else's."""
    if number != asked:
        raise Rejected(
            f"{label}'s order {order_id} has the number {number}, not {asked}. It is not touched; give one of the "
            "two its number back."
        )


def fulfillment_status_of(state: ProviderOrderState, tracking_number: str | None) -> FulfillmentStatus | None:
    """What our shipment becomes; None while the provider's word says nothing about picking and packing."""
    if state is ProviderOrderState.SHIPPED:
        has_tracking = bool(tracking_number)
        return FulfillmentStatus.FULFILLED if has_tracking else FulfillmentStatus.FULFILLED_AWAITING_INFO
    return FulfillmentStatus.CANCELED if state is ProviderOrderState.CANCELLED else None


def link_template(settings: Mapping[str, JsonValue]) -> str | None:
    """The account's setting `order_url`, where it is an address that may be put into a page."""
    template = settings.get("order_url")
    if not isinstance(template, str) or not template.startswith(("https://", "http://127.0.0.1:")):
        return None
    return template

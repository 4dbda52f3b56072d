"""The provider's copy of a practice shipment, with the payload its API would have sent."""

from base64 import b64encode
from typing import Any

from webapp.services.loading.loader import WrittenAmounts
from webapp.services.loading.times import text_of
from webapp.services.seeding.fates import Fate
from webapp.services.seeding.plan import PlannedShipment
from webapp.services.seeding.provider_payloads import PAYLOADS, shipstation_payload
from webapp.statuses import ProviderOrderState

FIRST_EXTERNAL_ID = 310_000_000
_SHIPSTATION_WORDS = {
    ProviderOrderState.AWAITING.value: "awaiting_shipment",
    ProviderOrderState.PROCESSING.value: "awaiting_shipment",
    ProviderOrderState.SHIPPED.value: "shipped",
    ProviderOrderState.CANCELLED.value: "cancelled",
    ProviderOrderState.EXCEPTION.value: "rejected_fulfillment",
}
_OTHER_WORDS = {
    ProviderOrderState.AWAITING.value: "pending",
    ProviderOrderState.PROCESSING.value: "processing",
    ProviderOrderState.SHIPPED.value: "fulfilled",
    ProviderOrderState.CANCELLED.value: "canceled",
    ProviderOrderState.EXCEPTION.value: "error",
}
# ShipHero tells work under way by what is allocated and trouble by a hold; the word for both stays “pending”.
_SHIPHERO_WORDS = _OTHER_WORDS | {
    ProviderOrderState.PROCESSING.value: "pending",
    ProviderOrderState.EXCEPTION.value: "pending",
}
_AMAZON_WORDS = {
    ProviderOrderState.AWAITING.value: "Received",
    ProviderOrderState.PROCESSING.value: "Planning",
    ProviderOrderState.SHIPPED.value: "Complete",
    ProviderOrderState.CANCELLED.value: "Cancelled",
    ProviderOrderState.EXCEPTION.value: "Unfulfillable",
}
# Starshipit has no word for cancelled, it archives; trouble is told by a parcel of a printed order.
_STARSHIPIT_WORDS = {
    ProviderOrderState.AWAITING.value: "Unshipped",
    ProviderOrderState.PROCESSING.value: "Saved",
    ProviderOrderState.SHIPPED.value: "Printed",
    ProviderOrderState.CANCELLED.value: "Unshipped",
    ProviderOrderState.EXCEPTION.value: "Printed",
}
_SHIPFUSION_WORDS = {
    ProviderOrderState.AWAITING.value: "inQueue",
    ProviderOrderState.PROCESSING.value: "processing",
    ProviderOrderState.SHIPPED.value: "shipped",
    ProviderOrderState.CANCELLED.value: "cancelled",
    ProviderOrderState.EXCEPTION.value: "backOrder",
}
_TRACKSTAR_WORDS = _OTHER_WORDS | {
    ProviderOrderState.AWAITING.value: "open",
    ProviderOrderState.CANCELLED.value: "cancelled",
    ProviderOrderState.EXCEPTION.value: "exception",
}
# Several words of VeraCore's can be true at once.
_VERACORE_WORDS = {
    ProviderOrderState.AWAITING.value: "Unprocessed",
    ProviderOrderState.PROCESSING.value: "Processed",
    ProviderOrderState.SHIPPED.value: "Complete, Shipped, Processed",
    ProviderOrderState.CANCELLED.value: "Canceled",
    ProviderOrderState.EXCEPTION.value: "Backordered, Unprocessed",
}
_WORDS = {
    "shipstation": _SHIPSTATION_WORDS,
    "shiphero": _SHIPHERO_WORDS,
    "trackstar": _TRACKSTAR_WORDS,
    "fba": _AMAZON_WORDS,
    "starshipit": _STARSHIPIT_WORDS,
    "shipfusion": _SHIPFUSION_WORDS,
    "veracore": _VERACORE_WORDS,
}
# Where an order is known by the id that we gave it.
_WITH_OUR_ID = ("fba", "veracore")


def row(
    *,
    number: int,
    fulfillment_id: int,
    account: int,
    name: str,
    shipment: PlannedShipment,
    fate: Fate,
    money: WrittenAmounts,
) -> tuple[Any, ...]:
    """The row of provider_orders. Our processing is ShipStation's awaiting_shipment: it does not tell picking."""
    state = fate.provider_state or ProviderOrderState.UNKNOWN.value
    is_shipstation = shipment.order.kind == "shipstation"
    word = _WORDS.get(shipment.order.kind, _OTHER_WORDS)[state]
    if is_shipstation and state == ProviderOrderState.PROCESSING.value:
        state = ProviderOrderState.AWAITING.value
    is_amazon = shipment.order.kind == "fba"
    is_ours = shipment.order.kind in _WITH_OUR_ID
    external_id = name if is_ours else _external_id(shipment.order.kind, FIRST_EXTERNAL_ID + number)
    payload = PAYLOADS.get(shipment.order.kind, shipstation_payload)
    created = text_of(fate.created_at)
    shipped = None if fate.fulfilled_at is None else text_of(fate.fulfilled_at)
    service = fate.service
    return (
        number,
        fulfillment_id,
        account,
        external_id,
        name,
        word,
        state,
        fate.tracking,
        service.carrier_code if service else None,
        service.code if service else None,
        None if is_amazon else money[fate.cost],  # Amazon does not tell it.
        shipped,
        payload(
            external_id=external_id,
            name=name,
            word=word,
            created=created,
            shipped=shipped,
            shipment=shipment,
            fate=fate,
        ),
        created,
        text_of(fate.updated_at),
    )


def _external_id(kind: str, number: int) -> str:
    """ShipHero's ids are the type and a number in base64, the others' a number."""
    return b64encode(b"Order:%d" % number).decode() if kind == "shiphero" else str(number)

"""The provider's copy of a practice shipment, with the payload its API would have sent."""

from typing import Any

from webapp.services.loading.loader import WrittenAmounts
from webapp.services.loading.times import text_of
from webapp.services.seeding.fates import Fate
from webapp.services.seeding.plan import PlannedShipment
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
    word = (_SHIPSTATION_WORDS if is_shipstation else _OTHER_WORDS)[state]
    if is_shipstation and state == ProviderOrderState.PROCESSING.value:
        state = ProviderOrderState.AWAITING.value
    external_id = FIRST_EXTERNAL_ID + number
    created = text_of(fate.created_at)
    shipped = None if fate.fulfilled_at is None else text_of(fate.fulfilled_at)
    service = fate.service
    return (
        number,
        fulfillment_id,
        account,
        str(external_id),
        name,
        word,
        state,
        fate.tracking,
        service.carrier_code if service else None,
        service.code if service else None,
        money[fate.cost],
        shipped,
        _payload(
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


def _payload(
    *,
    external_id: int,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order and its label as JSON text; names and addresses are redacted before a payload is stored."""
    items = ", ".join(
        [f'{{"sku": "{portion.good.sku}", "quantity": {portion.quantity}}}' for portion in shipment.portions]
    )
    order = (
        f'{{"orderId": {external_id}, "orderNumber": "{name}", "orderStatus": "{word}", '
        f'"createDate": "{created}", "items": [{items}]}}'
    )
    if shipped is None or fate.service is None:
        return f'{{"orders": [{order}], "parcels": []}}'
    tracking = f'"{fate.tracking}"' if fate.tracking else "null"
    cost = "null" if fate.cost is None else f"{fate.cost / 10_000:.2f}"
    parcel = (
        f'{{"shipmentId": {external_id + 1}, "trackingNumber": {tracking}, '
        f'"carrierCode": "{fate.service.carrier_code}", "serviceCode": "{fate.service.code}", '
        f'"shipmentCost": {cost}, "shipDate": "{shipped}", "voided": false}}'
    )
    return f'{{"orders": [{order}], "parcels": [{parcel}]}}'

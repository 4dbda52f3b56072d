"""The payload that each provider's API would have sent about a practice shipment, as JSON text."""

from collections.abc import Callable

from webapp.services.seeding.fates import Fate
from webapp.services.seeding.plan import PlannedShipment
from webapp.statuses import ProviderOrderState


def shipstation_payload(
    *,
    external_id: str,
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
        f'{{"shipmentId": {int(external_id) + 1}, "trackingNumber": {tracking}, '
        f'"carrierCode": "{fate.service.carrier_code}", "serviceCode": "{fate.service.code}", '
        f'"shipmentCost": {cost}, "shipDate": "{shipped}", "voided": false}}'
    )
    return f'{{"orders": [{order}], "parcels": [{parcel}]}}'


def _shiphero_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order as ShipHero answers it, as JSON text."""
    left = 0 if shipped else 1
    lines = ", ".join(
        [
            f'{{"node": {{"sku": "{portion.good.sku}", "quantity": {portion.quantity}, '
            f'"quantity_pending_fulfillment": {portion.quantity * left}}}}}'
            for portion in shipment.portions
        ]
    )
    labels = ""
    if shipped is not None and fate.service is not None:
        tracking = f'"{fate.tracking}"' if fate.tracking else "null"
        cost = "null" if fate.cost is None else f'"{fate.cost / 10_000:.2f}"'
        labels = (
            f'{{"shipping_labels": [{{"status": "valid", "tracking_number": {tracking}, '
            f'"carrier": "{fate.service.carrier_code}", "shipping_method": "{fate.service.code}", '
            f'"cost": {cost}, "created_date": "{shipped}"}}]}}'
        )
    return (
        f'{{"order": {{"id": "{external_id}", "order_number": "{name}", "fulfillment_status": "{word}", '
        f'"order_date": "{created}", "line_items": {{"edges": [{lines}]}}, "shipments": [{labels}]}}}}'
    )


def _trackstar_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order as Trackstar answers it, as JSON text."""
    lines = ", ".join(
        [f'{{"sku": "{portion.good.sku}", "quantity": {portion.quantity}}}' for portion in shipment.portions]
    )
    shipments = ""
    if shipped is not None and fate.service is not None:
        tracking = f'"{fate.tracking}"' if fate.tracking else "null"
        cost = "null" if fate.cost is None else f"{fate.cost / 10_000:.2f}"
        shipments = (
            f'{{"status": "shipped", "shipped_date": "{shipped}", "packages": [{{"tracking_number": {tracking}, '
            f'"carrier_name": "{fate.service.carrier_code}", "shipping_method_name": "{fate.service.code}", '
            f'"shipping_cost": {cost}}}]}}'
        )
    return (
        f'{{"order": {{"id": "{external_id}", "order_number": "{name}", "status": "{word}", '
        f'"created_date": "{created}", "line_items": [{lines}], "shipments": [{shipments}]}}}}'
    )


def _amazon_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order as Amazon answers it, as JSON text."""
    items = ", ".join(
        [f'{{"sellerSku": "{portion.good.sku}", "quantity": {portion.quantity}}}' for portion in shipment.portions]
    )
    shipments = ""
    if shipped is not None and fate.service is not None:
        tracking = f', "trackingNumber": "{fate.tracking}"' if fate.tracking else ""
        shipments = (
            f'{{"fulfillmentShipmentStatus": "SHIPPED", "shippingDate": "{shipped}", '
            f'"fulfillmentShipmentPackage": [{{"carrierCode": "{fate.service.carrier_code}"{tracking}}}]}}'
        )
    return (
        f'{{"order": {{"fulfillmentOrder": {{"sellerFulfillmentOrderId": "{external_id}", '
        f'"displayableOrderId": "{name}", "fulfillmentOrderStatus": "{word}", "receivedDate": "{created}"}}, '
        f'"fulfillmentOrderItems": [{items}], "fulfillmentShipments": [{shipments}]}}}}'
    )


def _starshipit_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order as Starshipit answers it, as JSON text."""
    items = ", ".join(
        [
            f'{{"item_id": {place}, "sku": "{portion.good.sku}", "quantity": {portion.quantity}}}'
            for place, portion in enumerate(shipment.portions, 1)
        ]
    )
    archived = "true" if fate.provider_state == ProviderOrderState.CANCELLED.value else "false"
    packages = price = ""
    if shipped is not None and fate.service is not None:
        tracking = f'"{fate.tracking}"' if fate.tracking else "null"
        price = "" if fate.cost is None else f'"total_shipping_price": "{fate.cost / 10_000:.2f}", '
        packages = (
            f'{{"package_id": {int(external_id) + 1}, "tracking_number": {tracking}, '
            f'"carrier_service_code": "{fate.service.code}", "delivery_status": "Dispatched", '
            f'"label_created_date": "{shipped}"}}'
        )
    return (
        f'{{"order": {{"order_id": {external_id}, "order_number": "{name}", "status": "{word}", '
        f'"order_date": "{created}", "archived": {archived}, {price}"items": [{items}], '
        f'"packages": [{packages}]}}}}'
    )


def _shipfusion_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The shipment as Shipfusion answers it, one item for each unit, as JSON text."""
    units = [portion.good.sku for portion in shipment.portions for _ in range(portion.quantity)]
    items = ", ".join([f'{{"SKU": "{sku}", "status": "{word}"}}' for sku in units])
    tracking = ""
    if shipped is not None and fate.service is not None:
        numbers = f'"{fate.tracking}"' if fate.tracking else ""
        tracking = (
            f'"shippingCarrier": "{fate.service.carrier_code}", "shippingService": "{fate.service.code}", '
            f'"shipTimeStamp": "{shipped}", "trackingNumbers": [{numbers}]'
        )
    return (
        f'{{"shipment": {{"shipmentId": "{external_id}", "orderNumber": "{name}", "shipmentStatus": "{word}", '
        f'"orderTimestamp": "{created}", "shipmentItems": [{items}], "tracking": {{{tracking}}}}}}}'
    )


def _veracore_payload(
    *,
    external_id: str,
    name: str,
    word: str,
    created: str,
    shipped: str | None,
    shipment: PlannedShipment,
    fate: Fate,
) -> str:
    """The order as VeraCore answers it, its XML as the JSON in which it is kept."""
    offers = ", ".join(
        [f'{{"OfferId": "{portion.good.sku}", "OrderQty": "{portion.quantity}"}}' for portion in shipment.portions]
    )
    flags = ", ".join([f'"{flag}": "true"' for flag in word.split(", ")])
    parts = ""
    if shipped is not None and fate.service is not None:
        tracking = f'"{fate.tracking}"' if fate.tracking else "null"
        cost = "" if fate.cost is None else f'"ActualFreight": "{fate.cost / 10_000:.2f}", '
        parts = (
            f'"PickPackType": {{"Status": "Shipped", "Packages": {{"PackagesType": {{"TrackingId": {tracking}, '
            f'"Carrier": "{fate.service.carrier_code}", "Service": "{fate.service.code}", {cost}'
            f'"DateShipped": "{shipped}"}}}}}}'
        )
    return (
        f'{{"order": {{"OrdHead": {{"OrderId": "{external_id}", "ReferenceNo": "{name}", '
        f'"EntryDate": "{created}", "Status": {{{flags}}}}}, "OfferInfo": {{"OfferType": [{offers}]}}, '
        f'"ShippingOrders": {{{parts}}}}}}}'
    )


PAYLOADS: dict[str, Callable[..., str]] = {
    "shiphero": _shiphero_payload,
    "trackstar": _trackstar_payload,
    "fba": _amazon_payload,
    "starshipit": _starshipit_payload,
    "shipfusion": _shipfusion_payload,
    "veracore": _veracore_payload,
}

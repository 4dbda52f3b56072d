"""Our shipments in Shopify's words. Source: its Admin schema, FulfillmentInput and FulfillmentTrackingInput."""

from webapp.providers.channel import Tracking
from webapp.providers.shapes import JsonObject
from webapp.providers.shopify.companies import company_of
from webapp.providers.shopify.planning import Portion


def fulfillment_data(portion: Portion, tracking: Tracking, *, notify: bool) -> JsonObject:
    """What `fulfillmentCreate` is told: the lines of one location, and the tracking number."""
    return {
        "lineItemsByFulfillmentOrder": [
            {
                "fulfillmentOrderId": order_id,
                "fulfillmentOrderLineItems": [
                    {"id": id_, "quantity": quantity} for id_, quantity in lines.items()
                ],
            }
            for order_id, lines in portion.lines.items()
        ],
        "trackingInfo": tracking_data(tracking),
        "notifyCustomer": notify,
    }


def tracking_data(tracking: Tracking) -> JsonObject:
    """The whole new list of numbers; for a carrier Shopify does not know the address where it is followed."""
    company = company_of(tracking.carrier)
    data: JsonObject = {"numbers": [tracking.number]}
    if company or tracking.carrier:
        data["company"] = company or tracking.carrier
    if company is None and tracking.url:
        data["urls"] = [tracking.url]
    return data

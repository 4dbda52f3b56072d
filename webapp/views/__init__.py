"""One module per group of screens, each with a blueprint named like its module."""

from webapp.views import (
    accounts,
    activity,
    exchanges,
    fulfillments,
    health,
    inventory,
    lines,
    providers,
    resyncs,
    runs,
    shipment_page,
    shipping_details,
)

BLUEPRINTS = (
    accounts.blueprint,
    activity.blueprint,
    exchanges.blueprint,
    fulfillments.blueprint,
    health.blueprint,
    inventory.blueprint,
    lines.blueprint,
    providers.blueprint,
    resyncs.blueprint,
    runs.blueprint,
    shipment_page.blueprint,
    shipping_details.blueprint,
)

"""One module per group of screens, each with a blueprint named like its module."""

from webapp.views import (
    accounts,
    activity,
    fulfillments,
    health,
    inventory,
    lines,
    providers,
    resyncs,
    runs,
    shipping_details,
)

BLUEPRINTS = (
    accounts.blueprint,
    activity.blueprint,
    fulfillments.blueprint,
    health.blueprint,
    inventory.blueprint,
    lines.blueprint,
    providers.blueprint,
    resyncs.blueprint,
    runs.blueprint,
    shipping_details.blueprint,
)

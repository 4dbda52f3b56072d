"""The shipment page: everything about one shipment, with its history and its stock movements behind two tabs."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for

from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queries.channel import ChannelStanding, standing_of
from webapp.queries.lines import Line, lines_of
from webapp.queries.provider_orders import ProviderOrderRow, provider_orders_of
from webapp.queries.shipment_page import Budget, Shipment, budgets_of, shipment
from webapp.queries.tracking_links import tracking_url
from webapp.statuses import Permission
from webapp.web.formatting import ago
from webapp.web.history_values import shown
from webapp.web.htmx import wants_fragment
from webapp.web.permissions import requires
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("shipment_page", __name__)
blueprint.add_app_template_filter(shown)
blueprint.add_app_template_filter(ago)

CARDS = "shipment-cards"


@dataclass(frozen=True)
class Facts:
    """What the cards of one shipment show."""

    shipment: Shipment
    lines: list[Line]
    budgets: list[Budget]
    provider_orders: list[ProviderOrderRow]
    telling: ChannelStanding

    @property
    def tracking_url(self) -> str | None:
        return tracking_url(self.shipment.carrier, self.shipment.tracking_number)

    @property
    def resync_refusal(self) -> str | None:
        """Why the provider cannot be asked how the order stands there, in a sentence; None when it can."""
        if Capability.RESYNC_FROM not in capabilities_of(self.shipment.provider_kind):
            return f"{self.shipment.type.label} cannot be asked how its orders stand."
        trouble = self.shipment.account_trouble
        return trouble.sentence if trouble and trouble.is_lasting else None


@blueprint.get("/fulfillments/<int:fulfillment_id>")
@requires(Permission.BROWSE)
def show(fulfillment_id: int) -> str:
    if wants_fragment(CARDS):
        return render_template("shipment/_refreshed.html", **_context(fulfillment_id))
    return page_with(fulfillment_id, panel="shipment/_history.html")


def page_with(fulfillment_id: int, *, panel: str, **context: Any) -> str:
    """The whole page with this template in the place of the history."""
    return render_template("shipment/page.html", panel=panel, **_context(fulfillment_id), **context)


def refreshed(fulfillment_id: int) -> str:
    """The heading and the cards as fragments that find their own places on the page."""
    return render_template("shipment/_refreshed.html", **_context(fulfillment_id))


def _context(fulfillment_id: int) -> dict[str, Any]:
    scope = signed_in_person().scope
    found = shipment(fulfillment_id, scope)
    return {
        "fulfillment_id": fulfillment_id,
        "shipment": found,
        "facts": Facts(
            shipment=found,
            lines=lines_of(fulfillment_id, scope),
            budgets=budgets_of(found.fulfillment_order_id),
            provider_orders=provider_orders_of(fulfillment_id),
            telling=standing_of(fulfillment_id, scope),
        ),
        "idempotency_key": uuid.uuid4().hex,
        "page_url": url_for("shipment_page.show", fulfillment_id=fulfillment_id),
    }

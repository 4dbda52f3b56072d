"""Keeps what the search box looks through in step with a shipment that changed."""

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, FulfillmentSearchText, Product, SalesOrder
from webapp.services.search_text import search_text, tracking_key


def set_tracking_number(shipment: Fulfillment, tracking_number: str | None) -> None:
    """Give a shipment a tracking number, with the form scanners read and the search text that belong to it."""
    shipment.tracking_number = tracking_number
    shipment.tracking_key = tracking_key(tracking_number)
    refresh(shipment)


def refresh(shipment: Fulfillment) -> None:
    """Write the search text of a shipment anew."""
    order = db.session.execute(
        sa.select(SalesOrder.order_number, SalesOrder.customer_reference, SalesOrder.name, SalesOrder.email).where(
            SalesOrder.id == shipment.sales_order_id
        )
    ).one()
    skus = db.session.scalars(
        sa.select(Product.sku)
        .join(FulfillmentLine, FulfillmentLine.product_id == Product.id)
        .where(FulfillmentLine.fulfillment_id == shipment.id)
        .order_by(FulfillmentLine.id)
    )
    text = search_text(
        fulfillment_number=shipment.fulfillment_number,
        order_number=order.order_number,
        tracking_number=shipment.tracking_number,
        customer_reference=order.customer_reference,
        customer_name=order.name,
        customer_email=order.email,
        skus=skus,
    )
    db.session.merge(FulfillmentSearchText(fulfillment_id=shipment.id, text=text))

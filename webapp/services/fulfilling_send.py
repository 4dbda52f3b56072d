"""Send a shipment to its provider: a run creates the order there under our number, once however often it tries."""

from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, Product, SalesOrder, SalesOrderLine
from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress, ProviderError
from webapp.queries.addresses import ADDRESS_PARTS
from webapp.queries.fulfilling_send import is_being_voided, sending_of
from webapp.queries.scope import EVERYWHERE
from webapp.services import idempotency, runs
from webapp.services.actors import Actor
from webapp.services.provider_questions import Question, Talk, question_of
from webapp.services.resyncs import Answer
from webapp.services.runs import Claim
from webapp.statuses import RunKind


@dataclass(frozen=True)
class Errand:
    """The order to be created, and where."""

    question: Question
    order: NewOrder

    @property
    def claim(self) -> Claim:
        return self.question.claim

    @property
    def label(self) -> str:
        return self.question.label


def request(fulfillment_id: int, actor: Actor, key: str | None) -> int:
    """Ask for a shipment to be sent once more and return the run's id; the same key again returns the same run.

    Raises NotFound outside the actor's scope, and Refused with the reason why it cannot be sent.
    """
    if actor.user_id is None:
        raise ValueError("A person sends a shipment again; the first time it is sent when it is fulfilled.")
    status = sending_of(fulfillment_id, actor.scope)
    first = idempotency.claim(actor.user_id, key, "send_to_provider", {"fulfillment_id": fulfillment_id})
    if first is not None:
        return int(first["run_id"])
    if status.refusal:
        raise Refused(status.refusal)
    run_id = runs.request(RunKind.CREATE_PROVIDER_ORDER, actor, fulfillment_id=fulfillment_id)
    idempotency.remember(actor.user_id, key, {"run_id": run_id})
    return run_id


def prepare(claim: Claim) -> Errand:
    """Read what is to be sent and to whom. Raises Refused for a shipment that must not be sent any more."""
    question = question_of(claim)
    status = sending_of(question.fulfillment_id, EVERYWHERE)
    if status.refusal:
        raise Refused(f"{status.refusal} Nothing was sent.")
    if is_being_voided(question.fulfillment_id):
        raise Refused(f"{status.fulfillment_number} is being voided, so it was not sent.")
    order = order_of(question.fulfillment_id)
    return Errand(question, replace(order, sent_at=question.reference.sent_at))


def ask(errand: Errand) -> Answer:
    """Have the order created, or find the one that stands under our number. Holds no transaction."""
    talk = Talk(errand.question)
    try:
        with talk as adapter:
            return Answer(snapshot=adapter.create_order(errand.order))
    except ProviderError as error:
        return Answer(error=error, was_asked=talk.was_used)


def order_of(fulfillment_id: int) -> NewOrder:
    """The shipment as a provider is to send it, as it stands now."""
    shipment, order = db.session.execute(
        sa.select(Fulfillment, SalesOrder)
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .where(Fulfillment.id == fulfillment_id)
    ).one()
    method = shipment.requested_shipping_method_manual or shipment.requested_shipping_method
    return NewOrder(
        number=shipment.fulfillment_number,
        ordered_at=order.ordered_at,
        ship_to=PostalAddress(**{part: getattr(order, part) for part in ADDRESS_PARTS}),
        lines=_lines_of(fulfillment_id),
        shipping_method=method or order.shipping_method,
    )


def _lines_of(fulfillment_id: int) -> tuple[NewOrderLine, ...]:
    """The lines under the ids of ours, which never change."""
    line = FulfillmentLine
    statement = (
        sa.select(line.id, Product.sku, Product.name, line.quantity, SalesOrderLine.unit_price)
        .join(Product, Product.id == line.product_id)
        .join(SalesOrderLine, SalesOrderLine.id == line.sales_order_line_id)
        .where(line.fulfillment_id == fulfillment_id)
        .order_by(line.id)
    )
    return tuple(
        NewOrderLine(key=str(id_), sku=sku, name=name, quantity=quantity, unit_price=price or Decimal(0))
        for id_, sku, name, quantity, price in db.session.execute(statement)
    )

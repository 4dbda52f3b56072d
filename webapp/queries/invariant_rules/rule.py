"""One rule of the domain: the statement that selects what breaks it, and the words for it."""

from dataclasses import dataclass

SHIPMENT, BUDGET = "shipment {id}", "fulfillment order line {id}"


@dataclass(frozen=True)
class Rule:
    """`subject` and `message` are filled with the columns of the statement."""

    name: str
    statement: str
    subject: str
    message: str

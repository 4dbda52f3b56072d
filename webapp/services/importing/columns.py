"""The columns of an import file: what each holds, and whether it tells of the order, the line or the shipment."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from webapp.models.fulfillments import COST_LIMIT, TRACKING_LENGTH
from webapp.services.importing.cells import Parse, amount, choice, instant, tags, text, whole_number
from webapp.statuses import FulfillmentStatus, FulfillmentType

MOST_UNITS = 1_000_000  # Of one order line; what a layer of a whole batch adds up to still fits its column.
PRICE_LIMIT = Decimal(1_000_000_000)  # Ten digits before the point is what an amount column holds.
MOST_COST = 10_000_000_000 * 10_000  # Of a whole line, in ten-thousandths: what its column holds.
MOST_UNITS_OF_A_SHIPMENT = 2_000_000_000  # What the column of the count holds.
DESCRIPTION_LENGTH = 20_000  # A long product page; the column itself has no limit.


class Owner(Enum):
    """What a column tells of: all rows of that thing must say the same."""

    ORDER = "order"
    LINE = "order line"
    SHIPMENT = "shipment"
    ROW = "row"


@dataclass(frozen=True)
class Column:
    """`parse` turns the stripped cell into a value; `is_required` is about the header, not about each cell."""

    name: str
    owner: Owner
    parse: Parse
    is_required: bool = False


_ADDRESS = {
    "address1": 255,
    "address2": 255,
    "city": 120,
    "province": 120,
    "province_code": 20,
    "zip": 40,
    "country": 120,
    "country_code": 2,
}
ADDRESS_PARTS = tuple(_ADDRESS)
CUSTOMER_PARTS = ("name", "company", "email", "phone")


def _addresses(prefix: str) -> list[Column]:
    return [Column(f"{prefix}_{part}", Owner.ORDER, text(limit)) for part, limit in _ADDRESS.items()]


COLUMNS = (
    Column("order_number", Owner.ORDER, text(120, one_line=True), is_required=True),
    Column("order_date", Owner.ORDER, instant, is_required=True),
    Column("channel_type", Owner.ORDER, text(40, one_line=True)),
    Column("channel", Owner.ORDER, text(120, one_line=True)),
    Column("store", Owner.ORDER, text(120, one_line=True)),
    Column("customer_reference", Owner.ORDER, text(120, one_line=True)),
    Column("customer_name", Owner.ORDER, text(255)),
    Column("customer_company", Owner.ORDER, text(255)),
    Column("customer_email", Owner.ORDER, text(255)),
    Column("customer_phone", Owner.ORDER, text(60)),
    *_addresses("ship"),
    *_addresses("bill"),
    Column("order_shipping_method", Owner.ORDER, text(120)),
    Column("tags", Owner.ORDER, tags(60)),
    Column("warehouse", Owner.SHIPMENT, text(120, one_line=True), is_required=True),
    Column("sku", Owner.ROW, text(120, one_line=True), is_required=True),
    Column("product_name", Owner.LINE, text(255)),
    Column("product_description", Owner.LINE, text(DESCRIPTION_LENGTH)),
    Column("nominal_code", Owner.LINE, text(60)),
    Column("ordered_quantity", Owner.LINE, whole_number(MOST_UNITS), is_required=True),
    Column("unit_price", Owner.LINE, amount(PRICE_LIMIT)),
    Column("unit_cost", Owner.LINE, amount(PRICE_LIMIT)),
    Column("shipment_sequence", Owner.ROW, whole_number(MOST_UNITS)),
    Column("shipment_quantity", Owner.ROW, whole_number(MOST_UNITS)),
    Column("fulfillment_type", Owner.SHIPMENT, choice(FulfillmentType)),
    Column("status", Owner.SHIPMENT, choice(FulfillmentStatus)),
    Column("tracking_number", Owner.SHIPMENT, text(TRACKING_LENGTH, one_line=True)),
    Column("shipping_cost", Owner.SHIPMENT, amount(COST_LIMIT)),
    Column("requested_shipping_method", Owner.SHIPMENT, text(120)),
    Column("fulfilled_shipping_method", Owner.SHIPMENT, text(120)),
    Column("fulfilled_at", Owner.SHIPMENT, instant),
    Column("provider_account", Owner.SHIPMENT, text(120, one_line=True)),
    Column("provider_order_id", Owner.SHIPMENT, text(120, one_line=True)),
)
NAMES = tuple(column.name for column in COLUMNS)
INDEX = {name: place for place, name in enumerate(NAMES)}
ERROR_COLUMN = "error"  # What a rejects file adds; it may be imported again as it is.

# What must be empty in a row without a shipment, because only a shipment has it.
ONLY_WITH_A_SHIPMENT = (
    "shipment_quantity",
    "status",
    "tracking_number",
    "shipping_cost",
    "fulfilled_shipping_method",
    "fulfilled_at",
    "provider_order_id",
)


def owned_by(owner: Owner) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if column.owner is owner)

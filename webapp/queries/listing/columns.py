"""The columns of the shipments list, declared once: header, cells, sort links and column menu come from here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; `sort` names the sort key behind its header, `starts_high` the direction of the first click.

    `is_detail` columns are left out of the cards that rows become on a phone.
    """

    key: str
    label: str
    sort: str | None = None
    starts_high: bool = False
    is_numeric: bool = False
    is_detail: bool = False

    @property
    def css_class(self) -> str:
        return " ".join(["num"] * self.is_numeric + ["wide-only"] * self.is_detail)


NUMBER = Column(key="number", label="Shipment", sort="id", starts_high=True)
"""The row's own name: always shown, always first."""

ATTENTION = Column(key="attention", label="Needs attention")
"""Shown by its tab only: why the row is there, and since when."""

COLUMNS = (
    Column(key="status", label="Status", sort="status"),
    Column(key="provider", label="Provider"),
    Column(key="customer", label="Customer"),
    Column(key="order", label="Order", is_detail=True),
    Column(key="warehouse", label="Warehouse"),
    Column(key="tracking", label="Tracking", sort="tracking_number"),
    Column(key="fulfilled_method", label="Method used", is_detail=True),
    Column(key="requested_method", label="Method asked", is_detail=True),
    Column(key="items", label="Items", is_numeric=True, is_detail=True),
    Column(key="units", label="Units", is_numeric=True),
    Column(key="cost", label="Cost", sort="cost", starts_high=True, is_numeric=True, is_detail=True),
    Column(key="channel_state", label="Channel told", is_detail=True),
    Column(key="store", label="Channel, store", is_detail=True),
    Column(key="type", label="Type", sort="fulfillment_type", is_detail=True),
    Column(key="fulfilled_at", label="Shipped", sort="fulfilled_at", starts_high=True, is_detail=True),
    Column(
        key="printed_at", label="Slip printed", sort="packing_slip_printed_at", starts_high=True, is_detail=True
    ),
    Column(key="created_at", label="Created", sort="created_at", starts_high=True),
    Column(key="updated_at", label="Updated", sort="updated_at", starts_high=True, is_detail=True),
)

COLUMNS_BY_KEY = {column.key: column for column in COLUMNS}
DEFAULT_COLUMNS = tuple(COLUMNS_BY_KEY)

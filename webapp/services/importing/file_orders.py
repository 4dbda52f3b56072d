"""An order as an import file tells it, before anything is known of what the database holds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.services.importing.columns import ADDRESS_PARTS

Values = dict[str, Any]


@dataclass(slots=True)
class FileShipment:
    """One shipment as the file tells it; `given` names the columns that were filled in, `rows` is by SKU."""

    sequence: int
    row: int
    values: Values
    given: frozenset[str] = frozenset()
    quantities: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def warehouse(self) -> str:
        return str(self.values["warehouse"])


@dataclass(slots=True)
class FileLine:
    """One order line; `warehouse` is where what has not been shipped stays open."""

    sku: str
    row: int
    values: Values
    warehouse: str
    is_open_row_seen: bool = False

    @property
    def quantity(self) -> int:
        return int(self.values["ordered_quantity"])


@dataclass(slots=True)
class FileOrder:
    """One order of the file with its lines by SKU and its shipments by sequence."""

    number: str
    row: int
    values: Values
    lines: dict[str, FileLine] = field(default_factory=dict)
    shipments: dict[int, FileShipment] = field(default_factory=dict)

    @property
    def ordered_at(self) -> datetime:
        moment: datetime = self.values["order_date"]
        return moment

    @property
    def billing(self) -> tuple[str, ...] | None:
        """The billing address where one is given that is not the shipping address."""
        billing = tuple(self.values[f"bill_{part}"] for part in ADDRESS_PARTS)
        return billing if any(billing) and billing != self.shipping else None

    @property
    def shipping(self) -> tuple[str, ...]:
        return tuple(self.values[f"ship_{part}"] for part in ADDRESS_PARTS)

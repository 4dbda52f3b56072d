"""The values of one shipment that the list shows and the filter knows, as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, SalesChannel, SalesOrder, Store, Warehouse
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.scope import Scope

KEYS = (
    "status",
    "provider_state",
    "customer_name",
    "customer_city",
    "sales_order_number",
    "warehouse",
    "tracking_number",
    "fulfilled_shipping_method",
    "requested_shipping_method",
    "cost",
    "submitted_to_sales_channel_at",
    "sales_channel_type_name",
    "store",
    "fulfillment_type",
    "fulfilled_at",
    "packing_slip_printed_at",
    "created_at",
    "updated_at",
)
"""The columns of the filter that are read, each reached by a join below."""


@dataclass(frozen=True)
class RowValues:
    """The values of a shipment by column of the filter; None where it has none."""

    number: str
    values: Mapping[str, Any]


@lru_cache(maxsize=64)
def _values_in(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    """Put together once for each scope: building it costs as much as asking it."""
    columns: list[sa.Label[Any]] = [
        part.label(f"{key}_{number}") for key in KEYS for number, part in enumerate(COLUMNS_BY_KEY[key].parts)
    ]
    return (
        sa.select(Fulfillment.fulfillment_number, *columns)
        .select_from(Fulfillment)
        .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
        .where(Fulfillment.id == sa.bindparam("fulfillment_id"), scope.limit())
    )


def values_of(fulfillment_id: int, scope: Scope) -> RowValues:
    """The values of a shipment; raises NotFound when it is not in the scope.

    Of a column with two parts, such as a shipping method and one given by hand, it is the first that is filled:
    the one the list shows.
    """
    row = db.session.execute(_values_in(scope), {"fulfillment_id": fulfillment_id}).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    return RowValues(row["fulfillment_number"], {key: _first_filled(key, row) for key in KEYS})


def _first_filled(key: str, row: sa.RowMapping) -> Any:
    each = (row[f"{key}_{number}"] for number in range(len(COLUMNS_BY_KEY[key].parts)))
    return next((value for value in each if value is not None and value != ""), None)

"""The names a text column of the filter may have, where they are few enough to be offered."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.models import SalesChannel, SalesOrderTag, Store, User, Warehouse
from webapp.queries.scope import Scope

MOST = 200


def names(column: str, scope: Scope) -> list[str]:
    """What may stand in this column, in order; empty for a column whose values are too many to list."""
    asked = _NAMES.get(column)
    if asked is None:
        return []
    return [name for name in db.session.scalars(asked(scope).limit(MOST)) if name]


def _warehouses(scope: Scope) -> sa.Select[str]:
    return sa.select(Warehouse.name).where(scope.limit(Warehouse.id)).order_by(Warehouse.name)


def _each(column: InstrumentedAttribute[str]) -> Callable[[Scope], sa.Select[str]]:
    return lambda _scope: sa.select(column).distinct().order_by(column)


_NAMES: dict[str, Callable[[Scope], sa.Select[str]]] = {
    "warehouse": _warehouses,
    "store": _each(Store.name),
    "sales_channel_type_name": _each(SalesChannel.type),
    "sales_order_tags": _each(SalesOrderTag.tag),
    "voided_by": _each(User.display_name),
}

"""The floors a page is measured against, over the product's own database.

F0 is the least a page can cost: the raw driver with a prepared statement in autocommit, strings joined in Python,
a bare Flask route. F1 is the straightforward page one writes by hand: SQLAlchemy Core, a keyset query, a Jinja
table; no sign-in, no filters. Both show the rows and columns of the product's default list. Flask-Admin's default
list over the same table stands for the frameworks people would otherwise use.
"""

import os
import sqlite3
import threading
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, request
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_compress import Compress
from jinja2 import Template
from markupsafe import escape
from sqlalchemy.engine import make_url
from sqlalchemy.orm import registry, relationship, scoped_session, sessionmaker

import webapp.database  # noqa: F401 - sets the pragmas of every SQLite connection
from tests.benchmarks.floor_sql import SELECT
from webapp.extensions import COMPRESSION
from webapp.models import Base, Fulfillment, ProviderAccount, SalesChannel, SalesOrder, Store, Warehouse

PAGE = 50
URL = make_url(os.environ["DATABASE_URL"])
IS_SQLITE = URL.get_backend_name() == "sqlite"

HEADINGS = (
    "ID", "Shipment", "Status", "Type", "Order", "Customer", "City", "Country", "Channel", "Store", "Warehouse",
    "Account", "Provider", "Problem", "Tracking", "Carrier", "Asked", "Asked by hand", "Used", "Used by hand",
    "Items", "Units", "Cost", "Channel told", "Fulfilled", "Printed", "Created", "Updated",
)  # fmt: skip
NEWEST = 2**62

app = Flask(__name__)
app.secret_key = "benchmark"  # It signs nothing that matters.
app.config.update(COMPRESSION)
Compress(app)
_local = threading.local()


def _raw() -> Any:
    """One driver connection per thread, kept open."""
    if not hasattr(_local, "connection"):
        if IS_SQLITE:
            _local.connection = sqlite3.connect(str(URL.database), isolation_level=None)
        else:
            plain = URL.set(drivername="postgresql").render_as_string(hide_password=False)
            _local.connection = psycopg.connect(plain, autocommit=True)
    return _local.connection


F0_SELECT = SELECT.format(where="f.id < ?" if IS_SQLITE else "f.id < %s")


@app.get("/f0")
def f0() -> str:
    rows = _raw().execute(F0_SELECT, (int(request.args.get("before", NEWEST)),)).fetchall()[:PAGE]
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    body = "".join(
        "<tr>"
        + "".join(["<td>" + ("" if cell is None else str(escape(cell))) + "</td>" for cell in row])
        + "</tr>"
        for row in rows
    )
    return f"<!doctype html><title>F0</title><table><tr>{head}</tr>{body}</table>"


# Without a transaction on SQLite, as its driver reads by default; our own rules would take the write lock.
engine = sa.create_engine(URL, pool_size=10).execution_options(reading=True)
_f1_select = (
    sa.select(
        Fulfillment.id,
        Fulfillment.fulfillment_number,
        Fulfillment.status,
        Fulfillment.fulfillment_type,
        SalesOrder.order_number,
        SalesOrder.name,
        SalesOrder.city,
        SalesOrder.country_code,
        SalesChannel.name.label("channel"),
        Store.name.label("store"),
        Warehouse.name.label("warehouse"),
        ProviderAccount.name.label("account"),
        Fulfillment.provider_state,
        Fulfillment.provider_problem,
        Fulfillment.tracking_number,
        Fulfillment.carrier,
        Fulfillment.requested_shipping_method,
        Fulfillment.requested_shipping_method_manual,
        Fulfillment.fulfilled_shipping_method,
        Fulfillment.fulfilled_shipping_method_manual,
        Fulfillment.item_count,
        Fulfillment.unit_count,
        Fulfillment.cost,
        Fulfillment.submitted_to_sales_channel_at,
        Fulfillment.fulfilled_at,
        Fulfillment.packing_slip_printed_at,
        Fulfillment.created_at,
        Fulfillment.updated_at,
    )
    .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
    .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
    .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    .where(
        Fulfillment.voided_at.is_(None),
        Fulfillment.archived_at.is_(None),
        Fulfillment.id < sa.bindparam("before"),
    )
    .order_by(Fulfillment.id.desc())
    .limit(PAGE + 1)
)
_f1_page = Template(
    """<!doctype html><title>F1</title><table><thead><tr>
{% for heading in headings %}<th>{{ heading }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ "" if cell is none else cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>""",
    autoescape=True,
)


@app.get("/f1")
def f1() -> str:
    with engine.connect() as connection:
        rows = connection.execute(_f1_select, {"before": int(request.args.get("before", NEWEST))}).all()[:PAGE]
    return _f1_page.render(headings=HEADINGS, rows=rows)


@app.get("/count")
def bounded_count() -> str:
    """The bounded count as raw SQL says it."""
    statement = (
        "SELECT count(*) FROM "
        "(SELECT 1 FROM fulfillments WHERE voided_at IS NULL AND archived_at IS NULL LIMIT 10001) x"
    )
    return str(_raw().execute(statement).fetchone()[0])


# Flask-Admin shows related rows through relationships, which the product's own models do without.
_mapping = registry()


class _Related:
    """A row that Flask-Admin shows by its name."""

    name: str
    order_number: str

    def __str__(self) -> str:
        return getattr(self, "order_number", None) or self.name


def _mapped(name: str, model: type[Base], **properties: Any) -> type[Any]:
    mapped: type[Any] = type(name, (_Related,), {})
    _mapping.map_imperatively(mapped, model.__table__, properties=properties)
    return mapped


_Channel = _mapped("Channel", SalesChannel)
_Shop = _mapped("Shop", Store, sales_channel=relationship(_Channel))
_Order = _mapped("Order", SalesOrder, store=relationship(_Shop))
_Place = _mapped("Place", Warehouse)
_Account = _mapped("Account", ProviderAccount)
_Shipment = _mapped(
    "Shipment",
    Fulfillment,
    order=relationship(_Order),
    warehouse=relationship(_Place),
    account=relationship(_Account),
)


class _ListOnly(ModelView):  # type: ignore[misc]
    page_size = PAGE
    column_list = (
        "id", "fulfillment_number", "status", "fulfillment_type", "order", "order.name", "order.city",
        "order.country_code", "order.store.sales_channel", "order.store", "warehouse", "account", "provider_state",
        "provider_problem", "tracking_number", "carrier", "requested_shipping_method",
        "requested_shipping_method_manual", "fulfilled_shipping_method", "fulfilled_shipping_method_manual",
        "item_count", "unit_count", "cost", "submitted_to_sales_channel_at", "fulfilled_at",
        "packing_slip_printed_at", "created_at", "updated_at",
    )  # fmt: skip
    column_default_sort = ("id", True)
    can_create = can_edit = can_delete = False


_session = scoped_session(sessionmaker(engine))
app.teardown_appcontext(lambda _error: _session.remove())
Admin(app, name="Flask-Admin", url="/flask-admin").add_view(
    _ListOnly(_Shipment, _session, endpoint="shipments", url="/flask-admin/shipments")
)

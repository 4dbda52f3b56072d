"""A void as eight statements written by hand, on the bare driver: the floor that the product's void is held to.

It locks and reads the shipment, but checks nothing of it, leaves the status of the sales order alone, knows no
idempotency key, works out no hash, and works only for the shipment it was written for: one that is alone on its
fulfillment order.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy.engine import URL

LOCK = "SELECT status, voided_at, version, fulfillment_order_id FROM fulfillments WHERE id = :id"
STATEMENTS = (
    """UPDATE cost_layers SET remaining = remaining + taken.quantity FROM (
        SELECT cost_layer_id, -SUM(quantity) AS quantity FROM inventory_movements AS sale
        WHERE fulfillment_id = :id AND reverses_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM inventory_movements AS back WHERE back.reverses_id = sale.id)
        GROUP BY cost_layer_id
    ) AS taken WHERE taken.cost_layer_id = cost_layers.id""",
    """INSERT INTO inventory_movements (type, inventory_status, product_id, warehouse_id, cost_layer_id, quantity,
        unit_cost, fulfillment_id, fulfillment_line_id, reference, reverses_id, occurred_at)
    SELECT type, inventory_status, product_id, warehouse_id, cost_layer_id, -quantity, unit_cost, fulfillment_id,
        fulfillment_line_id, reference, id, :moment FROM inventory_movements AS sale
    WHERE fulfillment_id = :id AND reverses_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM inventory_movements AS back WHERE back.reverses_id = sale.id)""",
    """UPDATE allocations SET status = 'allocated', fulfillment_line_id = NULL WHERE fulfillment_line_id IN (
        SELECT id FROM fulfillment_lines WHERE fulfillment_id = :id)""",
    """UPDATE fulfillment_order_lines SET remaining = remaining + line.quantity FROM fulfillment_lines AS line
    WHERE line.fulfillment_id = :id AND line.fulfillment_order_line_id = fulfillment_order_lines.id""",
    """UPDATE fulfillment_orders SET status = 'open', request_status = 'unsubmitted', version = version + 1,
        updated_at = :moment WHERE id = (SELECT fulfillment_order_id FROM fulfillments WHERE id = :id)""",
    """UPDATE fulfillments SET status_before_void = status, request_status_before_void = 'accepted',
        status = 'canceled', voided_at = :moment, voided_by_user_id = :user, void_reason = 'Floor',
        version = version + 1, updated_at = :moment, history_length = history_length + 1, history_head = :hash
    WHERE id = :id""",
    """INSERT INTO activities (fulfillment_id, subject_type, subject_id, event, actor_id, changes, note,
        occurred_at, chain_position, hash)
    SELECT id, 'fulfillment', id, 'voided', :user, '{}', 'Floor', :moment, history_length, :hash
    FROM fulfillments WHERE id = :id""",
)


class Floor:
    """One connection that voids shipments by hand."""

    def __init__(self, url: URL, user_id: int) -> None:
        self._user = user_id
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self._connection: Any
        if self._is_sqlite:
            self._connection = sqlite3.connect(str(url.database), isolation_level=None, timeout=15)
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute("PRAGMA cache_size=-65536")
            self._statements = (LOCK, *STATEMENTS)
        else:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, autocommit=True)
            self._statements = tuple(_for_psycopg(one) for one in (f"{LOCK} FOR UPDATE", *STATEMENTS))

    def void(self, fulfillment_id: int) -> None:
        moment = datetime.now(UTC)
        text = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
        values = {
            "id": fulfillment_id,
            "user": self._user,
            "moment": text if self._is_sqlite else moment,
            "hash": bytes(32),
        }
        run = self._connection.execute
        run("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        for statement in self._statements:
            run(statement, values)
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()


def _for_psycopg(statement: str) -> str:
    for name in ("id", "user", "moment", "hash"):
        statement = statement.replace(f":{name}", f"%({name})s")
    return statement

"""Sales orders whose status their shipments belie get the right one: open ones of which all has left, above all.

A resync once left an order open when the provider had shipped the last of it.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MEND = """
UPDATE sales_orders SET status = CASE status WHEN 'open' THEN 'closed' ELSE 'open' END
WHERE status IN ('open', 'closed') AND id IN (
    SELECT totals.sales_order_id FROM (
        SELECT ordered.sales_order_id,
            MAX(COALESCE(held.quantity, 0) - ordered.quantity) AS surplus,
            CASE WHEN SUM(COALESCE(held.quantity, 0)) < SUM(ordered.quantity) OR MAX(COALESCE(held.waiting, 0)) > 0
                THEN 'open' ELSE 'closed' END AS expected
        FROM sales_order_lines AS ordered LEFT JOIN (
            SELECT line.sales_order_line_id, SUM(line.quantity) AS quantity, MAX(CASE WHEN shipment.status
                IN ('submitted', 'acknowledged', 'picked', 'packed', 'awaiting_pickup') THEN 1 ELSE 0 END) AS waiting
            FROM fulfillment_lines AS line JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
            WHERE shipment.voided_at IS NULL GROUP BY line.sales_order_line_id
        ) AS held ON held.sales_order_line_id = ordered.id
        GROUP BY ordered.sales_order_id
    ) AS totals JOIN sales_orders AS sales_order ON sales_order.id = totals.sales_order_id
    WHERE totals.surplus <= 0 AND sales_order.status <> totals.expected
)
"""


def upgrade() -> None:
    op.execute(_MEND)


def downgrade() -> None:
    """What is right stays right."""

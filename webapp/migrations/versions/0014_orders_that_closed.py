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
WHERE status IN ('open', 'closed') AND fulfillment_status IN ('unfulfilled', 'partially_fulfilled', 'fulfilled')
    AND (status = 'closed') <> (fulfillment_status = 'fulfilled' AND NOT EXISTS (
        SELECT 1 FROM fulfillments
        WHERE fulfillments.sales_order_id = sales_orders.id AND fulfillments.voided_at IS NULL
            AND fulfillments.status IN ('submitted', 'acknowledged', 'picked', 'packed', 'awaiting_pickup')
    ))
"""


def upgrade() -> None:
    op.execute(_MEND)


def downgrade() -> None:
    """What is right stays right."""

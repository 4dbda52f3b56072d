"""What a restore compares with instead of the clock: the newest shipment of the fulfillment order at the void."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import Key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Of voids that are done the clock is the only witness; a shipment was always there itself.
_FILL = """
UPDATE fulfillments SET newest_sibling_at_void = (
    SELECT MAX(sibling.id) FROM fulfillments AS sibling
    WHERE sibling.fulfillment_order_id = fulfillments.fulfillment_order_id
        AND (sibling.created_at <= fulfillments.voided_at OR sibling.id = fulfillments.id)
) WHERE voided_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("fulfillments", sa.Column("newest_sibling_at_void", Key))
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_column("fulfillments", "newest_sibling_at_void")

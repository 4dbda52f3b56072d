"""What sales channels have of our shipments, by the ids under which the channels know it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.fulfillments import TRACKING_LENGTH
from webapp.schema import Base, Instant, Key, now


class ChannelFulfillment(Base):
    """What a channel was told of one shipment: one row for each location it was told for, gone once taken back."""

    __tablename__ = "channel_fulfillments"
    __table_args__ = (sa.UniqueConstraint("provider_account_id", "external_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fulfillment_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillments.id"), index=True)
    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"))
    external_id: Mapped[str] = mapped_column(sa.String(120))
    external_order_id: Mapped[str] = mapped_column(sa.String(120))
    tracking_number: Mapped[str] = mapped_column(sa.String(TRACKING_LENGTH))
    told_at: Mapped[datetime] = mapped_column(Instant, default=now)

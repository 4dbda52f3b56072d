"""The same for a shipment that a sales channel is told of, or told something else of."""

import uuid
from dataclasses import dataclass, field

from tests.proof.stage import SKU, UNITS, Stage
from tests.proof.systems import Work
from webapp.extensions import db
from webapp.models import ProviderAccount, SalesChannel
from webapp.sandbox.systems import SeenRequest
from webapp.schema import now
from webapp.services import channel, shipping_details, voids
from webapp.statuses import SalesOrderStatus

FIRST_NUMBER, OTHER_NUMBER = "1Z999AA1", "1Z999AA2"
THERE_IN_THE_END = {
    Work.SUBMIT: ("SUCCESS", FIRST_NUMBER),
    Work.CORRECT: ("SUCCESS", OTHER_NUMBER),
    Work.TAKE_BACK: ("CANCELLED", FIRST_NUMBER),
}


@dataclass
class ShopStage(Stage):
    """One shipment that left, of an order in the shop; what the shop knew of it was told before any fault."""

    told_before: int = field(init=False, default=0)

    def ask(self) -> int:
        name = f"#{uuid.uuid4().hex[:8]}"
        self._order_key = name.replace("#", "%23")
        self.props.sandbox.load("shopify", [{"number": name, "lines": [{"sku": SKU, "quantity": UNITS}]}])
        order = self.props.make.order(
            customer_reference=name,
            store_id=self._store_of(self.account),
            status=SalesOrderStatus.CLOSED.value,  # All of it has left.
        )
        self._is(
            self.props.make.shipment(
                order=order,
                status="fulfilled",
                carrier="UPS",
                tracking_number=FIRST_NUMBER,
                fulfilled_at=now(),
                lines=((SKU, UNITS, "9.10"),),
            )
        )
        if self.work is not Work.SUBMIT:
            self._tell()
            self.props.drain()
            self._change()
            self.told_before = len(self.requests())
        return self._tell()

    def _store_of(self, account: ProviderAccount) -> int:
        """A store of a channel of its own, which is told by this account."""
        store = self.props.make.store(channel=f"Shop {account.id}")
        sales_channel = db.session.get_one(SalesChannel, store.sales_channel_id)
        sales_channel.provider_account_id = account.id
        db.session.commit()
        return store.id

    def _tell(self) -> int:
        run_id = channel.request(self.shipment_id, self.props.actor)
        db.session.commit()
        assert run_id is not None
        return run_id

    def _change(self) -> None:
        actor = self.props.actor
        if self.work is Work.TAKE_BACK:
            voids.void_locally([self.shipment_id], reason="Twice", actor=actor, force=True)
        else:
            version, key = self.shipment().version, uuid.uuid4().hex
            number = {"tracking_number": OTHER_NUMBER}
            shipping_details.edit(self.shipment_id, number, version=version, key=key, actor=actor)
        db.session.commit()

    def requests(self) -> list[SeenRequest]:
        return super().requests()[self.told_before :]

    def is_done_there(self) -> bool:
        found = self.props.sandbox.show("shopify", self._order_key)["fulfillments"]
        return [(one["status"], one["trackingInfo"][0]["number"]) for one in found] == [
            THERE_IN_THE_END[self.work]
        ]

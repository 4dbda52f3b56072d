"""Provider accounts that a file names, and order ids at providers: the one must exist, the other be free."""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from webapp.models import ProviderOrder
from webapp.services.importing.planning import NewShipment, OrderPlan
from webapp.services.importing.refusals import Refusal
from webapp.services.importing.spool import Spool


class ProviderNames:
    """Checks one batch of plans. `spool` remembers the ids that orders of this file have taken already."""

    def __init__(
        self,
        connection: sa.Connection,
        accounts: Mapping[tuple[str, str], int],
        spool: Spool,
        plans: Collection[OrderPlan],
    ) -> None:
        self._accounts = accounts
        self._spool = spool
        wanted = {
            new.shipment.values["provider_order_id"]
            for plan in plans
            for new in plan.shipments
            if new.shipment.values["provider_order_id"]
        }
        self._taken = _taken(connection, wanted) if wanted else {}

    def refusals(self, plan: OrderPlan) -> list[Refusal]:
        """What stands against this plan; ids are taken for it only when nothing does."""
        found = [refusal for new in plan.shipments for refusal in self._without_account(new)]
        return found or [refusal for new in plan.shipments for refusal in self._claimed(plan, new)]

    def _without_account(self, new: NewShipment) -> Iterable[Refusal]:
        kind, name = new.shipment.values["fulfillment_type"], new.shipment.values["provider_account"]
        if name and (kind, name) not in self._accounts:
            known = ", ".join(sorted(known for found, known in self._accounts if found == kind)) or "none yet"
            expected = f"the name of a provider account of the kind {kind} (known: {known})"
            yield Refusal(new.shipment.row, "provider_account", name, expected)

    def _claimed(self, plan: OrderPlan, new: NewShipment) -> Iterable[Refusal]:
        values = new.shipment.values
        external_id = values["provider_order_id"]
        if not external_id:
            return
        number = f"{plan.order.number}.{new.shipment.sequence}"
        account = self._accounts[values["fulfillment_type"], values["provider_account"]]
        owner = self._taken.get((account, external_id)) or self._spool.claim(f"{account} {external_id}", number)
        if owner is not None:
            expected = f"an id that no other shipment has; {owner} has this one"
            yield Refusal(new.shipment.row, "provider_order_id", external_id, expected)


def _taken(connection: sa.Connection, wanted: Collection[str]) -> dict[tuple[int, str], str]:
    """Which of these ids the database knows, by account, and for which shipment."""
    statement = sa.select(
        ProviderOrder.provider_account_id, ProviderOrder.external_id, ProviderOrder.external_number
    ).where(ProviderOrder.external_id.in_(wanted))
    return {(account, external_id): number for account, external_id, number in connection.execute(statement)}

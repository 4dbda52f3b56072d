"""Several ShipStation orders of one number: split, cancelled and replaced."""

from decimal import Decimal
from typing import Any

from tests.providers.test_shipstation import NUMBER, PARCEL, TWO_LINES, read
from webapp.providers.base import OrderReference
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.sandbox import SandboxControl
from webapp.statuses import ProviderOrderState


def split(**more: Any) -> list[dict[str, Any]]:
    """An order of two lines that was split in two, the second part as `more` says."""
    first = {"external_id": 42, "merged_or_split": True, "lines": TWO_LINES[:1]}
    second = {"external_id": 41, "merged_or_split": True, "parent_id": 42, "lines": TWO_LINES[1:], **more}
    return [first, second]


def test_it_puts_the_parts_of_a_split_order_together(sandbox: SandboxControl, adapter: ShipStationAdapter) -> None:
    first, second = split(status="shipped", shipments=[PARCEL])

    partly = read(sandbox, adapter, first, second)
    wholly = read(sandbox, adapter, {**first, "status": "shipped", "shipments": [{"cost": 1.64}]}, second)

    assert (partly.external_id, partly.state) == ("42", ProviderOrderState.PARTIALLY_SHIPPED)
    assert partly.tracking_number == PARCEL["tracking_number"]
    assert partly.fulfillment_status is None
    assert (wholly.state, wholly.cost) == (ProviderOrderState.SHIPPED, Decimal("10.00"))


def test_it_finds_the_other_parts_when_it_knows_the_id_of_one(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    sandbox.load(
        "shipstation", [{"number": NUMBER, **part} for part in split(status="shipped", shipments=[PARCEL])]
    )

    snapshot = adapter.fetch_order(OrderReference("42", NUMBER))

    assert snapshot.state is ProviderOrderState.PARTIALLY_SHIPPED


def test_a_cancelled_part_does_not_count_beside_a_shipped_one(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    first, second = split(status="shipped", shipments=[PARCEL])

    assert read(sandbox, adapter, {**first, "status": "cancelled"}, second).state is ProviderOrderState.SHIPPED


def test_a_cancelled_order_gives_way_to_the_one_that_replaced_it(
    sandbox: SandboxControl, adapter: ShipStationAdapter
) -> None:
    snapshot = read(sandbox, adapter, {"external_id": 1, "status": "cancelled"}, {"external_id": 2})

    assert (snapshot.external_id, snapshot.state) == ("2", ProviderOrderState.AWAITING)

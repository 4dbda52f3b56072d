"""Which shipments each tab shows, and what counts as needing attention."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.fulfillments import Criteria, Sort, count, list_page
from webapp.queries.listing.attention import RULES, Step, findings
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.schema import now
from webapp.statuses import FulfillmentStatus
from webapp.web import next_steps

SHIPPED = FulfillmentStatus.FULFILLED
VOIDED: dict[str, Any] = {"status": FulfillmentStatus.CANCELED, "status_before_void": "packed"}


def ids_under(tab: Tab, scope: Scope = EVERYWHERE) -> set[int]:
    criteria = Criteria(scope=scope, tab=tab)
    ids = {row.id for row in list_page(criteria, Sort(), 100).rows}
    assert count(criteria).matching == len(ids)
    return ids


def reasons(shipment: Fulfillment) -> list[str]:
    rows = list_page(Criteria(scope=EVERYWHERE, tab=Tab.ATTENTION), Sort(), 100).rows
    return [finding.reason for row in rows if row.id == shipment.id for finding in findings(row)]


def test_each_tab_shows_its_own(make: Factory) -> None:
    moment = now()
    packed = make.shipment().id
    shipped = make.shipment(status=SHIPPED, tracking_number="1Z1", submitted_to_sales_channel_at=moment).id
    waiting = make.shipment(status=FulfillmentStatus.FULFILLED_AWAITING_INFO).id
    voided = make.shipment(voided_at=moment, **VOIDED).id
    archived = make.shipment(status=SHIPPED, tracking_number="1Z2", archived_at=moment).id
    both = make.shipment(voided_at=moment, archived_at=moment, **VOIDED).id
    canceled = make.shipment(status=FulfillmentStatus.CANCELED).id
    assert ids_under(Tab.ACTIVE) == {packed, shipped, waiting, canceled}
    assert ids_under(Tab.SHIPPED) == {shipped, waiting}
    assert ids_under(Tab.ATTENTION) == {waiting}
    assert ids_under(Tab.VOIDED) == {voided, both}
    assert ids_under(Tab.ARCHIVED) == {archived, both}
    assert ids_under(Tab.ALL) == {packed, shipped, waiting, voided, archived, both, canceled}


@pytest.mark.parametrize("tab", list(Tab))
def test_a_tab_holds_nothing_of_other_warehouses(make: Factory, tab: Tab) -> None:
    mine = make.shipment(status=SHIPPED)
    make.shipment(status=SHIPPED, warehouse="Louisville, KY")
    seen = ids_under(tab, Scope(frozenset({mine.warehouse_id})))
    assert seen <= {mine.id}
    assert ids_under(tab, Scope(frozenset())) == set()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"provider_problem": "The address could not be verified."}, "The provider reports a problem"),
        ({"provider_state": "exception"}, "The provider reports a problem"),
        ({"provider_state": "unknown"}, "The provider reports a problem"),
        ({"status": SHIPPED}, "Shipped without tracking"),
        ({"cancel_by_hand": True}, "Voided here, but not at the provider"),
        ({"void_problem": "ShipHero could not be reached."}, "It was to be voided, and is not"),
    ],
)
def test_it_needs_attention(make: Factory, values: dict[str, Any], reason: str) -> None:
    assert reasons(make.shipment(**values)) == [reason]


def test_a_voided_shipment_that_must_be_cancelled_by_hand_needs_attention(make: Factory) -> None:
    shipment = make.shipment(voided_at=now(), cancel_by_hand=True, provider_state="exception", **VOIDED)
    assert reasons(shipment) == ["Voided here, but not at the provider"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"provider_state": "processing"},
        {"status": SHIPPED, "fulfillment_type": "pickup"},
        {"provider_problem": "Old", "archived_at": now()},
        {"cancel_by_hand": True, "archived_at": now(), "voided_at": now(), **VOIDED},
        {"status": SHIPPED, "archived_at": now()},
    ],
)
def test_it_needs_no_attention(make: Factory, values: dict[str, Any]) -> None:
    assert reasons(make.shipment(**values)) == []


def test_tracking_is_overdue_at_a_channel_only_after_a_while(make: Factory) -> None:
    make.channel_account()
    late, early = now() - timedelta(hours=5), now() - timedelta(hours=3)
    shipped: dict[str, Any] = {"status": SHIPPED, "tracking_number": "1Z1"}
    assert reasons(make.shipment(fulfilled_at=late, **shipped)) == ["Tracking not told to the sales channel"]
    assert reasons(make.shipment(fulfilled_at=early, **shipped)) == []
    assert reasons(make.shipment(fulfilled_at=late, submitted_to_sales_channel_at=now(), **shipped)) == []


@pytest.mark.parametrize(
    "obstacle",
    [
        "takes_tracking = 0 > 1",
        "provider_account_id = NULL",
        "provider_account_id = (SELECT id FROM provider_accounts WHERE kind = 'shipstation')",
    ],
)
def test_a_channel_that_cannot_be_told_is_owed_nothing(make: Factory, obstacle: str) -> None:
    """It takes no tracking, has no account, or one that is no sales channel's."""
    make.channel_account()
    make.provider_account()
    shipment = make.shipment(status=SHIPPED, tracking_number="1Z1", fulfilled_at=now() - timedelta(days=9))
    assert reasons(shipment) == ["Tracking not told to the sales channel"]
    db.session.execute(sa.text(f"UPDATE sales_channels SET {obstacle}"))
    db.session.commit()
    assert reasons(shipment) == []


def test_a_channel_whose_account_is_switched_off_is_owed_nothing(make: Factory) -> None:
    account = make.channel_account()
    account.is_enabled = False
    db.session.commit()
    shipment = make.shipment(status=SHIPPED, tracking_number="1Z1", fulfilled_at=now() - timedelta(days=9))
    assert reasons(shipment) == []


def test_a_provider_is_silent_only_after_a_while(make: Factory) -> None:
    account = make.provider_account()
    old, recent = now() - timedelta(hours=49), now() - timedelta(hours=47)
    submitted: dict[str, Any] = {"status": FulfillmentStatus.SUBMITTED, "account": account}
    silent = ["Submitted, and the provider is silent"]
    assert reasons(make.shipment(created_at=old, **submitted)) == silent
    assert reasons(make.shipment(created_at=old, last_synced_from_provider_at=recent, **submitted)) == []
    assert reasons(make.shipment(created_at=recent, **submitted)) == []
    assert reasons(make.shipment(created_at=old, status=FulfillmentStatus.SUBMITTED)) == []


def test_several_reasons_are_all_named(make: Factory) -> None:
    shipment = make.shipment(status=SHIPPED, provider_problem="No label")
    assert reasons(shipment) == ["The provider reports a problem", "Shipped without tracking"]


def test_the_age_counts_from_when_it_began(make: Factory) -> None:
    shipped_at = now() - timedelta(days=3)
    make.shipment(status=SHIPPED, fulfilled_at=shipped_at)
    (row,) = list_page(Criteria(scope=EVERYWHERE, tab=Tab.ATTENTION), Sort(), 25).rows
    (finding,) = findings(row)
    assert finding.since == shipped_at


def test_a_problem_met_again_is_as_old_as_it_was(make: Factory) -> None:
    began = now() - timedelta(days=5)
    make.shipment(provider_problem="No label", updated_at=began, last_synced_from_provider_at=now())
    (row,) = list_page(Criteria(scope=EVERYWHERE, tab=Tab.ATTENTION), Sort(), 25).rows
    assert findings(row)[0].since == began


def test_every_step_can_be_pressed_somehow() -> None:
    assert set(Step) == set(next_steps.STEPS)
    assert {step for rule in RULES for step in rule.steps} == set(Step)

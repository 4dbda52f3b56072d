"""From fulfilling through resync to void by way of Starshipit, which cannot cancel, Shipfusion and VeraCore."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_fulfilling import fulfil_all, the_run
from tests.jobs.test_resyncs import resync
from tests.jobs.test_voids import void
from tests.open_orders import Wanted, open_order
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount
from webapp.queries.invariants import violations
from webapp.sandbox import SandboxControl
from webapp.services.actors import Actor
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS
from webapp.statuses import FulfillmentStatus, RunState

KINDS = ("starshipit", "shipfusion", "veracore")
PARCEL = {"tracking_number": "AB 1234", "carrier": "USPS", "service": "First", "cost": "7.50"}


@pytest.fixture(params=KINDS)
def account(request: pytest.FixtureRequest, make: Factory, sandbox_url: str) -> ProviderAccount:
    """As practice mode sets it up."""
    kind = str(request.param)
    return make.provider_account(
        kind,
        base_url=f"{sandbox_url}/{kind}",
        credentials=PRACTICE_CREDENTIALS[kind],
        settings=PRACTICE_SETTINGS.get(kind, {}),
    )


@pytest.fixture
def sent(
    account: ProviderAccount, make: Factory, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> Fulfillment:
    """A shipment that was fulfilled through the account and is there now."""
    shipment = fulfil_all(open_order(make, Wanted("NWP-011", 2)), account, Actor(cast.operator.id))
    drain()
    assert the_run().state == RunState.SUCCEEDED, the_run().message
    return db.session.get_one(Fulfillment, shipment.id)


def test_a_parcel_that_left_brings_its_tracking_number(
    sent: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change(account.kind, sent.fulfillment_number, shipments=[PARCEL])

    run = resync(sent, drain)

    assert (run.state, sent.status) == (RunState.SUCCEEDED, FulfillmentStatus.FULFILLED)
    assert (sent.tracking_number, sent.provider_state) == ("AB 1234", "shipped")
    assert str(sent.cost) == ("None" if account.kind == "shipfusion" else "7.5000")
    assert violations() == []


def test_a_void_cancels_where_it_can_and_else_leaves_it_to_a_person(
    sent: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    run = void(sent, Actor(cast.supervisor.id), drain)

    assert run.state == RunState.SUCCEEDED, run.message
    assert sent.voided_at is not None
    assert sent.cancel_by_hand is (account.kind == "starshipit")
    if account.kind == "shipfusion":
        assert sandbox.show("shipfusion", sent.fulfillment_number)["shipmentStatus"] == "cancelled"
    if account.kind == "veracore":
        assert sandbox.show("veracore", sent.fulfillment_number)["OrdHead"]["Status"]["Canceled"] is True
    assert violations() == []


@pytest.mark.parametrize("change", [{"archived": True}, {"deleted": True}])
@pytest.mark.parametrize("account", ["starshipit"], indirect=True)
def test_a_resync_sees_that_a_person_has_cancelled_at_starshipit(
    change: dict[str, bool], sent: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    void(sent, Actor(cast.supervisor.id), drain)
    sandbox.change("starshipit", sent.fulfillment_number, **change)

    run = resync(sent, drain)

    assert run.state == RunState.SUCCEEDED, run.message
    assert (sent.cancel_by_hand, sent.provider_state) == (False, "cancelled")
    assert violations() == []


def test_what_left_meanwhile_is_not_voided(
    sent: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    sandbox.change(account.kind, sent.fulfillment_number, shipments=[PARCEL])

    void(sent, Actor(cast.supervisor.id), drain)

    assert sent.voided_at is None
    assert violations() == []

"""Voiding by way of Trackstar: no 404 brings stock back for an order that may still stand."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_voids import reversals, void
from tests.ledger import assert_sound, figures
from webapp.models import Fulfillment
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY, CONNECTION_ID
from webapp.services.actors import Actor
from webapp.statuses import FulfillmentStatus, RunState


@pytest.fixture
def parcel(make: Factory, sandbox_url: str, sandbox: SandboxControl) -> Fulfillment:
    """A packed shipment whose order waits at Trackstar."""
    account = make.provider_account(
        "trackstar",
        base_url=f"{sandbox_url}/trackstar",
        credentials={"api_key": API_KEY, "access_token": ACCESS_TOKEN},
        settings={"connection_id": CONNECTION_ID},
    )
    shipment = make.shipment(account=account)
    lines = [{"sku": "NWP-011", "quantity": 2}]
    ids = sandbox.load("trackstar", [{"number": shipment.fulfillment_number, "lines": lines}])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    return shipment


def test_the_order_is_cancelled_there_and_then_voided_here(
    parcel: Fulfillment, cast: Cast, sandbox: SandboxControl, drain: Drain
) -> None:
    run = void(parcel, Actor(cast.supervisor.id), drain)
    assert (run.state, run.message) == (RunState.SUCCEEDED, "Voided, and cancelled at Trackstar.")
    assert (parcel.status, reversals()) == (FulfillmentStatus.CANCELED, 1)
    assert sandbox.show("trackstar", parcel.fulfillment_number)["status"] == "cancelled"
    assert_sound()


@pytest.mark.parametrize(
    ("method", "words"), [(None, "Check the address in the account"), ("PUT", "shows the order all the same")]
)
def test_a_404_from_a_wrong_address_or_to_the_cancellation_voids_nothing(
    parcel: Fulfillment, cast: Cast, sandbox: SandboxControl, drain: Drain, method: str | None, words: str
) -> None:
    before = figures()
    sandbox.fault("trackstar", Fault.NOT_FOUND, count=None, method=method)
    run = void(parcel, Actor(cast.supervisor.id), drain)
    sandbox.clear_faults("trackstar")
    assert run.state == RunState.FAILED
    assert words in run.message
    assert (figures(), reversals()) == (before, 0)
    assert sandbox.show("trackstar", parcel.fulfillment_number)["status"] == "open"

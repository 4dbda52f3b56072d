"""Sending to ShipHero, which says no with status 200 and enforces no number of ours: still one order."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_fulfilling import again, fulfil_all, the_run
from tests.open_orders import Wanted, open_order
from webapp.extensions import db
from webapp.models import FulfillmentOrder, ProviderAccount, ProviderOrder
from webapp.queries.invariants import violations
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services.actors import Actor
from webapp.statuses import RunState

CREATE = "/graphql/CreateOrder"


@pytest.fixture
def order(make: Factory, sandbox: SandboxControl) -> FulfillmentOrder:
    return open_order(make, Wanted("NWP-011", 5))


def creations(sandbox: SandboxControl) -> int:
    return [seen.path for seen in sandbox.requests("shiphero")].count(CREATE)


def test_an_error_under_status_200_rejects_the_request_in_shipheros_words(
    order: FulfillmentOrder, hero: ProviderAccount, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    sandbox.fault("shiphero", Fault.ERRORS_IN_BODY, path=CREATE)
    shipment = fulfil_all(order, hero, Actor(cast.operator.id))
    drain()

    assert (the_run().state, the_run().can_retry) == (RunState.FAILED, True)
    assert "The warehouse is being moved." in (shipment.provider_problem or "")
    assert order.request_status == "rejected"
    assert db.session.query(ProviderOrder).count() == 0
    assert violations() == []


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.SILENCE, Fault.SERVER_ERROR])
def test_a_lost_answer_makes_no_second_order(
    order: FulfillmentOrder,
    hero: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    cast: Cast,
    fault: Fault,
) -> None:
    sandbox.fault("shiphero", fault, path=CREATE, seconds=3)
    shipment = fulfil_all(order, hero, Actor(cast.operator.id))
    drain()
    sandbox.clear_faults("shiphero")
    if the_run().state == RunState.QUEUED:  # Nothing was made by a server in trouble, so it is tried again.
        again(drain)

    assert the_run().state == RunState.SUCCEEDED, the_run().message
    assert creations(sandbox) == (2 if fault is Fault.SERVER_ERROR else 1)
    assert db.session.query(ProviderOrder).one().external_number == shipment.fulfillment_number
    assert order.request_status == "submitted"
    assert violations() == []

"""Sending to Trackstar, whose search sees an old copy: still one order, and no void on the word of that copy."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_fulfilling import fulfil_all, the_run
from tests.open_orders import Wanted, open_order
from webapp.extensions import db
from webapp.models import FulfillmentOrder, ProviderAccount, ProviderOrder
from webapp.queries.invariants import violations
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import ACCESS_TOKEN, API_KEY, CONNECTION_ID
from webapp.schema import now
from webapp.services.actors import Actor
from webapp.statuses import RunKind, RunState


@pytest.fixture
def account(make: Factory, sandbox_url: str) -> ProviderAccount:
    return make.provider_account(
        "trackstar",
        base_url=f"{sandbox_url}/trackstar",
        credentials={"api_key": API_KEY, "access_token": ACCESS_TOKEN},
        settings={"connection_id": CONNECTION_ID, "address_fields": {"state": "-"}},
    )


@pytest.fixture
def order(make: Factory, sandbox: SandboxControl) -> FulfillmentOrder:
    return open_order(make, Wanted("NWP-011", 5))


def creations(sandbox: SandboxControl) -> int:
    return [(seen.method, seen.path) for seen in sandbox.requests("trackstar")].count(("POST", "/wms/orders"))


def ask_again(drain: Drain) -> None:
    """Let the pause pass that the run was put off for; its last try ended just now."""
    run = the_run()
    run.due_at = now()
    db.session.commit()
    wake([(RunKind.CREATE_PROVIDER_ORDER, run.id)])
    drain()
    db.session.expire_all()


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.SERVER_ERROR])
def test_a_lost_answer_makes_no_second_order(
    order: FulfillmentOrder,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    cast: Cast,
    fault: Fault,
) -> None:
    sandbox.fault("trackstar", fault, path="/wms/orders", method="POST")
    shipment = fulfil_all(order, account, Actor(cast.operator.id))
    drain()
    assert the_run().state == RunState.QUEUED, the_run().message
    ask_again(drain)
    assert the_run().state == RunState.QUEUED
    assert "A fresh copy was asked for" in the_run().message
    assert creations(sandbox) == 1

    sandbox.advance(300)
    ask_again(drain)

    assert the_run().state == RunState.SUCCEEDED, the_run().message
    assert creations(sandbox) == (2 if fault is Fault.SERVER_ERROR else 1)
    assert db.session.query(ProviderOrder).one().external_number == shipment.fulfillment_number
    assert account.consecutive_failures == 0
    assert violations() == []

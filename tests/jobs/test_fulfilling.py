"""A fulfilled shipment is sent to its provider: one order there whatever goes wrong, words for each failure."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.jobs.conftest import Drain
from tests.open_orders import Wanted, open_order
from tests.statements import statements
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import (
    Activity,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    ProviderAccount,
    ProviderOrder,
    Run,
)
from webapp.queries.invariants import violations
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import fulfilling_send, runs, voids
from webapp.services.actors import SYSTEM, Actor
from webapp.services.fulfilling import fulfil
from webapp.statuses import FulfillmentStatus, RunKind, RunState

CREATE = "/orders/createorder"
SEARCH = "/orders"
WRITTEN = ("provider_accounts", "fulfillment_orders")


@pytest.fixture
def otto(cast: Cast) -> Actor:
    return Actor(cast.operator.id)


@pytest.fixture
def order(make: Factory, sandbox: SandboxControl) -> FulfillmentOrder:
    return open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3), method="Express")


def fulfil_all(order: FulfillmentOrder, account: ProviderAccount, actor: Actor) -> Fulfillment:
    """Fulfil what is left of the order through this account; the run waits for a worker."""
    db.session.refresh(order)
    lines = db.session.query(FulfillmentOrderLine).filter_by(fulfillment_order_id=order.id).all()
    fulfilled = fulfil(
        order.id,
        {line.id: line.remaining for line in lines if line.remaining},
        shipping_method="Express",
        provider_account_id=account.id,
        version=order.version,
        key=uuid.uuid4().hex,
        actor=actor,
    )
    db.session.commit()
    db.session.expire_all()
    return db.session.get_one(Fulfillment, fulfilled.fulfillment_id)


def the_run() -> Run:
    return db.session.scalars(sa.select(Run).order_by(Run.id.desc()).limit(1)).one()


def creations(sandbox: SandboxControl) -> int:
    return len([seen for seen in sandbox.requests("shipstation") if seen.path == CREATE])


def again(drain: Drain) -> Run:
    """Let the time that a run was put off for pass, and the worker go on."""
    run = the_run()
    assert run.state == RunState.QUEUED, run.message
    run.due_at = run.created_at
    db.session.commit()
    wake([(RunKind.CREATE_PROVIDER_ORDER, run.id)])
    drain()
    return the_run()


def history() -> list[tuple[str, str]]:
    statement = sa.select(Activity.event, Activity.note).order_by(Activity.id)
    return [(event, note) for event, note in db.session.execute(statement)]


def test_the_order_is_created_and_everything_says_so(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    shipment = fulfil_all(order, account, otto)
    assert (order.request_status, shipment.status) == ("submitting", FulfillmentStatus.SUBMITTED)
    drain()

    run = the_run()
    copy = db.session.scalars(sa.select(ProviderOrder)).one()
    assert (run.state, run.message) == (
        RunState.SUCCEEDED,
        f"ShipStation has the order, under its number {copy.external_id}.",
    )
    assert (copy.fulfillment_id, copy.external_number) == (shipment.id, shipment.fulfillment_number)
    assert (order.request_status, shipment.status, shipment.provider_state) == (
        "submitted",
        FulfillmentStatus.SUBMITTED,
        "awaiting",
    )
    assert shipment.last_synced_to_provider_at is not None
    assert account.last_write_success_at is not None
    shown = sandbox.show("shipstation", copy.external_id)
    assert [(item["sku"], item["quantity"], item["unitPrice"]) for item in shown["items"]] == [
        ("NWP-011", 5, 14.0),
        ("NWP-042", 3, 14.0),
    ]
    assert (shown["orderNumber"], shown["shipTo"]["city"]) == (shipment.fulfillment_number, "Stuttgart")
    assert violations() == []


def test_history_names_the_person_the_run_and_the_request(
    order: FulfillmentOrder, account: ProviderAccount, drain: Drain, otto: Actor
) -> None:
    shipment = fulfil_all(order, account, otto)
    drain()

    sent, request = db.session.scalars(sa.select(Activity).where(Activity.run_id.is_not(None)))
    assert (sent.event, sent.fulfillment_id, sent.actor_id) == ("sent_to_provider", shipment.id, otto.user_id)
    assert sent.changes == {"provider_state": [None, "awaiting"]}
    assert (request.event, request.fulfillment_order_id) == ("updated", order.id)
    assert request.changes == {"request_status": ["submitting", "submitted"]}
    assert request.note == f"{shipment.fulfillment_number} was sent to ShipStation"
    assert {sent.run_id, request.run_id} == {the_run().id}


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.SILENCE])
def test_an_outcome_nobody_knows_is_looked_for_before_anything_is_sent_again(
    order: FulfillmentOrder,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    otto: Actor,
    fault: Fault,
) -> None:
    sandbox.fault("shipstation", fault, path=CREATE, seconds=3)
    sandbox.fault("shipstation", Fault.UNAUTHORIZED, path="/shipments")
    fulfil_all(order, account, otto)
    drain()

    run = the_run()
    assert (run.state, run.attempts) == (RunState.QUEUED, 1)
    assert "It is looked for there by its number before anything is sent again." in run.message
    assert run.due_at > run.created_at + timedelta(seconds=29)
    assert order.request_status == "submitting"
    assert (again(drain).state, creations(sandbox)) == (RunState.SUCCEEDED, 1)
    assert order.request_status == "submitted"


def test_an_outcome_that_stays_unknown_is_said_to_be_so_and_can_be_asked_for_again(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    sandbox.fault("shipstation", Fault.RESET, path=CREATE)
    sandbox.fault("shipstation", Fault.UNAUTHORIZED, path="/shipments")
    shipment = fulfil_all(order, account, otto)
    the_run().attempts = runs.MAX_ATTEMPTS - 1
    drain()

    run = the_run()
    assert (run.state, run.can_retry) == (RunState.UNKNOWN, True)
    assert "Nobody knows whether ShipStation has the order." in run.message
    assert order.request_status == "submitting"
    assert shipment.provider_problem == run.message
    runs.retry(run.id, otto.user_id or 0, otto.scope, uuid.uuid4().hex)
    drain()
    assert (the_run().state, creations(sandbox)) == (RunState.SUCCEEDED, 1)
    assert shipment.provider_problem is None


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        (Fault.SERVER_ERROR, SEARCH),
        (Fault.SERVER_ERROR, CREATE),
        (Fault.THROTTLED, CREATE),
    ],
)
def test_a_provider_that_is_out_of_reach_is_asked_again_by_itself(
    order: FulfillmentOrder,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    otto: Actor,
    fault: Fault,
    path: str,
) -> None:
    sandbox.fault("shipstation", fault, path=path, count=None, seconds=3)
    shipment = fulfil_all(order, account, otto)
    drain()
    sandbox.clear_faults("shipstation")

    assert (the_run().state, order.request_status) == (RunState.QUEUED, "submitting")
    assert shipment.provider_problem is None
    assert again(drain).state == RunState.SUCCEEDED
    assert order.request_status == "submitted"
    assert db.session.query(ProviderOrder).count() == 1
    assert violations() == []


def test_a_provider_that_stays_out_of_reach_is_given_up_and_the_request_is_open_again(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, path=SEARCH, count=None)
    shipment = fulfil_all(order, account, otto)
    the_run().attempts = runs.MAX_ATTEMPTS - 1
    drain()
    sandbox.clear_faults("shipstation")

    run = the_run()
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert (order.request_status, order.status) == ("unsubmitted", "closed")
    assert "is out of order (status 500)" in (shipment.provider_problem or "")
    assert violations() == []


REFUSALS = [
    (Fault.UNAUTHORIZED, SEARCH, "refused the credentials"),
    (Fault.UNAUTHORIZED, CREATE, "refused the credentials"),
    (Fault.ERRORS_IN_BODY, CREATE, "The store is being moved."),
    (Fault.NOT_JSON, SEARCH, "answered something that cannot be used"),
]


@pytest.mark.parametrize(("fault", "path", "words"), REFUSALS)
def test_a_refusal_rejects_the_request_in_the_providers_words_and_can_be_sent_again(
    order: FulfillmentOrder,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    otto: Actor,
    fault: Fault,
    path: str,
    words: str,
) -> None:
    sandbox.fault("shipstation", fault, path=path, count=None)
    shipment = fulfil_all(order, account, otto)
    drain()
    sandbox.clear_faults("shipstation")

    run = the_run()
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert words in run.message
    assert shipment.provider_problem == run.message
    assert (order.request_status, shipment.status) == ("rejected", FulfillmentStatus.SUBMITTED)
    assert history()[-2:] == [
        ("updated", "Could not be sent to ShipStation"),
        ("updated", f"{shipment.fulfillment_number} could not be sent to ShipStation"),
    ]
    assert violations() == []

    fulfilling_send.request(shipment.id, otto, uuid.uuid4().hex)
    drain()
    assert the_run().state == RunState.SUCCEEDED
    assert (order.request_status, shipment.provider_problem) == ("submitted", None)
    assert db.session.query(ProviderOrder).count() == 1


def test_an_order_that_the_provider_does_not_take_keeps_its_words(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    long = open_order(make, order=make.order(order_number="SO-" + "9" * 60, fulfillment_status="unfulfilled"))
    shipment = fulfil_all(long, account, otto)
    drain()

    assert "orderNumber must be at most 50 characters." in (shipment.provider_problem or "")
    assert long.request_status == "rejected"


def test_an_order_that_stands_there_under_our_number_is_taken_as_it_is(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    shipment = fulfil_all(order, account, otto)
    parcel = {"tracking_number": "1Z 999", "carrier": "ups", "service": "ups_ground", "cost": 12.4}
    sandbox.load(
        "shipstation", [{"number": shipment.fulfillment_number, "status": "shipped", "shipments": [parcel]}]
    )
    drain()

    assert creations(sandbox) == 0
    assert (shipment.status, shipment.tracking_key) == (FulfillmentStatus.FULFILLED, "1Z999")
    assert violations() == []


def test_after_a_void_the_next_one_goes_under_a_fresh_number(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    first = fulfil_all(order, account, otto)
    drain()
    assert [one.bucket for one in voids.void_locally([first.id], reason="", actor=otto, cancel_by_hand=True)]
    db.session.commit()
    second = fulfil_all(order, account, otto)
    drain()

    assert the_run().state == RunState.SUCCEEDED
    assert (first.sequence, second.sequence) == (1, 2)
    numbers = db.session.scalars(sa.select(ProviderOrder.external_number).order_by(ProviderOrder.id))
    assert list(numbers) == [first.fulfillment_number, second.fulfillment_number]
    assert order.request_status == "submitted"
    assert violations() == []


def test_one_voided_before_it_was_sent_is_not_sent(
    order: FulfillmentOrder, account: ProviderAccount, sandbox: SandboxControl, drain: Drain, otto: Actor
) -> None:
    shipment = fulfil_all(order, account, otto)
    voids.void_locally([shipment.id], reason="", actor=otto, cancel_by_hand=True)
    drain()

    run = the_run()
    assert (run.state, run.can_retry) == (RunState.FAILED, False)
    assert run.message == f"{shipment.fulfillment_number} is canceled, so it is not sent. Nothing was sent."
    assert sandbox.requests("shipstation") == []
    assert order.request_status == "unsubmitted"


def test_one_voided_while_it_was_sent_is_to_be_cancelled_there_by_hand(
    order: FulfillmentOrder,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    otto: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipment = fulfil_all(order, account, otto)
    shipment_id = shipment.id
    ask = fulfilling_send.ask

    def ask_while_somebody_voids(errand: fulfilling_send.Errand) -> Any:
        answer = ask(errand)
        voids.void_locally([shipment_id], reason="", actor=otto, cancel_by_hand=True)
        db.session.commit()
        return answer

    monkeypatch.setattr(fulfilling_send, "ask", ask_while_somebody_voids)
    drain()

    run = the_run()
    assert (run.state, run.message) == (
        RunState.SUCCEEDED,
        f"{shipment.fulfillment_number} was voided while it was sent. Cancel it at ShipStation by hand.",
    )
    assert (shipment.cancel_by_hand, order.request_status) == (True, "unsubmitted")
    assert db.session.query(ProviderOrder).count() == 1
    assert violations() == []


def test_one_cancelled_while_it_was_sent_is_recorded_all_the_same(
    order: FulfillmentOrder,
    account: ProviderAccount,
    drain: Drain,
    otto: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fulfil_all(order, account, otto)
    ask = fulfilling_send.ask

    def ask_while_somebody_cancels(errand: fulfilling_send.Errand) -> Any:
        answer = ask(errand)
        runs.cancel(errand.claim.run_id, SYSTEM)
        db.session.commit()
        return answer

    monkeypatch.setattr(fulfilling_send, "ask", ask_while_somebody_cancels)
    drain()

    assert (the_run().state, order.request_status) == (RunState.SUCCEEDED, "submitted")
    assert db.session.query(ProviderOrder).count() == 1


def test_no_transaction_is_open_while_the_provider_is_asked(
    order: FulfillmentOrder,
    account: ProviderAccount,
    drain: Drain,
    otto: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = fulfilling_send.ask
    seen: list[bool] = []

    def ask_and_look(errand: fulfilling_send.Errand) -> Any:
        seen.append(db.session().in_transaction())
        return ask(errand)

    monkeypatch.setattr(fulfilling_send, "ask", ask_and_look)
    fulfil_all(order, account, otto)
    drain()

    assert seen == [False]


def test_a_shipment_that_cannot_be_sent_is_refused_with_the_reason(
    make: Factory, account: ProviderAccount, otto: Actor
) -> None:
    with_order = make.shipment(account=account, status=FulfillmentStatus.SUBMITTED)
    make.provider_order(with_order)
    for shipment, reason in (
        (make.shipment(), "is with no provider account"),
        (make.shipment(account=make.provider_account("walmart_wfs")), "Walmart WFS cannot be given orders"),
        (make.shipment(account=account, status=FulfillmentStatus.FULFILLED), "is shipped, so it is not sent"),
        (make.shipment(account=account, status=FulfillmentStatus.CANCELED), "is canceled, so it is not sent"),
        (with_order, "ShipStation has the order of"),
    ):
        with pytest.raises(Refused, match=reason):
            fulfilling_send.request(shipment.id, otto, uuid.uuid4().hex)
        db.session.rollback()


def test_asking_twice_with_one_key_starts_one_run(make: Factory, account: ProviderAccount, otto: Actor) -> None:
    shipment = make.shipment(account=account, status=FulfillmentStatus.SUBMITTED, created_at=NOON)
    key = uuid.uuid4().hex

    first = fulfilling_send.request(shipment.id, otto, key)
    db.session.commit()

    assert fulfilling_send.request(shipment.id, otto, key) == first
    with pytest.raises(ValueError, match="A person"):
        fulfilling_send.request(shipment.id, SYSTEM, key)


def test_the_account_is_locked_before_the_fulfillment_order_as_by_a_void(
    order: FulfillmentOrder, account: ProviderAccount, otto: Actor, drain: Drain
) -> None:
    """The other way round a shipment that is sent and its sibling that is voided could wait for each other."""
    fulfil_all(order, account, otto)
    with statements() as sent:
        drain()
    written = [table for one in sent for table in WRITTEN if one.startswith(f"UPDATE {table} ")]
    assert tuple(dict.fromkeys(written)) == WRITTEN, sent

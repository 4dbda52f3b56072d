"""Voiding by way of ShipHero, which can cancel, while everything goes wrong: stock comes back once or never."""

import uuid

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_voids import events, reversals, void
from tests.ledger import Figures, assert_sound, figures
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run, SalesOrder
from webapp.providers.base import OrderReference, ProviderAccountRecord, ProviderAdapter, Throttled
from webapp.providers.rate_limits import RateLimit
from webapp.providers.registry import adapter_for
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shiphero_access import REFRESH_TOKEN
from webapp.services import provider_questions, restores, runs
from webapp.services.actors import Actor
from webapp.services.credentials import encrypt
from webapp.services.runs import MAX_ATTEMPTS
from webapp.statuses import FulfillmentStatus, RunKind, RunState, SalesOrderStatus

READ, CANCEL = "/graphql/Order", "/graphql/CancelOrder"
DONE = "Voided, and cancelled at ShipHero."


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id)


@pytest.fixture
def connection(hero: ProviderAccount, sandbox: SandboxControl) -> ProviderAdapter:
    """ShipHero outside of any run, signed in, so that no test begins with a token of the test before."""
    record = ProviderAccountRecord(
        id=hero.id,
        kind=hero.kind,
        name=hero.name,
        base_url=hero.base_url,
        credentials={"refresh_token": REFRESH_TOKEN},
    )
    adapter = adapter_for(record, options=provider_questions._door_options(), record=lambda _: None)
    adapter.test_connection()
    return adapter


@pytest.fixture
def parcel(
    make: Factory, hero: ProviderAccount, connection: ProviderAdapter, sandbox: SandboxControl
) -> Fulfillment:
    """A packed shipment whose order waits at ShipHero."""
    shipment = make.shipment(account=hero)
    lines = [{"sku": "NWP-011", "quantity": 2, "allocated": 2}]
    ids = sandbox.load("shiphero", [{"number": shipment.fulfillment_number, "lines": lines}])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    return shipment


def cancellations(sandbox: SandboxControl) -> int:
    """How often ShipHero was told to cancel."""
    return [seen.path for seen in sandbox.requests("shiphero")].count(CANCEL)


def status_there(sandbox: SandboxControl, shipment: Fulfillment) -> object:
    return sandbox.show("shiphero", shipment.fulfillment_number)["fulfillment_status"]


def stock() -> Figures:
    """The ledger without the words of the shipment and of its order."""
    return {name: rows for name, rows in figures().items() if name not in {"shipments", "orders"}}


def spend_credits(connection: ProviderAdapter, number: str) -> None:
    while True:
        connection.fetch_order(OrderReference(None, number))


def go_on(run: Run, drain: Drain) -> Run:
    """Let the time that a run was put off for pass, and the worker go on."""
    assert run.state == RunState.QUEUED, run.message
    run.due_at = run.created_at
    db.session.commit()
    wake([(RunKind.VOID, run.id)])
    drain()
    return db.session.get_one(Run, run.id)


def again(run: Run, susan: Actor, drain: Drain) -> Run:
    """What the button Retry does."""
    new = runs.retry(run.id, susan.user_id or 0, susan.scope, uuid.uuid4().hex)
    drain()
    return db.session.get_one(Run, new)


def assert_voided(run: Run, shipment: Fulfillment, sandbox: SandboxControl) -> None:
    """Cancelled there, voided here, once, and nothing is left to do by hand."""
    assert (run.state, run.message) == (RunState.SUCCEEDED, DONE)
    assert (shipment.status, shipment.cancel_by_hand) == (FulfillmentStatus.CANCELED, False)
    assert (shipment.provider_state, shipment.void_problem) == ("cancelled", None)
    assert status_there(sandbox, shipment) == "canceled"
    assert db.session.scalars(sa.select(ProviderOrder.state)).all() == ["cancelled"]
    assert (events(shipment).count("voided"), reversals()) == (1, 1)
    assert_sound()


def test_the_order_is_cancelled_there_and_then_voided_here(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    assert_voided(void(parcel, susan, drain), parcel, sandbox)
    assert events(parcel) == ["created", "provider_order_cancelled", "voided"]
    assert cancellations(sandbox) == 1


def test_what_is_cancelled_there_already_is_not_cancelled_again(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shiphero", parcel.fulfillment_number, status="canceled")
    assert_voided(void(parcel, susan, drain), parcel, sandbox)
    assert events(parcel) == ["created", "voided"]
    assert cancellations(sandbox) == 0


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.SILENCE, Fault.CUT_OFF])
def test_a_cancellation_that_took_effect_without_an_answer_is_found_out_and_not_repeated(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, fault: Fault
) -> None:
    before = figures()
    sandbox.fault("shiphero", fault, seconds=30, path=CANCEL)
    run = void(parcel, susan, drain)
    sandbox.clear_faults("shiphero")
    assert_voided(run, parcel, sandbox)
    assert cancellations(sandbox) == 1
    restores.restore(parcel.id, version=parcel.version, key=uuid.uuid4().hex, actor=susan)
    db.session.commit()
    assert figures() == before


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.SILENCE, Fault.SERVER_ERROR, Fault.UNAUTHORIZED])
def test_when_looking_fails_too_nothing_changes_until_it_was_seen(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, fault: Fault
) -> None:
    before = figures()
    sandbox.fault("shiphero", Fault.RESET, path=CANCEL)
    sandbox.fault("shiphero", fault, count=None, skip=2, seconds=30, path=READ)
    run = void(parcel, susan, drain)
    sandbox.clear_faults("shiphero")
    assert run.message == "ShipHero did not answer when it was told to cancel, so it is asked again."
    assert (figures(), status_there(sandbox, parcel)) == (before, "canceled")
    assert_voided(go_on(run, drain), parcel, sandbox)
    assert cancellations(sandbox) == 1


def test_what_nobody_could_find_out_is_unknown_and_a_retry_finds_it_out(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    before = figures()
    sandbox.fault("shiphero", Fault.RESET, path=CANCEL)
    sandbox.fault("shiphero", Fault.RESET, count=None, skip=2, path=READ)
    run = void(parcel, susan, None)
    run.attempts = MAX_ATTEMPTS - 1
    drain()
    sandbox.clear_faults("shiphero")
    assert (run.state, run.can_retry) == (RunState.UNKNOWN, True)
    assert "Looking for what became of it failed" in run.message
    assert "Nothing was changed here. What came of it is looked into again by itself" in run.message
    assert (parcel.void_problem, figures()) == (run.message, before)
    assert_voided(again(run, susan, drain), parcel, sandbox)
    assert cancellations(sandbox) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.WRONG_SHAPE])
def test_a_cancellation_that_failed_is_asked_again_while_the_order_still_stands(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, fault: Fault
) -> None:
    before = figures()
    sandbox.fault("shiphero", fault, path=CANCEL)
    run = void(parcel, susan, drain)
    assert run.state == RunState.QUEUED
    assert (figures(), status_there(sandbox, parcel), cancellations(sandbox)) == (before, "pending", 1)
    assert_voided(go_on(run, drain), parcel, sandbox)
    assert cancellations(sandbox) == 2


NOT_CANCELLED = [
    (Fault.SERVER_ERROR, READ, "is out of order (status 500)"),
    (Fault.RESET, READ, "did not answer"),
    (Fault.SILENCE, READ, "no answer came in time"),
    (Fault.ERRORS_IN_BODY, READ, "answered 200 and yet said no: The warehouse is being moved."),
    (Fault.ERRORS_IN_BODY, CANCEL, "did not cancel order"),
    (Fault.NOT_FOUND, "/graphql", "Check the address in the account."),
    (Fault.UNAUTHORIZED, "/graphql", "refused the credentials. Check them in the account."),
    (Fault.UNAUTHORIZED, CANCEL, "refused the credentials. Check them in the account."),
]


@pytest.mark.parametrize(("fault", "path", "words"), NOT_CANCELLED)
def test_without_a_cancellation_nothing_changes_and_it_can_be_tried_again(
    parcel: Fulfillment,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    fault: Fault,
    path: str,
    words: str,
) -> None:
    before = figures()
    sandbox.fault("shiphero", fault, count=None, seconds=30, path=path)
    run = void(parcel, susan, drain)
    sandbox.clear_faults("shiphero")
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert words in run.message
    assert run.message.endswith("Nothing was changed here.")
    assert (parcel.void_problem, figures()) == (run.message, before)
    assert status_there(sandbox, parcel) == "pending"
    assert_voided(again(run, susan, drain), parcel, sandbox)


def test_wrong_credentials_are_named_and_a_retry_after_mending_them_voids(
    parcel: Fulfillment, hero: ProviderAccount, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    before = figures()
    hero.credentials = encrypt({"refresh_token": "somebody-elses"})
    run = void(parcel, susan, drain)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "refused the credentials. Check them in the account." in run.message
    assert (figures(), cancellations(sandbox)) == (before, 0)
    hero.credentials = encrypt({"refresh_token": REFRESH_TOKEN})
    assert_voided(again(run, susan, drain), parcel, sandbox)


@pytest.mark.parametrize("path", [READ, CANCEL])
def test_a_provider_that_asks_to_wait_is_left_alone_until_then(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, path: str
) -> None:
    before = figures()
    sandbox.fault("shiphero", Fault.THROTTLED, count=None, seconds=7, path=path)
    run = void(parcel, susan, drain)
    sandbox.clear_faults("shiphero")
    assert run.message == "ShipHero was called too often and asks to wait, so it is asked again."
    assert (run.due_at - run.started_at).total_seconds() >= 7
    assert (figures(), status_there(sandbox, parcel)) == (before, "pending")
    assert_voided(go_on(run, drain), parcel, sandbox)


def test_shipheros_own_want_of_credits_is_waited_for_too(
    parcel: Fulfillment,
    connection: ProviderAdapter,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RateLimit, "window", 0.001)  # Only the provider counts.
    before = figures()
    run = void(parcel, susan, None)
    sandbox.limit_rate("shiphero", enabled=True)
    with pytest.raises(Throttled):
        spend_credits(connection, parcel.fulfillment_number)
    drain()
    assert run.message == "ShipHero was called too often and asks to wait, so it is asked again."
    assert (figures(), cancellations(sandbox)) == (before, 0)
    sandbox.limit_rate("shiphero", enabled=False)
    assert_voided(go_on(run, drain), parcel, sandbox)


@pytest.mark.parametrize("looks_before", [0, 1, 2])
def test_what_ships_there_between_the_look_and_the_cancellation_is_not_voided(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain, looks_before: int
) -> None:
    before = stock()
    number = parcel.fulfillment_number
    if looks_before:
        sandbox.fault("shiphero", Fault.SHIPS_AFTERWARDS, path=READ, order=number, skip=looks_before - 1)
    else:
        sandbox.change("shiphero", number, shipments=[{"tracking_number": "1Z 7"}])
    run = void(parcel, susan, drain)
    assert (run.state, run.can_retry, run.result) == (RunState.FAILED, False, {"bucket": "needs_confirmation"})
    assert "ShipHero has shipped it, so it was not voided." in run.message
    assert (parcel.void_problem, parcel.voided_at) == (run.message, None)
    assert (parcel.status, bool(parcel.tracking_number)) == (FulfillmentStatus.FULFILLED, True)
    assert (stock(), status_there(sandbox, parcel)) == (before, "fulfilled")
    assert db.session.get_one(SalesOrder, parcel.sales_order_id).status == SalesOrderStatus.CLOSED
    assert "provider_order_cancelled" not in events(parcel)
    assert cancellations(sandbox) == (1 if looks_before == 2 else 0)
    assert_sound()


def test_a_void_that_is_cancelled_between_two_tries_does_not_claim_that_nothing_happened(
    parcel: Fulfillment, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    before = figures()
    sandbox.fault("shiphero", Fault.RESET, path=CANCEL)
    sandbox.fault("shiphero", Fault.RESET, count=None, skip=2, path=READ)
    run = void(parcel, susan, drain)
    sandbox.clear_faults("shiphero")
    runs.cancel(run.id, susan)
    db.session.commit()
    db.session.refresh(run)
    assert run.state == RunState.CANCELLED
    assert "look there whether it did" in run.message
    assert figures() == before
    assert_voided(void(parcel, susan, drain), parcel, sandbox)
    assert cancellations(sandbox) == 1

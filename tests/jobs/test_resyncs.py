from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import (
    Activity,
    Fulfillment,
    FulfillmentSearchText,
    ProviderAccount,
    ProviderExchange,
    ProviderOrder,
    Run,
)
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import resyncs, runs
from webapp.services.actors import SYSTEM, Actor
from webapp.services.provider_questions import Question
from webapp.statuses import ActivityEvent, FulfillmentStatus, RunState

PARCEL = {"tracking_number": "1Z 999-AA1", "carrier": "ups", "service": "ups_ground", "cost": 12.4}


def resync(shipment: Fulfillment, drain: Drain, actor: Actor = SYSTEM) -> Run:
    """Ask for a resync, let the worker work, and give back the run as it then stands."""
    run_id = resyncs.request(shipment.id, actor, "0" * 32)
    db.session.commit()
    drain()
    return db.session.get_one(Run, run_id)


def ship(sandbox: SandboxControl, shipment: Fulfillment, **parcel: object) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL | parcel])


def events(shipment: Fulfillment) -> list[str]:
    statement = sa.select(Activity.event).where(Activity.fulfillment_id == shipment.id).order_by(Activity.id)
    return list(db.session.scalars(statement))


def test_a_shipped_answer_ships_the_shipment(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    ship(sandbox, shipment)
    run = resync(shipment, drain, Actor(user_id=cast.operator.id))
    assert (run.state, run.can_retry) == (RunState.SUCCEEDED, False)
    assert run.message == "ShipStation answered: tracking 1Z 999-AA1, now shipped."
    assert shipment.status == FulfillmentStatus.FULFILLED
    assert (shipment.carrier, shipment.fulfilled_shipping_method) == ("ups", "ups_ground")
    assert (shipment.tracking_number, shipment.tracking_key) == ("1Z 999-AA1", "1Z999AA1")
    assert shipment.cost == Decimal("12.4")
    assert shipment.fulfilled_at is not None
    assert shipment.last_synced_from_provider_at is not None
    assert "1z999aa1" in db.session.get_one(FulfillmentSearchText, shipment.id).text


def test_the_change_is_one_history_row_by_the_person_who_asked(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain, cast: Cast
) -> None:
    ship(sandbox, shipment)
    run = resync(shipment, drain, Actor(user_id=cast.operator.id))
    row = db.session.scalars(sa.select(Activity).where(Activity.event == ActivityEvent.RESYNCED)).one()
    assert (row.actor_id, row.run_id) == (cast.operator.id, run.id)
    assert row.changes["status"] == ["packed", "fulfilled"]
    assert row.changes["tracking_number"] == [None, "1Z 999-AA1"]
    assert "last_synced_from_provider_at" not in row.changes


def test_every_exchange_is_stored_and_the_account_is_well(
    shipment: Fulfillment, account: ProviderAccount, drain: Drain
) -> None:
    account.consecutive_failures = 3
    run = resync(shipment, drain)
    stored = db.session.scalars(sa.select(ProviderExchange).order_by(ProviderExchange.id)).all()
    assert [row.operation for row in stored] == ["Fetch order", "Fetch shipments", "Fetch fulfillments"]
    assert {(row.run_id, row.fulfillment_id, row.response_status) for row in stored} == {
        (run.id, shipment.id, 200)
    }
    assert "pat.sample@example.com" not in str([row.response_body for row in stored])
    assert account.last_read_success_at is not None
    assert account.consecutive_failures == 0


def test_without_news_only_the_time_of_the_sync_changes(shipment: Fulfillment, drain: Drain) -> None:
    resync(shipment, drain)
    version, rows = shipment.version, events(shipment)
    first = shipment.last_synced_from_provider_at
    run = db.session.get_one(Run, _again(shipment, drain))
    assert run.message == "ShipStation has nothing new. The shipment is packed."
    assert (shipment.version, events(shipment)) == (version, rows)
    assert shipment.last_synced_from_provider_at != first


def _again(shipment: Fulfillment, drain: Drain) -> int:
    run_id = runs.request(resyncs.RunKind.RESYNC_FROM_PROVIDER, SYSTEM, fulfillment_id=shipment.id)
    drain()
    return run_id


def test_shipped_without_tracking_waits_for_the_information_and_then_gets_it(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    ship(sandbox, shipment, tracking_number=None)
    resync(shipment, drain)
    assert shipment.status == FulfillmentStatus.FULFILLED_AWAITING_INFO
    shipped_at = shipment.fulfilled_at
    ship(sandbox, shipment)
    _again(shipment, drain)
    assert (shipment.status, shipment.tracking_number) == (FulfillmentStatus.FULFILLED, "1Z 999-AA1")
    assert shipment.fulfilled_at == shipped_at


def test_an_answer_never_blanks_and_never_goes_backwards(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    shipment = make.shipment(
        account=account,
        status=FulfillmentStatus.FULFILLED,
        tracking_number="OLD-1",
        carrier="fedex",
        cost=Decimal(5),
    )
    sandbox.load("shipstation", [{"number": shipment.fulfillment_number, "status": "awaiting_shipment"}])
    run = resync(shipment, drain)
    assert run.state == RunState.SUCCEEDED
    assert shipment.status == FulfillmentStatus.FULFILLED
    assert (shipment.tracking_number, shipment.carrier, shipment.cost) == ("OLD-1", "fedex", Decimal(5))
    assert shipment.provider_state == "awaiting"
    order = db.session.scalars(sa.select(ProviderOrder)).one()
    assert (order.fulfillment_id, order.external_number) == (shipment.id, shipment.fulfillment_number)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (FulfillmentStatus.PACKED, FulfillmentStatus.CANCELED, None),
        (FulfillmentStatus.FULFILLED, FulfillmentStatus.FULFILLED, "Shipped here, but cancelled at ShipStation."),
    ],
)
def test_only_an_open_shipment_is_canceled_by_its_provider(
    make: Factory,
    account: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
    before: FulfillmentStatus,
    after: FulfillmentStatus,
    problem: str | None,
) -> None:
    shipment = make.shipment(account=account, status=before)
    sandbox.load("shipstation", [{"number": shipment.fulfillment_number, "status": "cancelled"}])
    resync(shipment, drain)
    assert (shipment.status, shipment.voided_at) == (after, None)
    assert (shipment.provider_problem or "").startswith(problem or "")
    assert bool(shipment.provider_problem) is bool(problem)


def test_a_canceled_shipment_stays_canceled_and_says_that_it_left(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    shipment = make.shipment(account=account, status=FulfillmentStatus.CANCELED)
    sandbox.load(
        "shipstation", [{"number": shipment.fulfillment_number, "status": "shipped", "shipments": [PARCEL]}]
    )
    run = resync(shipment, drain)
    assert shipment.status == FulfillmentStatus.CANCELED
    assert shipment.provider_problem is not None
    assert shipment.provider_problem.startswith("Canceled here, but ShipStation has shipped it.")
    assert run.message == shipment.provider_problem


def test_an_order_that_belongs_to_another_shipment_is_refused(
    make: Factory, account: ProviderAccount, shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    other = make.shipment(account=account)
    ids = sandbox.load("shipstation", [{"number": other.fulfillment_number}])
    make.provider_order(shipment, external_id=ids[other.fulfillment_number])
    run = resync(other, drain)
    assert (run.state, run.can_retry) == (RunState.FAILED, False)
    assert f"which belongs to shipment {shipment.fulfillment_number}" in run.message
    assert other.last_synced_from_provider_at is None


FAULTS = [
    (Fault.UNAUTHORIZED, "refused the credentials", True, 1),
    (Fault.SERVER_ERROR, "is out of order (status 500)", True, 3),
]


@pytest.mark.parametrize(("fault", "words", "can_retry", "attempts"), FAULTS, ids=[str(row[0]) for row in FAULTS])
def test_a_failing_provider_ends_the_run_in_words_a_person_understands(
    shipment: Fulfillment,
    sandbox: SandboxControl,
    drain: Drain,
    fault: Fault,
    words: str,
    can_retry: bool,
    attempts: int,
) -> None:
    sandbox.fault("shipstation", fault, count=None, seconds=3)
    run = resync(shipment, drain)
    sandbox.clear_faults("shipstation")
    assert (run.state, run.can_retry) == (RunState.FAILED, can_retry)
    assert words in run.message
    assert run.message.endswith("Nothing was changed on the shipment.")
    assert run.technical_error
    assert words in (shipment.provider_problem or "")
    assert shipment.status == FulfillmentStatus.PACKED
    assert shipment.last_synced_from_provider_at is None
    assert events(shipment) == ["created", "resync_failed"]
    assert db.session.scalar(sa.select(sa.func.count(ProviderExchange.id))) == attempts


def test_a_provider_that_is_down_is_said_to_be_out_of_reach(
    make: Factory, sandbox: SandboxControl, drain: Drain
) -> None:
    account = make.provider_account(base_url="http://127.0.0.1:9/shipstation")
    shipment = make.shipment(account=account)
    run = resync(shipment, drain)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "cannot be reached" in run.message
    assert account.consecutive_failures == 1
    assert "cannot be reached" in (account.last_failure_message or "")


def test_an_order_the_provider_does_not_know_offers_no_retry(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    shipment = make.shipment(account=account)
    run = resync(shipment, drain)
    assert (run.state, run.can_retry) == (RunState.FAILED, False)
    assert shipment.provider_problem
    assert account.last_failure_at is None


def test_the_next_good_answer_clears_the_problem(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shipstation", Fault.UNAUTHORIZED)
    resync(shipment, drain)
    assert shipment.provider_problem
    _again(shipment, drain)
    assert shipment.provider_problem is None
    assert events(shipment) == ["created", "resync_failed", "resynced"]


def test_the_fifth_failure_in_a_row_opens_the_circuit_and_the_next_run_says_so(
    shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    account.consecutive_failures = 4
    sandbox.fault("shipstation", Fault.SERVER_ERROR, count=None)
    resync(shipment, drain)
    assert account.circuit_open_until is not None
    sandbox.clear_faults("shipstation")
    before = len(sandbox.requests("shipstation"))
    run = db.session.get_one(Run, _again(shipment, drain))
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "is left alone until" in run.message
    assert len(sandbox.requests("shipstation")) == before
    assert account.consecutive_failures == 5


def test_a_disabled_account_is_not_called(
    shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    run_id = resyncs.request(shipment.id, SYSTEM, None)
    account.is_enabled = False
    db.session.commit()
    drain()
    assert "is switched off" in db.session.get_one(Run, run_id).message
    with pytest.raises(Refused, match="is switched off"):
        resyncs.request(shipment.id, SYSTEM, None)
    assert sandbox.requests("shipstation") == []


def test_a_cost_no_shipment_can_have_is_refused(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    ship(sandbox, shipment, cost=100_000)
    run = resync(shipment, drain)
    assert run.state == RunState.FAILED
    assert "cannot be right" in run.message
    assert shipment.status == FulfillmentStatus.PACKED


def test_a_provider_that_asks_to_wait_is_asked_again_later(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shipstation", Fault.THROTTLED, seconds=60, count=None)
    run = resync(shipment, drain)
    assert (run.state, run.attempts, run.claim) == (RunState.QUEUED, 1, None)
    assert run.due_at > run.created_at
    assert "asks to wait" in run.message
    assert events(shipment) == ["created"]
    sandbox.clear_faults("shipstation")
    run.due_at = run.created_at
    db.session.commit()
    from webapp.queue import wake

    wake([(resyncs.RunKind.RESYNC_FROM_PROVIDER, run.id)])
    drain()
    assert (run.state, run.attempts) == (RunState.SUCCEEDED, 2)


def test_a_provider_that_always_asks_to_wait_is_given_up_at_last(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shipstation", Fault.THROTTLED, seconds=60, count=None)
    run_id = resyncs.request(shipment.id, SYSTEM, None)
    db.session.get_one(Run, run_id).attempts = runs.MAX_ATTEMPTS - 1
    db.session.commit()
    drain()
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)


def test_a_run_cancelled_while_the_provider_is_asked_changes_nothing(
    shipment: Fulfillment, sandbox: SandboxControl, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(sandbox, shipment)
    ask = resyncs.ask

    def ask_while_somebody_cancels(question: Question) -> resyncs.Answer:
        answer = ask(question)
        runs.cancel(question.claim.run_id, SYSTEM)
        db.session.commit()
        return answer

    monkeypatch.setattr(resyncs, "ask", ask_while_somebody_cancels)
    run = resync(shipment, drain)
    assert run.state == RunState.CANCELLED
    assert shipment.status == FulfillmentStatus.PACKED
    assert events(shipment) == ["created"]


def test_no_transaction_is_open_while_the_provider_is_asked(
    shipment: Fulfillment, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = resyncs.ask
    seen: list[bool] = []

    def ask_and_look(question: Question) -> resyncs.Answer:
        seen.append(db.session().in_transaction())
        return ask(question)

    monkeypatch.setattr(resyncs, "ask", ask_and_look)
    resync(shipment, drain)
    assert seen == [False]

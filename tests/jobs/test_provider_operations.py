"""Resync to provider and cancel at provider, over real HTTP: what is true there is what the page says."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.ledger import assert_sound, figures
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, FulfillmentLine, ProviderAccount, ProviderOrder, Run
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import provider_operations, runs, voids
from webapp.services.actors import Actor
from webapp.services.provider_runs import Errand
from webapp.services.resyncs import Answer
from webapp.statuses import FulfillmentStatus, RunKind, RunState, VoidBucket

UPDATE, CANCEL = RunKind.RESYNC_TO_PROVIDER, RunKind.CANCEL_PROVIDER_ORDER
ADD, CANCEL_CALL = "/graphql/AddLines", "/graphql/CancelOrder"


@pytest.fixture
def olga(cast: Cast) -> Actor:
    return Actor(cast.operator.id)


@pytest.fixture
def shipment(make: Factory, hero: ProviderAccount, sandbox: SandboxControl) -> Fulfillment:
    """A submitted shipment whose order at ShipHero has other lines than it has here."""
    shipment = make.shipment(account=hero, status=FulfillmentStatus.SUBMITTED)
    lines = [{"sku": "OLD-1", "key": "old", "quantity": 9}]
    ids = sandbox.load("shiphero", [{"number": shipment.fulfillment_number, "lines": lines}])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number], state="awaiting")
    return shipment


def ask(kind: RunKind, shipment: Fulfillment, actor: Actor, drain: Drain | None) -> Run:
    run_id = provider_operations.request(kind, shipment.id, actor, uuid.uuid4().hex)
    db.session.commit()
    if drain:
        drain()
    return db.session.get_one(Run, run_id)


def go_on(run: Run, drain: Drain) -> None:
    """Let the time come at which a run that was put off is due."""
    run.due_at = run.created_at
    db.session.commit()
    wake([(RunKind(run.kind), run.id)])
    drain()


def there(sandbox: SandboxControl, shipment: Fulfillment) -> Any:
    return sandbox.show("shiphero", shipment.fulfillment_number)


def lines_there(sandbox: SandboxControl, shipment: Fulfillment) -> list[tuple[str, int]]:
    return [(line["partner_line_item_id"], line["quantity"]) for line in there(sandbox, shipment)["line_items"]]


def lines_here(shipment: Fulfillment) -> list[tuple[str, int]]:
    line = FulfillmentLine
    rows = sa.select(line.id, line.quantity).where(line.fulfillment_id == shipment.id).order_by(line.id)
    return [(str(id_), quantity) for id_, quantity in db.session.execute(rows)]


def events(shipment: Fulfillment) -> list[str]:
    rows = sa.select(Activity.event).where(Activity.fulfillment_id == shipment.id).order_by(Activity.id)
    return list(db.session.scalars(rows))


def test_the_order_there_gets_the_lines_that_stand_here(
    shipment: Fulfillment, hero: ProviderAccount, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    before = figures()
    run = ask(UPDATE, shipment, olga, drain)
    assert (run.state, run.message) == (RunState.SUCCEEDED, "ShipHero has the lines as they stand here.")
    assert lines_there(sandbox, shipment) == lines_here(shipment)
    assert shipment.last_synced_to_provider_at is not None
    assert (shipment.status, shipment.provider_problem) == (FulfillmentStatus.SUBMITTED, None)
    assert hero.last_write_success_at is not None
    assert events(shipment) == ["created", "sent_to_provider"]
    assert figures() == before


def test_a_second_time_sends_nothing_and_is_noted_too(
    shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    ask(UPDATE, shipment, olga, drain)
    ask(UPDATE, shipment, olga, drain)
    assert [seen.path for seen in sandbox.requests("shiphero")].count(ADD) == 1
    assert events(shipment) == ["created", "sent_to_provider", "sent_to_provider"]


def test_the_same_key_and_a_run_at_work_give_one_run(shipment: Fulfillment, olga: Actor) -> None:
    key = uuid.uuid4().hex
    first = provider_operations.request(UPDATE, shipment.id, olga, key)
    assert provider_operations.request(UPDATE, shipment.id, olga, key) == first
    assert provider_operations.request(UPDATE, shipment.id, olga, uuid.uuid4().hex) == first


def test_half_a_change_is_finished_by_asking_again(
    shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shiphero", Fault.RESET, path=ADD)
    run = ask(UPDATE, shipment, olga, drain)
    assert (run.state, shipment.last_synced_to_provider_at) == (RunState.QUEUED, None)
    assert "did not say whether it did what was asked" in run.message
    go_on(run, drain)
    assert run.state == RunState.SUCCEEDED
    assert lines_there(sandbox, shipment) == lines_here(shipment)


@pytest.mark.parametrize("kind", [UPDATE, CANCEL])
def test_what_has_shipped_there_is_left_alone(
    kind: RunKind, shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shiphero", shipment.fulfillment_number, shipments=[{"tracking_number": "1Z9"}])
    run = ask(kind, shipment, olga, drain)
    assert run.state == RunState.FAILED
    assert "ShipHero has shipped" in run.message
    assert there(sandbox, shipment)["fulfillment_status"] == "fulfilled"
    assert shipment.tracking_number == ("1Z9" if kind is CANCEL else None)


def test_cancelling_there_leaves_the_shipment_and_its_stock_as_they_are(
    shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    before = figures()
    run = ask(CANCEL, shipment, olga, drain)
    assert run.state == RunState.SUCCEEDED
    assert "void it to bring its stock back" in run.message
    assert there(sandbox, shipment)["fulfillment_status"] == "canceled"
    assert db.session.scalars(sa.select(ProviderOrder.state)).one() == "cancelled"
    assert (shipment.status, shipment.voided_at) == (FulfillmentStatus.SUBMITTED, None)
    assert (shipment.provider_state, shipment.cancel_by_hand) == ("cancelled", False)
    assert events(shipment) == ["created", "provider_order_cancelled"]
    assert figures() == before


def test_what_was_cancelled_there_is_then_voided_at_once(
    shipment: Fulfillment, cast: Cast, olga: Actor, drain: Drain
) -> None:
    ask(CANCEL, shipment, olga, drain)
    susan = Actor(cast.supervisor.id)
    outcome = voids.void(shipment.id, reason="", version=shipment.version, key=uuid.uuid4().hex, actor=susan)
    assert outcome.bucket is VoidBucket.VOIDED
    assert_sound()


def test_a_cancellation_without_an_answer_is_found_done(
    shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shiphero", Fault.RESET, path=CANCEL_CALL)
    assert ask(CANCEL, shipment, olga, drain).state == RunState.SUCCEEDED
    assert [seen.path for seen in sandbox.requests("shiphero")].count(CANCEL_CALL) == 1


def test_an_order_that_is_not_there_any_more_needs_no_cancellation(
    shipment: Fulfillment, olga: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.reset()
    run = ask(CANCEL, shipment, olga, drain)
    assert (run.state, shipment.provider_state) == (RunState.SUCCEEDED, "cancelled")
    assert "no such order any more" in run.message


@pytest.mark.parametrize("kind", [UPDATE, CANCEL])
def test_a_run_cancelled_meanwhile_keeps_what_happened_at_the_provider(
    kind: RunKind, shipment: Fulfillment, olga: Actor, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "RESYNC_TO" if kind is UPDATE else "CANCEL_ORDER"
    operation = getattr(provider_operations, name)

    def ask_while_somebody_cancels(errand: Errand) -> Answer:
        answer: Answer = asked(errand)
        runs.cancel(errand.claim.run_id, olga)
        db.session.commit()
        return answer

    asked = operation.ask
    object.__setattr__(operation, "ask", ask_while_somebody_cancels)
    try:
        run = ask(kind, shipment, olga, drain)
    finally:
        object.__setattr__(operation, "ask", asked)
    assert run.state == RunState.SUCCEEDED
    assert len(events(shipment)) == 2


def test_it_says_by_name_why_a_provider_cannot_be_told(
    make: Factory, account: ProviderAccount, hero: ProviderAccount, olga: Actor
) -> None:
    at_shipstation = make.shipment(account=account, status=FulfillmentStatus.SUBMITTED)
    make.provider_order(at_shipstation)
    packed = make.shipment(account=hero)
    unsent = make.shipment(account=hero, status=FulfillmentStatus.SUBMITTED)
    by_hand = make.shipment()
    refusals = [
        (CANCEL, at_shipstation, "ShipStation takes no cancellations from here"),
        (UPDATE, packed, "It is packed; only what is submitted"),
        (UPDATE, unsent, "No order at ShipHero is known"),
        (CANCEL, by_hand, "is with no provider account"),
    ]
    for kind, shipment, words in refusals:
        with pytest.raises(Refused, match=words):
            provider_operations.request(kind, shipment.id, olga, uuid.uuid4().hex)
    hero.is_enabled = False
    with pytest.raises(Refused, match="is switched off"):
        provider_operations.request(CANCEL, unsent.id, olga, uuid.uuid4().hex)

"""What asks providers by the clock: whose turn it is, how many, and that two clocks ask no more than one."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from jobs import polling as job
from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, ProviderAccount, Run, RunItem
from webapp.queue import BULK
from webapp.sandbox import SandboxControl
from webapp.schema import now
from webapp.services import polling, runs, unknown_outcomes
from webapp.services.actors import SYSTEM
from webapp.statuses import FulfillmentStatus, RunKind, RunState

LONG_AGO = timedelta(hours=3)


def there(make: Factory, account: ProviderAccount, **values: Any) -> Fulfillment:
    """A shipment with an order at the account's provider."""
    shipment = make.shipment(account=account, **values)
    make.provider_order(shipment)
    return shipment


def polled() -> list[int]:
    """Let the clock strike, and give back the shipments that are now to be asked about, in their order."""
    before = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(RunItem.id), 0)))
    polling.request_due()
    rows = sa.select(RunItem.fulfillment_id).where(RunItem.id > before).order_by(RunItem.id)
    return list(db.session.scalars(rows))


def ended() -> None:
    """Let every run be over, as if the workers had done them."""
    db.session.execute(sa.update(Run).values(state=RunState.SUCCEEDED.value, finished_at=now()))
    db.session.commit()


def test_open_shipments_are_asked_about_and_what_is_over_is_not(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl
) -> None:
    asked = [there(make, account, status=status) for status in polling.PAUSES]
    there(make, account, status=FulfillmentStatus.FULFILLED, tracking_number="1Z")
    there(make, account, status=FulfillmentStatus.CANCELED)
    there(make, account, archived_at=now())
    make.shipment()
    make.shipment(account=account)  # It was not sent yet.
    there(make, make.provider_account("walmart_wfs"))
    assert polled() == [one.id for one in asked]


def test_the_answer_is_merged_like_a_resync(
    shipment: Fulfillment, sandbox: SandboxControl, app: Flask, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "application", lambda: app)
    parcel = {"tracking_number": "1Z9"}
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[parcel])
    db.session.commit()
    job.poll()
    drain(BULK)
    assert (shipment.status, shipment.tracking_number) == (FulfillmentStatus.FULFILLED, "1Z9")
    row = db.session.scalars(sa.select(Activity).where(Activity.event == "resynced")).one()
    assert row.actor_id is None


def test_whoever_was_asked_longest_ago_comes_first_and_the_next_batch_goes_on_from_there(
    make: Factory, account: ProviderAccount
) -> None:
    account.settings = {polling.PACE_SETTING: 2}
    moment = now()
    first, never, second = (
        there(make, account, polled_at=at) for at in (moment - LONG_AGO, None, moment - LONG_AGO / 2)
    )
    assert polled() == [never.id, first.id]
    ended()
    assert polled() == [second.id]
    ended()
    assert polled() == []


def test_the_nearer_to_shipping_the_more_often(make: Factory, account: ProviderAccount) -> None:
    ago = now() - timedelta(minutes=12)
    far = there(make, account, status=FulfillmentStatus.SUBMITTED, polled_at=ago)
    near = there(make, account, status=FulfillmentStatus.PACKED, polled_at=ago)
    assert polled() == [near.id]
    assert far.polled_at == ago


def test_what_somebody_has_just_resynced_is_left_alone(make: Factory, account: ProviderAccount) -> None:
    there(make, account, last_synced_from_provider_at=now())
    assert polled() == []


@pytest.mark.parametrize(
    "trouble",
    [{"is_enabled": False}, {"circuit_open_until": now() + timedelta(hours=1)}],
    ids=["switched off", "paused"],
)
def test_an_account_in_trouble_is_left_alone(
    make: Factory, account: ProviderAccount, trouble: dict[str, Any]
) -> None:
    there(make, account)
    for name, value in trouble.items():
        setattr(account, name, value)
    db.session.commit()
    assert polled() == []


def test_while_an_account_is_being_asked_another_clock_asks_for_nothing(
    make: Factory, account: ProviderAccount, hero: ProviderAccount
) -> None:
    account.settings = {polling.PACE_SETTING: 1}
    ours, at_hero = there(make, account), there(make, hero)
    there(make, account)
    assert polled() == [ours.id, at_hero.id]
    assert polled() == []


def test_a_shipment_that_fails_does_not_keep_others_from_their_turn_and_says_so_once(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    account.settings = {polling.PACE_SETTING: 1}
    unknown_there, other = there(make, account), there(make, account)
    sandbox.load("shipstation", [{"number": other.fulfillment_number}])
    assert polled() == [unknown_there.id]
    drain(BULK)
    assert polled() == [other.id]
    drain(BULK)
    unknown_there.polled_at = now() - LONG_AGO
    assert polled() == [unknown_there.id]
    drain(BULK)
    failed = sa.select(sa.func.count()).where(Activity.event == "resync_failed")
    assert db.session.scalar(failed) == 1


@pytest.fixture
def unknown(make: Factory, hero: ProviderAccount, sandbox: SandboxControl, cast: Cast) -> Run:
    """A cancellation of which nobody knows whether it happened; it did."""
    shipment = make.shipment(account=hero, status=FulfillmentStatus.SUBMITTED)
    ids = sandbox.load("shiphero", [{"number": shipment.fulfillment_number, "status": "canceled"}])
    make.provider_order(shipment, external_id=ids[shipment.fulfillment_number])
    run = Run(
        kind=RunKind.CANCEL_PROVIDER_ORDER.value,
        state=RunState.UNKNOWN.value,
        requested_by_id=cast.operator.id,
        fulfillment_id=shipment.id,
        finished_at=now() - timedelta(minutes=6),
    )
    db.session.add(run)
    db.session.commit()
    return run


def test_an_unknown_outcome_is_asked_about_again_and_becomes_known(
    unknown: Run, app: Flask, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "application", lambda: app)
    db.session.commit()
    job.ask_again()
    drain()
    again = db.session.scalars(sa.select(Run).where(Run.retry_of_id == unknown.id)).one()
    assert (again.state, again.requested_by_id) == (RunState.SUCCEEDED, unknown.requested_by_id)
    assert db.session.get_one(Fulfillment, unknown.fulfillment_id).provider_state == "cancelled"
    db.session.commit()
    job.ask_again()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 2


def test_two_clocks_ask_once_and_not_before_it_is_time(unknown: Run) -> None:
    assert unknown_outcomes.ask_again() == 1
    assert unknown_outcomes.ask_again() == 0
    db.session.rollback()
    unknown.finished_at = now()
    assert unknown_outcomes.ask_again() == 0


def test_whoever_is_silent_for_hours_is_left_to_a_person(unknown: Run) -> None:
    for minutes in range(10, 17):
        earlier = Run(
            kind=unknown.kind,
            state=RunState.UNKNOWN.value,
            fulfillment_id=unknown.fulfillment_id,
            finished_at=now() - timedelta(hours=20, minutes=minutes),
        )
        db.session.add(earlier)
    db.session.flush()
    newest = Run(kind=unknown.kind, state=RunState.UNKNOWN.value, fulfillment_id=unknown.fulfillment_id)
    newest.finished_at = now() - timedelta(hours=19)
    db.session.add(newest)
    db.session.flush()
    assert unknown_outcomes.ask_again() == 0


def test_what_failed_for_a_known_reason_is_not_asked_again(unknown: Run) -> None:
    unknown.state = RunState.FAILED.value
    assert unknown_outcomes.ask_again() == 0


def test_a_run_by_the_clock_is_the_systems(make: Factory, account: ProviderAccount) -> None:
    there(make, account)
    polled()
    assert db.session.scalars(sa.select(Run.requested_by_id)).one() == SYSTEM.user_id
    assert runs.claim(db.session.scalars(sa.select(Run.id)).one())

"""Bulk “Submit to channel” and “Clear channel submission”: each row told once, whatever goes wrong on the way."""

import uuid

import pytest
import sqlalchemy as sa

from jobs import asking
from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_bulk_at_providers import rows_of, start
from tests.page import Page
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, ProviderAccount, ProviderExchange, Run
from webapp.queries.bulk_selections import Chosen
from webapp.queue import BULK
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.services import bulk_again, bulk_channel_row, bulk_provider, channel_sync, runs, runs_sweep
from webapp.services.actors import SYSTEM, Actor
from webapp.services.bulk_again import Step
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.bulk_preview import preview
from webapp.statuses import ActivityEvent, BulkBucket, Permission, RunKind, RunState

SUBMIT, CLEAR = RunKind.BULK_SUBMIT_TO_CHANNEL, RunKind.BULK_CLEAR_CHANNEL


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is known which row meets what."""
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    monkeypatch.setattr(asking, "AHEAD", 0)


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id)


@pytest.fixture
def parcels(make: Factory, shop: ProviderAccount, sandbox: SandboxControl) -> list[Fulfillment]:
    """Three shipments that left just now, each of an order of its own at the shop."""
    return [parcel(make, sandbox, f"#200{number}") for number in range(3)]


def parcel(make: Factory, sandbox: SandboxControl, name: str) -> Fulfillment:
    sandbox.load("shopify", [{"number": name, "lines": [{"sku": "NWP-011", "quantity": 4}]}])
    number = f"1Z{name[1:]}"
    return make.shipment(
        order=make.order(customer_reference=name),
        status="fulfilled",
        tracking_number=number,
        carrier="UPS",
        fulfilled_at=now(),
    )


def told(sandbox: SandboxControl, name: str) -> list[tuple[str, str]]:
    found = sandbox.show("shopify", name.replace("#", "%23"))["fulfillments"]
    return [(one["status"], one["trackingInfo"][0]["number"]) for one in found]


def events(shipment_id: int) -> list[str]:
    rows = sa.select(Activity.event).where(Activity.fulfillment_id == shipment_id).order_by(Activity.id)
    return list(db.session.scalars(rows))


def test_each_row_is_told_or_says_in_the_channels_words_why_not_and_is_tried_again(
    parcels: list[Fulfillment], susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    ids = [one.id for one in parcels]
    sandbox.change("shopify", "%232001", holds=["INCORRECT_ADDRESS"])
    run_id = start(SUBMIT, parcels, susan)
    drain(BULK)

    rows = rows_of(run_id)
    assert [rows[id_][0] for id_ in ids] == [BulkBucket.DONE, BulkBucket.ERRORS, BulkBucket.DONE]
    assert rows[ids[0]][1] == "Shopify was told: order #2000, tracking 1Z2000."
    assert "incorrect address" in rows[ids[1]][1]
    assert (told(sandbox, "#2000"), told(sandbox, "#2001")) == ([("SUCCESS", "1Z2000")], [])
    assert events(ids[0])[-1] == ActivityEvent.SUBMITTED_TO_CHANNEL
    assert db.session.scalar(sa.select(sa.func.count()).where(Activity.run_id == run_id)) == 3
    assert set(db.session.scalars(sa.select(ProviderExchange.run_id))) == {run_id}
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.message) == (
        RunState.PARTLY_SUCCEEDED,
        "2 submitted to the channel, 1 could not be changed.",
    )

    sandbox.change("shopify", "%232001", holds=[], status="OPEN")
    again = bulk_again.again(
        run_id, Step.RETRY, key=uuid.uuid4().hex, actor=susan, permissions=frozenset(Permission)
    )
    db.session.commit()
    drain(BULK)
    assert rows_of(again.run_id) == {ids[1]: (BulkBucket.DONE, "Shopify was told: order #2001, tracking 1Z2001.")}
    assert told(sandbox, "#2001") == [("SUCCESS", "1Z2001")]


def test_a_channel_out_of_order_leaves_its_row_due_and_the_others_told(
    parcels: list[Fulfillment], susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shopify", Fault.SERVER_ERROR, path="/graphql/FindOrders", count=3)
    run_id = start(SUBMIT, parcels, susan)
    drain(BULK)

    buckets = [bucket for bucket, _ in rows_of(run_id).values()]
    assert buckets == [BulkBucket.ERRORS, BulkBucket.DONE, BulkBucket.DONE]
    assert db.session.get_one(Fulfillment, parcels[0].id).channel_problem is None
    assert channel_sync.request_due() == 1


def test_a_worker_that_dies_after_the_answer_tells_nothing_twice(
    parcels: list[Fulfillment],
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = parcels[-1].id
    run_id = start(SUBMIT, parcels, susan)
    row_of = bulk_provider.row_of

    def die_at_the_last(claim: runs.Claim, fulfillment_id: int) -> bulk_provider.Row:
        row = row_of(claim, fulfillment_id)
        if fulfillment_id == last:
            db.session.commit()
            row.ask()
            raise runs.ClaimLost
        return row

    with monkeypatch.context() as patch:
        patch.setattr(bulk_provider, "row_of", die_at_the_last)
        drain(BULK)
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.done) == (RunState.RUNNING, 2)
    run.heartbeat_at = run.created_at.replace(year=2000)
    db.session.commit()
    assert channel_sync.request_due() == 0  # The row still waits in the bulk run.
    runs_sweep.take_over_stale()
    drain(BULK)

    assert [bucket for bucket, _ in rows_of(run_id).values()] == [BulkBucket.DONE] * 3
    assert rows_of(run_id)[last][1] == "Shopify knew already: order #2002, tracking 1Z2002."
    assert [told(sandbox, f"#200{n}") for n in range(3)] == [[("SUCCESS", f"1Z200{n}")] for n in range(3)]


def test_a_run_is_cancelled_between_rows_and_keeps_what_was_told(
    parcels: list[Fulfillment],
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = start(SUBMIT, parcels, susan)
    ask = bulk_channel_row.ChannelRow.ask

    def cancelled_meanwhile(row: bulk_channel_row.ChannelRow) -> object:
        answer = ask(row)
        runs.cancel(run_id, susan)
        db.session.commit()
        return answer

    monkeypatch.setattr(bulk_channel_row.ChannelRow, "ask", cancelled_meanwhile)
    drain(BULK)

    assert [bucket for bucket, _ in rows_of(run_id).values()] == [BulkBucket.DONE, None, None]
    assert db.session.get_one(Run, run_id).state == RunState.CANCELLED
    assert (told(sandbox, "#2000"), told(sandbox, "#2001")) == ([("SUCCESS", "1Z2000")], [])


def test_what_cannot_be_told_is_foreseen_and_skipped_with_the_reason(
    make: Factory, parcels: list[Fulfillment], susan: Actor, drain: Drain
) -> None:
    good, untracked, busy = parcels
    untracked.tracking_number = untracked.tracking_key = None
    known = make.shipment(status="fulfilled", tracking_number="1ZK", submitted_to_sales_channel_at=now())
    db.session.commit()
    runs.request(RunKind.SUBMIT_TO_CHANNEL, SYSTEM, fulfillment_id=busy.id, wakes=False)
    everything = [good, untracked, busy, known]
    chosen = Chosen(tuple(one.id for one in everything))

    found = preview(KINDS[SUBMIT], chosen, Terms(), susan.scope, frozenset(Permission))
    assert [(one.bucket, one.is_at_provider, one.count) for one in found.outcomes] == [
        (BulkBucket.DONE, True, 1),
        *[(BulkBucket.SKIPPED, False, 1)] * 3,
    ]
    assert found.outcomes[0].reason == "Shopify is told of its tracking."

    run_id = start(SUBMIT, everything, susan)
    drain(BULK)
    rows = rows_of(run_id)
    assert rows[good.id][0] == BulkBucket.DONE
    assert rows[untracked.id][1].startswith("The shipment has no tracking number")
    assert rows[busy.id][1] == "It is being told by another run already."
    assert "was told of this shipment already" in rows[known.id][1]


def test_voids_of_which_the_channel_knows_nothing_are_told(
    make: Factory, parcels: list[Fulfillment], susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    first = parcels[0]
    start(SUBMIT, [first], susan)
    drain(BULK)
    first = db.session.get_one(Fulfillment, first.id)
    first.status, first.status_before_void, first.voided_at = "canceled", "fulfilled", now()
    db.session.commit()

    run_id = start(SUBMIT, [first], susan)
    drain(BULK)
    assert rows_of(run_id)[first.id] == (BulkBucket.DONE, "Shopify was told of the void (order #2000).")
    assert [status for status, _ in told(sandbox, "#2000")] == ["CANCELLED"]


def test_a_person_cannot_tell_what_a_bulk_run_is_about_to_tell(
    parcels: list[Fulfillment], susan: Actor, redis: object, page: Page, cast: Cast
) -> None:
    run_id = start(SUBMIT, parcels, susan)
    page.sign_in(cast.operator)
    answer = page.post(
        f"/fulfillments/{parcels[0].id}/submit-to-channel",
        {"idempotency_key": "a" * 32},
        fragment="channel-status",
        status=422,
    )
    assert f"Run {run_id} is about to tell" in answer.text


def test_submissions_are_cleared_a_set_at_a_time_and_are_due_again(
    make: Factory, parcels: list[Fulfillment], susan: Actor, redis: object
) -> None:
    told_one, failed_one, nothing = parcels
    told_one.submitted_to_sales_channel_at = now()
    failed_one.channel_problem = "No such order."
    db.session.commit()
    versions = {one.id: one.version for one in parcels}
    assert channel_sync.request_due() == 1
    db.session.rollback()

    run_id = start(CLEAR, parcels, susan)
    rows = rows_of(run_id)
    assert [rows[one][0] for one in versions] == [BulkBucket.DONE, BulkBucket.DONE, BulkBucket.SKIPPED]
    assert rows[nothing.id][1].startswith("There is nothing to clear")
    assert [db.session.get_one(Fulfillment, id_).version - old for id_, old in versions.items()] == [1, 1, 0]
    cleared = sa.select(Activity.fulfillment_id, Activity.run_id, Activity.actor_id).where(
        Activity.event == ActivityEvent.CHANNEL_SUBMISSION_CLEARED.value
    )
    assert sorted(map(tuple, db.session.execute(cleared))) == [
        (id_, run_id, susan.user_id) for id_ in sorted((told_one.id, failed_one.id))
    ]
    assert db.session.get_one(Run, run_id).message == "2 cleared, 1 skipped."
    assert channel_sync.request_due() == 3

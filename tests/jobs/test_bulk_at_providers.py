"""Bulk work for which a provider is asked about every row: resync from, resync to, cancel there."""

import os
import uuid
from collections import Counter
from itertools import count, cycle, islice
from threading import Event, Lock
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa

from jobs import asking
from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.workers import stored, wait_until
from webapp.extensions import db
from webapp.models import Activity, Fulfillment, ProviderAccount, ProviderExchange, Run, RunItem
from webapp.providers.http import Door
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shipstation import adapter
from webapp.queries.bulk_selections import Chosen
from webapp.queue import BULK
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.services import bulk, bulk_provider, bulk_steps, runs, runs_sweep
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.bulk_preview import preview
from webapp.statuses import BulkBucket, FulfillmentStatus, Permission, RunKind, RunState

FROM, TO, CANCEL = RunKind.BULK_RESYNC_FROM, RunKind.BULK_RESYNC_TO, RunKind.BULK_CANCEL_ORDERS
# The whole thousand takes minutes; `BULK_RESYNC_ROWS=1000` asks for it.
ROWS = int(os.environ.get("BULK_RESYNC_ROWS", "30"))
PARCEL = {"carrier": "ups", "service": "ups_ground", "cost": 12.4}
# Every fifth call meets the next of these; the first three pass by themselves when the call is repeated.
MISHAPS = (Fault.SERVER_ERROR, Fault.RESET, Fault.CUT_OFF, Fault.NOT_JSON, Fault.UNAUTHORIZED)


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id)


@pytest.fixture(autouse=True)
def _our_own_limit_lets_everything_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty calls a minute are kept by waiting, which tests/providers/test_rate_limits.py looks at."""
    monkeypatch.setattr(adapter, "RATE_LIMIT", RateLimit(calls=1_000_000, seconds=60))


def start(kind: RunKind, shipments: list[Fulfillment], actor: Actor) -> int:
    requested = bulk.request(
        KINDS[kind],
        Chosen(tuple(one.id for one in shipments)),
        Terms(),
        expected=len(shipments),
        key=uuid.uuid4().hex,
        actor=actor,
        permissions=frozenset(Permission),
    )
    db.session.commit()
    return requested.run_id


def rows_of(run_id: int) -> dict[int, tuple[str | None, str]]:
    db.session.rollback()
    rows = sa.select(RunItem.fulfillment_id, RunItem.bucket, RunItem.reason).where(RunItem.run_id == run_id)
    rows = rows.order_by(RunItem.id)
    return {id_: (bucket, reason) for id_, bucket, reason in db.session.execute(rows)}


def at_shipstation(
    make: Factory, account: ProviderAccount, sandbox: SandboxControl, count: int
) -> list[Fulfillment]:
    """So many packed shipments, all of which have shipped there."""
    shipments = [make.shipment(account=account) for _ in range(count)]
    sandbox.load(
        "shipstation",
        [
            {
                "number": one.fulfillment_number,
                "status": "shipped",
                "shipments": [PARCEL | {"tracking_number": f"1Z{one.id}"}],
            }
            for one in shipments
        ],
    )
    return shipments


def at_shiphero(make: Factory, hero: ProviderAccount, sandbox: SandboxControl, count: int) -> list[Fulfillment]:
    shipments = [make.shipment(account=hero, status=FulfillmentStatus.SUBMITTED) for _ in range(count)]
    ids = sandbox.load("shiphero", [{"number": one.fulfillment_number} for one in shipments])
    for one in shipments:
        make.provider_order(one, external_id=ids[one.fulfillment_number])
    return shipments


def test_every_row_ends_with_a_result_and_none_twice_though_every_fifth_call_fails(
    make: Factory, account: ProviderAccount, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    shipments = at_shipstation(make, account, sandbox, ROWS)
    # A fault counts the calls that others let pass, so each skips four more than the one before it.
    for place, mishap in enumerate(islice(cycle(MISHAPS), ROWS)):
        sandbox.fault("shipstation", mishap, skip=4 * place + 4)

    run_id = start(FROM, shipments, susan)
    drain(BULK)

    rows = rows_of(run_id)
    assert len(rows) == ROWS
    assert {bucket for bucket, _ in rows.values()} <= {BulkBucket.DONE, BulkBucket.ERRORS}
    assert all(reason for _, reason in rows.values())
    run = db.session.get_one(Run, run_id)
    assert (run.done, run.state) == (ROWS, RunState.PARTLY_SUCCEEDED)
    resynced = sa.select(Activity.fulfillment_id).where(Activity.event == "resynced")
    done = {id_ for id_, (bucket, _) in rows.items() if bucket == BulkBucket.DONE}
    assert sorted(db.session.scalars(resynced)) == sorted(done)
    shipped = sa.select(Fulfillment.id).where(Fulfillment.status == FulfillmentStatus.FULFILLED.value)
    assert set(db.session.scalars(shipped)) == done


def test_two_runs_never_ask_about_the_same_shipment(
    make: Factory, hero: ProviderAccount, susan: Actor, sandbox: SandboxControl
) -> None:
    one, both, other = at_shiphero(make, hero, sandbox, 3)
    poll = Run(kind=FROM.value, total=1)  # Of the clock: it reads, and holds nothing up.
    db.session.add(poll)
    db.session.flush()
    db.session.add(RunItem(run_id=poll.id, fulfillment_id=one.id))
    first = start(CANCEL, [one, both], susan)
    foreseen = preview(
        KINDS[TO], Chosen((both.id, other.id)), Terms(), susan.scope, frozenset(Permission)
    ).outcomes
    second = start(TO, [both, other], susan)
    words = f"Run {first} (cancel orders at providers) has it still to do. Try again when that is over."

    assert [(one.count, one.reason) for one in foreseen if one.bucket is BulkBucket.SKIPPED] == [(1, words)]
    asked = {}
    for run_id in (second, first):  # Also when the later one is taken up first.
        claim = runs.claim(run_id)
        assert claim is not None
        asked[run_id] = bulk_steps.work(claim, bulk_steps.waiting(run_id), susan).at_provider
        db.session.commit()
    assert asked == {first: (one.id, both.id), second: (other.id,)}
    assert rows_of(second) == {both.id: (BulkBucket.SKIPPED, words), other.id: (None, "")}


def test_what_failed_is_tried_again_by_itself(
    make: Factory, account: ProviderAccount, susan: Actor, sandbox: SandboxControl, drain: Drain
) -> None:
    shipments = at_shipstation(make, account, sandbox, 3)
    sandbox.fault("shipstation", Fault.NOT_JSON, path="/orders")
    run_id = start(FROM, shipments, susan)
    drain(BULK)
    assert [bucket for bucket, _ in rows_of(run_id).values()].count(BulkBucket.ERRORS) == 1
    assert db.session.get_one(Run, run_id).message == "2 resynced, 1 could not be changed."


@pytest.mark.parametrize(("kind", "at_once", "done"), [(FROM, 1, 1), (CANCEL, 1, 2), (CANCEL, 2, 2)])
def test_a_run_is_stopped_between_two_rows(
    kind: RunKind,
    at_once: int,
    done: int,
    make: Factory,
    hero: ProviderAccount,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, *shipments = at_shiphero(make, hero, sandbox, 6)
    start(FROM, [before], susan)
    drain(BULK)  # Brings the access token, for which all others would wait.
    run_id = start(kind, shipments, susan)
    monkeypatch.setattr(asking, "AT_ONCE", at_once)
    goes_on, begun, is_stopped = runs.goes_on, count(1), Event()

    def stop_as_the_second_begins(claim: runs.Claim) -> bool:
        answer = goes_on(claim)
        match next(begun):
            case 1 if at_once == 2:  # Is on its way together with the second.
                assert is_stopped.wait(30)
            case 2:
                if kind is FROM:
                    wait_until(lambda: stored(run_id).done == 1)
                runs.cancel(run_id, susan)
                db.session.commit()
                is_stopped.set()
        return answer

    monkeypatch.setattr(runs, "goes_on", stop_as_the_second_begins)
    drain(BULK)
    # What a provider was told is kept, what it was only asked is not.
    buckets = Counter(bucket for bucket, _ in rows_of(run_id).values())
    assert buckets == {BulkBucket.DONE: done, None: 5 - done}
    assert db.session.get_one(Run, run_id).state == RunState.CANCELLED
    asked = sa.select(ProviderExchange.fulfillment_id).where(ProviderExchange.run_id == run_id)
    assert len(set(db.session.scalars(asked))) == 2


def test_rows_made_ready_ahead_bring_no_more_calls_on_their_way(
    make: Factory,
    hero: ProviderAccount,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipments = at_shiphero(make, hero, sandbox, 8)
    send, lock = Door._send, Lock()
    on_their_way, seen = 0, []

    def slowly(*args: Any, **named: Any) -> Any:
        nonlocal on_their_way
        with lock:
            on_their_way += 1
            seen.append(on_their_way)
        try:
            sleep(0.05)
            return send(*args, **named)
        finally:
            with lock:
                on_their_way -= 1

    monkeypatch.setattr(Door, "_send", slowly)
    run_id = start(FROM, shipments, susan)
    drain(BULK)
    assert [bucket for bucket, _ in rows_of(run_id).values()] == [BulkBucket.DONE] * 8
    assert max(seen) == asking.AT_ONCE


@pytest.mark.parametrize(("at_once", "ahead", "done"), [(1, 0, 2), (1, 2, 0), (4, 0, 0)])
def test_a_worker_that_dies_leaves_the_rest_to_the_next_one(
    at_once: int,
    ahead: int,
    done: int,
    make: Factory,
    hero: ProviderAccount,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipments = at_shiphero(make, hero, sandbox, 3)
    last = shipments[-1].id
    monkeypatch.setattr(asking, "AT_ONCE", at_once)
    monkeypatch.setattr(asking, "AHEAD", ahead)
    run_id = start(CANCEL, shipments, susan)
    row_of = bulk_provider.row_of

    def die_at_the_last(claim: runs.Claim, fulfillment_id: int) -> bulk_provider.Row:
        row = row_of(claim, fulfillment_id)
        if fulfillment_id == last:
            db.session.commit()
            row.ask()  # The provider has done it, and then the worker is gone.
            raise runs.ClaimLost
        return row

    with monkeypatch.context() as patch:
        patch.setattr(bulk_provider, "row_of", die_at_the_last)
        drain(BULK)
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.done) == (RunState.RUNNING, done)
    run.heartbeat_at = run.created_at.replace(year=2000)
    db.session.commit()
    runs_sweep.take_over_stale()
    drain(BULK)
    assert [bucket for bucket, _ in rows_of(run_id).values()] == [BulkBucket.DONE] * 3
    assert [seen.path for seen in sandbox.requests("shiphero")].count("/graphql/CancelOrder") == 3


def test_what_cannot_be_done_is_foreseen_and_skipped_with_the_reason(
    make: Factory,
    hero: ProviderAccount,
    account: ProviderAccount,
    susan: Actor,
    sandbox: SandboxControl,
    drain: Drain,
) -> None:
    (good,) = at_shiphero(make, hero, sandbox, 1)
    packed = make.shipment(account=account)
    make.provider_order(packed)
    by_hand = make.shipment()
    everything = [good, packed, by_hand]
    chosen = Chosen(tuple(one.id for one in everything))
    found = preview(KINDS[TO], chosen, Terms(), susan.scope, frozenset(Permission))
    assert [(one.bucket, one.is_at_provider) for one in found.outcomes] == [
        (BulkBucket.DONE, True),
        (BulkBucket.SKIPPED, False),
        (BulkBucket.SKIPPED, False),
    ]
    run_id = start(TO, everything, susan)
    drain(BULK)
    rows = rows_of(run_id)
    assert rows[good.id] == (BulkBucket.DONE, "ShipHero has the lines as they stand here.")
    assert rows[packed.id][1].startswith("It is packed")
    assert "no provider account" in rows[by_hand.id][1]
    assert good.last_synced_to_provider_at is not None

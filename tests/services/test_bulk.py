"""Bulk work as it is asked for: who may, which set, how many, and what a few shipments come to at once."""

import threading
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.ledger import assert_sound, figures, intent, lose, ship
from tests.together import together
from webapp.errors import Forbidden, IdempotencyKeyReused, Refused
from webapp.extensions import db
from webapp.models import Activity, CostLayer, Fulfillment, InventoryMovement, Run, RunItem
from webapp.queries import bulk_selections, filters
from webapp.queries.bulk_selections import Chosen, Matching, OfRun, Selection
from webapp.queries.fulfillments import list_page
from webapp.queries.listing import search
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE, Scope
from webapp.services import bulk, voids
from webapp.services.actors import Actor
from webapp.services.bulk import AT_ONCE, OtherNumber
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.statuses import (
    BULK_KINDS,
    ROLE_PERMISSIONS,
    BulkBucket,
    FulfillmentStatus,
    Permission,
    ProviderOrderState,
    Role,
    RunKind,
    RunState,
)

VOID, RESTORE = RunKind.BULK_VOID, RunKind.BULK_RESTORE
ARCHIVE, UNARCHIVE = RunKind.BULK_ARCHIVE, RunKind.BULK_UNARCHIVE
EVERYTHING = frozenset(Permission)
OPERATOR = ROLE_PERMISSIONS[Role.OPERATOR]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that a worker was woken for."""
    found: list[int] = []

    def wake(runs: Sequence[tuple[RunKind, int]]) -> int:
        found.extend(run_id for _, run_id in runs)
        return 0

    monkeypatch.setattr("webapp.queue.wake", wake)
    return found


@pytest.fixture
def susan(cast: Cast) -> Actor:
    return Actor(cast.supervisor.id, request_id="request-1")


def ask(kind: RunKind, selection: Selection, actor: Actor, **values: Any) -> int:
    """The run of a request made with the number that the selection has now."""
    expected = len(bulk_selections.ids(selection, actor.scope))
    defaults = {"terms": Terms(reason="Ordered twice"), "expected": expected, "key": uuid.uuid4().hex}
    defaults |= {"permissions": EVERYTHING} | values
    requested = bulk.request(KINDS[kind], selection, defaults.pop("terms"), actor=actor, **defaults)
    db.session.commit()
    return requested.run_id


def chosen(*shipments: Fulfillment) -> Chosen:
    return Chosen(tuple(shipment.id for shipment in shipments))


def row(run_id: int) -> Run:
    db.session.expire_all()
    return db.session.get_one(Run, run_id)


def buckets(run_id: int) -> dict[int, tuple[str | None, str]]:
    items = db.session.scalars(sa.select(RunItem).where(RunItem.run_id == run_id).order_by(RunItem.id))
    return {item.fulfillment_id: (item.bucket, item.reason) for item in items}


def test_every_bulk_kind_stands_in_the_table() -> None:
    assert tuple(KINDS) == BULK_KINDS
    assert all(kind.run == run for run, kind in KINDS.items())


def test_a_few_are_voided_at_once_and_each_that_is_not_says_why(
    make: Factory, susan: Actor, woken: list[int]
) -> None:
    good, merged = make.shipment(), make.shipment(merged_submission=True)
    shipped = make.shipment(status=FulfillmentStatus.FULFILLED)
    run_id = ask(VOID, chosen(good, merged, shipped), susan)
    found = buckets(run_id)
    assert found[good.id] == ("done", "")
    assert found[merged.id] == (
        "skipped",
        "It was submitted together with other shipments. Void standalone shipments only.",
    )
    assert found[shipped.id][0] == "needs_confirmation"
    assert found[shipped.id][1].startswith("It has shipped.")
    run = row(run_id)
    assert (run.state, run.total, run.done) == (RunState.PARTLY_SUCCEEDED, 3, 3)
    assert run.message == "1 voided, 1 needs confirmation, 1 skipped."
    assert run.result == {"buckets": {"done": 1, "needs_confirmation": 1, "skipped": 1, "errors": 0}}
    assert (db.session.get_one(Fulfillment, good.id).void_reason, woken) == ("Ordered twice", [])
    assert_sound()


def test_history_names_the_run_the_request_and_the_person(make: Factory, susan: Actor) -> None:
    run_id = ask(VOID, chosen(make.shipment()), susan)
    found = db.session.scalars(sa.select(Activity).where(Activity.event == "voided")).all()
    # One on the shipment, one on its fulfillment order.
    assert {(one.run_id, one.request_id, one.actor_id) for one in found} == {(run_id, "request-1", susan.user_id)}


def test_what_was_voided_is_restored_from_the_result_to_the_same_ledger(make: Factory, susan: Actor) -> None:
    shipments = [make.shipment() for _ in range(3)]
    before = figures()
    first = ask(VOID, chosen(*shipments), susan)
    undone = ask(RESTORE, OfRun(first, BulkBucket.DONE), susan)
    assert [bucket for bucket, _ in buckets(undone).values()] == ["done"] * 3
    assert (row(undone).message, row(undone).retry_of_id) == ("3 restored.", None)
    assert figures() == before
    assert_sound()


def test_what_needs_confirmation_is_forced_in_a_run_of_its_own(make: Factory, susan: Actor) -> None:
    shipped = make.shipment(status=FulfillmentStatus.FULFILLED)
    first = ask(VOID, chosen(make.shipment(), shipped), susan)
    forced = ask(VOID, OfRun(first, BulkBucket.NEEDS_CONFIRMATION), susan, terms=Terms("Lost", force=True))
    assert buckets(forced) == {shipped.id: ("done", "")}
    assert (row(forced).retry_of_id, row(forced).state) == (first, RunState.SUCCEEDED)
    assert_sound()


def test_archiving_twice_is_a_notice_and_no_failure(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    ask(ARCHIVE, chosen(shipment), susan)
    again = ask(ARCHIVE, chosen(shipment), susan)
    assert buckets(again) == {shipment.id: ("skipped", "It is archived already.")}
    assert (row(again).state, row(again).message) == (RunState.SUCCEEDED, "1 skipped.")
    back = ask(UNARCHIVE, chosen(shipment), susan)
    assert (row(back).message, db.session.get_one(Fulfillment, shipment.id).archived_at) == ("1 unarchived.", None)


def test_what_is_not_voided_is_skipped_and_what_lacks_stock_is_an_error(make: Factory, susan: Actor) -> None:
    live, voided = make.shipment(), make.shipment(lines=(("NWP-042", 4, "5.00"),))
    ask(VOID, chosen(voided), susan)
    db.session.execute(sa.text("UPDATE cost_layers SET remaining = 0"))
    run_id = ask(RESTORE, chosen(live, voided), susan)
    assert buckets(run_id) == {
        live.id: ("skipped", "It is not voided."),
        voided.id: ("errors", "NWP-042: 4 needed, 0 in stock in Reno, NV."),
    }
    assert row(run_id).state == RunState.FAILED


def test_what_a_restore_comes_to_is_what_was_foreseen(make: Factory, susan: Actor) -> None:
    parent = intent(make, {"NWP-011": 6})
    first, second = ship(make, parent, {"NWP-011": 4}), ship(make, parent, {"NWP-011": 2})
    short, live = make.shipment(lines=(("NWP-042", 4, "5.00"),)), make.shipment()
    voided = chosen(first, second, short)
    ask(VOID, voided, susan)
    gone = (
        sa.select(CostLayer).join(InventoryMovement).where(InventoryMovement.fulfillment_id == short.id).limit(1)
    )
    layer = db.session.scalars(gone).one()
    lose(layer.id, layer.remaining - 1)
    ship(make, parent, {"NWP-011": 1})
    every = chosen(first, second, short, live)
    foreseen = KINDS[RESTORE].foresee(every.ids, Terms(), EVERYWHERE)
    said = {one.fulfillment_id: (one.bucket.value, one.reason) for one in foreseen}

    assert buckets(ask(RESTORE, every, susan)) == said
    assert said[first.id] == ("done", "")
    assert said[second.id] == ("errors", f"NWP-011: 2 needed, 1 left to ship on FO-{parent.id}.")
    assert said[short.id][1].startswith("NWP-042: 4 needed, 1 in stock")
    assert said[live.id] == ("skipped", "It is not voided.")
    assert_sound()


def test_one_with_an_order_at_a_provider_is_left_to_a_worker(
    make: Factory, susan: Actor, woken: list[int]
) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment, state=ProviderOrderState.PROCESSING.value)
    run_id = ask(VOID, chosen(shipment, make.shipment()), susan)
    assert (row(run_id).state, row(run_id).done, woken) == (RunState.QUEUED, 0, [run_id])
    assert set(buckets(run_id).values()) == {(None, "")}


def test_more_than_a_few_are_left_to_a_worker(make: Factory, susan: Actor, woken: list[int]) -> None:
    shipments = [make.shipment() for _ in range(AT_ONCE + 1)]
    run_id = ask(VOID, chosen(*shipments), susan)
    assert (row(run_id).state, row(run_id).total, woken) == (RunState.QUEUED, AT_ONCE + 1, [run_id])
    assert list(buckets(run_id)) == sorted(shipment.id for shipment in shipments)


def test_work_that_breaks_in_the_request_is_left_to_a_worker(
    make: Factory, susan: Actor, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment = make.shipment()
    before = figures()

    def break_at_the_end(*_: Any) -> None:
        raise LookupError("a bad row")

    monkeypatch.setattr("webapp.services.voids._reopened", break_at_the_end)
    run_id = ask(VOID, chosen(shipment), susan)
    assert (row(run_id).state, row(run_id).claim, woken) == (RunState.QUEUED, None, [run_id])
    assert figures() == before


def test_the_same_key_again_is_the_same_run(make: Factory, susan: Actor) -> None:
    shipment = make.shipment()
    key = uuid.uuid4().hex
    first = ask(VOID, chosen(shipment), susan, key=key)
    assert ask(VOID, chosen(shipment), susan, key=key) == first
    with pytest.raises(IdempotencyKeyReused):
        ask(VOID, chosen(make.shipment()), susan, key=key)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 1


def test_many_clicks_at_once_are_one_run(app: Flask, make: Factory, susan: Actor) -> None:
    selection = chosen(make.shipment(), make.shipment())
    key = uuid.uuid4().hex
    assert len(set(together(app, 5, lambda _: ask(VOID, selection, susan, key=key, expected=2)))) == 1
    assert db.session.scalar(sa.select(sa.func.count(RunItem.id))) == 2
    assert_sound()


def test_two_who_void_the_same_at_once_void_it_once(app: Flask, make: Factory, susan: Actor) -> None:
    shipments = [make.shipment() for _ in range(5)]
    selection = chosen(*shipments)
    runs = together(app, 3, lambda _: ask(VOID, selection, susan, expected=5))
    done = sa.select(sa.func.count(RunItem.id)).where(RunItem.bucket == BulkBucket.DONE.value)
    assert (len(set(runs)), db.session.scalar(done)) == (3, 5)
    assert_sound()


def test_nothing_starts_when_another_number_matches_than_was_shown(make: Factory, susan: Actor) -> None:
    shipments = [make.shipment() for _ in range(2)]
    everything = Matching(Criteria(scope=EVERYWHERE), "")
    with pytest.raises(OtherNumber, match="was 1 when you opened this and is 2 now") as caught:
        ask(VOID, everything, susan, expected=1)
    db.session.rollback()
    assert caught.value.count == 2
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 0
    assert db.session.get_one(Fulfillment, shipments[0].id).voided_at is None


def test_the_set_is_fixed_when_it_is_confirmed(make: Factory, susan: Actor, woken: list[int]) -> None:
    for _ in range(AT_ONCE + 1):
        make.shipment()
    run_id = ask(VOID, Matching(Criteria(scope=EVERYWHERE), ""), susan)
    make.shipment()
    assert len(buckets(run_id)) == row(run_id).total == AT_ONCE + 1


@pytest.mark.parametrize(
    "criteria",
    [
        {"tab": Tab.SHIPPED},
        {"search": search.parse("nwp-042")},
        {"search": search.parse("rita")},
        {"search": search.parse("9405 5114 6457 0000 0217 67")},
        {"filter": filters.read("", (("filter[item_sku.is]", "NWP-042"),), zone=ZoneInfo("UTC"))},
        {"tab": Tab.ATTENTION},
        {"tab": Tab.ALL, "scope": Scope(frozenset())},
    ],
    ids=["tab", "sku", "common word", "scanned label", "filter", "attention", "no warehouse"],
)
def test_all_that_match_are_those_that_the_list_shows(
    make: Factory, susan: Actor, criteria: dict[str, Any], woken: list[int]
) -> None:
    make.shipment()
    make.shipment(lines=(("NWP-042", 1, "5.00"),))
    make.shipment(status=FulfillmentStatus.FULFILLED, tracking_number="9405511464570000021767")
    make.shipment(archived_at=NOON)
    wanted = Criteria(**({"scope": EVERYWHERE} | criteria))
    shown = {one.id for one in list_page(wanted, Sort(), 50).rows}
    assert set(bulk_selections.ids(Matching(wanted, ""), EVERYWHERE)) == shown
    if shown:
        run_id = ask(ARCHIVE, Matching(wanted, ""), susan)
        assert set(buckets(run_id)) == shown


def test_a_shipment_outside_the_warehouses_of_a_person_does_not_exist(make: Factory, cast: Cast) -> None:
    here, elsewhere = make.shipment(), make.shipment(warehouse="Columbus, OH")
    rita = Actor(cast.limited_to(here.warehouse_id).id, Scope(frozenset({here.warehouse_id})))
    run_id = ask(VOID, chosen(here, elsewhere), rita, expected=1)
    assert list(buckets(run_id)) == [here.id]
    with pytest.raises(Refused, match="none of them is there any more"):
        ask(VOID, chosen(elsewhere), rita)
    db.session.rollback()
    assert db.session.get_one(Fulfillment, elsewhere.id).voided_at is None


@pytest.mark.parametrize("kind", [RESTORE, ARCHIVE, UNARCHIVE])
def test_each_kind_needs_its_own_permission(make: Factory, susan: Actor, kind: RunKind) -> None:
    with pytest.raises(Forbidden, match="Ask a supervisor"):
        ask(kind, chosen(make.shipment()), susan, permissions=OPERATOR)


def test_many_and_whole_lists_need_a_permission_of_their_own(make: Factory, susan: Actor) -> None:
    shipments = [make.shipment() for _ in range(AT_ONCE + 1)]
    with pytest.raises(Forbidden, match="to 30 shipments at once"):
        ask(VOID, chosen(*shipments), susan, permissions=OPERATOR)
    db.session.rollback()
    voids.void_locally([one.id for one in shipments[:-1]], reason="", actor=susan)
    with pytest.raises(Forbidden, match="to a whole list"):
        ask(VOID, Matching(Criteria(scope=EVERYWHERE), ""), susan, permissions=OPERATOR)


def test_only_supervisors_force_and_only_voids_are_forced(make: Factory, susan: Actor) -> None:
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED)
    with pytest.raises(Forbidden, match="Only a supervisor may void shipments that have shipped"):
        ask(VOID, chosen(shipment), susan, permissions=OPERATOR, terms=Terms(force=True))
    db.session.rollback()
    with pytest.raises(Refused, match="nothing to force"):
        ask(ARCHIVE, chosen(shipment), susan, terms=Terms(force=True))


def test_an_empty_selection_and_a_list_that_matches_nothing_are_refused(app: Flask, susan: Actor) -> None:
    for selection, words in (
        (Chosen(()), "No shipment is selected"),
        (Matching(Criteria(scope=EVERYWHERE), ""), "Nothing matches this list any more"),
        (OfRun(4_711, BulkBucket.DONE), "This run has no such shipments"),
    ):
        with pytest.raises(Refused, match=words):
            ask(VOID, selection, susan)
        db.session.rollback()


def test_a_set_that_is_too_large_is_refused(make: Factory, susan: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bulk, bulk_selections):
        monkeypatch.setattr(module, "MOST", 2)
    shipments = [make.shipment() for _ in range(3)]
    with pytest.raises(Refused, match="more than 2 shipments"):
        ask(VOID, chosen(*shipments), susan)


def test_a_reason_that_nobody_can_keep_is_refused(make: Factory, susan: Actor) -> None:
    with pytest.raises(Refused, match="It may have 1,000 at most"):
        ask(VOID, chosen(make.shipment()), susan, terms=Terms("x" * 1001))


def test_runs_that_go_outside_are_numbered_in_the_order_in_which_they_are_committed(
    app: Flask, make: Factory, susan: Actor
) -> None:
    """Only so does the later of two over one shipment always see the earlier one and leave it the shipment."""
    chosen = Chosen((make.shipment().id,))
    permissions, kind = EVERYTHING, KINDS[RunKind.BULK_RESYNC_FROM]
    db.session.commit()
    others: list[int] = []

    def ask_in_another_session() -> None:
        with app.app_context():
            others.append(ask(RunKind.BULK_RESYNC_FROM, chosen, susan))

    first = bulk.request(
        kind, chosen, Terms(), expected=1, key=uuid.uuid4().hex, actor=susan, permissions=permissions
    )
    another = threading.Thread(target=ask_in_another_session)
    another.start()
    another.join(timeout=1)
    assert others == []  # It waits, or it would be committed before the one with the lower number.
    db.session.commit()
    another.join()
    assert others[0] > first.run_id

"""The tray, the history of runs, one run in full, and the buttons on it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderExchange, Run, RunItem, User
from webapp.queries.runs_history import PAGE_SIZE
from webapp.schema import now
from webapp.statuses import Role, RunKind, RunState

KEY = "0123456789abcdef0123456789abcdef"
STATES = list(RunState)


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    return make.shipment(account=make.provider_account())


def run_about(
    shipment: Fulfillment | None, by: User | None = None, state: RunState = RunState.FAILED, **values: Any
) -> int:
    is_over = state in {RunState.FAILED, RunState.SUCCEEDED, RunState.CANCELLED, RunState.UNKNOWN}
    run = Run(
        kind=(RunKind.RESYNC_FROM_PROVIDER if shipment else RunKind.BULK_VOID).value,
        state=state.value,
        requested_by_id=by.id if by else None,
        fulfillment_id=shipment.id if shipment else None,
        finished_at=now() if is_over else None,
        **values,
    )
    db.session.add(run)
    db.session.commit()
    return run.id


def stored(run_id: int) -> Run:
    db.session.expire_all()
    return db.session.get_one(Run, run_id)


def test_the_history_says_what_came_of_each_run(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, cast.operator, message="ShipStation cannot be reached.")
    page.sign_in(cast.viewer).get("/runs")
    row = page.one("#runs tbody tr")
    assert row.select_one(f'a[href="/runs/{run_id}"]')
    assert row.select_one(f'a[href="/fulfillments/{shipment.id}"]')
    for words in ("Resync from provider", "Failed", "Otto Operator", "ShipStation cannot be reached."):
        assert words in row.get_text()


def test_the_history_without_runs_says_so(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/runs")
    assert "No runs yet" in page.text


def test_the_history_is_filtered_by_state_kind_and_person(page: Page, cast: Cast, make: Factory) -> None:
    mine = run_about(make.shipment(), cast.operator, RunState.FAILED)
    done = run_about(make.shipment(), cast.operator, RunState.SUCCEEDED)
    other = run_about(make.shipment(), cast.supervisor, RunState.FAILED)
    page.sign_in(cast.operator)

    def shown(query: str) -> list[int]:
        page.get(f"/runs?{query}")
        return [int(str(link["href"]).rpartition("/")[2]) for link in page.all("#runs th a")]

    assert shown("state=failed") == [other, mine]
    assert shown("mine=1") == [done, mine]
    assert shown("state=failed&kind=resync_from_provider&mine=1") == [mine]
    assert page.one("select[name=state] option[selected]")["value"] == "failed"
    assert page.one("input[name=mine]").has_attr("checked")
    assert shown("state=unknown") == []
    assert "No run matches" in page.text


def test_the_history_has_pages_both_ways_that_keep_the_filter(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    ids = [run_about(shipment, state=RunState.SUCCEEDED) for _ in range(PAGE_SIZE + 2)][::-1]
    run_about(shipment)

    def shown() -> list[int]:
        return [int(str(link["href"]).rpartition("/")[2]) for link in page.all("#runs th a")]

    page.sign_in(cast.viewer).get("/runs?state=succeeded")
    assert shown() == ids[:PAGE_SIZE]
    assert not page.all("a[rel=prev]")
    page.get(str(page.one("a[rel=next]")["href"]))
    assert shown() == ids[PAGE_SIZE:]
    assert not page.all("a[rel=next]")
    page.get(str(page.one("a[rel=prev]")["href"]))
    assert shown() == ids[:PAGE_SIZE]
    assert not page.all("a[rel=prev]")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=dead", "queued"),
        ("kind=lunch", "resync_from_provider"),
        ("before=x", "the number of a run"),
        ("after=" + "9" * 40, "the number of a run"),
        ("colour=red", "knows nothing called"),
    ],
)
def test_a_history_that_does_not_exist_is_refused_with_what_does(
    page: Page, cast: Cast, query: str, words: str
) -> None:
    page.sign_in(cast.viewer).get(f"/runs?{query}", status=400)
    assert words in page.text


def test_a_run_is_shown_with_its_calls_and_what_it_repeats(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    first = run_about(shipment)
    run_id = run_about(shipment, cast.operator, message="It did not answer.", attempts=2, retry_of_id=first)
    call = ProviderExchange(
        provider_account_id=shipment.provider_account_id,
        fulfillment_id=shipment.id,
        run_id=run_id,
        operation="Fetch order",
        method="GET",
        url="https://ship.example/orders",
        response_status=500,
        duration_ms=1212,
        outcome="refused",
        occurred_at=now(),
    )
    db.session.add(call)
    db.session.commit()

    page.sign_in(cast.viewer).get(f"/runs/{run_id}")

    assert "It did not answer." in page.text
    assert page.one(f'a[href="/runs/{first}"]')
    assert page.one(f'#run-exchanges a[href="/fulfillments/{shipment.id}/exchanges/{call.id}"]')
    assert "1,212 ms" in page.text
    assert not page.one("#run").has_attr("hx-get")


def test_the_technical_error_is_for_those_who_mend_things(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, technical_error="KeyError: 'orderId'")
    page.sign_in(cast.admin).get(f"/runs/{run_id}")
    assert "KeyError" in page.text
    page.sign_in(cast.viewer).get(f"/runs/{run_id}")
    assert "KeyError" not in page.text


def test_the_shipments_of_a_large_run_come_in_pages(page: Page, cast: Cast, make: Factory) -> None:
    run_id = run_about(None, cast.operator, RunState.RUNNING, total=PAGE_SIZE + 1, done=1, started_at=now())
    shipments = [make.shipment() for _ in range(PAGE_SIZE + 1)]
    db.session.add_all(RunItem(run_id=run_id, fulfillment_id=shipment.id) for shipment in shipments)
    db.session.commit()
    page.sign_in(cast.operator).get(f"/runs/{run_id}")
    assert len(page.all("#bulk-rows tbody tr")) == PAGE_SIZE
    assert page.one("progress[max]")["max"] == str(PAGE_SIZE + 1)
    page.get(str(page.one("#bulk-result > p a")["href"]))
    assert len(page.all("#bulk-rows tbody tr")) == 1


@pytest.mark.parametrize("state", STATES)
def test_a_run_is_asked_about_again_only_while_it_is_unfinished(
    page: Page, cast: Cast, shipment: Fulfillment, state: RunState
) -> None:
    run_id = run_about(shipment, state=state)
    page.sign_in(cast.viewer).get(f"/runs/{run_id}", fragment="run")
    is_unfinished = state in {RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING}
    assert page.one("#run").has_attr("hx-get") is is_unfinished
    assert not page.all("html head *")


def test_a_run_nobody_took_says_that_it_waits_for_a_worker(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, state=RunState.QUEUED, due_at=now() - timedelta(seconds=10))
    page.sign_in(cast.viewer).get(f"/runs/{run_id}")
    assert "Waiting for a worker" in page.text


def test_a_run_is_cancelled_and_twice_is_the_same(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, state=RunState.QUEUED)
    page.sign_in(cast.operator).get(f"/runs/{run_id}").submit("#run form")
    page.follow()
    assert "The run is cancelled." in page.text
    assert stored(run_id).state == RunState.CANCELLED
    page.post(f"/runs/{run_id}/cancel", {})


def test_a_run_at_work_is_told_to_stop(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, cast.operator, RunState.RUNNING)
    page.sign_in(cast.operator).post(f"/runs/{run_id}/cancel", {}, fragment="run-tray", status=200)
    assert page.one("#run-tray")
    assert "shipment:changed" in page.response.headers["HX-Trigger"]
    assert stored(run_id).state == RunState.CANCELLING


def test_a_run_that_is_over_is_not_cancelled(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, state=RunState.SUCCEEDED)
    page.sign_in(cast.operator).post(f"/runs/{run_id}/cancel", {}, status=422)
    assert "already over" in page.text


def test_a_failed_run_is_repeated_once_however_often_the_button_is_pressed(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    run_id = run_about(shipment, cast.operator, can_retry=True)
    page.sign_in(cast.operator).get(f"/runs/{run_id}")
    key = str(page.one("#run form input[name=idempotency_key]")["value"])
    page.submit("#run form")
    again = page.response.headers["Location"]
    page.post(f"/runs/{run_id}/retry", {"idempotency_key": key})
    assert page.response.headers["Location"] == again
    assert db.session.query(Run).count() == 2
    page.follow()
    assert page.one(f'a[href="/runs/{run_id}"]')
    assert "Started again." in page.text
    assert stored(int(again.rpartition("/")[2])).requested_by_id == cast.operator.id


def test_a_run_that_went_well_is_not_repeated(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, state=RunState.SUCCEEDED)
    page.sign_in(cast.operator).post(f"/runs/{run_id}/retry", {"idempotency_key": KEY}, status=422)
    assert "cannot be repeated" in page.text
    assert db.session.query(Run).count() == 1


def test_a_retry_needs_an_idempotency_key(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, can_retry=True)
    page.sign_in(cast.operator).post(f"/runs/{run_id}/retry", {}, status=400)
    assert db.session.query(Run).count() == 1


def test_a_run_outside_the_warehouses_of_a_person_does_not_exist(page: Page, cast: Cast, make: Factory) -> None:
    here = make.shipment()
    elsewhere = run_about(make.shipment(warehouse="Dover, DE"), can_retry=True)
    over_many = run_about(None, cast.supervisor, total=2)
    mine = run_about(here)
    page.sign_in(cast.limited_to(here.warehouse_id, role=Role.OPERATOR))

    for hidden in (elsewhere, over_many, mine + 1000, 10**30):
        page.get(f"/runs/{hidden}", status=404)
        page.post(f"/runs/{hidden}/cancel", {}, status=404)
        page.post(f"/runs/{hidden}/retry", {"idempotency_key": KEY}, status=404)
    page.get("/runs")
    assert [str(link["href"]) for link in page.all("#runs th a")] == [f"/runs/{mine}"]
    page.get(f"/runs/{mine}")


def test_the_shipments_of_a_large_run_outside_the_warehouses_stay_hidden(
    page: Page, cast: Cast, make: Factory
) -> None:
    here, elsewhere = make.shipment(), make.shipment(warehouse="Dover, DE")
    rita = cast.limited_to(here.warehouse_id)
    run_id = run_about(None, rita, total=2)
    db.session.add_all(RunItem(run_id=run_id, fulfillment_id=shipment.id) for shipment in (here, elsewhere))
    db.session.commit()
    page.sign_in(rita).get(f"/runs/{run_id}")
    assert here.fulfillment_number in page.text
    assert elsewhere.fulfillment_number not in page.text


def test_a_viewer_watches_runs_but_neither_stops_nor_repeats_them(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    waiting = run_about(shipment, cast.viewer, RunState.QUEUED)
    failed = run_about(shipment, cast.viewer, can_retry=True)
    page.sign_in(cast.viewer)
    for run_id in (waiting, failed):
        page.get(f"/runs/{run_id}")
        assert not page.all("#run form")
    page.get("/runs/tray", fragment="run-tray")
    assert len(page.all("#run-tray li")) == 2
    assert not page.all("#run-tray form")
    page.post(f"/runs/{waiting}/cancel", {}, status=403)
    page.post(f"/runs/{failed}/retry", {"idempotency_key": KEY}, status=403)
    assert stored(waiting).state == RunState.QUEUED

"""“Resync” on the shipment page: asking, the line that follows the run, and what it says in the end."""

import json
from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.schema import now
from webapp.statuses import RunState

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    return make.shipment(account=make.provider_account())


def url(shipment: Fulfillment) -> str:
    return f"/fulfillments/{shipment.id}/resync-from-provider"


def status_url(shipment: Fulfillment) -> str:
    return f"/fulfillments/{shipment.id}/resync-status"


def only_run() -> Run:
    db.session.expire_all()
    return db.session.query(Run).one()


def ended(shipment: Fulfillment, state: RunState, **values: object) -> int:
    run = Run(
        kind="resync_from_provider",
        state=state.value,
        fulfillment_id=shipment.id,
        finished_at=now(),
        **values,
    )
    db.session.add(run)
    db.session.commit()
    return run.id


def test_the_button_works_without_scripts(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}").submit("#resync-form")
    assert page.response.headers["Location"] == f"/fulfillments/{shipment.id}"
    page.follow()
    assert "ShipStation is being asked how this shipment stands." in page.text
    run = only_run()
    assert (run.state, run.requested_by_id, run.fulfillment_id) == (
        RunState.QUEUED,
        cast.operator.id,
        shipment.id,
    )


def test_with_htmx_the_line_about_the_run_comes_back_and_the_tray_is_told(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY}, fragment="resync-status", status=200)
    line = page.one("#resync-status")
    assert line["hx-get"] == f"{status_url(shipment)}?watching={only_run().id}"
    assert str(line["hx-trigger"]).startswith("every 1s")
    assert json.loads(page.response.headers["HX-Trigger"]) == {"runs:changed": {"target": "body"}}


@pytest.mark.parametrize("fragment", [None, "resync-status"])
def test_a_double_click_gives_one_run(page: Page, cast: Cast, shipment: Fulfillment, fragment: str | None) -> None:
    page.sign_in(cast.operator)
    status = 200 if fragment else 303
    page.post(url(shipment), {"idempotency_key": KEY}, fragment=fragment, status=status)
    run = only_run()
    run.state, run.finished_at = RunState.SUCCEEDED.value, now()
    page.post(url(shipment), {"idempotency_key": KEY}, fragment=fragment, status=status)
    assert only_run().state == RunState.SUCCEEDED
    page.post(url(shipment), {"idempotency_key": KEY[::-1]}, fragment=fragment, status=status)
    assert db.session.query(Run).count() == 2


def test_asking_while_one_is_at_work_gives_that_one(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY})
    page.sign_in(cast.supervisor).post(url(shipment), {"idempotency_key": KEY})
    assert only_run().requested_by_id == cast.operator.id


def test_a_request_without_a_usable_key_is_refused(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": "1"}, status=400)
    assert db.session.query(Run).count() == 0


@pytest.mark.parametrize("kind", ["fba", "walmart_wfs"])
def test_a_provider_that_cannot_be_asked_is_refused_by_name(
    page: Page, cast: Cast, make: Factory, kind: str
) -> None:
    shipment = make.shipment(account=make.provider_account(kind))
    name = {"fba": "Amazon MCF", "walmart_wfs": "Walmart WFS"}[kind]
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY}, status=422)
    assert f"{name} cannot be asked" in page.text
    assert db.session.query(Run).count() == 0


def test_a_shipment_with_no_provider_account_is_refused(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY}, status=422)
    assert "with no provider account" in page.text


def test_a_shipment_outside_the_warehouses_does_not_exist(page: Page, cast: Cast, make: Factory) -> None:
    account = make.provider_account()
    here = make.shipment(account=account)
    elsewhere = make.shipment(account=account, warehouse="Dover, DE")
    page.sign_in(cast.limited_to(here.warehouse_id))
    page.post(url(elsewhere), {"idempotency_key": KEY}, status=404)
    page.get(status_url(elsewhere), fragment="resync-status", status=404)
    page.get(status_url(here), fragment="resync-status")
    assert db.session.query(Run).count() == 0


def test_a_viewer_follows_a_resync_but_asks_for_none(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    ended(shipment, RunState.FAILED, message="ShipStation cannot be reached.", can_retry=True)
    page.sign_in(cast.viewer).get(status_url(shipment), fragment="resync-status")
    assert "ShipStation cannot be reached." in page.text
    assert not page.all("form")
    page.post(url(shipment), {"idempotency_key": KEY}, status=403)


def test_the_line_alone_leads_to_the_shipment(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.viewer).get(status_url(shipment), status=303)
    assert page.response.headers["Location"] == f"/fulfillments/{shipment.id}"


@pytest.mark.parametrize("state", list(RunState))
def test_the_line_asks_again_only_while_the_run_is_unfinished(
    page: Page, cast: Cast, shipment: Fulfillment, state: RunState
) -> None:
    ended(shipment, state)
    page.sign_in(cast.viewer).get(status_url(shipment), fragment="resync-status")
    is_unfinished = state in {RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING}
    assert page.one("#resync-status").has_attr("hx-get") is is_unfinished


def test_before_the_first_resync_the_line_is_empty(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.viewer).get(status_url(shipment), fragment="resync-status")
    assert page.one("#resync-status").get_text(strip=True) == ""


def test_without_a_worker_the_line_says_what_it_waits_for(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY})
    page.get(status_url(shipment), fragment="resync-status")
    assert "Waiting for a worker" not in page.text
    only_run().due_at = now() - timedelta(seconds=10)
    page.get(status_url(shipment), fragment="resync-status")
    assert "Waiting for a worker. It starts as soon as one is back." in page.text


def test_a_run_that_was_put_off_says_until_when(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.operator).post(url(shipment), {"idempotency_key": KEY})
    run = only_run()
    run.message, run.due_at = "ShipStation asks to wait.", now() + timedelta(seconds=30)
    page.get(status_url(shipment), fragment="resync-status")
    assert "ShipStation asks to wait. Next try in" in page.text


def test_a_failure_is_an_alert_with_a_retry_that_works(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    failed = ended(shipment, RunState.FAILED, message="ShipStation cannot be reached.", can_retry=True)
    page.sign_in(cast.operator).get(status_url(shipment), fragment="resync-status")
    assert "ShipStation cannot be reached." in page.one("#resync-status [role=alert]").get_text()
    page.submit("#resync-status form")
    newest = db.session.query(Run).order_by(Run.id.desc()).first()
    assert newest is not None
    assert (newest.id != failed, newest.state) == (True, RunState.QUEUED)


def test_a_failure_that_would_only_fail_again_offers_no_retry(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    ended(shipment, RunState.FAILED, message="ShipStation knows no such order.")
    page.sign_in(cast.operator).get(status_url(shipment), fragment="resync-status")
    assert page.one("#resync-status [role=alert]")
    assert not page.all("form")


@pytest.mark.parametrize(("state", "has_toast"), [(RunState.SUCCEEDED, True), (RunState.FAILED, False)])
def test_the_page_is_told_once_when_the_run_it_watches_is_over(
    page: Page, cast: Cast, shipment: Fulfillment, state: RunState, has_toast: bool
) -> None:
    run_id = ended(shipment, state, message="ShipStation answered: tracking 1Z, now shipped.")
    page.sign_in(cast.viewer).get(f"{status_url(shipment)}?watching={run_id}", fragment="resync-status")
    told = json.loads(page.response.headers["HX-Trigger"])
    assert {"shipment:changed", "runs:changed"} <= set(told)
    assert ("toast" in told) is has_toast
    for other in ("", f"?watching={run_id + 1}", "?watching=x"):
        page.get(f"{status_url(shipment)}{other}", fragment="resync-status")
        assert "HX-Trigger" not in page.response.headers

"""The tray in the header: one's own runs, and how many shipments need attention."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run, User
from webapp.schema import now
from webapp.statuses import RunKind, RunState

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
        kind=RunKind.RESYNC_FROM_PROVIDER.value,
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


def test_the_tray_shows_the_runs_of_the_person_and_polls_while_one_works(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    over = run_about(shipment, cast.operator, message="ShipStation refused the credentials.", can_retry=True)
    at_work = run_about(shipment, cast.operator, RunState.RUNNING)
    run_about(shipment, cast.supervisor)

    page.sign_in(cast.operator).get("/runs/tray", fragment="run-tray")

    assert [str(link["href"]) for link in page.all("#run-tray li a")] == [f"/runs/{at_work}", f"/runs/{over}"]
    assert "ShipStation refused the credentials." in page.text
    assert str(page.one("#run-tray")["hx-trigger"]).startswith("every 1s")
    assert [str(form["action"]) for form in page.all("#run-tray form")] == [
        f"/runs/{at_work}/cancel",
        f"/runs/{over}/retry",
    ]
    assert "1 running" in page.one('hx-partial[hx-target="#run-tray-summary"]').get_text()


def test_the_tray_rests_when_nothing_is_at_work(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_about(shipment, cast.operator, RunState.SUCCEEDED)
    page.sign_in(cast.operator).get("/runs/tray", fragment="run-tray")
    assert page.one("#run-tray")["hx-trigger"] == "runs:changed from:body, row:changed from:body"
    assert not page.all("form")


def test_the_tray_without_scripts_leads_to_ones_own_runs(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/runs/tray", status=303)
    page.follow()
    assert "mine=1" in page.response.request.url
    assert "No run matches" in page.text


def test_a_retry_in_the_tray_renews_the_tray(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    run_id = run_about(shipment, cast.operator, can_retry=True)
    page.sign_in(cast.operator)
    page.post(f"/runs/{run_id}/retry", {"idempotency_key": KEY}, fragment="run-tray", status=200)
    assert len(page.all("#run-tray li")) == 2


def test_the_tray_brings_the_number_that_needs_attention(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment(provider_problem="No label", warehouse="Mine")
    make.shipment(provider_problem="No label", warehouse="Other")
    make.shipment(warehouse="Mine")
    page.sign_in(cast.limited_to(make.warehouse("Mine").id)).get("/runs/tray", fragment="run-tray")
    assert page.one('hx-partial[hx-target="#attention-count"]').get_text(strip=True) == "1"


def test_nothing_that_needs_attention_shows_no_number(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    page.sign_in(cast.viewer).get("/runs/tray", fragment="run-tray")
    assert page.one('hx-partial[hx-target="#attention-count"]').get_text(strip=True) == ""


def test_the_navigation_leads_to_what_needs_attention(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment(provider_problem="No label")
    page.sign_in(cast.viewer).get("/fulfillments")
    link = page.one(".app-nav a:has(#attention-count)")
    page.get(str(link["href"]))
    assert page.texts(".row-link")
    assert page.texts('.app-nav [aria-current="page"]') == ["Needs attention"]

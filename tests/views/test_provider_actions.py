"""“Resync to” and “Cancel at” on the shipment page: offered where they can work, explained where they cannot."""

import uuid

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.schema import now
from webapp.statuses import FulfillmentStatus, RunKind, RunState

PANEL = "provider-actions"


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    shipment = make.shipment(account=make.provider_account("shiphero"), status=FulfillmentStatus.SUBMITTED)
    make.provider_order(shipment, state="awaiting")
    return shipment


def url(shipment: Fulfillment, action: str = "provider-actions") -> str:
    return f"/fulfillments/{shipment.id}/{action}"


def test_the_shipment_page_fetches_the_buttons_where_there_is_an_order(
    page: Page, cast: Cast, make: Factory, shipment: Fulfillment
) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}")
    assert page.one("#provider-actions")["hx-get"] == url(shipment)
    assert page.one("#provider-actions a")["href"] == url(shipment)
    page.get(f"/fulfillments/{make.shipment().id}")
    assert not page.all("#provider-actions")


@pytest.mark.parametrize(
    ("button", "kind", "words"),
    [
        ("resync-to", RunKind.RESYNC_TO_PROVIDER, "The lines are being sent to ShipHero."),
        ("cancel-order", RunKind.CANCEL_PROVIDER_ORDER, "ShipHero is being told to cancel the order."),
    ],
)
def test_both_work_without_scripts_from_a_page_of_their_own(
    page: Page, cast: Cast, shipment: Fulfillment, button: str, kind: RunKind, words: str
) -> None:
    page.sign_in(cast.operator).get(url(shipment))
    page.submit(f"form:has(#{button})").follow()
    assert words in page.text
    run = db.session.query(Run).one()
    assert (run.kind, run.state, run.requested_by_id) == (kind, RunState.QUEUED, cast.operator.id)


def test_with_htmx_the_panel_follows_the_run_and_tells_the_page_when_it_is_over(
    page: Page, cast: Cast, shipment: Fulfillment
) -> None:
    data = {"idempotency_key": uuid.uuid4().hex}
    page.sign_in(cast.operator).post(url(shipment, "resync-to-provider"), data, fragment=PANEL, status=200)
    run = db.session.query(Run).one()
    assert page.one("#provider-actions")["hx-get"] == f"{url(shipment)}?watching={run.id}"
    assert page.one("#resync-to").has_attr("disabled")
    run.state, run.finished_at, run.message = RunState.SUCCEEDED.value, now(), "ShipHero has the lines."
    db.session.commit()
    page.get(f"{url(shipment)}?watching={run.id}", fragment=PANEL)
    assert "shipment:changed" in page.response.headers["HX-Trigger"]
    assert "ShipHero has the lines." in page.text
    assert not page.one("#resync-to").has_attr("disabled")


def test_what_cannot_be_done_is_disabled_with_the_reason_and_refused_by_name(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment)
    page.sign_in(cast.operator).get(url(shipment), fragment=PANEL)
    assert page.one("#cancel-order").has_attr("disabled")
    assert page.one("#cancel-order")["aria-describedby"] == "cancel-order-refusal"
    assert "ShipStation takes no cancellations from here" in page.one("#cancel-order-refusal").text
    assert "It is packed" in page.one("#resync-to-refusal").text
    data = {"idempotency_key": uuid.uuid4().hex}
    page.post(url(shipment, "cancel-provider-order"), data, status=422)
    assert "ShipStation takes no cancellations from here" in page.text


def test_once_cancelled_there_it_offers_to_void_the_shipment(
    page: Page, cast: Cast, make: Factory, shipment: Fulfillment
) -> None:
    page.sign_in(cast.operator).get(url(shipment), fragment=PANEL)
    assert not page.all("#void-next")
    make.provider_order(shipment, external_id="later", state="cancelled")
    page.get(url(shipment), fragment=PANEL)
    assert page.one("#void-next")["href"] == f"/fulfillments/{shipment.id}/void"
    assert "cancelled already" in page.one("#cancel-order-refusal").text


def test_whoever_only_looks_sees_no_buttons(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    page.sign_in(cast.viewer).get(url(shipment), fragment=PANEL)
    assert not page.all("button")


def test_a_double_click_gives_one_run(page: Page, cast: Cast, shipment: Fulfillment) -> None:
    data = {"idempotency_key": uuid.uuid4().hex}
    page.sign_in(cast.operator)
    for _ in range(2):
        page.post(url(shipment, "cancel-provider-order"), data, status=303)
    assert db.session.query(Run).count() == 1

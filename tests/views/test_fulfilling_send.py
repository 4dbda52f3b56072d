"""“Send to provider” on the shipment page: the line about the last run, and the button that sends once more."""

import uuid
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.services import runs
from webapp.services.actors import SYSTEM
from webapp.statuses import FulfillmentStatus, Role, RunKind, RunState


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    """A shipment that its provider has refused."""
    return make.shipment(
        account=make.provider_account(),
        status=FulfillmentStatus.SUBMITTED,
        provider_problem="ShipStation refused the credentials.",
    )


def url(shipment: Any) -> str:
    return f"/fulfillments/{shipment.id}/send-to-provider"


def run_of(shipment: Fulfillment, state: RunState = RunState.QUEUED, **values: Any) -> Run:
    run_id = runs.request(RunKind.CREATE_PROVIDER_ORDER, SYSTEM, fulfillment_id=shipment.id)
    run = db.session.get_one(Run, run_id)
    run.state = state.value
    for name, value in values.items():
        setattr(run, name, value)
    db.session.commit()
    return run


def test_the_shipment_page_fetches_the_line_where_an_order_is_missing(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}")
    assert page.one("#sending-status")["hx-get"] == url(shipment)
    assert page.one("#sending-status a")["href"] == url(shipment)

    make.provider_order(shipment)
    page.get(f"/fulfillments/{shipment.id}")
    assert not page.all("#sending-status")
    page.get(f"/fulfillments/{make.shipment().id}")
    assert not page.all("#sending-status")


def test_without_scripts_it_is_sent_from_a_page_of_its_own(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get(url(shipment))
    assert page.texts("h1") == [f"Sending {shipment.fulfillment_number}"]

    page.submit("main form").follow()

    assert page.texts("#banners .banner") == [f"{shipment.fulfillment_number} is being sent to ShipStation."]
    run = db.session.query(Run).one()
    assert (run.kind, run.fulfillment_id) == ("create_provider_order", shipment.id)
    page.get(url(shipment))
    assert not page.all("main form")


def test_with_scripts_the_line_is_followed_until_the_run_is_over(page: Page, cast: Cast, shipment: Any) -> None:
    data = {"idempotency_key": uuid.uuid4().hex}
    page.sign_in(cast.operator).post(url(shipment), data, status=200, fragment="sending-status")
    run = db.session.query(Run).one()
    assert page.one("#sending-status")["hx-get"] == f"{url(shipment)}?watching={run.id}"
    assert "runs:changed" in page.response.headers["HX-Trigger"]

    page.get(f"{url(shipment)}?watching={run.id}", fragment="sending-status")
    assert "HX-Trigger" not in page.response.headers
    run.state, run.finished_at, run.message = RunState.FAILED.value, NOON, "ShipStation said no."
    db.session.commit()
    page.get(f"{url(shipment)}?watching={run.id}", fragment="sending-status")

    assert "shipment:changed" in page.response.headers["HX-Trigger"]
    assert "Failed ShipStation said no." in page.text
    assert page.one("#sending-status [role=alert]")
    assert page.one("#send-to-provider").get_text(strip=True) == "Send to ShipStation"


def test_a_page_that_missed_the_end_of_the_run_is_told_that_the_order_is_there(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    run_of(shipment, RunState.SUCCEEDED, finished_at=NOON, message="ShipStation has the order.")
    make.provider_order(shipment)

    page.sign_in(cast.operator).get(url(shipment), fragment="sending-status")

    assert "shipment:changed" in page.response.headers["HX-Trigger"]
    assert not page.all("#send-to-provider")


def test_an_unknown_outcome_can_be_asked_for_again(page: Page, cast: Cast, shipment: Any) -> None:
    run_of(shipment, RunState.UNKNOWN, finished_at=NOON, can_retry=True, message="Nobody knows.")

    page.sign_in(cast.operator).get(url(shipment), fragment="sending-status")

    assert "Outcome unknown Nobody knows." in page.text
    assert page.all("#send-to-provider")


def test_needs_attention_names_it_and_leads_there(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get("/fulfillments?tab=attention")

    assert "The provider is not known to have the order" in page.text
    assert "The provider reports a problem" not in page.text
    assert page.one("a[href$='/send-to-provider']").get_text(strip=True) == "Send again"


def test_a_provider_that_knows_the_order_is_another_matter(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment(
        account=make.provider_account(),
        status=FulfillmentStatus.SUBMITTED,
        provider_problem="Customs.",
        provider_state="exception",
    )

    page.sign_in(cast.operator).get("/fulfillments?tab=attention")

    assert "The provider reports a problem" in page.text
    assert "not known to have" not in page.text


@pytest.mark.parametrize("role", list(Role))
def test_viewers_see_the_line_and_may_not_send(page: Page, cast: Cast, shipment: Any, role: Role) -> None:
    is_allowed = role is not Role.VIEWER
    page.sign_in(cast.of_role(role)).get(url(shipment), fragment="sending-status")
    assert bool(page.all("#send-to-provider")) is is_allowed

    page.post(url(shipment), {"idempotency_key": uuid.uuid4().hex}, status=303 if is_allowed else 403)
    assert db.session.query(Run).count() == int(is_allowed)


def test_one_of_another_warehouse_does_not_exist(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    page.sign_in(cast.limited_to(make.warehouse("Newark, NJ").id))

    page.get(url(shipment), status=404)
    page.get(url(shipment), status=404, fragment="sending-status")
    page.post(url(shipment), {"idempotency_key": uuid.uuid4().hex}, status=404)


def test_what_cannot_be_sent_says_why(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account("walmart_wfs"))
    page.sign_in(cast.operator).get(url(shipment))
    assert "Walmart WFS cannot be given orders from here." in page.text

    page.post(url(shipment), {"idempotency_key": uuid.uuid4().hex}, status=422)
    assert "Walmart WFS cannot be given orders from here." in page.text

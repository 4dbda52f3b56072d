"""What can be pressed in a row that needs attention, by whom, and what becomes of the row."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.schema import now
from webapp.statuses import FulfillmentStatus, RunState

TAB = "/fulfillments?tab=attention"
PROBLEM: dict[str, Any] = {"provider_problem": "No label"}


def steps(page: Page) -> list[str]:
    return page.texts(".next-steps .btn")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (PROBLEM, ["Resync", "See the calls"]),
        ({"status": FulfillmentStatus.FULFILLED}, ["Add tracking", "Resync"]),
        ({"cancel_by_hand": True}, ["See the provider order", "Resync"]),
        ({"void_problem": "The provider did not answer."}, ["Open it"]),
        ({"status": FulfillmentStatus.FULFILLED, **PROBLEM}, ["Resync", "See the calls", "Add tracking"]),
    ],
)
def test_each_reason_offers_its_steps_once(
    make: Factory, page: Page, cast: Cast, values: dict[str, Any], expected: list[str]
) -> None:
    make.shipment(account=make.provider_account(), **values)
    assert steps(page.sign_in(cast.operator).get(TAB)) == expected


def test_what_is_late_at_the_channel_leads_to_the_channel(make: Factory, page: Page, cast: Cast) -> None:
    make.channel_account()
    long_ago = now() - timedelta(days=365)
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED, tracking_number="1Z1", fulfilled_at=long_ago)
    page.sign_in(cast.operator).get(TAB)
    assert steps(page) == ["Tell the channel", "See the channel"]
    page.get(str(page.one(".next-steps a")["href"]))
    assert page.response.request.path == f"/fulfillments/{shipment.id}"
    assert page.one("#channel")


def test_a_provider_that_cannot_be_asked_offers_no_resync(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment(account=make.provider_account(kind="fba"), **PROBLEM)
    assert steps(page.sign_in(cast.operator).get(TAB)) == ["See the calls"]


def test_whoever_may_not_act_is_told_what_helps(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment(status=FulfillmentStatus.FULFILLED, account=make.provider_account())
    page.sign_in(cast.viewer).get(TAB)
    assert steps(page) == []
    assert page.texts(".next-steps small") == ["Resync it, or enter the number"]


def test_rows_of_one_page_are_not_shown_to_another_role(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment(account=make.provider_account(), **PROBLEM)
    assert "Resync" in steps(page.sign_in(cast.operator).get(TAB))
    assert "Resync" not in steps(page.sign_in(cast.viewer).get(TAB))


def test_each_button_has_a_key_of_its_own_however_often_it_is_shown(make: Factory, page: Page, cast: Cast) -> None:
    account = make.provider_account()
    for _ in range(3):
        make.shipment(account=account, **PROBLEM)
    page.sign_in(cast.operator)
    keys = [button["value"] for _ in range(2) for button in page.get(TAB).all(".next-steps button")]
    assert len(keys) == len(set(keys)) == 6
    assert all(re.fullmatch("[0-9a-f]{32}-[0-9]+-[0-9]", str(key)) for key in keys)


def test_resync_works_as_a_plain_form(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), **PROBLEM)
    page.sign_in(cast.operator).get(TAB)
    button = page.one(".next-steps button")
    assert page.one(f"form#{button['form']} input[name=csrf_token]")
    page.post(str(button["formaction"]), {"idempotency_key": str(button["value"])}).follow()
    assert page.response.request.path == f"/fulfillments/{shipment.id}"
    assert db.session.query(Run).count() == 1


def test_in_the_row_it_is_followed_until_it_is_over(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), **PROBLEM)
    part = f"next-steps-{shipment.id}"
    page.sign_in(cast.operator).get(TAB)
    button = page.one(".next-steps button")
    page.post(str(button["hx-post"]), {"idempotency_key": str(button["value"])}, fragment=part, status=200)
    poll = str(page.one(f"#{part} [hx-get]")["hx-get"])
    page.get(poll, fragment=part)
    assert page.one(f"#{part} [hx-get]")
    end(RunState.SUCCEEDED)
    page.get(poll, fragment=part)
    assert not page.all("[hx-get]")
    assert f'"id": {shipment.id}' in page.response.headers["HX-Trigger"]


def test_a_resync_that_failed_keeps_its_reason_in_the_row(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), **PROBLEM)
    part = f"next-steps-{shipment.id}"
    url = f"/fulfillments/{shipment.id}/resync-from-provider"
    page.sign_in(cast.operator).post(url, {"idempotency_key": "k" * 32}, fragment=part, status=200)
    poll = str(page.one(f"#{part} [hx-get]")["hx-get"])
    end(RunState.FAILED, message="ShipStation did not answer.", can_retry=True)
    page.get(poll, fragment=part)
    assert "ShipStation did not answer." in page.one("[role=alert]").get_text()
    assert steps(page) == ["Try again"]
    assert "row:changed" not in page.response.headers["HX-Trigger"]


def end(state: RunState, **values: Any) -> None:
    run = db.session.query(Run).one()
    run.state, run.finished_at = state.value, now()
    for name, value in values.items():
        setattr(run, name, value)
    db.session.commit()


def test_a_row_is_fetched_again_in_the_columns_of_its_list(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), **PROBLEM)
    url = f"/fulfillments/{shipment.id}/row"
    page.sign_in(cast.operator).get(f"{url}?tab=attention&columns=status", fragment=f"fulfillment-{shipment.id}")
    assert [cell.get("data-label") for cell in page.all("td[data-label]")] == ["Needs attention", "Status"]
    page.get(f"{url}?columns=cost", fragment=f"fulfillment-{shipment.id}")
    assert [cell.get("data-label") for cell in page.all("td[data-label]")] == ["Cost"]
    page.get(url, status=303)


def test_a_row_that_is_mended_says_so(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED)
    row: Fulfillment = db.session.get_one(Fulfillment, shipment.id)
    row.tracking_number, row.tracking_key, row.submitted_to_sales_channel_at = "1Z1", "1Z1", now()
    db.session.commit()
    url = f"/fulfillments/{shipment.id}/row?tab=attention"
    page.sign_in(cast.operator).get(url, fragment=f"fulfillment-{shipment.id}")
    assert "Nothing any more" in page.text
    assert steps(page) == []

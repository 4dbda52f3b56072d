"""“Submit to channel” on the shipment page: the channel's answer comes back in the response, or a run goes on."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.jobs.test_channel import ORDER, events, fresh, only_run, told, work
from tests.page import Page
from webapp.extensions import db
from webapp.models import ChannelFulfillment, Fulfillment, ProviderAccount, Run, SalesChannel
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.statuses import ActivityEvent, RunState
from webapp.views import channel as view

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "f" * 32


@pytest.fixture(autouse=True)
def _redis_is_there(redis: Any) -> None:
    """The bell has somewhere to ring."""


def submit_url(shipment: Fulfillment) -> str:
    return f"/fulfillments/{shipment.id}/submit-to-channel"


def clear_url(shipment: Fulfillment) -> str:
    return f"/fulfillments/{shipment.id}/clear-channel-submission"


def submit(page: Page, shipment: Fulfillment, status: int, key: str = KEY) -> Page:
    return page.post(submit_url(shipment), {"idempotency_key": key}, fragment="channel-status", status=status)


def test_the_button_works_without_scripts(
    page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/{parcel.id}")
    page.submit(f'form[action="{submit_url(parcel)}"]').follow()

    assert "Shopify was told: order #1001, tracking 1Z999AA1." in page.text
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]
    shipment = fresh(parcel)
    assert shipment.submitted_to_sales_channel_at is not None
    assert events(shipment)[-1] == ActivityEvent.SUBMITTED_TO_CHANNEL
    assert only_run().requested_by_id == cast.operator.id


def test_the_answer_is_in_the_response_and_a_double_click_tells_once(
    page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    page.sign_in(cast.operator)
    submit(page, parcel, 200)
    assert "Shopify was told" in page.one("#channel-status").text
    submit(page, parcel, 200)

    assert len(told(sandbox)) == 1
    assert only_run().state == RunState.SUCCEEDED
    page.post(submit_url(parcel), {"idempotency_key": OTHER_KEY}, status=422)
    assert "was told of this shipment already" in page.text


def test_a_no_comes_back_in_the_channels_own_words(
    page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    sandbox.change("shopify", ORDER, fulfillments=[{"tracking_number": "SOMETHING-ELSE"}])
    page.sign_in(cast.operator)
    submit(page, parcel, 422)

    assert "SOMETHING-ELSE" in page.one("#channel-status").text
    assert "SOMETHING-ELSE" in (fresh(parcel).channel_problem or "")
    page.get(f"/fulfillments/{parcel.id}")
    assert "SOMETHING-ELSE" in page.one("#channel").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tracking_number": None, "tracking_key": None}, "no tracking number"),
        ({"status": "canceled", "status_before_void": "fulfilled", "voided_at": now()}, "is voided"),
        ({"status": "canceled"}, "is canceled"),
    ],
)
def test_it_says_why_a_shipment_cannot_be_told(
    changes: dict[str, Any], words: str, page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    for name, value in changes.items():
        setattr(parcel, name, value)
    db.session.commit()

    page.sign_in(cast.operator).post(submit_url(parcel), {"idempotency_key": KEY}, status=422)

    assert words in page.text
    assert sandbox.requests("shopify") == []
    page.get(f"/fulfillments/{parcel.id}")
    assert words in str(page.one("#submit-to-channel")["title"])


@pytest.mark.parametrize(
    ("takes_tracking", "has_account", "is_enabled", "words"),
    [
        (False, True, True, "takes no tracking"),
        (True, False, True, "is not connected"),
        (True, True, False, "is switched off"),
    ],
)
def test_it_says_why_a_channel_cannot_be_told(
    takes_tracking: bool,
    has_account: bool,
    is_enabled: bool,
    words: str,
    page: Page,
    cast: Cast,
    parcel: Fulfillment,
    shop: ProviderAccount,
) -> None:
    channel = db.session.query(SalesChannel).one()
    channel.takes_tracking = takes_tracking
    channel.provider_account_id = shop.id if has_account else None
    shop.is_enabled = is_enabled
    db.session.commit()

    page.sign_in(cast.operator).post(submit_url(parcel), {"idempotency_key": KEY}, status=422)

    assert words in page.text
    assert db.session.query(Run).count() == 0


def test_what_takes_too_long_goes_on_as_a_run_and_is_told_once(
    page: Page,
    cast: Cast,
    parcel: Fulfillment,
    sandbox: SandboxControl,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "PATIENCE_SECONDS", 0.3)
    sandbox.fault("shopify", Fault.SILENCE, path="/graphql/Submit", seconds=30)
    page.sign_in(cast.operator)
    submit(page, parcel, 202)

    run = only_run()
    assert run.state == RunState.QUEUED
    line = page.one("#channel-status")
    assert line["hx-get"] == f"/fulfillments/{parcel.id}/channel-status?watching={run.id}"
    sandbox.clear_faults("shopify")
    work(drain)

    page.get(f"/fulfillments/{parcel.id}/channel-status?watching={run.id}", fragment="channel-status")
    assert "1Z999AA1" in page.one("#channel-status").text
    assert only_run().state == RunState.SUCCEEDED
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]


def test_clearing_makes_it_due_and_telling_again_tells_nothing_twice(
    page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    page.sign_in(cast.operator)
    submit(page, parcel, 200)
    page.post(clear_url(parcel), {"idempotency_key": "c" * 32}, fragment="channel-status", status=200)
    page.post(clear_url(parcel), {"idempotency_key": "d" * 32}, fragment="channel-status", status=200)

    shipment = fresh(parcel)
    assert shipment.submitted_to_sales_channel_at is None
    assert events(shipment).count(ActivityEvent.CHANNEL_SUBMISSION_CLEARED) == 1
    submit(page, parcel, 200, key=OTHER_KEY)
    assert "knew already" in page.one("#channel-status").text
    assert told(sandbox) == [("SUCCESS", "1Z999AA1")]


def test_a_number_that_was_corrected_is_told_in_place_of_the_old_one(
    page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    page.sign_in(cast.operator)
    submit(page, parcel, 200)
    shipment = fresh(parcel)
    shipment.tracking_number = shipment.tracking_key = "1Z999AA2"
    db.session.commit()

    page.get(f"/fulfillments/{parcel.id}")
    assert "Correct the number" in page.one("#submit-to-channel").text
    submit(page, parcel, 200, key=OTHER_KEY)

    assert told(sandbox) == [("SUCCESS", "1Z999AA2")]
    assert db.session.query(ChannelFulfillment).one().tracking_number == "1Z999AA2"


def test_a_void_can_be_told_at_once(page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl) -> None:
    page.sign_in(cast.operator)
    submit(page, parcel, 200)
    shipment = fresh(parcel)
    shipment.status, shipment.status_before_void, shipment.voided_at = "canceled", "fulfilled", now()
    db.session.commit()

    page.get(f"/fulfillments/{parcel.id}")
    assert "of the void" in page.one("#submit-to-channel").text
    submit(page, parcel, 200, key=OTHER_KEY)

    assert told(sandbox) == [("CANCELLED", "1Z999AA1")]
    assert fresh(parcel).void_told_to_channel_at is not None


def test_viewers_see_how_it_stands_and_no_button(page: Page, cast: Cast, parcel: Fulfillment) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/{parcel.id}")

    assert page.all("#submit-to-channel") == []
    assert "Due at next sync" in page.one("#channel").text


def test_two_shipments_in_one_parcel_are_both_told(
    make: Factory, page: Page, cast: Cast, parcel: Fulfillment, sandbox: SandboxControl
) -> None:
    order_id = parcel.sales_order_id
    other = make.shipment(
        order=db.session.get_one(type(make.order()), order_id),
        status="fulfilled",
        tracking_number="1Z999AA1",
        fulfilled_at=now() - timedelta(hours=1),
    )
    page.sign_in(cast.operator)
    submit(page, parcel, 200)
    submit(page, other, 200, key=OTHER_KEY)

    assert told(sandbox) == [("SUCCESS", "1Z999AA1")] * 2

"""Two people at one form, and one person who sends it twice: who is told what, and what is saved."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Activity, Fulfillment
from webapp.schema import now
from webapp.statuses import ActivityEvent


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    found: Fulfillment = make.shipment(tracking_number="OLD1", cost=Decimal("5.00"))
    return found


def url(shipment: Any) -> str:
    return f"/fulfillments/{shipment.id}/shipping-details"


def sent(shipment: Any, **values: Any) -> dict[str, Any]:
    return {"version": shipment.version, "idempotency_key": uuid.uuid4().hex} | values


def fresh(shipment: Any) -> Fulfillment:
    db.session.expire_all()
    return db.session.get_one(Fulfillment, shipment.id)


@pytest.fixture
def changed_meanwhile(page: Page, cast: Cast, make: Factory, shipment: Any) -> Page:
    """The operator's page, still showing the form from before a supervisor's change."""
    page.sign_in(cast.operator).get(url(shipment))
    shipment.tracking_number, shipment.tracking_key, shipment.version = "THEIRS", "THEIRS", 2
    make.activity(
        shipment,
        ActivityEvent.UPDATED,
        actor_id=cast.supervisor.id,
        changes={"tracking_number": ["OLD1", "THEIRS"]},
        occurred_at=now() - timedelta(minutes=2, seconds=10),
    )
    return page


def test_a_stale_form_is_told_who_changed_what_and_when(
    changed_meanwhile: Page, cast: Cast, shipment: Any
) -> None:
    page = changed_meanwhile.submit("main form", status=409, tracking_number="MINE")

    told = " ".join(page.one("[data-error-summary] li").get_text(" ").split())
    assert told == "Susan Supervisor: changed, 2 min ago Tracking OLD1 → THEIRS"
    assert page.one("#tracking_number")["value"] == "MINE"
    assert page.texts(".dialog-actions > *") == ["Take theirs", "Save mine anyway"]
    assert fresh(shipment).tracking_number == "THEIRS"


def test_mine_can_be_saved_anyway(changed_meanwhile: Page, shipment: Any) -> None:
    changed_meanwhile.submit("main form", status=409, tracking_number="MINE").submit("main form").follow()

    assert fresh(shipment).tracking_number == "MINE"
    assert fresh(shipment).version == 3


def test_theirs_can_be_taken(changed_meanwhile: Page, shipment: Any) -> None:
    page = changed_meanwhile.submit("main form", status=409, tracking_number="MINE")
    page.get(str(page.one(".dialog-actions a")["href"]))

    assert "THEIRS" in page.one("#shipping").get_text()


def test_saving_mine_anyway_overwrites_nothing_i_left_alone(changed_meanwhile: Page, shipment: Any) -> None:
    page = changed_meanwhile.submit("main form", status=409, cost="9.99")
    assert page.one("#tracking_number")["value"] == "THEIRS"

    page.submit("main form")

    assert (fresh(shipment).tracking_number, fresh(shipment).cost) == ("THEIRS", Decimal("9.99"))


def test_the_dialog_is_told_of_a_conflict_too(changed_meanwhile: Page, shipment: Any) -> None:
    data = sent(shipment, tracking_number="MINE") | {"version": 1}

    changed_meanwhile.post(url(shipment), data, status=409, fragment="dialog")

    assert "Susan Supervisor" in changed_meanwhile.text
    assert "<html" not in changed_meanwhile.response.get_data(as_text=True)


def test_a_double_click_gets_the_first_answer_and_changes_once(page: Page, cast: Cast, shipment: Any) -> None:
    data = sent(shipment, tracking_number="NEW1")

    page.sign_in(cast.operator).post(url(shipment), data)
    page.post(url(shipment), data).follow()

    assert page.texts("#banners .banner") == ["Tracking saved"] * 2
    assert fresh(shipment).version == 2
    assert db.session.query(Activity).filter_by(event="updated").count() == 1


def test_the_same_key_with_other_values_is_refused(page: Page, cast: Cast, shipment: Any) -> None:
    data = sent(shipment, tracking_number="NEW1")
    page.sign_in(cast.operator).post(url(shipment), data)

    page.post(url(shipment), data | {"tracking_number": "NEW2"}, status=409)

    assert "already sent with other values" in page.text
    assert fresh(shipment).tracking_number == "NEW1"


@pytest.mark.parametrize("version", ["-1", "0", "99", "99999999999999999999"])
def test_a_version_that_never_was_is_a_conflict(page: Page, cast: Cast, shipment: Any, version: str) -> None:
    data = sent(shipment, tracking_number="X") | {"version": version}

    page.sign_in(cast.operator).post(url(shipment), data, status=409)

    assert fresh(shipment).tracking_number == "OLD1"

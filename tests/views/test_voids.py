"""The void dialog, the undo and the restore: as a page, as a dialog, for each role, when someone was faster."""

import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.ledger import assert_sound, figures
from tests.page import Page
from webapp.extensions import db
from webapp.models import CostLayer, Fulfillment, Run
from webapp.services import runs, voids
from webapp.services.actors import Actor
from webapp.statuses import FulfillmentStatus, RunKind, RunState

LINES = (("NWP-011", 2, "9.10"), ("NWP-042", 3, "5.00"))


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    found: Fulfillment = make.shipment(lines=LINES)
    return found


def url(shipment: Any, what: str = "void") -> str:
    return f"/fulfillments/{shipment.id}/{what}"


def sent(shipment: Any, **values: Any) -> dict[str, Any]:
    return {"version": shipment.version, "idempotency_key": uuid.uuid4().hex} | values


def fresh(shipment: Any) -> Fulfillment:
    db.session.expire_all()
    return db.session.get_one(Fulfillment, shipment.id)


def news(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.response.headers["HX-Trigger"])
    return found


def test_without_scripts_it_is_previewed_voided_and_restored(page: Page, cast: Cast, shipment: Any) -> None:
    before = figures()
    page.sign_in(cast.supervisor).get(f"/fulfillments/{shipment.id}")
    page.get(str(page.one("#void-shipment")["href"]))

    assert page.one("h1").get_text() == f"Void {shipment.fulfillment_number}"
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in page.all("tbody tr")]
    assert [(row[0].split()[0], row[1]) for row in rows] == [("NWP-011", "+2"), ("NWP-042", "+3")]
    assert "5 units come back, worth $33.20" in page.text
    said = " ".join(page.one("ul.consequences").get_text().split())
    assert f"FO-{shipment.fulfillment_order_id} is open again, with 5 units left to ship." in said
    assert "5 units stay allocated to it, free for the next shipment." in said
    page.submit("main form", quick_reason="Customer cancelled", details=" by phone ").follow()

    assert page.texts("#banners .banner") == [f"{shipment.fulfillment_number} is voided. Its stock is back."]
    assert fresh(shipment).void_reason == "Customer cancelled: by phone"
    page.get(str(page.one("#restore a")["href"])).submit("#restore form").follow()
    assert page.texts("#banners .banner") == [f"{shipment.fulfillment_number} is restored. It is packed again."]
    assert figures() == before
    assert_sound()


def test_with_scripts_the_answer_closes_the_dialog_renews_everything_and_offers_undo(
    page: Page, cast: Cast, shipment: Any
) -> None:
    page.sign_in(cast.supervisor).post(url(shipment), sent(shipment), status=200, fragment="dialog")

    assert {"dialog:close", "row:changed", "shipment:changed", "activity:changed", "runs:changed"} <= set(
        news(page)
    )
    assert news(page)["row:changed"]["id"] == shipment.id
    toast = page.one("hx-partial .toast-note")
    assert int(str(toast["data-seconds"])) >= 10
    undo = page.one(".toast-note form")
    page.post(str(undo["action"]), sent(fresh(shipment)), status=200, fragment="banners")
    assert fresh(shipment).voided_at is None


def test_an_operator_is_told_who_can_undo_it(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).post(url(shipment), sent(shipment), status=200, fragment="dialog")

    assert "A supervisor can restore it." in page.text
    assert not page.all("form")


def test_the_safe_choice_has_the_focus_and_the_other_names_the_act(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get(url(shipment), fragment="dialog")

    assert page.one("[autofocus]").get_text() == "Keep it"
    assert page.one(".btn-danger").get_text() == "Void this shipment"


def test_a_reason_that_is_too_long_comes_back_with_what_was_typed(page: Page, cast: Cast, shipment: Any) -> None:
    data = sent(shipment, quick_reason="Out of stock", details="x" * 995)
    page.sign_in(cast.operator).post(url(shipment), data, status=422, fragment="dialog")

    assert "together this is 1,009" in page.one("[data-error-summary]").get_text()
    assert page.one("#details").get_text().strip() == "x" * 995
    assert fresh(shipment).voided_at is None


def test_someone_was_faster_and_what_they_did_is_shown(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    data = sent(shipment)
    page.sign_in(cast.operator)
    page.post(f"/fulfillments/{shipment.id}/shipping-details", sent(shipment, tracking_number="1Z9"))
    page.post(url(shipment), data, status=409, fragment="dialog")

    assert "Someone changed this shipment while you had it open" in page.text
    assert "1Z9" in page.one("[data-error-summary]").get_text()
    assert fresh(shipment).voided_at is None
    page.submit("form")
    assert fresh(shipment).voided_at is not None


def test_the_same_form_twice_is_one_void(page: Page, cast: Cast, shipment: Any) -> None:
    data = sent(shipment)
    page.sign_in(cast.operator).post(url(shipment), data, status=200, fragment="dialog")
    version = fresh(shipment).version
    page.post(url(shipment), data, status=200, fragment="dialog")

    assert fresh(shipment).version == version


def test_what_has_shipped_is_voided_by_a_supervisor_only_and_after_a_warning(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED)
    page.sign_in(cast.operator).get(url(shipment))
    assert "bring them back as a return" in page.text
    assert "Only a supervisor can void it all the same." in page.text
    assert not page.all(".btn-danger, .btn-outline-danger")
    page.get(f"{url(shipment)}?force=1")
    assert not page.all(".btn-danger, .btn-outline-danger")
    before = figures()
    page.post(url(shipment), sent(shipment, force="1"), status=403)
    page.post(url(shipment), sent(shipment), status=422, fragment="dialog")
    assert figures() == before

    page.sign_in(cast.supervisor).get(url(shipment))
    page.get(str(page.one(".btn-outline-danger")["href"]))
    assert page.one(".btn-danger").get_text() == "Void all the same"
    page.submit("main form")
    assert fresh(shipment).status == FulfillmentStatus.CANCELED
    assert_sound()


def test_one_that_is_voided_already_says_so(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.supervisor).post(url(shipment), sent(shipment))
    page.get(url(shipment))

    assert "It is voided already." in page.text
    assert not page.all(".btn-danger")


def test_why_it_cannot_be_restored_names_the_goods_and_how_many(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    page.sign_in(cast.supervisor).post(url(shipment), sent(shipment))
    product = make.product("NWP-011")
    db.session.execute(sa.update(CostLayer).where(CostLayer.product_id == product.id).values(remaining=1))
    db.session.commit()
    page.get(url(shipment, "restore"), fragment="restore")
    assert "NWP-011: 2 needed, 1 in stock" in page.one("#restore").get_text()
    assert not page.all("form")


@pytest.mark.parametrize("fragment", [None, "banners"])
def test_who_changed_it_before_it_was_restored_is_said_with_the_choice(
    page: Page, cast: Cast, shipment: Any, fragment: str | None
) -> None:
    page.sign_in(cast.supervisor).post(url(shipment), sent(shipment))
    stale = sent(fresh(shipment))
    page.post(f"/fulfillments/{shipment.id}/shipping-details", sent(fresh(shipment), tracking_number="1Z9"))
    page.post(url(shipment, "restore"), stale, status=409, fragment=fragment)

    assert "Nothing was restored yet." in page.text
    assert "Susan Supervisor: changed" in page.text
    assert "1Z9" in page.one("main ins, .banner ins").get_text()
    assert fresh(shipment).voided_at is not None
    page.submit("form[action$='/restore']")
    assert fresh(shipment).voided_at is None
    page.post(url(shipment, "restore"), sent(shipment, version=1), status=409, fragment=fragment)
    assert "It is not voided any more." in page.text


def test_with_an_order_at_a_provider_it_says_what_is_asked_and_waits(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment)
    page.sign_in(cast.operator).get(url(shipment))
    assert "ShipStation is asked whether it has shipped." in page.text
    assert page.one(".btn-danger").get_text() == "Void this shipment"
    page.submit("main form").follow()

    number = shipment.fulfillment_number
    asked = f"ShipStation is being asked whether {number} has shipped; then it is voided."
    assert page.texts("#banners .banner") == [asked]
    run = db.session.query(Run).one()
    assert (run.kind, run.fulfillment_id) == (RunKind.VOID, shipment.id)
    assert "Voiding…" in page.one("#shipment-title").get_text()
    assert not page.all("#void-shipment")
    page.get(f"/fulfillments?q={shipment.fulfillment_number}")
    assert page.one(f"#fulfillment-{shipment.id} [data-poll]").get_text() == "Voiding…"


def test_where_the_provider_takes_cancellations_the_dialog_says_that_it_is_told(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(account=make.provider_account("shiphero"))
    make.provider_order(shipment)
    page.sign_in(cast.operator).get(url(shipment))
    assert page.one(".btn-danger").get_text() == "Cancel there and void"
    page.submit("main form").follow()
    number = shipment.fulfillment_number
    assert page.texts("#banners .banner") == [f"ShipHero is being asked to cancel {number}; then it is voided."]


def test_a_page_that_waits_hears_of_the_end(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account())
    run_id = runs.request(RunKind.VOID, Actor(cast.operator.id), fulfillment_id=shipment.id)
    db.session.commit()
    watching = f"{url(shipment, 'void-status')}?watching={run_id}"
    page.sign_in(cast.operator).get(watching, fragment="toasts")
    assert page.text == ""
    assert "HX-Trigger" not in page.response.headers

    claim = runs.claim(run_id)
    assert claim
    voids.void_locally([shipment.id], reason="", actor=claim.actor, cancel_by_hand=True, run_id=run_id)
    runs.finish(claim, RunState.SUCCEEDED, "Voided, and cancelled at ShipStation.")
    db.session.commit()
    page.get(watching, fragment="toasts")
    assert "Voided, and cancelled at ShipStation." in page.one(".toast-note").get_text()
    assert news(page)["row:changed"]["id"] == shipment.id


def test_a_void_that_failed_stays_in_sight_with_the_way_on(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account(), void_problem="ShipStation did not answer.")
    page.sign_in(cast.supervisor).get(f"/fulfillments/{shipment.id}")
    banner = page.one("#shipment-title .banner")
    assert "ShipStation did not answer." in banner.get_text()
    page.get(str(page.one("#shipment-title .banner a")["href"])).submit("main form")
    assert fresh(shipment).cancel_by_hand is True
    assert fresh(shipment).void_problem is None


def test_archiving_and_back_with_a_notice_when_nothing_changes(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.supervisor).get(f"/fulfillments/{shipment.id}").submit("#shipment-actions form").follow()
    assert page.texts("#banners .banner") == ["It is archived."]
    page.post(url(shipment, "archive"), sent(shipment)).follow()
    assert page.texts("#banners .banner") == ["Nothing changed: the shipment is archived already."]
    page.submit("#shipment-actions form").follow()
    assert fresh(shipment).archived_at is None

"""The form for tracking and cost: as a page, as a dialog, when it is wrong, and when someone was faster."""

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page, htmx_headers
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.statuses import Role


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


def test_without_scripts_it_is_opened_filled_in_and_saved(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}")
    page.get(str(page.one("#edit-shipping")["href"]))

    assert page.one("h1").get_text() == f"Shipping details of {shipment.fulfillment_number}"
    assert (page.one("#tracking_number")["value"], page.one("#cost")["value"]) == ("OLD1", "5.00")
    page.submit("main form", tracking_number=" 1Z999AA10123456784 ", cost="7.5").follow()

    assert page.texts("#banners .banner") == ["Tracking and cost saved"]
    assert "1Z999AA10123456784" in page.one("#shipping").get_text()
    assert (fresh(shipment).tracking_number, fresh(shipment).cost) == ("1Z999AA10123456784", Decimal("7.5"))


def test_with_scripts_the_answer_brings_the_fresh_cards_and_closes_the_dialog(
    page: Page, cast: Cast, shipment: Any
) -> None:
    page.sign_in(cast.operator).get(url(shipment), fragment="dialog")
    assert "<html" not in page.response.get_data(as_text=True)

    data = sent(shipment, tracking_number="NEW1", cost="5.00")
    page.post(url(shipment), data, status=200, fragment="dialog")

    assert [tag["hx-target"] for tag in page.all("hx-partial")] == [
        "#shipment-title",
        "#shipment-actions",
        "#shipment-cards",
    ]
    assert "NEW1" in page.one("#shipping").get_text()
    events = json.loads(page.response.headers["HX-Trigger"])
    assert events["toast"] == {"message": "Tracking saved"}
    assert {"dialog:close", "activity:changed"} <= set(events)


def test_saving_what_was_there_says_that_nothing_changed(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get(url(shipment)).submit("main form").follow()

    assert page.texts("#banners .banner") == ["Nothing changed"]
    assert fresh(shipment).version == 1


def test_a_field_that_is_not_sent_is_left_alone(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, cost="6"))

    assert (fresh(shipment).tracking_number, fresh(shipment).cost) == ("OLD1", Decimal(6))


def test_empty_fields_remove_both(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, tracking_number="  ", cost=""))

    assert (fresh(shipment).tracking_number, fresh(shipment).cost) == (None, None)


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("tracking_number", "x" * 256, "has at most 255 characters; this one has 256"),
        ("tracking_number", "94\t05", "characters that cannot be seen"),
        ("tracking_number", "94\x0005", "characters that cannot be seen"),
        ("tracking_number", "94\u200b05", "characters that cannot be seen"),
        ("cost", "-1", "cannot be below 0"),
        ("cost", "-0.0001", "cannot be below 0"),
        ("cost", "100000", "must be below 100,000"),
        ("cost", "99999.99999", "at most 4 decimal places"),
        ("cost", "abc", "a plain number such as 7.50"),
        ("cost", "NaN", "a plain number such as 7.50"),
        ("cost", "Infinity", "a plain number such as 7.50"),
        ("cost", "-inf", "a plain number such as 7.50"),
        ("cost", "1e3", "a plain number such as 7.50"),
        ("cost", "$5", "a plain number such as 7.50"),
        ("cost", "1,234.00", "a plain number such as 7.50"),
        ("cost", "7,50", "a plain number such as 7.50"),
        ("cost", "\u0667", "a plain number such as 7.50"),
        ("cost", "9" * 5000, "a plain number such as 7.50"),
    ],
)
@pytest.mark.parametrize("fragment", [None, "dialog"])
def test_what_is_wrong_comes_back_with_a_message_at_its_field(
    page: Page, cast: Cast, shipment: Any, field: str, typed: str, message: str, fragment: str | None
) -> None:
    data = sent(shipment, tracking_number="MINE", cost="4.25") | {field: typed}

    page.sign_in(cast.operator).post(url(shipment), data, status=422, fragment=fragment)

    assert message in page.one(f"#{field}-error").get_text()
    assert page.one(f"#{field}")["aria-invalid"] == "true"
    assert page.one("[data-error-summary] a")["href"] == f"#{field}"
    kept = {"tracking_number": "MINE", "cost": "4.25"} | {field: typed.replace("\0", "\ufffd")}
    other = "cost" if field == "tracking_number" else "tracking_number"
    assert page.one(f"#{other}")["value"] == kept[other]
    assert str(page.one(f"#{field}")["value"])[:2] == typed[:2]
    assert (fresh(shipment).tracking_number, fresh(shipment).version) == ("OLD1", 1)


@pytest.mark.parametrize(
    ("typed", "cost"),
    [("0", "0"), ("-0", "0"), ("99999.9999", "99999.9999"), (".5", "0.5"), ("7.", "7"), ("7.50000", "7.5")],
)
def test_costs_at_the_edge_are_taken(page: Page, cast: Cast, shipment: Any, typed: str, cost: str) -> None:
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, cost=typed))

    assert fresh(shipment).cost == Decimal(cost)


@pytest.mark.parametrize(("typed", "cost"), [("7,50", "7.5"), ("7.50", "7.5"), ("1234,5", "1234.5")])
def test_the_decimal_comma_of_the_own_locale_is_understood(
    page: Page, cast: Cast, shipment: Any, typed: str, cost: str
) -> None:
    cast.operator.locale = "de_DE"
    page.sign_in(cast.operator).get(url(shipment))
    assert page.one("#cost")["value"] == "5,00"

    page.submit("main form", cost=typed)

    assert fresh(shipment).cost == Decimal(cost)


@pytest.mark.parametrize("typed", ["1.234", "1.234,50", "1,2,3"])
def test_thousands_marks_are_refused_rather_than_guessed(
    page: Page, cast: Cast, shipment: Any, typed: str
) -> None:
    cast.operator.locale = "de_DE"
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, cost=typed), status=422)

    assert "such as 7,50" in page.one("#cost-error").get_text()


def test_a_form_that_was_wrong_can_be_mended_and_sent(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.operator).get(url(shipment)).submit("main form", status=422, cost="-1")
    page.submit("main form", cost="1")

    assert fresh(shipment).cost == Decimal(1)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ({"idempotency_key": ""}, "no usable idempotency key"),
        ({"idempotency_key": "short"}, "no usable idempotency key"),
        ({"version": ""}, "which version it was made from"),
        ({"version": "one"}, "which version it was made from"),
    ],
)
def test_a_request_without_key_or_version_is_refused(
    page: Page, cast: Cast, shipment: Any, missing: dict[str, str], message: str
) -> None:
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, tracking_number="X") | missing, status=400)

    assert message in page.text
    assert fresh(shipment).tracking_number == "OLD1"


def test_an_expired_form_says_so_and_keeps_what_was_typed(page: Page, cast: Cast, shipment: Any) -> None:
    data = sent(shipment, tracking_number="TYPED-1", cost="3.21", csrf_token="stale", original_cost="5.00")

    page.sign_in(cast.operator).post(url(shipment), data, status=400)

    assert "open for too long" in page.text
    assert "TYPED-1" in page.text
    assert "3.21" in page.text
    assert page.texts("#typed dt") == ["Tracking number", "Cost"]
    assert page.one("main a[href='/fulfillments']")
    assert fresh(shipment).tracking_number == "OLD1"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("method", ["get", "post"])
def test_viewers_may_not_edit_and_everybody_else_may(
    page: Page, cast: Cast, shipment: Any, role: Role, method: str
) -> None:
    page.sign_in(cast.of_role(role))
    is_allowed = role is not Role.VIEWER

    if method == "get":
        page.get(url(shipment), status=200 if is_allowed else 403)
    else:
        data = sent(shipment, tracking_number="NEW1")
        page.post(url(shipment), data, status=303 if is_allowed else 403)
        assert (fresh(shipment).tracking_number == "NEW1") is is_allowed


def test_a_shipment_of_another_warehouse_cannot_be_edited(page: Page, cast: Cast, make: Factory) -> None:
    hidden = make.shipment(warehouse="Newark, NJ", tracking_number="OLD1")
    page.sign_in(cast.limited_to(make.warehouse("Reno, NV").id))

    page.post(url(hidden), sent(hidden, tracking_number="MINE"), status=404)
    page.post(url(hidden), sent(hidden, cost="wrong"), status=404)

    assert fresh(hidden).tracking_number == "OLD1"


def test_a_tracking_number_is_shown_but_never_run(page: Page, cast: Cast, shipment: Any) -> None:
    nasty = '"><script>alert(1)</script>'
    page.sign_in(cast.operator).post(url(shipment), sent(shipment, tracking_number=nasty)).follow()
    assert "<script>alert" not in page.response.get_data(as_text=True)

    page.get(url(shipment))

    assert page.one("#tracking_number")["value"] == nasty


def test_the_answer_is_a_page_for_whoever_restores_history(page: Page, cast: Cast, shipment: Any) -> None:
    headers = htmx_headers("dialog") | {"HX-History-Restore-Request": "true"}

    page.sign_in(cast.operator).get(url(shipment), headers=headers)

    assert page.one("h1")

"""The Fulfil dialog: as a page, as a dialog, what is wrong at its field, and when someone was faster."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import Wanted, open_order
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, ProviderAccount, Run
from webapp.queries.invariants import violations
from webapp.statuses import Role


def url(order: Any) -> str:
    return f"/fulfillment-orders/{order.id}/fulfil"


def line_ids(order: Any) -> list[int]:
    rows = db.session.query(FulfillmentOrderLine.id).filter_by(fulfillment_order_id=order.id)
    return [id_ for (id_,) in rows.order_by(FulfillmentOrderLine.id)]


def sent(order: Any, *units: str, **values: Any) -> dict[str, Any]:
    fields = {f"quantity_{id_}": typed for id_, typed in zip(line_ids(order), units, strict=False)}
    return {
        "version": order.version,
        "idempotency_key": uuid.uuid4().hex,
        "shipping_method": "Standard",
        "parcel": "ready",
    } | (fields | values)


def made() -> list[Fulfillment]:
    db.session.expire_all()
    return list(db.session.query(Fulfillment).order_by(Fulfillment.id))


def test_without_scripts_it_is_opened_filled_in_and_sent(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, Wanted("NWP-011", 5), Wanted("NWP-042", 3, promised=(2,)), Wanted("NWP-072", 1, ()))
    page.sign_in(cast.operator).get(f"/fulfillment-orders/{order.id}")
    page.get(str(page.one("#fulfil")["href"]))

    assert page.texts("h1") == [f"Fulfil FO-{order.id}"]
    assert [str(tag.get("value", "")) for tag in page.all("main input.units")] == ["5", "2", ""]
    assert page.one("#shipping_method")["value"] == "Standard"
    assert not page.all("#provider_account_id")
    page.submit("main form", tracking_number=" 1Z9 ", cost="7.5", parcel="handed_over").follow()

    (shipment,) = made()
    assert page.texts("h1") == [shipment.fulfillment_number]
    assert page.texts("#banners .banner") == [
        f"{shipment.fulfillment_number} was made with 7 units. It has shipped."
    ]
    assert (shipment.tracking_number, shipment.cost, shipment.status) == ("1Z9", Decimal("7.5"), "fulfilled")
    assert violations() == []


def test_with_scripts_the_window_goes_to_the_new_shipment(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    page.sign_in(cast.operator).get(url(order), fragment="dialog")
    assert "<html" not in page.response.get_data(as_text=True)

    page.post(url(order), sent(order, "2"), status=204, fragment="dialog")

    (shipment,) = made()
    assert page.response.headers["HX-Redirect"] == f"/fulfillments/{shipment.id}"
    page.get(f"/fulfillments/{shipment.id}")
    assert "2 units. It is ready to ship." in page.text


def test_the_way_of_the_last_shipment_is_proposed_again(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    account = make.provider_account(name="Main")
    page.sign_in(cast.operator)
    page.post(url(order), sent(order, "1", shipping_method="By bike", provider_account_id=str(account.id)))

    page.get(url(order))

    assert page.one("#shipping_method")["value"] == "By bike"
    assert page.texts("#provider_account_id option[selected]") == ["ShipStation: Main"]
    db.session.get_one(ProviderAccount, account.id).is_enabled = False
    db.session.commit()
    page.get(url(order))
    assert not page.all("#provider_account_id")


def test_only_enabled_accounts_that_take_orders_are_offered(page: Page, cast: Cast, make: Factory) -> None:
    make.provider_account(name="Main")
    make.provider_account(name="Old", is_enabled=False)
    make.provider_account("walmart_wfs")

    page.sign_in(cast.operator).get(url(open_order(make)))

    options = ["This warehouse, without a provider", "ShipStation: Main"]
    assert page.texts("#provider_account_id option") == options


def test_with_a_provider_account_a_run_is_asked_for(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    account = make.provider_account()

    page.sign_in(cast.operator).post(url(order), sent(order, "5", provider_account_id=str(account.id)))
    page.follow()

    (shipment,) = made()
    assert (shipment.status, shipment.fulfillment_type) == ("submitted", "shipstation")
    assert shipment.provider_account_id == account.id
    assert db.session.get_one(FulfillmentOrder, order.id).request_status == "submitting"
    run = db.session.query(Run).one()
    assert (run.kind, run.fulfillment_id) == ("create_provider_order", shipment.id)
    assert "is being sent to its provider" in page.text
    assert violations() == []


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("quantity", "-1", "Enter a whole number of units"),
        ("quantity", "1.5", "Enter a whole number of units"),
        ("quantity", "two", "Enter a whole number of units"),
        ("quantity", "٣", "Enter a whole number of units"),
        ("quantity", "9" * 400, "Enter a whole number of units"),
        ("quantity", "6", "6 requested, but only 5 are left to ship."),
        ("shipping_method", "  ", "Say how it is shipped"),
        ("shipping_method", "x" * 121, "at most 120 characters"),
        ("shipping_method", "a\tb", "cannot be seen"),
        ("tracking_number", "x" * 256, "has at most 255 characters"),
        ("cost", "-1", "cannot be below 0"),
        ("cost", "1,234.00", "a plain number such as 7.50"),
    ],
)
@pytest.mark.parametrize("fragment", [None, "dialog"])
def test_what_is_wrong_comes_back_with_a_message_at_its_field(
    page: Page, cast: Cast, make: Factory, field: str, typed: str, message: str, fragment: str | None
) -> None:
    order = open_order(make)
    name = f"quantity_{line_ids(order)[0]}" if field == "quantity" else field
    data = sent(order, "4", tracking_number="MINE") | {name: typed}

    page.sign_in(cast.operator).post(url(order), data, status=422, fragment=fragment)

    assert message in page.one(f"#{name}-error").get_text()
    assert page.one(f"#{name}")["aria-invalid"] == "true"
    assert page.one("[data-error-summary] a")["href"] == f"#{name}"
    if field != "tracking_number":
        assert page.one("#tracking_number")["value"] == "MINE"
    if field == "quantity":
        assert page.one(f"#{name}")["value"] == typed
    assert made() == []


@pytest.mark.parametrize("units", ["", "0", " 00 "])
def test_a_shipment_of_nothing_is_refused(page: Page, cast: Cast, make: Factory, units: str) -> None:
    order = open_order(make)

    page.sign_in(cast.operator).post(url(order), sent(order, units), status=422)

    assert "Say of at least one line how many units are shipped." in page.texts("[data-error-summary] li")[0]
    assert made() == []


def test_short_stock_is_said_at_each_line(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, Wanted("NWP-011", 5, promised=(2, 1)), Wanted("NWP-042", 4, layers=((1, "1.00"),)))

    page.sign_in(cast.operator).post(url(order), sent(order, "5", "4"), status=422)

    first, second = line_ids(order)
    assert page.one(f"#quantity_{first}-error").get_text() == ("5 requested, 3 allocated, 100 on hand, 2 short.")
    assert page.one(f"#quantity_{second}-error").get_text() == ("4 requested, 4 allocated, 1 on hand, 3 short.")
    assert made() == []
    page.submit("main form", **{f"quantity_{first}": "3", f"quantity_{second}": "1"})
    assert len(made()) == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"provider_account_id": "999999"}, "There is no such provider account"),
        ({"provider_account_id": "9" * 30}, "This provider account does not exist"),
        ({"provider_account_id": "x"}, "This provider account does not exist"),
        ({"parcel": "lost"}, "Not a valid choice"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(
    page: Page, cast: Cast, make: Factory, values: dict[str, str], message: str
) -> None:
    order = open_order(make)
    make.provider_account()

    page.sign_in(cast.operator).post(url(order), sent(order, "1", **values), status=422)

    assert message in page.texts("[data-error-summary]")[0]
    assert made() == []


def test_an_account_that_was_switched_off_meanwhile_is_refused_in_words(
    page: Page, cast: Cast, make: Factory
) -> None:
    order = open_order(make)
    account = make.provider_account(name="Main", is_enabled=False)
    other = make.provider_account("walmart_wfs")

    page.sign_in(cast.operator)
    page.post(url(order), sent(order, "1", provider_account_id=str(account.id)), status=422)
    assert "The provider account Main is switched off." in page.text
    page.post(url(order), sent(order, "1", provider_account_id=str(other.id)), status=422)
    assert "Walmart WFS cannot be given orders from here." in page.text
    assert made() == []


def test_what_has_left_is_not_sent_to_a_provider(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    account = make.provider_account()
    data = sent(order, "1", provider_account_id=str(account.id), parcel="handed_over")

    page.sign_in(cast.operator).post(url(order), data, status=422)

    assert "is not sent to a provider" in page.text
    assert made() == []


def test_whoever_was_slower_is_told_what_happened_and_may_go_on(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, Wanted("NWP-011", 5))
    page.sign_in(cast.operator).post(url(order), sent(order, "2"))
    (first,) = made()

    stale = sent(order, "4", tracking_number="MINE") | {"version": "1"}
    page.post(url(order), stale, status=409)

    assert "Someone changed" in page.one("#conflict-title").get_text()
    assert f"{first.fulfillment_number} was fulfilled: 2 of NWP-011" in page.text
    assert "Left to ship 5 → 3" in page.text
    assert page.one("#tracking_number")["value"] == "MINE"
    assert page.one("main input.units")["value"] == "4"
    assert len(made()) == 1
    page.submit("main form", status=422)
    assert "only 3 are left to ship" in page.text
    page.submit("main form", **{f"quantity_{line_ids(order)[0]}": "3"})
    assert len(made()) == 2
    assert violations() == []


def test_the_same_form_sent_twice_makes_one_shipment(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    data = sent(order, "5")

    page.sign_in(cast.operator).post(url(order), data)
    first = page.response.headers["Location"]
    page.post(url(order), data)

    assert page.response.headers["Location"] == first
    assert len(made()) == 1
    page.post(url(order), data | {"shipping_method": "Express"}, status=409)


def test_a_request_without_key_or_version_is_refused(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    page.sign_in(cast.operator)

    page.post(url(order), sent(order, "1", idempotency_key=""), status=400)
    page.post(url(order), sent(order, "1", version="one"), status=400)
    assert made() == []


def test_when_nothing_can_be_fulfilled_the_reason_is_said_instead(page: Page, cast: Cast, make: Factory) -> None:
    shipped = make.shipment()
    closed = db.session.get_one(FulfillmentOrder, shipped.fulfillment_order_id)
    waiting = open_order(make, Wanted("NWP-011", 5, promised=()))
    page.sign_in(cast.operator)

    for order, reason in (
        (closed, "Everything of this fulfillment order is in shipments."),
        (waiting, "No line has units that are both allocated to it and on hand."),
    ):
        page.get(f"/fulfillment-orders/{order.id}")
        assert reason in page.texts(".page-actions")[0]
        assert "disabled" in page.one(".page-actions button").attrs
        page.get(url(order))
        assert reason in page.text
        assert not page.all("main form")
        page.post(url(order), sent(order, "1"), status=422)
    assert len(made()) == 1


@pytest.mark.parametrize("role", list(Role))
def test_viewers_may_not_fulfil_and_are_not_offered_it(page: Page, cast: Cast, make: Factory, role: Role) -> None:
    order = open_order(make)
    page.sign_in(cast.of_role(role)).get(f"/fulfillment-orders/{order.id}")
    is_allowed = role is not Role.VIEWER

    assert bool(page.all("#fulfil")) is is_allowed
    page.get(url(order), status=200 if is_allowed else 403)
    page.post(url(order), sent(order, "1"), status=303 if is_allowed else 403)
    assert len(made()) == int(is_allowed)


def test_one_of_another_warehouse_cannot_be_fulfilled(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, warehouse="Newark, NJ")
    page.sign_in(cast.limited_to(make.warehouse("Reno, NV").id))

    page.get(url(order), status=404)
    page.post(url(order), sent(order, "1"), status=404)
    assert made() == []

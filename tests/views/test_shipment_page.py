"""The shipment page: what it shows, to whom, and at what cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import (
    BillingAddress,
    FulfillmentOrderLine,
    LineFinancials,
    SalesOrderTag,
)
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NASTY = "<script>alert(1)</script>"


def url(shipment: Any, rest: str = "") -> str:
    return f"/fulfillments/{shipment.id}{rest}"


def card(page: Page, id_: str) -> str:
    return " ".join(page.one(f"#{id_}").get_text(" ").split())


def test_the_heading_names_shipment_status_order_warehouse_and_provider(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(account=make.provider_account())

    page.sign_in(cast.viewer).get(url(shipment))

    order_number = shipment.fulfillment_number.partition(".")[0]
    assert card(page, "shipment-title") == (
        f"{shipment.fulfillment_number} Packed Order {order_number} · Reno, NV · ShipStation"
    )


def test_the_lines_show_unit_cost_and_total_of_goods(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(lines=(("NWP-011", 12, "9.10"), ("NWP-042", 10, "6.30")))

    page.sign_in(cast.viewer).get(url(shipment))

    assert page.texts("#lines tbody tr") == [
        "NWP-011 Queso Cabrales 12 9.10 109.20",
        "NWP-042 Queso Cabrales 10 6.30 63.00",
    ]
    assert "2 items, 22 units, cost of goods $172.20" in card(page, "lines")


def test_a_line_without_a_financial_record_costs_nothing(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(lines=(("NWP-011", 3, None),))

    page.sign_in(cast.viewer).get(url(shipment))

    assert page.texts("#lines tbody tr") == ["NWP-011 Queso Cabrales 3 0.00 0.00"]


def test_a_cost_that_does_not_divide_is_rounded_half_up_and_the_total_is_not_lost(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(lines=(("NWP-011", 3, "1.00"),))
    db.session.query(LineFinancials).update({"cost_of_goods": Decimal("20.00")})
    db.session.commit()

    page.sign_in(cast.viewer).get(url(shipment))

    assert page.texts("#lines tbody tr") == ["NWP-011 Queso Cabrales 3 6.6667 20.00"]


def test_the_order_shows_both_addresses_and_the_tags(page: Page, cast: Cast, make: Factory) -> None:
    order = make.order(customer_reference="PO 77")
    db.session.add(BillingAddress(sales_order_id=order.id, name="Accounts", city="Bonn", zip="53113"))
    db.session.add_all(SalesOrderTag(sales_order_id=order.id, tag=tag) for tag in ("wholesale", "gift"))
    db.session.commit()

    page.sign_in(cast.viewer).get(url(make.shipment(order=order)))

    text = card(page, "order")
    assert "Reference PO 77" in text
    assert "Customer Rita Müller rita@example.org · 0711-020361" in text
    assert "Ship to Adenauerallee 900 70563 Stuttgart Germany" in text
    assert "Bill to Accounts 53113 Bonn" in text
    assert page.texts("#order .tags li") == ["gift", "wholesale"]
    assert page.one("#order .address .copy[aria-label='Copy the shipping address']")["data-copy"] == (
        "Rita Müller\nAdenauerallee 900\n70563 Stuttgart\nGermany"
    )


def test_an_order_without_a_billing_address_is_billed_as_shipped(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.viewer).get(url(make.shipment()))

    assert "Bill to as shipping" in card(page, "order")


def test_the_shipping_card_tells_mapped_from_typed_methods(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(
        tracking_number="1Z999AA10123456784",
        carrier="UPS",
        cost=Decimal("7.17"),
        fulfilled_shipping_method="UPS Ground",
        requested_shipping_method=None,
        requested_shipping_method_manual="by bike",
    )

    page.sign_in(cast.viewer).get(url(shipment))

    text = card(page, "shipping")
    assert "Method used UPS Ground" in text
    assert "Method asked by bike typed by hand" in text
    assert "Cost $7.17" in text
    assert "Slip printed not yet" in text
    link = page.one("#shipping a[target=_blank]")
    assert link["href"] == "https://www.ups.com/track?tracknum=1Z999AA10123456784"
    assert link["rel"] == ["noopener", "noreferrer"]
    assert page.one("#shipping .copy")["data-copy"] == "1Z999AA10123456784"


def test_a_provider_order_shows_state_number_and_both_syncs(page: Page, cast: Cast, make: Factory) -> None:
    moment = datetime(2026, 11, 3, 21, 58, tzinfo=UTC)
    shipment = make.shipment(account=make.provider_account(name="Main"), last_synced_from_provider_at=moment)
    order = make.provider_order(
        shipment, state=ProviderOrderState.PROCESSING.value, url="https://ship.example/orders/1", cost=Decimal(5)
    )

    page.sign_in(cast.viewer).get(url(shipment))

    text = card(page, "provider-orders")
    assert "State Processing awaiting_shipment" in text
    assert f"id {order.external_id}" in text
    assert "Cost there $5.00" in text
    assert "Last sent never" in text
    assert page.one(f"#provider-order-{order.id} a[target=_blank]")["href"] == "https://ship.example/orders/1"
    assert page.one("#provider-orders .panel-rest time")["title"].startswith("2026-11-03 13:58:00 PST")


def test_an_address_that_is_none_of_the_web_never_becomes_a_link(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account())
    make.provider_order(shipment, url="javascript:alert(1)")

    page.sign_in(cast.viewer).get(url(shipment))

    assert "javascript:" not in page.response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": FulfillmentStatus.PACKED}, "Shopify Not due not shipped yet"),
        ({"status": FulfillmentStatus.FULFILLED_AWAITING_INFO}, "Shopify Not due no tracking yet"),
        (
            {"status": FulfillmentStatus.FULFILLED, "tracking_number": "1Z"},
            "Shopify Not told no account for Shopify",
        ),
        (
            {"status": FulfillmentStatus.FULFILLED, "tracking_number": "1Z", "channel_problem": "Unknown order"},
            "Shopify Failed Unknown order",
        ),
        (
            {"submitted_to_sales_channel_at": datetime(2026, 11, 3, 22, 5, tzinfo=UTC)},
            "Shopify Told Told 3 Nov 14:05",
        ),
    ],
)
def test_the_channel_says_how_it_stands_and_why(
    page: Page, cast: Cast, make: Factory, values: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.formatting.today", lambda: datetime(2026, 11, 20, tzinfo=UTC).date())
    page.sign_in(cast.viewer).get(url(make.shipment(**values)))

    assert words in card(page, "channel")


def test_the_fulfillment_order_shows_its_budgets(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(lines=(("NWP-011", 12, "9.10"),))
    db.session.query(FulfillmentOrderLine).update({"quantity": 20, "remaining": 8})
    db.session.commit()

    page.sign_in(cast.viewer).get(url(shipment))

    assert f"FO-{shipment.fulfillment_order_id}" in card(page, "fulfillment-order")
    assert page.texts("#fulfillment-order tbody tr") == ["NWP-011 20 12 8"]


def test_a_voided_shipment_says_who_when_why_and_what_it_was(page: Page, cast: Cast, make: Factory) -> None:
    moment = datetime(2026, 11, 3, 22, 5, tzinfo=UTC)
    shipment = make.shipment(
        status=FulfillmentStatus.CANCELED,
        status_before_void="packed",
        voided_at=moment,
        voided_by_user_id=cast.supervisor.id,
        void_reason="Wrong warehouse",
    )

    page.sign_in(cast.viewer).get(url(shipment))

    text = card(page, "void")
    assert "By Susan Supervisor" in text
    assert "Reason Wrong warehouse" in text
    assert "Status before Packed" in text
    assert "Voided" in page.texts("#shipment-title .sticker")


def test_a_shipment_that_is_not_voided_has_no_void_card(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.viewer).get(url(make.shipment()))

    assert not page.all("#void")


def test_what_people_and_providers_wrote_is_never_html(page: Page, cast: Cast, make: Factory) -> None:
    order = make.order(name=NASTY, address1=NASTY, customer_reference=NASTY)
    db.session.add(SalesOrderTag(sales_order_id=order.id, tag=NASTY))
    make.product("NWP-666", NASTY)
    shipment = make.shipment(
        order=order,
        account=make.provider_account(name=NASTY),
        lines=(("NWP-666", 1, None),),
        tracking_number=NASTY,
        carrier=NASTY,
        provider_problem=NASTY,
        fulfilled_shipping_method=NASTY,
    )
    make.provider_order(shipment, raw_status=NASTY, external_number=NASTY, tracking_number=NASTY)

    page.sign_in(cast.viewer).get(url(shipment))

    body = page.response.get_data(as_text=True)
    assert NASTY not in body
    assert body.count("&lt;script&gt;") >= 10


def test_the_whole_page_takes_seven_statements_however_much_there_is(
    page: Page, cast: Cast, make: Factory
) -> None:
    small = make.shipment(lines=(("NWP-001", 1, "1"),))
    big = make.shipment(
        account=make.provider_account(), lines=tuple((f"NWP-{number:03}", 2, "9.10") for number in range(50))
    )
    for _ in range(5):
        make.provider_order(big)
    addresses = [url(small), url(big)]
    page.sign_in(cast.viewer)

    for address in addresses:
        with statements() as sent:
            page.get(address)
        assert len(sent) <= 7, sent


def test_the_panels_are_fetched_after_the_page_and_have_addresses_of_their_own(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment(account=make.provider_account())

    page.sign_in(cast.viewer).get(url(shipment))

    history = page.one("#history")
    assert (history["hx-get"], history["hx-trigger"]) == (url(shipment, "/activity"), "load")
    assert page.one("#exchanges")["hx-get"] == url(shipment, "/exchanges")
    assert page.one("#resync-status")["hx-trigger"] == "load"
    links = [tag["href"] for tag in page.all("#history .tabs a")]
    assert links == [url(shipment, "/activity"), url(shipment, "/movements")]


def test_a_change_elsewhere_brings_title_and_cards_up_to_date(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account())

    page.sign_in(cast.operator).get(url(shipment), fragment="shipment-cards")

    targets = [tag["hx-target"] for tag in page.all("hx-partial")]
    assert targets == ["#shipment-title", "#resync-form", "#shipment-actions", "#shipment-cards"]
    assert "<html" not in page.response.get_data(as_text=True)


def test_moments_are_exact_on_hover(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(created_at=datetime(2026, 11, 3, 22, 5, 9, tzinfo=UTC))
    db.session.query(type(shipment)).update({"updated_at": shipment.created_at + timedelta(hours=1)})
    db.session.commit()

    page.sign_in(cast.viewer).get(url(shipment))

    titles = [tag["title"] for tag in page.all("#dates time")]
    assert titles == ["2026-11-03 14:05:09 PST (UTC-0800)", "2026-11-03 15:05:09 PST (UTC-0800)"]

"""The shipments list as people meet it: columns, tabs, links, fragments, and what happens with bad addresses."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page, htmx_headers
from tests.queries.listing_data import copies
from tests.statements import statements
from webapp.extensions import db
from webapp.models import ChannelFulfillment, Fulfillment, User
from webapp.queries.listing.columns import COLUMNS
from webapp.schema import now
from webapp.statuses import FulfillmentStatus

HOSTILE = "<script>alert(1)</script>\" onmouseover='x'"


@pytest.fixture
def viewer(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.viewer)


def numbers(page: Page) -> list[str]:
    return page.texts(".row-link")


def cell(page: Page, label: str) -> str:
    (text,) = page.texts(f'td[data-label="{label}"]')
    return text


def test_the_front_door_leads_to_the_list(viewer: Page) -> None:
    viewer.get("/", status=302)
    assert viewer.response.headers["Location"] == "/fulfillments"


def test_it_shows_every_column_of_a_shipment(make: Factory, viewer: Page) -> None:
    account = make.provider_account(name="ShipStation Reno")
    order = make.order(order_number="SO-77", name="Ana Trujillo", city="Reno", country_code="US")
    make.shipment(
        order=order,
        account=account,
        status=FulfillmentStatus.FULFILLED,
        tracking_number="1Z999AA10123456784",
        carrier="UPS",
        provider_state="shipped",
        requested_shipping_method="Ground",
        fulfilled_shipping_method_manual="UPS Ground",
        cost="6.4",
        lines=(("A-1", 2, None), ("A-2", 1, None)),
    )
    viewer.get("/fulfillments")
    assert numbers(viewer) == ["SO-77.1"]
    assert cell(viewer, "Status") == "Shipped"
    assert cell(viewer, "Provider") == "ShipStation Reno Shipped"
    assert cell(viewer, "Customer") == "Ana Trujillo Reno US"
    assert cell(viewer, "Order") == "SO-77"
    assert cell(viewer, "Warehouse") == "Reno, NV"
    assert cell(viewer, "Tracking") == "1Z999AA10123456784"
    assert cell(viewer, "Method used") == "UPS Ground by hand"
    assert cell(viewer, "Method asked") == "Ground"
    assert (cell(viewer, "Items"), cell(viewer, "Units"), cell(viewer, "Cost")) == ("2", "3", "6.40")
    assert cell(viewer, "Channel told") == "Not told no account for Shopify"
    assert cell(viewer, "Channel, store") == "Shopify Northwind"
    assert cell(viewer, "Type") == "ShipStation"
    assert cell(viewer, "Shipped").startswith("3 Nov")
    assert cell(viewer, "Slip printed") == ""
    link = viewer.one('td[data-label="Tracking"] a')
    assert link["href"] == "https://www.ups.com/track?tracknum=1Z999AA10123456784"
    assert viewer.texts("a:has(+ .copy)") == ["1Z999AA10123456784"]
    assert viewer.texts("thead th")[1:] == ["Shipment", *(column.label for column in COLUMNS)]


def test_a_correction_is_due_however_long_ago_the_shipment_was_shipped(make: Factory, viewer: Page) -> None:
    account = make.channel_account()
    shipped_at = now() - timedelta(days=16)
    sent = make.shipment(status=FulfillmentStatus.FULFILLED, tracking_number="1Z2", fulfilled_at=shipped_at)
    db.session.add(
        ChannelFulfillment(
            fulfillment_id=sent.id,
            provider_account_id=account.id,
            external_id="1",
            external_order_id="2",
            tracking_number="1Z1",
        )
    )
    db.session.commit()
    viewer.get("/fulfillments")
    assert cell(viewer, "Channel told") == "Due at next sync"
    card = viewer.get(f"/fulfillments/{sent.id}").one("#channel").text
    assert "Due at next sync" in card
    assert "by hand" not in card


def test_a_shipment_is_due_only_at_a_channel_that_can_be_told(make: Factory, viewer: Page) -> None:
    account = make.channel_account()
    sent = make.shipment(status=FulfillmentStatus.FULFILLED, tracking_number="1Z1", fulfilled_at=now())
    viewer.get("/fulfillments")
    assert cell(viewer, "Channel told") == "Due at next sync"
    sent.fulfilled_at = now() - timedelta(days=16)
    db.session.commit()
    viewer.get("/fulfillments")
    assert cell(viewer, "Channel told") == "Not told shipped more than 14 days ago, so only by hand"
    assert "so only by hand" in viewer.get(f"/fulfillments/{sent.id}").one("#channel").text
    viewer.get("/fulfillments")
    account.is_enabled = False
    db.session.commit()
    viewer.get("/fulfillments")
    assert cell(viewer, "Channel told") == "Not told the account for Shopify is switched off"
    account.is_enabled, account.kind = True, "shipstation"
    db.session.commit()
    viewer.get("/fulfillments")
    assert cell(viewer, "Channel told") == "Not told the account for Shopify is no sales channel's"


def test_hostile_text_stays_text(make: Factory, viewer: Page) -> None:
    order = make.order(order_number=f"X{HOSTILE}", name=HOSTILE, city=HOSTILE)
    make.shipment(
        order=order,
        warehouse=HOSTILE,
        tracking_number=HOSTILE,
        provider_problem=HOSTILE,
        account=make.provider_account(name=HOSTILE),
        requested_shipping_method=HOSTILE,
        fulfilled_shipping_method=HOSTILE,
    )
    db.session.execute(sa.update(Fulfillment).values(channel_problem=HOSTILE))
    db.session.commit()
    for url in ("/fulfillments", "/fulfillments?tab=attention", f"/fulfillments?q={HOSTILE[:20]}"):
        html = viewer.get(url).response.get_data(as_text=True)
        assert "<script>alert" not in html
        assert "onmouseover='" not in html
    assert not viewer.all("td script")


def test_it_says_what_happened_to_voided_and_archived_shipments(make: Factory, viewer: Page) -> None:
    make.shipment(status=FulfillmentStatus.CANCELED, status_before_void="packed", voided_at=now())
    viewer.get("/fulfillments?tab=voided")
    assert cell(viewer, "Status").startswith("Canceled voided today")
    make.shipment(archived_at=now())
    viewer.get("/fulfillments?tab=archived")
    assert cell(viewer, "Status").startswith("Packed archived today")


def test_it_names_why_a_shipment_needs_attention(make: Factory, viewer: Page) -> None:
    make.shipment(status=FulfillmentStatus.FULFILLED)
    viewer.get("/fulfillments?tab=attention")
    assert "Shipped without tracking" in cell(viewer, "Needs attention")
    assert "enter the number" in cell(viewer, "Needs attention")
    assert not viewer.get("/fulfillments").all('td[data-label="Needs attention"]')


def test_each_person_reads_in_their_own_locale(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment(cost="1234.5")
    for person, locale, cost in ((cast.viewer, "en_US", "1,234.50"), (cast.operator, "de_DE", "1.234,50")):
        person.locale = locale
        db.session.commit()
        assert cell(page.sign_in(person).get("/fulfillments"), "Cost") == cost


def test_a_change_shows_at_once(make: Factory, viewer: Page) -> None:
    order = make.order(name="Ana Trujillo")
    make.shipment(order=order)
    assert "Ana Trujillo" in cell(viewer.get("/fulfillments"), "Customer")
    order.name = "Ana T. <i>Emparedados</i>"
    db.session.commit()
    assert "Ana T. <i>Emparedados</i>" in cell(viewer.get("/fulfillments"), "Customer")


def test_each_tab_keeps_what_narrows_the_list(make: Factory, viewer: Page) -> None:
    shipment = make.shipment()
    viewer.get(f"/fulfillments?warehouse={shipment.warehouse_id}&q=SO-&sort=cost")
    urls = {str(tab["href"]) for tab in viewer.all(".tabs a")}
    assert f"/fulfillments?tab=voided&warehouse={shipment.warehouse_id}&q=SO-&sort=cost" in urls
    assert viewer.texts(".tabs [aria-current=page]") == ["Active"]


@pytest.mark.parametrize("tab", ["active", "shipped", "attention", "voided", "archived", "all"])
@pytest.mark.parametrize("sort", ["id", "-id", "tracking_number", "-cost", "status", "-updated_at"])
def test_every_tab_takes_every_sort(make: Factory, viewer: Page, tab: str, sort: str) -> None:
    make.shipment(status=FulfillmentStatus.FULFILLED)
    viewer.get(f"/fulfillments?tab={tab}&sort={sort}&q=SO-")
    viewer.get(f"/fulfillments?tab={tab}&sort={sort}")


def test_the_headers_sort_both_ways(make: Factory, viewer: Page) -> None:
    make.shipment(cost="2", tracking_number="B")
    make.shipment(cost="1", tracking_number="A")
    make.shipment()
    viewer.get("/fulfillments")
    assert viewer.one("thead th[aria-sort]").get_text() == "Shipment"
    viewer.get(str(viewer.one("#sort-cost")["href"]))
    assert viewer.texts('td[data-label="Cost"]') == ["2.00", "1.00", ""]
    assert viewer.one("thead th[aria-sort=descending]").get_text() == "Cost"
    viewer.get(str(viewer.one("#sort-cost")["href"]))
    assert viewer.texts('td[data-label="Cost"]') == ["1.00", "2.00", ""]
    viewer.get(str(viewer.one("#sort-tracking")["href"]))
    assert viewer.texts('td[data-label="Tracking"]') == ["A", "B", "none yet"]


def test_it_pages_forwards_and_back_again(make: Factory, viewer: Page) -> None:
    copies(make, 60)
    viewer.get("/fulfillments?tab=all&size=25")
    first = numbers(viewer)
    assert viewer.one("#page-prev").get("href") is None
    viewer.get(str(viewer.one("#page-next")["href"]))
    second = numbers(viewer)
    viewer.get(str(viewer.one("#page-next")["href"]))
    assert viewer.one("#page-next").get("href") is None
    assert (len(first), len(second), len(numbers(viewer))) == (25, 25, 10)
    viewer.get(str(viewer.one("#page-prev")["href"]))
    assert numbers(viewer) == second
    viewer.get(str(viewer.one("#page-prev")["href"]))
    assert numbers(viewer) == first


def test_the_same_address_gives_the_same_list(make: Factory, viewer: Page) -> None:
    copies(make, 60)
    viewer.get("/fulfillments?tab=all&size=25&sort=-cost")
    url = str(viewer.one("#page-next")["href"])
    assert numbers(viewer.get(url)) == numbers(viewer.get(url))


@pytest.mark.parametrize("size", [25, 50, 100])
def test_the_page_sizes_are_links(make: Factory, viewer: Page, size: int) -> None:
    copies(make, 101)
    viewer.get("/fulfillments?tab=all")
    urls = {link.get_text(): str(link["href"]) for link in viewer.all(".pager-sizes a")}
    assert len(numbers(viewer.get(urls[str(size)]))) == size


def test_htmx_gets_the_results_and_nothing_else(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.get("/fulfillments?tab=all", fragment="results")
    assert viewer.soup.select_one("#results h1")
    assert not viewer.all("header.app-header")
    assert viewer.response.get_data(as_text=True).lstrip().startswith('<div id="results"')


def test_going_back_gets_the_whole_page(make: Factory, viewer: Page) -> None:
    headers = htmx_headers("results") | {"HX-History-Restore-Request": "true"}
    viewer.get("/fulfillments?tab=all", headers=headers)
    assert viewer.all("header.app-header")


def test_the_whole_page_and_the_fragment_show_the_same(make: Factory, viewer: Page) -> None:
    copies(make, 5)
    whole = _results(viewer.get("/fulfillments?tab=all"))
    assert _results(viewer.get("/fulfillments?tab=all", fragment="results")) == whole


def _results(page: Page) -> str:
    """What depends on the address; the token of its forms also tells the second it was made in."""
    for token in page.all("#results input[name=csrf_token]"):
        token["value"] = ""
    return str(page.one("#results"))


@pytest.mark.parametrize(
    "query",
    ["sort=name", "tab=nothing", "cursor=xyz", "size=7", "warehouse=999999", "warehouse=x", "columns=x", "page=2"],
)
@pytest.mark.parametrize("path", ["/fulfillments", "/fulfillments/count"])
def test_an_address_that_does_not_fit_is_refused_with_a_way_back(viewer: Page, path: str, query: str) -> None:
    viewer.get(f"{path}?{query}", status=400)
    assert viewer.all('main a[href="/fulfillments"]')


def test_a_warehouse_of_others_is_refused_like_one_that_does_not_exist(
    make: Factory, page: Page, cast: Cast
) -> None:
    mine, other = make.warehouse(), make.warehouse("Louisville, KY")
    page.sign_in(cast.limited_to(mine.id))
    page.get(f"/fulfillments?warehouse={other.id}", status=400)
    assert "Louisville" not in page.text


def test_a_limited_person_sees_their_warehouses_only(make: Factory, page: Page, cast: Cast) -> None:
    mine, other = make.shipment(), make.shipment(warehouse="Louisville, KY")
    page.sign_in(cast.limited_to(mine.warehouse_id))
    for tab in ("active", "all"):
        page.get(f"/fulfillments?tab={tab}&counts=1")
        assert numbers(page) == [mine.fulfillment_number]
        assert page.texts("#count") == ["1 of 1 shipments"]
    assert not page.all("#warehouse-menu")
    page.get(f"/fulfillments?tab=all&q={other.fulfillment_number}")
    assert numbers(page) == []


def test_the_warehouse_menu_narrows_the_list(make: Factory, viewer: Page) -> None:
    here, there = make.shipment(), make.shipment(warehouse="Louisville, KY")
    viewer.get("/fulfillments?sort=cost")
    form = viewer.one("#warehouse-menu form")
    kept = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    assert kept == {"sort": "cost"}
    viewer.get(f"/fulfillments?warehouse={there.warehouse_id}&sort=cost")
    assert numbers(viewer) == [there.fulfillment_number]
    assert "Warehouse is Louisville, KY" in viewer.texts(".chip")[0]
    viewer.get(str(viewer.one(".chip-remove")["href"]))
    assert set(numbers(viewer)) == {here.fulfillment_number, there.fulfillment_number}


def test_it_sends_as_many_statements_for_fifty_rows_as_for_one(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.get("/fulfillments?tab=all")
    with statements() as one:
        viewer.get("/fulfillments?tab=all")
    copies(make, 60)
    with statements() as fifty:
        viewer.get("/fulfillments?tab=all")
    assert len(numbers(viewer)) == 50
    assert len(one) == len(fifty) <= 5, fifty


@pytest.mark.parametrize("query", ["", "?tab=attention", "?sort=-cost", "?tab=all&q=SO-"])
def test_no_list_sends_many_statements(make: Factory, viewer: Page, query: str) -> None:
    copies(make, 60)
    viewer.get(f"/fulfillments{query}")
    with statements() as sent:
        viewer.get(f"/fulfillments{query}")
    assert len(sent) <= 9, sent  # A search that asks the index finds the ids first, within a time limit.


def test_fifty_rows_are_sent_in_at_most_ten_kilobytes(make: Factory, viewer: Page) -> None:
    for number in range(50):
        make.shipment(order=make.order(name=f"Customer {number}", city=f"City {number}"))
    answer = viewer.client.get("/fulfillments", headers={"Accept-Encoding": "br"})
    assert answer.content_encoding == "br"
    assert len(answer.data) <= 10_000


def test_nothing_yet(viewer: Page) -> None:
    assert "No shipments yet" in viewer.get("/fulfillments").text


def test_nothing_in_this_tab(make: Factory, viewer: Page) -> None:
    make.shipment()
    assert "Nothing to show under “Voided”" in viewer.get("/fulfillments?tab=voided").text


def test_nothing_in_this_warehouse(make: Factory, viewer: Page) -> None:
    make.shipment()
    empty = make.warehouse("Louisville, KY")
    viewer.get(f"/fulfillments?warehouse={empty.id}")
    assert "Nothing here for these warehouses" in viewer.text
    assert viewer.one(".empty-actions a")["href"] == "/fulfillments"


def test_nothing_to_see_without_a_warehouse(make: Factory, page: Page, cast: Cast) -> None:
    make.shipment()
    page.sign_in(cast.limited_to()).get("/fulfillments")
    assert "You see no warehouse yet" in page.text
    assert numbers(page) == []


def test_a_page_that_emptied_meanwhile_leads_back(make: Factory, viewer: Page) -> None:
    copies(make, 30)
    viewer.get("/fulfillments?tab=all&size=25")
    url = str(viewer.one("#page-next")["href"])
    db.session.execute(sa.update(Fulfillment).values(archived_at=now()))
    db.session.commit()
    viewer.get(re.sub("tab=all&?", "", url))
    assert "This page is empty now" in viewer.text
    assert viewer.one(".empty-actions a")["href"] == "/fulfillments?size=25"


def test_the_counts_come_after_the_rows(make: Factory, viewer: Page) -> None:
    make.shipment()
    make.shipment(archived_at=now())
    viewer.get("/fulfillments?q=SO-&sort=cost&size=25")
    loader = viewer.one("#count")
    assert loader["hx-trigger"] == "load"
    assert loader["hx-get"] == "/fulfillments/count?q=SO-"
    viewer.get(str(loader["hx-get"]), fragment="count")
    assert viewer.one("#count").get_text() == "1 of 2 shipments"


def test_without_scripts_a_link_counts(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.get("/fulfillments?tab=all")
    viewer.get(str(viewer.one("#count a")["href"]))
    assert viewer.texts("#count") == ["1 of 1 shipments"]


def test_a_person_keeps_their_columns(make: Factory, viewer: Page, cast: Cast) -> None:
    make.shipment()
    viewer.get("/fulfillments/columns?tab=all")
    body = {"order": ["cost", "status"], "shown": ["status", "cost"], "size": "25", "action": "save"}
    viewer.post("/fulfillments/columns?tab=all", body)
    viewer.follow()
    assert viewer.response.request.full_path == "/fulfillments?tab=all"
    assert viewer.texts("thead th")[1:] == ["Shipment", "Cost", "Status"]
    assert viewer.texts(".pager-sizes [aria-current]") == ["25"]
    viewer.get("/fulfillments?columns=status&size=50")
    assert viewer.texts("thead th")[1:] == ["Shipment", "Status"]
    viewer.post("/fulfillments/columns", {"action": "reset"})
    assert len(viewer.follow().all("thead th")) == len(COLUMNS) + 2
    assert db.session.get(User, cast.viewer.id).preferences == {}


def test_columns_move_a_place_at_a_time_before_they_are_saved(viewer: Page, cast: Cast) -> None:
    viewer.get("/fulfillments/columns?columns=status,customer")
    order = [str(field["value"]) for field in viewer.all("input[name=order]")]
    assert order[:2] == ["status", "customer"]
    assert [field["value"] for field in viewer.all("input[name=shown][checked]")] == ["status", "customer"]
    address = str(viewer.one("main form.columns-form")["action"])
    viewer.post(address, {"order": order, "shown": "status", "action": "down:status"}, status=200)
    assert [field["value"] for field in viewer.all("input[name=order]")][:2] == ["customer", "status"]
    assert [field["value"] for field in viewer.all("input[name=shown][checked]")] == ["status"]
    assert db.session.get(User, cast.viewer.id).preferences == {}


def test_a_list_without_columns_is_not_saved(viewer: Page) -> None:
    viewer.post("/fulfillments/columns", {"action": "save"}, status=422)
    assert "Tick at least one column." in viewer.text


@pytest.mark.parametrize("body", [{"shown": "price"}, {"order": "price"}, {"size": "7"}, {"action": "up:price"}])
def test_columns_that_do_not_exist_are_refused(viewer: Page, body: dict[str, str]) -> None:
    viewer.post("/fulfillments/columns", body, status=400)


def test_the_column_dialog_is_a_fragment_for_htmx(viewer: Page) -> None:
    viewer.get("/fulfillments/columns", fragment="dialog")
    assert not viewer.all("header.app-header")
    assert viewer.all("h2#dialog-title")


def test_other_preferences_are_left_alone(viewer: Page, cast: Cast) -> None:
    db.session.execute(sa.update(User).values(preferences={"density": "compact"}))
    db.session.commit()
    viewer.post("/fulfillments/columns", {"shown": "status", "action": "save"})
    assert db.session.get(User, cast.viewer.id).preferences == {
        "density": "compact",
        "list": {"columns": ["status"], "size": 50, "density": "comfortable"},
    }

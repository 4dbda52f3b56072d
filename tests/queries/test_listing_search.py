"""The search box: every field, several words, rare and common terms, and nothing outside one's warehouses."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Factory
from tests.queries.listing_data import copies
from tests.statements import statements
from webapp.errors import BadRequest
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentSearchText
from webapp.queries.fulfillments import Criteria, Sort, count, exactly_one, list_page
from webapp.queries.listing import pages, search
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE, Scope


def found(text: str, **criteria: Any) -> list[int]:
    wanted = Criteria(**{"scope": EVERYWHERE, "tab": Tab.ALL, "search": search.parse(text)} | criteria)
    ids = [row.id for row in list_page(wanted, Sort(), 100).rows]
    assert count(wanted).matching == len(ids)
    return ids


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    """One shipment to be found, among others that must not be."""
    make.shipment(order=make.order(name="Paul Ober", email="paul@example.net"))
    order = make.order(
        order_number="WEB-77120",
        name="Renate Meßner",
        email="r.messner@frankenversand.de",
        customer_reference="PO 4711/b",
    )
    return make.shipment(
        order=order,
        tracking_number="9405 5102 0086 4427 6900",
        lines=(("NWP-042", 1, "6.30"), ("50%_off\\x", 2, None)),
    )


@pytest.mark.parametrize(
    "text",
    [
        "WEB-77120.1", "web-77120", "77120", "9405510200864427", "9405 5102", "0086 4427", "4711/b", "PO 4711",
        "meßner", "MESSNER@FRANK", "versand.de", "nwp-042", "wp-04", "renate nwp", "042 renate 9405",
        "%_off", "f\\x",
    ],
)  # fmt: skip
def test_it_finds_by(shipment: Fulfillment, text: str) -> None:
    assert found(text) == [shipment.id]


@pytest.mark.parametrize(
    "text", ["%%%", "___", "off_x", "messnér", "renate paul", "nwp-042 9999", "77120.1web", "1205"]
)
def test_it_does_not_find_by(shipment: Fulfillment, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ['"', "'", '"""', "a OR b", "NEAR(a b)", "col:abc", "abc*", "-abc", "(((", "\x00\x01", "x'y\"z"]
)
def test_no_sign_breaks_it(shipment: Fulfillment, text: str) -> None:
    assert found(text) in ([], [shipment.id]) or search.parse(text) is None


def test_one_or_two_characters_mean_a_whole_number_or_sku(make: Factory) -> None:
    by_order = make.shipment(order=make.order(order_number="X7"))
    by_sku = make.shipment(lines=(("q9", 1, None),))
    make.shipment(order=make.order(order_number="X71"))
    assert found("x7") == [by_order.id]
    assert found("Q9") == [by_sku.id]
    assert found("X") == []


def test_a_short_word_beside_a_long_one_narrows_too(make: Factory) -> None:
    ann = make.shipment(order=make.order(name="Ann Li"))
    make.shipment(order=make.order(name="Ann Po"))
    assert found("ann li") == [ann.id]


def test_too_long_a_search_is_refused() -> None:
    with pytest.raises(BadRequest):
        search.parse("x" * 201)


def test_it_stays_within_the_warehouses(make: Factory, shipment: Fulfillment) -> None:
    elsewhere = make.shipment(warehouse="Louisville, KY", order=make.order(name="Renate Klein"))
    assert found("renate") == [elsewhere.id, shipment.id]
    assert found("renate", scope=Scope(frozenset({shipment.warehouse_id}))) == [shipment.id]
    assert found("renate", warehouse_ids=frozenset({elsewhere.warehouse_id})) == [elsewhere.id]
    assert exactly_one("WEB-77120", Scope(frozenset({elsewhere.warehouse_id}))) is None


def test_it_stays_within_the_tab(shipment: Fulfillment) -> None:
    assert found("renate", tab=Tab.ACTIVE) == [shipment.id]
    assert found("renate", tab=Tab.VOIDED) == []
    assert found("renate", tab=Tab.ATTENTION) == []


@pytest.mark.parametrize(
    "code",
    ["WEB-77120", "web-77120", "WEB-77120.1", "web-77120.1", " WEB-77120.1 ", "94055102008644276900",
     "9405-5102-0086-4427-6900", "9405 5102 0086 4427 6900", "4207056394055102008644276900",
     "420705631234" + "94055102008644276900"],
)  # fmt: skip
def test_an_exact_code_means_one_shipment(shipment: Fulfillment, code: str) -> None:
    assert exactly_one(code, EVERYWHERE) == shipment.id


def test_a_scanned_label_is_found_by_the_list_too(shipment: Fulfillment) -> None:
    assert found("4207056394055102008644276900") == [shipment.id]
    assert found("9405-5102-0086-4427-6900") == [shipment.id]


def test_an_order_with_two_shipments_means_none_of_them(make: Factory) -> None:
    order = make.order(order_number="WEB-1")
    make.shipment(order=order)
    second = make.shipment(order=order)
    assert exactly_one("WEB-1", EVERYWHERE) is None
    assert exactly_one("WEB-1.2", EVERYWHERE) == second.id


def with_texts(texts: dict[int, str]) -> None:
    db.session.execute(sa.delete(FulfillmentSearchText))
    db.session.execute(
        sa.insert(FulfillmentSearchText),
        [{"fulfillment_id": id_, "text": text} for id_, text in texts.items()],
    )
    db.session.commit()


@pytest.mark.parametrize("every", [1, 3, 40, 1000])
@pytest.mark.parametrize(
    "sort",
    [Sort(), Sort(descending=False), Sort("cost"), Sort("fulfilled_at", descending=True)],
    ids=lambda s: s.text,
)
def test_common_and_rare_words_give_the_same_pages(
    make: Factory, monkeypatch: pytest.MonkeyPatch, every: int, sort: Sort
) -> None:
    """Whichever way is chosen, sampling, index or walk, the pages are those of the whole list, filtered."""
    ids = copies(make, 400)
    with_texts({id_: "so-1\nneedle" if number % every == 0 else "so-1\nhay" for number, id_ in enumerate(ids)})
    everything = Criteria(scope=EVERYWHERE, tab=Tab.ALL)
    hits = {id_ for number, id_ in enumerate(ids) if number % every == 0}
    ordered = [row.id for row in list_page(everything, sort, 1000).rows if row.id in hits]
    for many, sample in ((20_000, 500), (0, 10), (20_000, 10), (5, 500)):
        monkeypatch.setattr(search, "MANY", many)
        monkeypatch.setattr(search, "SAMPLE", sample)
        pages._ways.clear()
        down, up = walked_through("needle", sort)
        assert [id_ for page in down for id_ in page] == ordered
        assert up == down[:-1]


def walked_through(text: str, sort: Sort) -> list[list[list[int]]]:
    """The ids of each page down to the last one, and of each page back up from there."""
    wanted = Criteria(scope=EVERYWHERE, tab=Tab.ALL, search=search.parse(text))
    down, up = [list_page(wanted, sort, 25)], []
    while down[-1].after:
        down.append(list_page(wanted, sort, 25, down[-1].after))
    before = down[-1].before
    while before:
        up.insert(0, list_page(wanted, sort, 25, before))
        before = up[0].before
    return [[[row.id for row in page.rows] for page in way] for way in (down, up)]


def test_a_list_that_was_asked_for_before_is_walked_or_not_at_once(
    make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = copies(make, 400)
    with_texts({id_: "so-1\nneedle" if number % 20 == 0 else "so-1\nhay" for number, id_ in enumerate(ids)})
    monkeypatch.setattr(search, "SAMPLE", 10)
    monkeypatch.setattr(pages, "_ways", {})
    sort = Sort("created_at")

    def looks(text: str) -> tuple[int, list[int]]:
        wanted = Criteria(scope=EVERYWHERE, tab=Tab.ALL, search=search.parse(text))
        with statements() as sent:
            found = [row.id for row in list_page(wanted, sort, 5).rows]
        return len(sent), found

    for text in ("hay", "needle", "so-1 needle"):
        (first, found), (again, same) = looks(text), looks(text)
        assert same == found
        assert again <= first
    assert set(pages._ways.values()) > {0}, "some are walked, some are not"

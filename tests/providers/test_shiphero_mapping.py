"""ShipHero's answers at their oddest: nonsense, warnings, waits, dates, amounts and names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.providers.new_orders import NEW_ORDER
from webapp.providers.base import AuthFailed, NotFound, ProviderError, Rejected, Throttled
from webapp.providers.shapes import JsonValue, UnexpectedAnswer
from webapp.providers.shiphero import mapping, refusals, writing
from webapp.providers.shiphero.mapping import Line, Order
from webapp.statuses import ProviderOrderState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BARE = {
    "id": "x",
    "order_number": "SO-1",
    "fulfillment_status": "pending",
    "line_items": {"pageInfo": {"hasNextPage": False}, "edges": []},
}


def order(**changes: Any) -> Order:
    return mapping.read_order({"data": {**BARE, **changes}})


def line(*, shipped: int, still_open: int) -> Line:
    return Line("line", "1", "MUG", shipped + still_open, shipped, still_open, allocated=0)


def test_an_order_may_leave_out_everything_that_is_not_needed() -> None:
    read = order(shipments=None, holds=None, shipping_lines=None)

    assert (read.parcels, read.holds, read.carrier, read.more_after) == ((), frozenset(), None, None)
    assert mapping.state_of(read) is ProviderOrderState.AWAITING


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"data": None},
        {"data": "order"},
        {"data": {**BARE, "id": None}},
        {"data": {**BARE, "order_number": ""}},
        {"data": {**BARE, "fulfillment_status": 3.5}},
        {"data": {**BARE, "line_items": None}},
        {"data": {**BARE, "line_items": {"edges": []}}},
        {"data": {**BARE, "line_items": {"pageInfo": {"hasNextPage": True}, "edges": []}}},
        {"data": {**BARE, "line_items": {"pageInfo": {}, "edges": [None]}}},
        {"data": {**BARE, "line_items": {"pageInfo": {}, "edges": [{"node": None}]}}},
        {"data": {**BARE, "line_items": {"pageInfo": {}, "edges": [{"node": {"quantity_shipped": "two"}}]}}},
        {"data": {**BARE, "holds": {"fraud_hold": "yes"}}},
        {"data": {**BARE, "shipments": {"edges": []}}},
        {"data": {**BARE, "shipments": [{"shipping_labels": [{"cost": "a lot"}]}]}},
        {"data": {**BARE, "shipments": [{"shipping_labels": [{"cost": "-1"}]}]}},
        {"data": {**BARE, "shipments": [{"shipping_labels": [{"cost": "NaN"}]}]}},
        {"data": {**BARE, "shipments": [{"shipping_labels": [{"created_date": "yesterday"}]}]}},
        {"data": {**BARE, "shipments": [{"shipping_labels": [{"tracking_number": "1" * 256}]}]}},
    ],
)
def test_nonsense_is_called_unexpected_and_nothing_else(answer: JsonValue) -> None:
    with pytest.raises(UnexpectedAnswer):
        mapping.read_order(answer)


@pytest.mark.parametrize("read", [mapping.read_hits, mapping.read_changed_id])
@pytest.mark.parametrize("answer", [None, [], {}, {"data": {}}, {"order": {}}, {"access_token": ""}])
def test_nonsense_is_unexpected_for_every_reader(read: Callable[[JsonValue], object], answer: JsonValue) -> None:
    with pytest.raises(UnexpectedAnswer):
        read(answer)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-02T12:00:00", NOON),
        ("2026-03-02T12:00:00.000", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        (None, None),
        ("", None),
    ],
)
def test_a_date_without_an_offset_is_utc(written: str | None, moment: datetime | None) -> None:
    assert mapping.read_date({"at": written}, "at") == moment


@pytest.mark.parametrize(
    ("written", "figure"),
    [("8.36", Decimal("8.36")), (" 0.00 ", Decimal(0)), ("", None), (None, None), (5, Decimal(5))],
)
def test_money_is_text_or_a_number(written: JsonValue, figure: Decimal | None) -> None:
    assert mapping.read_money({"cost": written}, "cost") == figure


def test_everything_shipped_is_shipped_whatever_the_word() -> None:
    assert mapping.state_of(replace(order(), lines=(line(shipped=2, still_open=0),))) is (
        ProviderOrderState.SHIPPED
    )


def test_fulfilled_with_something_open_is_a_part() -> None:
    lines = (line(shipped=2, still_open=0), line(shipped=0, still_open=1))

    assert mapping.state_of(replace(order(fulfillment_status="fulfilled"), lines=lines)) is (
        ProviderOrderState.PARTIALLY_SHIPPED
    )


def test_a_valid_label_means_that_something_may_have_left() -> None:
    printed = order(shipments=[{"shipping_labels": [{"status": "valid"}]}])

    assert mapping.state_of(printed) is ProviderOrderState.PARTIALLY_SHIPPED


@pytest.mark.parametrize(
    ("error", "kind", "wait"),
    [
        ({"code": 30, "message": "Only 3 left. In 12 seconds you will have enough"}, Throttled, 12.0),
        ({"code": "30", "message": "In 1 second you will have enough"}, Throttled, 1.0),
        ({"code": 30, "message": "Wait 999999 seconds"}, Throttled, 3_600.0),
        ({"code": 30}, Throttled, None),
        ({"code": 5, "message": "Order not found"}, NotFound, None),
        ({"message": "User is not authenticated"}, AuthFailed, None),
        ({"message": "Signature has expired"}, AuthFailed, None),
        ({"message": "The access token has expired"}, AuthFailed, None),
        ({"message": "Your coupon has expired"}, Rejected, None),
        ({"code": 4, "message": "No"}, Rejected, None),
        ({}, Rejected, None),
    ],
)
def test_an_error_is_known_by_its_code_and_else_by_its_words(
    error: dict[str, JsonValue], kind: type[ProviderError], wait: float | None
) -> None:
    made = refusals.error_from([error], "ShipHero (account “Main”)", "words")

    assert type(made) is kind
    assert made.retry_after == wait
    assert "Main" in made.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errors": [{"message": "One."}, {"message": "Two."}, {"code": 1}]}, "One. Two."),
        ({"message": "Unauthorized"}, "Unauthorized"),
        ({"error": "invalid_grant", "error_description": "Unknown refresh token."}, "Unknown refresh token."),
        ({"errors": "many"}, None),
        ({"errors": [1]}, None),
        (["errors"], None),
    ],
)
def test_shipheros_words_are_found_in_every_shape(answer: JsonValue, words: str | None) -> None:
    assert refusals.explain(answer) == words


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Ada Example", "Ada", "Example"), ("Mary Ann Smith", "Mary Ann", "Smith"), (" Cher ", "Cher", None)],
)
def test_the_last_word_of_a_name_is_the_familys(name: str, first: str, last: str | None) -> None:
    address: Any = writing.create_data(replace(NEW_ORDER, ship_to=replace(NEW_ORDER.ship_to, name=name)), {})

    assert address["shipping_address"]["first_name"] == first
    assert address["shipping_address"].get("last_name") == last


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        ("12.5", "12.50"),
        ("12.5000", "12.50"),
        ("7.125", "7.125"),
        ("100", "100.00"),
        ("0", "0.00"),
        ("1E+2", "100.00"),
    ],
)
def test_money_is_written_with_the_places_it_has(figure: str, written: str) -> None:
    assert writing.money(Decimal(figure)) == written

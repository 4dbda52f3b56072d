"""ShipStation's formats, one by one, as its documentation's samples write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from webapp.providers.shapes import UnexpectedAnswer
from webapp.providers.shipstation.mapping import (
    explain,
    read_date,
    read_fulfillment,
    read_order,
    read_shipment,
)

ORDER: dict[str, Any] = {"orderId": 1, "orderNumber": "SO-1.1", "orderStatus": "shipped"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2015-06-29T14:29:28.5830000", datetime(2015, 6, 29, 21, 29, 28, 583000, tzinfo=UTC)),
        ("2015-01-29T14:29:28.5830000", datetime(2015, 1, 29, 22, 29, 28, 583000, tzinfo=UTC)),
        ("2014-10-03", datetime(2014, 10, 3, 7, 0, tzinfo=UTC)),
        ("2015-06-29T14:29:28Z", datetime(2015, 6, 29, 14, 29, 28, tzinfo=UTC)),
        ("0001-01-01T00:00:00.0000000", None),
        (None, None),
        ("", None),
    ],
)
def test_it_reads_dates_as_pacific_time(written: str | None, meant: datetime | None) -> None:
    assert read_date({"shipDate": written}, "shipDate") == meant


@pytest.mark.parametrize("written", ["soon", "2015-13-01", "9999-12-31T23:59:59"])
def test_it_refuses_a_date_that_is_none(written: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="shipDate"):
        read_date({"shipDate": written}, "shipDate")


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderId": None},
        {"orderId": "1"},
        {"orderId": True},
        {"orderId": 2**70},
        {"orderNumber": ""},
        {"orderStatus": {"a": 1}},
        {"orderStatus": "x" * 300},
        {"items": "none"},
        {"items": [1]},
        {"items": [{"quantity": "two"}]},
        {"advancedOptions": [1]},
        {"advancedOptions": {"mergedOrSplit": "yes"}},
    ],
)
def test_it_refuses_an_order_of_the_wrong_shape(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_order({**ORDER, **wrong})


@pytest.mark.parametrize("cost", [-1, "8.36", True, 10**9])
def test_it_refuses_a_cost_that_is_none(cost: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match="shipmentCost"):
        read_shipment({"shipmentId": 1, "orderId": 1, "shipmentCost": cost})


def test_it_takes_a_discount_for_no_parcel_content() -> None:
    order = read_order({**ORDER, "items": [{"sku": "A", "quantity": 1}, {"adjustment": True, "quantity": 1}]})

    assert [line.quantity for line in order.lines] == [1]


def test_a_fulfillment_may_leave_its_carrier_out() -> None:
    assert read_fulfillment({"fulfillmentId": 1, "orderId": 1, "carrierCode": None}).carrier is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Too Many Requests"}, "Too Many Requests"),
        (
            {"Message": "The request is invalid.", "ModelState": {"apiOrder.orderNumber": ["is required"]}},
            "The request is invalid. apiOrder.orderNumber: is required",
        ),
        ({"MESSAGE": "An error.", "ExceptionMessage": "Null."}, "An error. Null."),
        ({"orders": []}, None),
        ([], None),
        ({"message": {"a": 1}, "ModelState": [1]}, None),
    ],
)
def test_it_finds_the_words_of_an_error_in_either_spelling(body: Any, words: str | None) -> None:
    assert explain(body) == words

"""How an address is written on a label."""

import pytest

from webapp.queries.addresses import ADDRESS_PARTS, Address


def address(**parts: str) -> Address:
    return Address(**(dict.fromkeys(ADDRESS_PARTS, "") | parts))


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        (
            {"address1": "1 Main St", "city": "Reno", "province_code": "NV", "zip": "89501", "country_code": "US"},
            ["1 Main St", "Reno, NV 89501", "US"],
        ),
        (
            {"address1": "Adenauerallee 900", "zip": "70563", "city": "Stuttgart", "country": "Germany"},
            ["Adenauerallee 900", "70563 Stuttgart", "Germany"],
        ),
        ({"city": "London", "zip": "W1", "country_code": "GB"}, ["London, W1", "GB"]),
        ({"zip": "28001", "city": "Madrid", "province": "Madrid"}, ["28001 Madrid, Madrid"]),
        ({"company": "Northwind", "address2": "Dock 4"}, ["Northwind", "Dock 4"]),
        ({}, []),
    ],
)
def test_the_town_is_written_as_its_country_does_and_nothing_leaves_a_gap(
    parts: dict[str, str], lines: list[str]
) -> None:
    assert address(**parts).lines == lines


def test_the_text_for_copying_begins_with_the_name() -> None:
    assert address(name="Rita", city="Bonn").text == "Rita\nBonn"
    assert address(city="Bonn").text == "Bonn"

"""Where a carrier shows a parcel."""

import pytest

from webapp.queries.tracking_links import tracking_url


@pytest.mark.parametrize(
    ("carrier", "number", "start"),
    [
        ("UPS", "1Z999AA10123456784", "https://www.ups.com/"),
        ("ups_walleted", "1Z999AA10123456784", "https://www.ups.com/"),
        ("stamps_com", "9405510200864427693400", "https://tools.usps.com/"),
        ("FedEx Ground", "794644790132", "https://www.fedex.com/"),
        ("dhl_express_worldwide", "1234567890", "https://www.dhl.com/"),
        (None, "1Z999AA10123456784", "https://www.ups.com/"),
        (None, "9405 5102 0086 4427 6934 00", "https://tools.usps.com/"),
        ("Somebody's van", "TBA123456789012", "https://track.amazon.com/"),
    ],
)
def test_a_known_carrier_or_an_unmistakable_number_is_linked(carrier: str | None, number: str, start: str) -> None:
    found = tracking_url(carrier, number)

    assert found is not None
    assert found.startswith(start)
    assert found.endswith(number.replace(" ", ""))


@pytest.mark.parametrize(
    ("carrier", "number"), [(None, "794644790132"), ("Somebody's van", "12"), ("UPS", None), ("UPS", " - ")]
)
def test_nothing_is_linked_on_a_guess(carrier: str | None, number: str | None) -> None:
    assert tracking_url(carrier, number) is None


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    assert (
        tracking_url("ups", "1Z/../x?a=b&c#d") == "https://www.ups.com/track?tracknum=1Z%2F..%2FX%3FA%3DB%26C%23D"
    )

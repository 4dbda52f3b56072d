"""What labels carry beside the tracking number."""

import pytest

from webapp.queries.listing.scanned import numbers, tracking_key, tracking_keys

USPS_22 = "9400111899223197428490"
USPS_20 = "94055102008644276900"
USPS_26 = "92612903029511573030094548"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (USPS_22, USPS_22),
        ("9400 1118 9922 3197 4284 90", USPS_22),
        ("9400-1118-9922-3197-4284-90", USPS_22),
        ("1z 999 aa1 01 2345 6784", "1Z999AA10123456784"),
        (f"42090210{USPS_22}", USPS_22),
        (f"420902101234{USPS_22}", USPS_22),
        (f"42090210{USPS_20}", USPS_20),
        (f"42090210{USPS_26}", USPS_26),
        (f"420 90210 {USPS_22}", USPS_22),
        ("1001921334250001000300" + "779881261234", "779881261234"),
        ("10019213342500010003" + "77988126123456", "77988126123456"),
        ("9611020987654312345672", "987654312345672"),
        ("1234567890123456" + "779881261234" + "0200", "779881261234"),
    ],
)
def test_a_code_stands_for(code: str, key: str) -> None:
    assert key in tracking_keys(code)


def test_the_code_itself_comes_first() -> None:
    assert tracking_keys(f"42090210{USPS_22}")[0] == f"42090210{USPS_22}"


@pytest.mark.parametrize("code", ["SO-10412.1", USPS_22, "1Z999AA10123456784", "420", "42090210", "4209021012345"])
def test_other_codes_stand_for_themselves_only(code: str) -> None:
    assert len(tracking_keys(code)) == 1


def test_nothing_stands_for_nothing() -> None:
    assert tracking_keys("  ") == ()
    assert tracking_key(None) is None


def test_a_number_of_nothing_but_signs_keeps_them() -> None:
    assert tracking_key("--") == "--"


def test_a_number_is_tried_as_typed_and_in_upper_case() -> None:
    assert numbers(" so-1 .1") == ("so-1 .1", "so-1.1", "SO-1.1")

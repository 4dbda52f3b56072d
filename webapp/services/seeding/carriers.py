"""Carriers of practice shipments: their services, what a label costs, tracking numbers in each carrier's form."""

from collections.abc import Callable
from typing import NamedTuple

_LETTERS = "ABCDEFGHJKLMNPRTUVWXY0123456789"


class Service(NamedTuple):
    """Label prices in ten-thousandths run from `price` to three times as much."""

    carrier: str
    carrier_code: str
    method: str
    code: str
    price: int


SERVICES = {
    Service("USPS", "stamps_com", "USPS Ground Advantage", "usps_ground_advantage", 46_500): 34,
    Service("USPS", "stamps_com", "USPS Priority Mail", "usps_priority_mail", 79_000): 18,
    Service("UPS", "ups_walleted", "UPS Ground", "ups_ground", 98_700): 20,
    Service("UPS", "ups_walleted", "UPS 2nd Day Air", "ups_2nd_day_air", 214_000): 5,
    Service("FedEx", "fedex", "FedEx Home Delivery", "fedex_home_delivery", 104_500): 13,
    Service("FedEx", "fedex", "FedEx 2Day", "fedex_2day", 226_000): 3,
    Service("DHL", "dhl_express_worldwide", "DHL Express Worldwide", "dhl_express_worldwide", 318_000): 5,
    Service("Canada Post", "canada_post", "Expedited Parcel", "expedited_parcel", 121_000): 2,
}


def tracking_number(carrier: str, number: int, random: Callable[[], float]) -> str:
    """A tracking number in the carrier's form; `number` makes it one of its kind."""
    match carrier:
        case "USPS":
            return f"9405511{int(random() * 100_000):05}{number:010}"
        case "UPS":
            shipper = "".join([_LETTERS[int(random() * 31)] for _ in range(6)])
            return f"1Z{shipper}03{number:08}"
        case "FedEx":
            return f"7{number:09}{int(random() * 100):02}"
        case "DHL":
            return f"{4_800_000_000 + number}"
        case _:
            return f"7023{number:010}{int(random() * 100):02}"

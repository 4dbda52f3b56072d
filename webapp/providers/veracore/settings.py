"""What an account says about its VeraCore tenant, with the defaults that stand until it does.

Every tenant hosts a service of its own and shows its description (`?wsdl`) to nobody else. Paths and namespace
come from clients that ran; the words of faults, the time zone and the limit are guesses, said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.providers.account_settings import Settings, count_setting, flag_setting, text_setting
from webapp.providers.base import Rejected
from webapp.providers.shapes import JsonObject, JsonValue

# No limit is published: one call a second disturbs nobody and lets a bulk resync end the same hour.
CALLS_PER_MINUTE, MOST_CALLS_PER_MINUTE = 60, 6_000
# No recorded answer shows these words; a fault with others is told as it is and believed to mean nothing more.
AUTH_WORDS = "invalid user; user name or password; username or password; login failed; not authorized"
MISSING_WORDS = "order not found; order does not exist; no such order"
# The parts of an order in the order in which clients that ran send them.
ORDER_PARTS = (
    "Header",
    "Classification",
    "Shipping",
    "Money",
    "Payment",
    "OrderVariables",
    "OrderedBy",
    "ShipTo",
    "BillTo",
    "Offers",
)


@dataclass(frozen=True)
class VeraCoreSettings:
    """The settings of one account, read and checked; the names are those in the account."""

    oms_path: str
    namespace: str
    adjustment_path: str
    rest_path: str
    time_zone: ZoneInfo
    auth_words: tuple[str, ...]
    missing_words: tuple[str, ...]
    processed_may_change: bool
    calls_per_minute: int
    tracking_field: str
    order_fields: Mapping[str, JsonObject] = field(default_factory=dict)
    shipping_methods: Mapping[str, JsonObject] = field(default_factory=dict)


def read_settings(given: Settings) -> VeraCoreSettings:
    """The account's settings over the defaults. Raises Rejected naming the setting that makes no sense."""
    return VeraCoreSettings(
        oms_path=_path(given, "oms_path", "/pmomsws/oms.asmx"),
        namespace=text_setting(given, "namespace", "http://omscom/"),
        adjustment_path=_path(given, "adjustment_path", "/pmomsws/orderadjustment.svc"),
        rest_path=_path(given, "rest_path", "/VeraCore/Public.Api/api"),
        time_zone=_zone(given),
        auth_words=_words(given, "auth_words", AUTH_WORDS),
        missing_words=_words(given, "missing_words", MISSING_WORDS),
        processed_may_change=flag_setting(given, "processed_may_change", default=False),
        calls_per_minute=count_setting(
            given, "calls_per_minute", default=CALLS_PER_MINUTE, most=MOST_CALLS_PER_MINUTE
        ),
        tracking_field=text_setting(given, "tracking_field", "TrackingNumber"),
        order_fields=_order_fields(given),
        shipping_methods=_objects(
            given, "shipping_methods", "each of our methods its “carrier” and “service”, or its “code”, there"
        ),
    )


def _path(given: Settings, name: str, default: str) -> str:
    path = text_setting(given, name, default)
    if not path.startswith("/"):
        raise _wrong(name, "must begin with “/”")
    return path.rstrip("/")


def _zone(given: Settings) -> ZoneInfo:
    name = text_setting(given, "time_zone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # A name with dots is a ValueError, a folder an OSError.
        raise _wrong("time_zone", "must be the name of a time zone, such as “America/New_York”") from None


def _words(given: Settings, name: str, default: str) -> tuple[str, ...]:
    words = text_setting(given, name, default).lower().split(";")
    return tuple(word for each in words if (word := each.strip()))


def _order_fields(given: Settings) -> Mapping[str, JsonObject]:
    parts = _objects(given, "order_fields", "parts of an order their fields")
    if unknown := sorted(parts.keys() - set(ORDER_PARTS)):
        raise _wrong("order_fields", f"has “{unknown[0]}”, and an order's parts are {', '.join(ORDER_PARTS)}")
    return parts


def _objects(given: Settings, name: str, what: str) -> Mapping[str, JsonObject]:
    found: JsonValue = given.get(name) or {}
    if not isinstance(found, dict) or not all(isinstance(value, dict) for value in found.values()):
        raise _wrong(name, f"must give {what}")
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def _wrong(name: str, problem: str) -> Rejected:
    return Rejected(f"The provider account's setting “{name}” {problem}. Correct it in the account.")

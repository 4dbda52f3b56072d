"""What an account says about Shipfusion's API, with the defaults that stand until it does.

Shipfusion hands its reference to customers only. The paths to read and to create, the inventory that proves an
address, and the statuses come from clients that ran; everything else has a default that is a guess, said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from webapp.providers.account_settings import Settings, count_setting, flag_setting, text_setting
from webapp.providers.base import Rejected
from webapp.providers.shapes import JsonValue

# No limit is published: one call a second disturbs nobody and lets a bulk resync end the same hour.
CALLS_PER_MINUTE, MOST_CALLS_PER_MINUTE = 60, 6_000
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class WriteCall:
    """A method and a path, in which `{id}` stands for Shipfusion's id."""

    method: str
    path: str


@dataclass(frozen=True)
class ShipfusionSettings:
    """The settings of one account, read and checked; the names are those in the account."""

    warehouse: str
    shipment_path: str
    list_path: str
    list_field: str
    number_parameter: str
    create_call: WriteCall
    update_call: WriteCall
    cancel_call: WriteCall
    check_path: str
    accepted_word: str
    processing_may_change: bool
    back_order_is_exception: bool
    calls_per_minute: int
    shipping_methods: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)


def read_settings(given: Settings) -> ShipfusionSettings:
    """The account's settings over the defaults. Raises Rejected naming the setting that makes no sense."""
    return ShipfusionSettings(
        warehouse=text_setting(given, "warehouse"),
        shipment_path=_path(given, "shipment_path", "/shipments/{id}"),
        list_path=_path(given, "list_path", "/shipments"),
        list_field=text_setting(given, "list_field", "shipments"),
        number_parameter=text_setting(given, "number_parameter", "orderNumber"),
        create_call=_call(given, "create_call", "POST /shipments"),
        update_call=_call(given, "update_call", "PUT /shipments/{id}"),
        # Where this is wrong it harms nothing, which cannot be said of a DELETE.
        cancel_call=_call(given, "cancel_call", "PUT /shipments/{id}/cancel"),
        check_path=_path(given, "check_path", "/inventory"),
        accepted_word=text_setting(given, "accepted_word", "success").lower(),
        processing_may_change=flag_setting(given, "processing_may_change", default=False),
        back_order_is_exception=flag_setting(given, "back_order_is_exception", default=True),
        calls_per_minute=count_setting(
            given, "calls_per_minute", default=CALLS_PER_MINUTE, most=MOST_CALLS_PER_MINUTE
        ),
        shipping_methods=_methods(given),
    )


def filled(path: str, order_id: str) -> str:
    """The path with the id in it, whatever characters that has."""
    return path.replace("{id}", quote(order_id, safe=""))


def _path(given: Settings, name: str, default: str) -> str:
    path = text_setting(given, name, default)
    if not path.startswith("/"):
        raise Rejected(f"The provider account's setting “{name}” must begin with “/”. Correct it in the account.")
    return path


def _call(given: Settings, name: str, default: str) -> WriteCall:
    method, _, path = text_setting(given, name, default).partition(" ")
    if method not in _METHODS or not path.startswith("/"):
        raise Rejected(
            f"The provider account's setting “{name}” must be a method and a path, such as “{default}”. "
            "Correct it in the account."
        )
    return WriteCall(method, path)


def _methods(given: Settings) -> Mapping[str, Mapping[str, JsonValue]]:
    methods = given.get("shipping_methods") or {}
    if not isinstance(methods, dict) or not all(isinstance(method, dict) for method in methods.values()):
        raise Rejected(
            "The provider account's setting “shipping_methods” must give each of our methods a “carrier” and a "
            "“service” of Shipfusion's. Correct it in the account."
        )
    return {name: method for name, method in methods.items() if isinstance(method, dict)}

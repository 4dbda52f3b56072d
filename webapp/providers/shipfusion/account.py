"""What an account at Shipfusion says of itself; what its API leaves unknown is a setting, see settings.py."""

from webapp.providers.account_kinds import (
    AccountKind,
    CountSetting,
    Credential,
    FlagSetting,
    ObjectSetting,
    TextSetting,
    order_url,
    polls_a_minute,
)
from webapp.providers.base import Rejected
from webapp.providers.shapes import JsonValue
from webapp.providers.shipfusion.settings import CALLS_PER_MINUTE, MOST_CALLS_PER_MINUTE, read_settings


def _checked(name: str, value: JsonValue) -> str | None:
    """The adapter's own opinion of one setting."""
    try:
        read_settings({name: value})
    except Rejected as refusal:
        return refusal.message.removesuffix(" Correct it in the account.")
    return None


def _guess(name: str, label: str, default: str) -> TextSetting:
    """A part of the API that Shipfusion's reference, shown to customers only, is to confirm."""
    return TextSetting(
        name=name, label=label, help=f"{default} when empty.", check=lambda text: _checked(name, text)
    )


ACCOUNT = AccountKind(
    kind="shipfusion",
    label="Shipfusion",
    default_address="https://api.shipfusion.com/v1",
    address_help="Compare it, and what follows below, with the reference that Shipfusion gave you.",
    credentials=(
        Credential(name="username", label="User name"),
        Credential(name="password", label="Password"),
    ),
    settings=(
        TextSetting(
            name="warehouse",
            label="Warehouse",
            help="Shipfusion's code of it, such as IL or LV. Orders can be neither made nor changed without it.",
        ),
        ObjectSetting(
            name="shipping_methods",
            label="Shipping methods",
            help='Ours to theirs, as JSON such as {"Express": {"carrier": "USPS", "service": "First"}}.',
            check=lambda value: _checked("shipping_methods", value),
        ),
        FlagSetting(
            name="processing_may_change",
            label="Orders under way may be changed and cancelled",
            default=False,
        ),
        FlagSetting(name="back_order_is_exception", label="A back order is a problem, not a wait", default=True),
        CountSetting(
            name="calls_per_minute",
            label="Calls a minute",
            default=CALLS_PER_MINUTE,
            most=MOST_CALLS_PER_MINUTE,
            help=f"{CALLS_PER_MINUTE} when empty.",
        ),
        _guess("check_path", "Path that tests the connection", "/inventory"),
        _guess("shipment_path", "Path of a shipment", "/shipments/{id}"),
        _guess("list_path", "Path of the list", "/shipments"),
        _guess("number_parameter", "Parameter that finds a number", "orderNumber"),
        _guess("list_field", "Field that holds the list", "shipments"),
        _guess("create_call", "Call that creates", "POST /shipments"),
        _guess("update_call", "Call that changes", "PUT /shipments/{id}"),
        _guess("cancel_call", "Call that cancels", "PUT /shipments/{id}/cancel"),
        _guess("accepted_word", "Word that accepts", "success"),
        polls_a_minute(6),
        order_url("Shipfusion's id of the shipment"),
    ),
)

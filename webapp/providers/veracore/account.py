"""What an account at VeraCore says of itself; what its API leaves unknown is a setting, see settings.py."""

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
from webapp.providers.veracore.settings import (
    AUTH_WORDS,
    CALLS_PER_MINUTE,
    MISSING_WORDS,
    MOST_CALLS_PER_MINUTE,
    read_settings,
)


def _checked(name: str, value: JsonValue) -> str | None:
    """The adapter's own opinion of one setting."""
    try:
        read_settings({name: value})
    except Rejected as refusal:
        return refusal.message.removesuffix(" Correct it in the account.")
    return None


def _guess(name: str, label: str, default: str) -> TextSetting:
    """A part of the API that the tenant's own description is to confirm."""
    return TextSetting(
        name=name, label=label, help=f"{default} when empty.", check=lambda text: _checked(name, text)
    )


ACCOUNT = AccountKind(
    kind="veracore",
    label="VeraCore",
    default_address="",
    address_help="Your host's, such as https://rhu000.veracore.com. Compare what follows with its WSDL files.",
    credentials=(
        Credential(name="username", label="User name"),
        Credential(name="password", label="Password"),
        Credential(
            name="system_id",
            label="System id",
            help="For the REST service, which tells tracking numbers that SOAP leaves out; not asked when empty.",
            is_required=False,
        ),
    ),
    settings=(
        ObjectSetting(
            name="shipping_methods",
            label="Shipping methods",
            help='Ours to theirs, as JSON such as {"Express": {"carrier": "UPS", "service": "Next Day"}}.',
            check=lambda value: _checked("shipping_methods", value),
        ),
        ObjectSetting(
            name="order_fields",
            label="Fixed values of orders",
            help='Put over a new order, as JSON such as {"Classification": {"Source": {"Description": "Web"}}}.',
            check=lambda value: _checked("order_fields", value),
        ),
        FlagSetting(
            name="processed_may_change",
            label="Orders that are processed may be changed and cancelled",
            default=False,
        ),
        CountSetting(
            name="calls_per_minute",
            label="Calls a minute",
            default=CALLS_PER_MINUTE,
            most=MOST_CALLS_PER_MINUTE,
            help=f"{CALLS_PER_MINUTE} when empty.",
        ),
        _guess("time_zone", "Time zone of its dates", "UTC"),
        _guess("oms_path", "Path of the SOAP service", "/pmomsws/oms.asmx"),
        _guess("namespace", "Namespace of the SOAP service", "http://omscom/"),
        _guess("adjustment_path", "Path of the adjustments", "/pmomsws/orderadjustment.svc"),
        _guess("rest_path", "Path of the REST service", "/VeraCore/Public.Api/api"),
        _guess("tracking_field", "Field of a package's tracking number", "TrackingNumber"),
        _guess("auth_words", "Words for wrong credentials, with ; between", AUTH_WORDS),
        _guess("missing_words", "Words for an unknown order, with ; between", MISSING_WORDS),
        polls_a_minute(6),
        order_url("the order's id"),
    ),
)
